/**
 * Works on one page of a batch job's targets.
 *
 * B1 A page that is worked on again does nothing twice: requests carry IDs made of job and run, and what has closed or is gone
 *    counts as done (BATCH-4).
 * B2 A target that cannot be reached is tried up to 50 times, later and later; what is refused counts as failed at once.
 */
import { Context } from '../../sdk/activity/context.ts';
import type { Gateway } from '../../sdk/client/calls/index.ts';
import { type BatchInput, type BatchProgress, NO_PROGRESS } from '../../sdk/common/batch.ts';
import {
  type StartBatchOperationRequest,
  StartBatchOperationRequestSchema,
} from '../../sdk/common/wire/batch-requests.ts';
import { fromJson } from '../../sdk/common/wire/json.ts';
import type { WorkflowExecutionRef } from '../../sdk/common/wire/messages.ts';
import { operate } from './batch-operations.ts';

/** BATCH-2. */
export const OPERATIONS_PER_SECOND = 50;
const AT_ONCE = 5;
const ATTEMPTS_MAX = 50;
const PAGE = 50;
const PAUSE_MS = 50;
const PAUSE_MAX_MS = 5000;

interface Page {
  targets: WorkflowExecutionRef[];
  next: string | undefined;
}

export async function workOnBatchPage(input: BatchInput): Promise<BatchProgress> {
  const context = Context.current();
  const { gateway } = context.client.connection as unknown as { gateway: Gateway };
  // Sound: `fromJson` checks it against the schema.
  const request = fromJson(StartBatchOperationRequestSchema, input.request) as StartBatchOperationRequest;
  const before = input.progress.next === undefined ? await begin(gateway, request) : input.progress;
  const { targets, next } = await pageOf(gateway, request, before.next);
  const pace = paceOf(request.maxOperationsPerSecond);
  let { complete, failed } = before;
  const worker = async () => {
    for (let target = targets.shift(); target !== undefined; target = targets.shift()) {
      await pace();
      if (context.cancellationSignal.aborted) return;
      if (await isDone(gateway, request, target)) complete += 1;
      else failed += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  context.cancellationSignal.throwIfAborted();
  const total = Math.max(before.total, complete + failed);
  return { total, complete, failed, next: next ?? '', isDone: next === undefined };
}

async function begin(
  gateway: Gateway,
  { namespace, visibilityQuery, executions = [] }: StartBatchOperationRequest,
) {
  if (!visibilityQuery) return { ...NO_PROGRESS, total: executions.length };
  const { count = 0 } = await gateway.countWorkflowExecutions({ namespace, query: visibilityQuery });
  return { ...NO_PROGRESS, total: count };
}

async function pageOf(
  gateway: Gateway,
  request: StartBatchOperationRequest,
  next: string | undefined,
): Promise<Page> {
  const { namespace, visibilityQuery, executions = [] } = request;
  if (!visibilityQuery) {
    const from = Number(next ?? 0);
    const isLast = from + PAGE >= executions.length;
    return { targets: executions.slice(from, from + PAGE), next: isLast ? undefined : String(from + PAGE) };
  }
  const page = await gateway.listWorkflowExecutions({
    namespace,
    query: visibilityQuery,
    pageSize: PAGE,
    ...(next && { nextPageToken: new TextEncoder().encode(next) }),
  });
  const { executions: found = [], nextPageToken } = page;
  return {
    targets: found.map(({ execution }) => execution),
    next: nextPageToken?.length ? new TextDecoder().decode(nextPageToken) : undefined,
  };
}

/** Waits until the next operation may begin. */
function paceOf(wanted = OPERATIONS_PER_SECOND): () => Promise<void> {
  const perSecond = wanted > 0 ? Math.min(wanted, OPERATIONS_PER_SECOND) : OPERATIONS_PER_SECOND;
  let freeAt = 0;
  return async () => {
    const now = Date.now();
    const at = Math.max(freeAt, now);
    freeAt = at + 1000 / perSecond;
    if (at > now) await pause(at - now);
  };
}

/** B2. */
async function isDone(
  gateway: Gateway,
  request: StartBatchOperationRequest,
  target: WorkflowExecutionRef,
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      await operate(gateway, request, target);
      return true;
    } catch (error) {
      // `RpcError` has the code as a name's number; what has none did not come from the service.
      const { code } = error as { code?: number };
      if (code === NOT_FOUND) return true;
      const isTransient = code === undefined || TRANSIENT.has(code);
      if (!isTransient || attempt === ATTEMPTS_MAX || Context.current().cancellationSignal.aborted)
        return false;
      await pause(Math.min(PAUSE_MS * 2 ** attempt, PAUSE_MAX_MS));
    }
  }
}

const NOT_FOUND = 5;
/** DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE. */
const TRANSIENT: ReadonlySet<number> = new Set([4, 8, 10, 13, 14]);

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
