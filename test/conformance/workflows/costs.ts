import {
  condition,
  defineSignal,
  defineUpdate,
  executeChild,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
} from 'perdure/workflow';
import type * as activities from '../worker/activities.ts';

/** How often a run does each thing, one after the other. */
export interface Shape {
  activities?: number;
  retries?: number;
  timers?: number;
  signals?: number;
  updates?: number;
  children?: number;
  localActivities?: number;
}

const { failUntil } = proxyActivities<typeof activities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: 50, backoffCoefficient: 1 },
});
const { nothing } = proxyLocalActivities<typeof activities>({ startToCloseTimeout: '1 minute' });

export const costSignal = defineSignal('costSignal');
export const costUpdate = defineUpdate<void>('costUpdate');

async function times(count: number | undefined, work: () => Promise<unknown>): Promise<void> {
  for (let index = 0; index < (count ?? 0); index++) await work();
}

/** A run of the given shape. Retries fall to the first activity. */
export async function costs(shape: Shape): Promise<void> {
  let received = 0;
  setHandler(costSignal, () => void received++);
  setHandler(costUpdate, () => void received++);
  const expected = (shape.signals ?? 0) + (shape.updates ?? 0);
  if (shape.retries !== undefined) await failUntil(shape.retries + 1);
  await times(shape.activities, () => failUntil(1));
  await times(shape.timers, () => sleep(1));
  await times(shape.localActivities, () => nothing());
  await times(shape.children, () => executeChild(costs, { args: [{}] }));
  await condition(() => received === expected);
}
