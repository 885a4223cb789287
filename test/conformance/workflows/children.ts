/** Child workflows, and workflows that are not children. */
import { WorkflowExecutionAlreadyStartedError } from 'perdure/common';
import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  sleep,
  startChild,
  workflowInfo,
} from 'perdure/workflow';
import type * as activities from '../worker/activities.ts';

const { record } = proxyActivities<typeof activities>({ startToCloseTimeout: '10s' });
const once = proxyActivities<typeof activities>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 1 },
});

export const word = defineSignal<[string]>('word');
export const childWords = defineQuery<string[]>('childWords');

const text = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/** An error and its causes, innermost last. */
function chain(error: unknown): string[] {
  const lines: string[] = [];
  for (let current = error; current instanceof Error; current = current.cause) lines.push(text(current));
  return lines;
}

export async function child(name: string): Promise<string> {
  return `child of ${workflowInfo().parent?.workflowId}: ${name}`;
}

export async function childInfo(): Promise<Record<string, unknown>> {
  const { workflowId, runId, parent, root, workflowType, taskQueue, attempt, memo } = workflowInfo();
  return { workflowId, runId, parent, root, workflowType, taskQueue, attempt, memo };
}

export async function parentOfOne(name: string): Promise<string> {
  return await executeChild(child, { args: [name] });
}

export async function parentInfo(): Promise<{ own: string; child: Record<string, unknown> }> {
  return {
    own: workflowInfo().runId,
    child: await executeChild(childInfo, {
      workflowId: `${workflowInfo().workflowId}/child`,
      memo: { of: 'child' },
    }),
  };
}

export async function grandparent(): Promise<Record<string, unknown>> {
  return (await executeChild(parentInfo)).child;
}

export async function parentByName(): Promise<unknown> {
  return await executeChild('child', { args: ['by name'] });
}

export async function manyChildren(count: number): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) => executeChild(child, { args: [`${index}`] })),
  );
  return new Set(answers).size;
}

export async function listener(until: string): Promise<string[]> {
  const words: string[] = [];
  setHandler(word, (said) => void words.push(said));
  setHandler(childWords, () => words);
  await condition(() => words.includes(until));
  return words;
}

export async function talksToChild(): Promise<{ words: string[]; ids: boolean }> {
  const handle = await startChild(listener, { args: ['bye'] });
  await handle.signal(word, 'hello');
  await handle.signal('word', 'again');
  await handle.signal(word, 'bye');
  return {
    words: await handle.result(),
    ids: typeof handle.workflowId === 'string' && typeof handle.firstExecutionRunId === 'string',
  };
}

export async function failingChild(kind: 'application' | 'activity' | 'cancelled'): Promise<void> {
  if (kind === 'application') {
    throw ApplicationFailure.nonRetryable('child failed', 'ChildError', { why: 'because' });
  }
  if (kind === 'activity') await once.failNonRetryable('deep inside');
  throw new CancelledFailure('on its own');
}

export interface ChildReport {
  chain: string[];
  workflowType?: string;
  retryState?: string;
  hasExecution?: boolean;
  details?: unknown;
  isCancellation: boolean;
}

function report(error: unknown): ChildReport {
  const found: ChildReport = { chain: chain(error), isCancellation: isCancellation(error) };
  if (error instanceof ChildWorkflowFailure) {
    const { workflowType, retryState, execution, cause } = error;
    Object.assign(found, { workflowType, retryState });
    found.hasExecution = Boolean(execution.workflowId && execution.runId);
    if (cause instanceof ApplicationFailure) found.details = cause.details;
  }
  return found;
}

export async function catchesChild(kind: 'application' | 'activity' | 'cancelled'): Promise<ChildReport> {
  try {
    await executeChild(failingChild, { args: [kind] });
  } catch (error) {
    return report(error);
  }
  return { chain: [], isCancellation: false };
}

/** Lets the failure through. */
export async function failsByChild(): Promise<void> {
  await executeChild(failingChild, { args: ['activity'] });
}

export async function failsByGrandchild(): Promise<void> {
  await executeChild(failsByChild);
}

export async function sleeper(key: string): Promise<string> {
  try {
    await sleep('1 hour');
  } catch (error) {
    await CancellationScope.nonCancellable(() => record(key, 'child cleaned up'));
    throw error;
  }
  return 'slept';
}

export async function stubborn(): Promise<string> {
  await sleep('1 hour').catch(() => undefined);
  return 'I stay';
}

