/** Flags of listings. */
import { integer, text } from '../command/flags.ts';

export const queryFlag = text(
  '-q, --query <query>',
  'Which: a list filter, such as "ExecutionStatus = \'Running\'"',
);

export const listFlags = {
  limit: integer('--limit <count>', 'At most this many'),
  pageSize: integer('--page-size <count>', 'How many to ask for at once. Default 1000'),
};

/** No more than are wanted. */
export const pageSizeOf = ({
  limit,
  pageSize,
}: {
  limit: number | undefined;
  pageSize: number | undefined;
}): { pageSize?: number } => {
  const size = Math.min(pageSize ?? Number.POSITIVE_INFINITY, limit ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(size) && size > 0 ? { pageSize: size } : {};
};
