/** Workflows that call these operations, and the one whose updates stand for them. */
import { NexusOperationFailure } from 'perdure/common';
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  createNexusServiceClient,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  setHandler,
} from 'perdure/workflow';
import { desk, type ToCharge, type ToUpdate } from './operations-service.ts';

export const approve = defineUpdate<string, [ToUpdate['how']]>('approve');
export const decide = defineSignal<[string]>('decide');
export const end = defineSignal<['complete' | 'continue']>('end');
export const note = defineSignal<[string]>('note');
export const noted = defineQuery<string[]>('noted');

/** Approvals wait for a decision; it ends when told to. */
export async function order(): Promise<string> {
  let decision: string | undefined;
  let ending: 'complete' | 'continue' | undefined;
  const notes: string[] = [];
  setHandler(
    approve,
    async (how) => {
      if (how === 'at once') return 'approved at once';
      await condition(() => decision !== undefined);
      if (how === 'fails') throw ApplicationFailure.nonRetryable(`not approved: ${decision}`);
      return `approved: ${decision}`;
    },
    {
      validator: (how) => {
        if (how === 'rejected') throw new Error('not an order to approve');
      },
    },
  );
  setHandler(decide, (text) => {
    decision = text;
  });
  setHandler(note, (text) => {
    notes.push(text);
  });
  setHandler(noted, () => notes);
  setHandler(end, (how) => {
    ending = how;
  });
  await condition(() => ending !== undefined);
  if (ending === 'continue') await continueAsNew<typeof order>();
  return 'closed';
}

function shown(error: unknown): unknown {
  if (!(error instanceof NexusOperationFailure)) throw error;
  const { cause } = error;
  let innermost: Error | undefined = cause;
  while (innermost?.cause instanceof Error) innermost = innermost.cause;
  return {
    hasToken: Boolean(error.operationToken),
    isCancellation: isCancellation(error),
    cause: cause && { name: cause.name, message: cause.message },
    innermost: innermost?.message,
  };
}

const client = (endpoint: string) => createNexusServiceClient({ endpoint, service: desk });
const timeout = { scheduleToCloseTimeout: '1 day' } as const;

export async function approves(endpoint: string, input: ToUpdate): Promise<unknown> {
  const handle = await client(endpoint)
    .startOperation('approve', input, timeout)
    .catch(() => undefined);
  if (handle === undefined) return client(endpoint).executeOperation('approve', input, timeout).catch(shown);
  const result = await handle.result().catch(shown);
  return { isAsync: Boolean(handle.token), result };
}

export async function charges(endpoint: string, input: ToCharge): Promise<unknown> {
  const handle = await client(endpoint).startOperation('charge', input, timeout);
  const result = await handle.result().catch(shown);
  return { isAsync: Boolean(handle.token), result };
}

export async function calls(
  endpoint: string,
  operation: 'open' | 'answer' | 'twice' | 'tell',
  input: string,
): Promise<unknown> {
  return client(endpoint).executeOperation(operation, input, timeout).catch(shown);
}

/** Cancels once the operation has started. */
export async function cancelsOperation(
  endpoint: string,
  what: { approve: ToUpdate } | { approveForGood: ToUpdate } | { charge: ToCharge },
): Promise<unknown> {
  const scope = new CancellationScope();
  const cancellationType = 'charge' in what ? 'WAIT_CANCELLATION_COMPLETED' : 'WAIT_CANCELLATION_REQUESTED';
  const options = { ...timeout, cancellationType } as const;
  const handle = await scope.run(() => {
    if ('approve' in what) return client(endpoint).startOperation('approve', what.approve, options);
    if ('charge' in what) return client(endpoint).startOperation('charge', what.charge, options);
    return client(endpoint).startOperation('approveForGood', what.approveForGood, options);
  });
  scope.cancel();
  return handle.result().catch(shown);
}
