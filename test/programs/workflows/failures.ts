/** Failures through all layers: of activities, local ones, children and other workflows. */
import {
  ApplicationFailure,
  continueAsNew,
  executeChild,
  getExternalWorkflowHandle,
  proxyActivities,
  proxyLocalActivities,
  startChild,
  workflowInfo,
} from 'perdure/workflow';
import type * as activities from '../activities.ts';
import { outcomeOf, seenOf } from './what-is-seen.ts';

const once = { startToCloseTimeout: '30s', retry: { maximumAttempts: 1 } } as const;
const KINDS = ['plain', 'typed', 'nested', 'text', 'nothing', 'cancelled'] as const;

export async function ofActivities(): Promise<unknown[]> {
  const { fail } = proxyActivities<typeof activities>(once);
  const local = proxyLocalActivities<typeof activities>(once);
  const seen: unknown[] = [];
  for (const kind of KINDS) {
    seen.push([kind, await outcomeOf(fail(kind as activities.FailureKind))]);
    seen.push([kind, await outcomeOf(local.fail(kind as activities.FailureKind))]);
  }
  return seen;
}

/** Retries end in all ways that there are. Local ones that time out are left out: Temporal's worker replays those as others. */
export async function ofRetries(): Promise<unknown[]> {
  const retried = { ...once, retry: { initialInterval: 10, maximumAttempts: 3 } } as const;
  const { succeedOn, fail } = proxyActivities<typeof activities>(retried);
  const local = proxyLocalActivities<typeof activities>({ ...retried, localRetryThreshold: 5 });
  const picky = proxyActivities<typeof activities>({
    ...retried,
    retry: { nonRetryableErrorTypes: ['TypeError'] },
  });
  const hasty = proxyActivities<typeof activities>({ ...once, startToCloseTimeout: 200 });
  const strange = proxyActivities<{ unheardOf(): Promise<void> }>(once);
  return [
    await outcomeOf(succeedOn(3)),
    await outcomeOf(succeedOn(4)),
    await outcomeOf(local.succeedOn(3)),
    await outcomeOf(local.succeedOn(4)),
    await outcomeOf(picky.fail('plain')),
    await outcomeOf(fail('typed')),
    await outcomeOf(hasty.hang()),
    await outcomeOf(strange.unheardOf()),
  ];
}

export async function failing(): Promise<never> {
  throw ApplicationFailure.create({
    message: 'failing',
    type: 'Failing',
    details: [1, { two: 2 }],
    nonRetryable: true,
    cause: new TypeError('for this reason'),
  });
}

export async function failingLater(runs: number): Promise<unknown> {
  if (runs > 0) return continueAsNew<typeof failingLater>(runs - 1);
  throw ApplicationFailure.nonRetryable(
    'in a later run',
    'Later',
    workflowInfo().continuedFromExecutionRunId !== undefined,
  );
}

export async function failingTwice(): Promise<unknown> {
  const { attempt, lastFailure } = workflowInfo();
  if (attempt < 3) throw ApplicationFailure.retryable(`attempt ${attempt}`);
  return [attempt, seenOf(lastFailure)];
}

export async function ofChildren(): Promise<unknown[]> {
  const { workflowId } = workflowInfo();
  const used = `${workflowId}-used`;
  const first = await startChild('untilSignal', { workflowId: used });
  const seen = [
    await outcomeOf(executeChild(failing)),
    await outcomeOf(executeChild(failingLater, { args: [2] })),
    await outcomeOf(executeChild(failingTwice, { retry: { initialInterval: 10, maximumAttempts: 3 } })),
    await outcomeOf(executeChild('untilSignal', { workflowRunTimeout: 200 })),
    await outcomeOf(startChild('untilSignal', { workflowId: used })),
    await outcomeOf(executeChild('untilSignal', { workflowId: used })),
  ];
  await first.signal('go', 5);
  return [...seen, await outcomeOf(first.result()), await outcomeOf(first.signal('go', 6))];
}

export async function ofOthers(): Promise<unknown[]> {
  const nobody = getExternalWorkflowHandle('nobody-of-this-name');
  return [await outcomeOf(nobody.signal('go')), await outcomeOf(nobody.cancel())];
}
