/** Page tokens of the history calls: opaque to callers, and good only for the run and the direction they were made for. */
import { invalidArgument } from '../rpc-error.ts';

export interface HistoryPosition {
  runId: string;
  nextEventId: number;
  isReverse: boolean;
}

export function encodePageToken({ runId, nextEventId, isReverse }: HistoryPosition): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([runId, nextEventId, isReverse]));
}

/** Undefined for the first page. Throws INVALID_ARGUMENT for a token that another query made. */
export function decodePageToken(
  token: Uint8Array | undefined,
  expected: { runId?: string | undefined; isReverse: boolean },
): HistoryPosition | undefined {
  if (!token || token.length === 0) return undefined;
  const fields = parse(token);
  if (!fields) throw invalidArgument('nextPageToken: expected a token from an earlier page');
  const [runId, nextEventId, isReverse] = fields;
  if (isReverse !== expected.isReverse || (expected.runId && expected.runId !== runId)) {
    throw invalidArgument('nextPageToken: made by another query; repeat the request that it came from');
  }
  return { runId, nextEventId, isReverse };
}

function parse(token: Uint8Array): [string, number, boolean] | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(new TextDecoder().decode(token));
  } catch {
    // Whatever it is, it is not one of ours.
    return undefined;
  }
  if (!Array.isArray(fields) || fields.length !== 3) return undefined;
  const [runId, nextEventId, isReverse] = fields as unknown[];
  if (typeof runId !== 'string' || typeof isReverse !== 'boolean') return undefined;
  if (typeof nextEventId !== 'number' || !Number.isSafeInteger(nextEventId) || nextEventId < 0)
    return undefined;
  return [runId, nextEventId, isReverse];
}
