/** The numbers of a worker that can be watched, and those of its status. */
import { join } from 'node:path';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime, Worker } from 'perdure/worker';
import { distinctUntilChanged, filter, firstValueFrom, type Observable } from 'rxjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callsActivity, waitsForLocal } from './workflows.ts';

const workflowsPath = join(import.meta.dirname, 'workflows.ts');
let env: TestWorkflowEnvironment;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  env = await TestWorkflowEnvironment.createLocal();
});

afterAll(async () => {
  await env.teardown();
  await Runtime.instance().shutdown();
});

const reaches = (numbers: Observable<number>, wanted: number) =>
  firstValueFrom(numbers.pipe(filter((number) => number === wanted)));

/** A gate that calls wait at until it is opened. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<string>();
  return { passed: () => promise, open: () => resolve('passed') };
}

it('tell of activities and of runs in memory as they come and go', async () => {
  const { passed, open } = gate();
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: 'counts',
    workflowsPath,
    activities: { act: passed },
  });
  expect(await firstValueFrom(worker.numInFlightActivities$)).toBe(0);
  expect(await firstValueFrom(worker.numInFlightActivations$)).toBe(0);
  const seen: number[] = [];
  const watching = worker.numInFlightActivations$.pipe(distinctUntilChanged()).subscribe((n) => seen.push(n));
  await worker.runUntil(async () => {
    const options = { taskQueue: 'counts', workflowId: 'counts', args: ['counts'] as [string] };
    const handle = await env.client.workflow.start(callsActivity, options);
    await reaches(worker.numInFlightActivities$, 1);
    await reaches(worker.numRunningWorkflowInstances$, 1);
    await reaches(worker.numInFlightActivations$, 0);
    expect(worker.getStatus()).toMatchObject({ numInFlightActivities: 1, numCachedWorkflows: 1 });
    open();
    expect(await handle.result()).toBe('passed');
    await reaches(worker.numInFlightActivities$, 0);
    await reaches(worker.numRunningWorkflowInstances$, 0);
  });
  watching.unsubscribe();
  expect(seen).toEqual([0, 1, 0, 1, 0]);
});

it('count local activities, and a run whose first task waits for one', async () => {
  const { passed, open } = gate();
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: 'counts-local',
    workflowsPath,
    activities: { slow: passed },
  });
  await worker.runUntil(async () => {
    const options = { taskQueue: 'counts-local', workflowId: 'counts-local' };
    const handle = await env.client.workflow.start(waitsForLocal, options);
    await reaches(worker.numInFlightActivities$, 1);
    await reaches(worker.numInFlightActivations$, 1);
    await reaches(worker.numRunningWorkflowInstances$, 1);
    open();
    expect(await handle.result()).toBe('passed');
    await reaches(worker.numInFlightActivities$, 0);
  });
});
