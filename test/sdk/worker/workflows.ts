import type { Priority } from 'perdure/common';
import {
  condition,
  defineQuery,
  defineSignal,
  log,
  patched,
  proxyActivities,
  proxyLocalActivities,
  proxySinks,
  type Sinks,
  setHandler,
  setWorkflowOptions,
  sleep,
  startChild,
  workflowInfo,
} from 'perdure/workflow';

interface Activities {
  act(): Promise<unknown>;
}

export async function callsActivity(taskQueue: string, maximumAttempts?: number): Promise<unknown> {
  const { act } = proxyActivities<Activities>({
    taskQueue,
    startToCloseTimeout: '30s',
    retry: { initialInterval: 50, ...(maximumAttempts ? { maximumAttempts } : {}) },
  });
  return await act();
}

export async function waitsForAll(taskQueue: string, count: number): Promise<void> {
  const { act } = proxyActivities<Activities>({ taskQueue, startToCloseTimeout: '30s' });
  await Promise.all(Array.from({ length: count }, () => act()));
}

interface EventSinks extends Sinks {
  events: { happened(what: string, number: number): void };
}

export async function logsAndSinks(): Promise<void> {
  const { events } = proxySinks<EventSinks>();
  events.happened('before', 1);
  await sleep(5);
  log.info('in between');
  await sleep(5);
  events.happened('after', 2);
}

export async function asserts(): Promise<void> {
  const error = new Error('one is not two');
  error.name = 'AssertionError';
  throw error;
}

const { slow } = proxyLocalActivities<{ slow(): Promise<string> }>({ startToCloseTimeout: '30s' });

/** A local activity that outlasts the workflow task. */
export async function waitsForLocal(): Promise<string> {
  return await slow();
}

/** One activity after another, with timers in between; which process ran each. */
export async function stepByStep(taskQueue: string, steps: number): Promise<unknown[]> {
  const { act } = proxyActivities<Activities>({
    taskQueue,
    startToCloseTimeout: '1s',
    retry: { initialInterval: 100, backoffCoefficient: 1 },
  });
  const results: unknown[] = [];
  for (let step = 0; step < steps; step++) {
    results.push(await act());
    if (step % 3 === 0) await sleep(10);
  }
  return results;
}

/** Which build each of its tasks is done by. */
export async function whichBuild(): Promise<string[]> {
  const builds: string[] = [];
  const note = () => {
    const { currentBuildId, currentDeploymentVersion: version } = workflowInfo();
    builds.push(version ? `${version.deploymentName}.${version.buildId}` : (currentBuildId ?? ''));
  };
  let isDone = false;
  setHandler(defineQuery<string[]>('builds'), () => builds);
  setHandler(defineSignal('goOn'), () => {
    isDone = true;
  });
  note();
  await condition(() => isDone);
  note();
  return builds;
}

export async function waitsADay(): Promise<void> {
  await condition(() => false, '1 day');
}

class HouseError extends Error {
  override readonly name = 'HouseError';
}

export async function throwsHouseError(): Promise<void> {
  throw new HouseError('on fire');
}

interface Named {
  act(name: string): Promise<unknown>;
}

/** Three activities that wait at once, and a child. */
export async function prioritized(taskQueue: string): Promise<void> {
  const withPriority = (priority?: Priority) =>
    proxyActivities<Named>({ taskQueue, startToCloseTimeout: '30s', ...(priority && { priority }) });
  await startChild(waitsADay, {
    workflowId: `${workflowInfo().workflowId}/child`,
    parentClosePolicy: 'ABANDON',
  });
  await Promise.all([
    withPriority({ priorityKey: 5, fairnessKey: 'own' }).act('late'),
    withPriority().act('usual'),
    withPriority({ priorityKey: 1 }).act('urgent'),
  ]);
}

/** Activities of two tenants, all at once; how many ended. */
export async function withTenants(taskQueue: string, each: number): Promise<number> {
  const run = (tenant: string) =>
    proxyActivities<Named>({
      taskQueue,
      startToCloseTimeout: '30s',
      priority: { fairnessKey: tenant },
    }).act(tenant);
  const all = Array.from({ length: each }, () => [run('one'), run('two')]).flat();
  return (await Promise.all(all)).length;
}

/** Says for itself that its runs stay on the build that they began on. */
export async function stays(): Promise<void> {}
setWorkflowOptions({ versioningBehavior: 'PINNED' }, stays);

export async function asksForPatch(): Promise<boolean> {
  return patched('asked');
}
