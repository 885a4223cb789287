/** When a cron schedule runs next (CRON-2, CRON-3). Its grammar is `cron-schedule.ts`. */
import type { TurnContext } from './api.ts';
import { nextCronTime as nextTimeOf } from './cron-schedule.ts';

/** Times passed over one by one before the search restarts at the present. */
const MISSED_TIMES_MAX = 1_000;

/** Delay from now to the first time of the schedule that is not past, counted from `after`; whole seconds, rounded up. */
export function nextCronDelay(
  { now, nextCronTime = nextTimeOf }: Pick<TurnContext, 'now' | 'nextCronTime'>,
  expression: string,
  after: number,
): number | undefined {
  let time = nextCronTime(expression, after);
  for (let missed = 0; time !== undefined && time < now; missed++)
    time = nextCronTime(expression, missed < MISSED_TIMES_MAX ? time : now - 1);
  return time === undefined ? undefined : Math.ceil((time - now) / 1_000) * 1_000;
}
