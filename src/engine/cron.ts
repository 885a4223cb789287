/** When a cron schedule runs next (CRON-2, CRON-3). What its text names is told by the context. */
import type { TurnContext } from './api.ts';

/** Times passed over one by one before the search restarts at the present. */
const MISSED_TIMES_MAX = 1_000;

/** Delay from now to the first time of the schedule that is not past, counted from `after`; whole seconds, rounded up. */
export function nextCronDelay(
  { now, nextCronTime }: Pick<TurnContext, 'now' | 'nextCronTime'>,
  expression: string,
  after: number,
): number | undefined {
  let time = nextCronTime(expression, after);
  for (let missed = 0; time !== undefined && time < now; missed++)
    time = nextCronTime(expression, missed < MISSED_TIMES_MAX ? time : now - 1);
  return time === undefined ? undefined : Math.ceil((time - now) / 1_000) * 1_000;
}
