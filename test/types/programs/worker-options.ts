/** Worker.create and its options. */

import {
  bundleWorkflowCode,
  NativeConnection,
  type NativeConnectionOptions,
  Worker,
  type WorkerOptions,
  type WorkerStatus,
  type WorkflowBundleOption,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { filter, firstValueFrom } from 'rxjs';
import type { Equal, Expect } from './expect';

const activities = {
  async greet(name: string): Promise<string> {
    return name;
  },
  synchronous: (n: number) => n,
};

export async function program(): Promise<void> {
  const connection = await NativeConnection.connect({ address: 'localhost:7233', apiKey: 'key' });
  const worker = await Worker.create({
    connection,
    namespace: 'default',
    taskQueue: 'orders',
    workflowsPath: '/path/workflows.ts',
    activities,
  });
  type _Worker = Expect<Equal<typeof worker, Worker>>;
  const value = await worker.runUntil(async () => 5);
  type _Value = Expect<Equal<typeof value, number>>;
  const awaited = await worker.runUntil(Promise.resolve('x'));
  type _Awaited = Expect<Equal<typeof awaited, string>>;
  await worker.run();
  worker.shutdown();
  const state = worker.getState();
  type _State = Expect<
    Equal<
      typeof state,
      'INITIALIZED' | 'RUNNING' | 'STOPPED' | 'STOPPING' | 'DRAINING' | 'DRAINED' | 'FAILED'
    >
  >;
  const status: WorkerStatus = worker.getStatus();
  type _Run = Expect<Equal<typeof status.runState, typeof state>>;
  const running = await firstValueFrom(
    worker.numRunningWorkflowInstances$.pipe(filter((count) => count < 1)),
  );
  type _Running = Expect<Equal<typeof running, number>>;
  for (const counts of [worker.numInFlightActivations$, worker.numInFlightActivities$])
    counts.subscribe({ next: (count) => count.toFixed() }).unsubscribe();
  const bundle = await bundleWorkflowCode({ workflowsPath: '/path', ignoreModules: ['fs'] });
  type _Bundle = Expect<Equal<typeof bundle, WorkflowBundleWithSourceMap>>;
  await Worker.create({ taskQueue: 'q', workflowBundle: bundle });
  await connection.close();

  // @ts-expect-error TS2741: a task queue is required
  await Worker.create({ workflowsPath: '/path' });
  // @ts-expect-error TS2322: a path is text
  await Worker.create({ taskQueue: 'q', workflowsPath: new URL('file:///path') });
  // @ts-expect-error TS2561: there is no such option
  await Worker.create({ taskQueue: 'q', workflowPath: '/path' });
  // @ts-expect-error TS2345: what is run until is a promise or gives one
  await worker.runUntil(5);
}

export const options: WorkerOptions = {
  taskQueue: 'q',
  identity: 'me',
  buildId: 'b1',
  shutdownGraceTime: '10s',
  shutdownForceTime: '1m',
  maxConcurrentActivityTaskExecutions: 10,
  maxConcurrentWorkflowTaskExecutions: 10,
  maxConcurrentLocalActivityExecutions: 10,
  maxConcurrentWorkflowTaskPolls: 2,
  maxConcurrentActivityTaskPolls: 2,
  maxActivitiesPerSecond: 100,
  maxTaskQueueActivitiesPerSecond: 50,
  maxCachedWorkflows: 100,
  maxHeartbeatThrottleInterval: '60s',
  defaultHeartbeatThrottleInterval: 30_000,
  stickyQueueScheduleToStartTimeout: '10s',
  enableNonLocalActivities: true,
  debugMode: true,
  showStackTraceSources: true,
  reuseV8Context: true,
  dataConverter: { payloadConverterPath: '/path' },
  interceptors: { workflowModules: ['/path'] },
  sinks: { mine: { call: { fn() {}, callDuringReplay: true } } },
  bundlerOptions: { ignoreModules: ['fs', 'http'] },
  workflowFailureErrorTypes: { '*': ['DeterminismViolationError', 'Mine'], order: ['Error'] },
};
export const named: WorkerOptions = { taskQueue: 'q', activities: new Map([['greet', activities.greet]]) };
export const bundles: WorkflowBundleOption[] = [{ code: 'x' }, { codePath: '/path' }];
export const connections: NativeConnectionOptions[] = [
  {},
  { address: 'localhost:7233', tls: true, metadata: { a: 'b' } },
];
// @ts-expect-error TS2322: a limit is a number
export const badLimit: WorkerOptions = { taskQueue: 'q', maxCachedWorkflows: 'many' };
