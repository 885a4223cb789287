/** A step by way of a task queue, whose worker waits in a poll over loopback, against one that the object dispatches itself. */
import { DefaultLogger, NativeConnection, Runtime, Worker } from 'perdure/worker';
import type { Figures } from './figures.ts';
import { median } from './statistics.ts';
import { perdure } from './systems.ts';
import { step } from './worker/activities.ts';

const ROUNDS = 30;
const STEPS = 10;
const TASK_QUEUE = 'sync-match';

export async function measureSyncMatch(origin: string): Promise<Figures> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const connection = await NativeConnection.connect({ address: new URL(origin).host });
  const worker = await Worker.create({ connection, taskQueue: TASK_QUEUE, activities: { step } });
  const { inObject, byQueue } = await worker.runUntil(async () => {
    const times = { inObject: [] as number[], byQueue: [] as number[] };
    for (let round = -3; round < ROUNDS; round++) {
      // Alternating, so that both meet the same machine; the first rounds warm up.
      const own = await stepMs(origin, `in-object-${round}`);
      const queued = await stepMs(origin, `by-queue-${round}`, TASK_QUEUE);
      if (round < 0) continue;
      times.inObject.push(own);
      times.byQueue.push(queued);
    }
    return { inObject: median(times.inObject), byQueue: median(times.byQueue) };
  });
  await connection.close();
  await Runtime.instance().shutdown();
  return {
    'step dispatched by the object, over loopback': { value: inObject, unit: 'ms' },
    'step by task queue, a poll waiting (sync match)': { value: byQueue, unit: 'ms' },
    'sync match / dispatch by the object': {
      value: byQueue / inObject,
      unit: 'x',
      bound: { relation: '<=', value: 2 },
    },
  };
}

/** What one of several steps in a row takes beyond the run itself. */
async function stepMs(origin: string, id: string, taskQueue?: string): Promise<number> {
  const execute = async (name: string, steps: number) => {
    const began = performance.now();
    await perdure(origin).execute(`${id}-${name}`, {
      mode: 'sequential',
      steps,
      bytes: 0,
      ...(taskQueue !== undefined && { taskQueue }),
    });
    return performance.now() - began;
  };
  const one = await execute('one', 1);
  return ((await execute('many', STEPS + 1)) - one) / STEPS;
}