export async function timedChild(): Promise<ChildReport> {
  try {
    await executeChild(sleeper, { args: ['timed'], workflowRunTimeout: '200ms' });
  } catch (error) {
    return report(error);
  }
  return { chain: [], isCancellation: false };
}

export async function retriedChild(attempts: number): Promise<number> {
  if (workflowInfo().attempt < attempts)
    throw ApplicationFailure.retryable(`attempt ${workflowInfo().attempt}`);
  return workflowInfo().attempt;
}

export async function parentOfRetried(): Promise<number> {
  return await executeChild(retriedChild, {
    args: [3],
    retry: { initialInterval: '50ms', maximumAttempts: 5 },
  });
}

export async function chainedChild(round: number): Promise<string> {
  if (round < 3) await continueAsNew<typeof chainedChild>(round + 1);
  return `round ${round}`;
}

export async function parentOfChain(): Promise<string> {
  const handle = await startChild(chainedChild, { args: [0] });
  return await handle.result();
}

export interface CancelsChild {
  key: string;
  type: ChildWorkflowCancellationType | undefined;
  workflow: 'sleeper' | 'stubborn';
}

export async function cancelsChild({ key, type, workflow }: CancelsChild): Promise<unknown> {
  const scope = new CancellationScope();
  const work = scope.run(async () => {
    const handle = await startChild(workflow, {
      args: [key],
      workflowId: `${workflowInfo().workflowId}/child`,
      cancellationType: type ?? ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
    return await handle.result();
  });
  await sleep(200);
  scope.cancel();
  try {
    return await work;
  } catch (error) {
    const rejected = report(error);
    await sleep(100); // What a run asked of others is dropped when it closes in the same task.
    return rejected;
  }
}

export async function cancelsUnstartedChild(): Promise<ChildReport> {
  try {
    await CancellationScope.cancellable(async () => {
      const starting = startChild(child, { args: ['never'] });
      CancellationScope.current().cancel();
      await starting;
    });
  } catch (error) {
    return report(error);
  }
  return { chain: [], isCancellation: false };
}

/** Ends at once, or is ended; what becomes of its child is the policy's matter. */
export async function leavesChild(policy: ParentClosePolicy, key: string): Promise<string> {
  const handle = await startChild(sleeper, {
    args: [key],
    workflowId: `${workflowInfo().workflowId}/child`,
    parentClosePolicy: policy,
  });
  return handle.workflowId;
}

export async function startsTwice(): Promise<string[]> {
  const workflowId = `${workflowInfo().workflowId}/child`;
  const first = await startChild(listener, { args: ['bye'], workflowId });
  const lines: string[] = [];
  for (const start of [startChild, executeChild]) {
    try {
      await start(listener, { args: ['bye'], workflowId });
    } catch (error) {
      lines.push(`${error instanceof WorkflowExecutionAlreadyStartedError} ${text(error)}`);
    }
  }
  await first.signal(word, 'bye');
  await first.result();
  return lines;
}

export async function tellsExternal(workflowId: string, words: string[]): Promise<string> {
  const handle = getExternalWorkflowHandle(workflowId);
  for (const each of words) await handle.signal(word, each);
  return handle.workflowId;
}

export async function externalProblems(unknownId: string): Promise<string[]> {
  const handle = getExternalWorkflowHandle(unknownId);
  const lines: string[] = [];
  for (const work of [() => handle.signal(word, 'x'), () => handle.cancel()]) {
    try {
      await work();
    } catch (error) {
      lines.push(`${text(error)} ${error instanceof ApplicationFailure ? error.type : ''}`);
    }
  }
  return lines;
}

export async function cancelsExternal(workflowId: string): Promise<void> {
  await getExternalWorkflowHandle(workflowId).cancel();
}

export async function signalsItself(): Promise<string[]> {
  const words: string[] = [];
  setHandler(word, (said) => void words.push(said));
  await getExternalWorkflowHandle(workflowInfo().workflowId).signal(word, 'me');
  await condition(() => words.length > 0);
  return words;
}

/** Two workflows that send a ball back and forth. */
export async function player(other: string, starts: boolean, hits: number): Promise<number> {
  let count = 0;
  const handle = getExternalWorkflowHandle(other);
  setHandler(word, async () => {
    count += 1;
    if (count < hits || !starts) await handle.signal(word, `${count}`);
  });
  if (starts) await handle.signal(word, 'serve');
  await condition(() => count >= hits && allHandlersFinished());
  return count;
}
