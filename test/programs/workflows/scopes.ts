/** Cancellation, in every kind of scope and at every moment. */
import {
  CancellationScope,
  condition,
  executeChild,
  proxyActivities,
  proxyLocalActivities,
  sleep,
  startChild,
  Trigger,
  workflowInfo,
} from 'perdure/workflow';
import type * as activities from '../activities.ts';
import { outcomeOf, seenOf } from './what-is-seen.ts';

const once = { startToCloseTimeout: '30s', retry: { maximumAttempts: 1 } } as const;
const { echo } = proxyActivities<typeof activities>(once);
const local = proxyLocalActivities<typeof activities>(once);

export async function scopes(): Promise<unknown[]> {
  const cancelled = new CancellationScope();
  cancelled.cancel();
  const within = (work: () => Promise<unknown>) => outcomeOf(cancelled.run(work));
  const open = new CancellationScope();
  const sleeping = open.run(() => sleep('1 hour'));
  open.cancel();
  return [
    await outcomeOf(sleeping),
    await outcomeOf(CancellationScope.withTimeout(50, () => sleep('1 hour'))),
    await outcomeOf(CancellationScope.withTimeout('1 hour', () => sleep(5))),
    await within(() => echo(1)),
    await within(() => local.echo(1)),
    await within(() => sleep(1)),
    await within(() => condition(() => false)),
    await within(() => executeChild('child', { args: ['value'] })),
    await within(() => CancellationScope.nonCancellable(() => echo('shielded'))),
    await within(() => CancellationScope.withTimeout(50, () => sleep(1))),
    [open.consideredCancelled, open.cancellable, cancelled.consideredCancelled],
  ];
}

/** Who hears of a cancellation, in which order. */
export async function order(): Promise<string[]> {
  const heard: string[] = [];
  const scope = new CancellationScope();
  const hear = (name: string, work: Promise<unknown>) =>
    work.then(
      () => void heard.push(`${name} ends`),
      () => void heard.push(name),
    );
  const all = scope.run(() =>
    Promise.all([
      hear('sleep', sleep(5000)),
      hear(
        'shielded',
        CancellationScope.nonCancellable(() => sleep(50)),
      ),
      hear('requested', Promise.race([new Trigger<void>(), scope.cancelRequested])),
      hear(
        'limited condition',
        condition(() => false, 5000),
      ),
      hear(
        'condition',
        condition(() => false),
      ),
      hear(
        'scope within',
        CancellationScope.cancellable(() => sleep(5000)),
      ),
      hear('activity', echo(1)),
    ]),
  );
  await sleep(1);
  scope.cancel();
  await all;
  return heard;
}

/** Of activities that are under way. */
export async function activitiesUnderWay(): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (const cancellationType of ['TRY_CANCEL', 'WAIT_CANCELLATION_COMPLETED', 'ABANDON'] as const) {
    const { hang } = proxyActivities<typeof activities>({
      ...once,
      heartbeatTimeout: '20s',
      cancellationType,
    });
    const scope = new CancellationScope();
    const hanging = scope.run(() => hang());
    await sleep(100);
    scope.cancel();
    seen.push([cancellationType, await outcomeOf(hanging)]);
  }
  return seen;
}

export async function child(value: unknown): Promise<unknown> {
  return value ?? null;
}

export async function cleansUp(): Promise<void> {
  try {
    await sleep('1 day');
  } finally {
    await CancellationScope.nonCancellable(() => sleep(200));
  }
}

/** Of children that run, and of one whose start has not been sent. */
export async function children(): Promise<unknown[]> {
  const seen: unknown[] = [];
  const { workflowId } = workflowInfo();
  const types = [
    'WAIT_CANCELLATION_COMPLETED',
    'WAIT_CANCELLATION_REQUESTED',
    'TRY_CANCEL',
    'ABANDON',
  ] as const;
  for (const cancellationType of types) {
    const scope = new CancellationScope();
    const handle = await scope.run(() =>
      startChild(cleansUp, { workflowId: `${workflowId}-${cancellationType}`, cancellationType }),
    );
    const result = scope.run(() => handle.result());
    await sleep(50);
    scope.cancel();
    seen.push([cancellationType, await outcomeOf(result)]);
  }
  const unsent = new CancellationScope();
  const starting = unsent.run(() => startChild(cleansUp, { workflowId: `${workflowId}-unsent` }));
  unsent.cancel();
  return [...seen, await outcomeOf(starting)];
}

/** Of the run itself, which cleans up. */
export async function cancelledRun(): Promise<unknown[]> {
  const seen: unknown[] = [];
  await sleep('1 day').catch((error) =>
    seen.push(seenOf(error), CancellationScope.current().consideredCancelled),
  );
  seen.push(await outcomeOf(echo(1)), await outcomeOf(sleep(1)));
  seen.push(await CancellationScope.nonCancellable(() => executeChild(child, { args: ['cleaned up'] })));
  return seen;
}
