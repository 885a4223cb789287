/**
 * A great many steps: children that each run many activities, a thousand times a thousand unless the input says less. Each level
 * keeps a number of them going at a time, and continues as new before its history grows long, so that only the input bounds what
 * there is to do.
 */
import { continueAsNew, executeChild, proxyActivities, workflowInfo } from 'perdure/workflow';
import type { Activities } from '../activities/index.ts';

export interface FanOutInput {
  /** @default 1000 */
  children?: number;
  /** Activities of each child. @default 1000 */
  activities?: number;
  /** Children that run at a time. @default 50 */
  childrenAtOnce?: number;
  /** Activities of one child that run at a time. @default 50 */
  activitiesAtOnce?: number;
  /** Children, or activities of a child, of one run: then it continues as new. @default 500 */
  perRun?: number;
  /** What earlier runs have done. */
  done?: { children: number; sum: number };
}

export interface FanOutResult {
  children: number;
  activities: number;
  /** Of what all activities gave: n * (n + 1) / 2 of each child when each has run once. */
  sum: number;
}

const { addOne } = proxyActivities<Pick<Activities, 'addOne'>>({ startToCloseTimeout: '1 minute' });

export async function fanOut(input: FanOutInput = {}): Promise<FanOutResult> {
  const {
    children = 1000,
    activities = 1000,
    childrenAtOnce = 50,
    activitiesAtOnce = 50,
    perRun = 500,
  } = input;
  const { children: from, sum: before } = input.done ?? { children: 0, sum: 0 };
  const to = Math.min(children, from + perRun);
  const { workflowId } = workflowInfo();
  const sum = await sumOf(from, to, childrenAtOnce, (index) =>
    executeChild(fanOutPart, {
      workflowId: `${workflowId}/${index}`,
      args: [{ activities, atOnce: activitiesAtOnce, perRun }],
    }),
  );
  if (to === children) return { children, activities: children * activities, sum: before + sum };
  return continueAsNew<typeof fanOut>({ ...input, done: { children: to, sum: before + sum } });
}

export interface FanOutPart {
  activities: number;
  atOnce: number;
  perRun: number;
  done?: { activities: number; sum: number };
}

export async function fanOutPart(input: FanOutPart): Promise<number> {
  const { activities, atOnce, perRun, done = { activities: 0, sum: 0 } } = input;
  const to = Math.min(activities, done.activities + perRun);
  const sum = done.sum + (await sumOf(done.activities, to, atOnce, (index) => addOne(index)));
  if (to === activities) return sum;
  return continueAsNew<typeof fanOutPart>({ ...input, done: { activities: to, sum } });
}

/** Of what `work` gives for each index from `from` to below `to`, so many at a time. */
async function sumOf(
  from: number,
  to: number,
  atOnce: number,
  work: (index: number) => Promise<number>,
): Promise<number> {
  let next = from;
  let sum = 0;
  const lane = async () => {
    while (next < to) {
      const value = await work(next++);
      sum += value;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, to - from) }, lane));
  return sum;
}
