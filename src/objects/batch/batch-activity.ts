/**
 * Works on one page of a batch job's targets.
 *
 * B1 A page that is worked on again does nothing twice: it is the same page, which the first attempt has left in its heartbeat;
 *    requests carry IDs made of job and run; and what has closed, is gone or is so already counts as done (BATCH-4).
 * B2 A target that cannot be reached is tried up to 50 times, later and later; what is refused counts as failed at once.
 * B3 A job acts on its own namespace, whatever its input says.
 */
import { Context } from '../../sdk/activity/context.ts';
import type { Gateway } from '../../sdk/client/calls/index.ts';
import {
  type BatchInput,
  type BatchProgress,
  NO_PROGRESS,
  OPERATIONS_PER_SECOND,
} from '../../sdk/common/batch.ts';
import { grpcStatus } from '../../sdk/common/grpc-status.ts';
import { errorMessage } from '../../sdk/common/type-helpers.ts';
import {
  type StartBatchOperationRequest,
  StartBatchOperationRequestSchema,
} from '../../sdk/common/wire/batch-requests.ts';
import { fromJson } from '../../sdk/common/wire/json.ts';
import type { WorkflowExecutionRef } from '../../sdk/common/wire/messages.ts';
import { type BatchTarget, operate } from './batch-operations.ts';

/** BATCH-2. */
const AT_ONCE = 5;
const ATTEMPTS_MAX = 50;
const PAGE_MAX = 50;
/** What a page takes at most, as far as its rate says: so often does a job's progress show. */
const PAGE_SECONDS = 10;
const PAUSE_MS = 50;
const PAUSE_MAX_MS = 5000;

interface Page {
  total: number;
  targets: WorkflowExecutionRef[];
  /** Undefined after the last page. */
  next?: string | undefined;
}

export async function workOnBatchPage(input: BatchInput): Promise<BatchProgress> {
  const context = Context.current();
  const { gateway } = context.client.connection as unknown as { gateway: Gateway };
  // Sound: `fromJson` checks it against the schema.
  const stored = fromJson(StartBatchOperationRequestSchema, input.request) as StartBatchOperationRequest;
  const request = { ...stored, namespace: context.info.namespace };
  // Sound: left by an earlier attempt, below.
  const page = (context.info.heartbeatDetails as Page | undefined) ?? (await pageOf(gateway, request, input));
  context.heartbeat(page);
  const pace = new Pace(rateOf(request), context.sleep);
  let { complete, failed } = input.progress;
  const left = [...page.targets];
  const work = async () => {
    for (let execution = left.shift(); execution !== undefined; execution = left.shift()) {
      await pace.next();
      context.cancellationSignal.throwIfAborted();
      if (await isDone({ gateway, request, execution })) complete += 1;
      else failed += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (page.next !== undefined) await pace.next();
  const total = Math.max(page.total, complete + failed);
  return { total, complete, failed, next: page.next ?? '', isDone: page.next === undefined };
}

async function pageOf(
  gateway: Gateway,
  request: StartBatchOperationRequest,
  { progress }: BatchInput,
): Promise<Page> {
  const { namespace, visibilityQuery: query, executions = [] } = request;
  const size = Math.max(1, Math.min(PAGE_MAX, Math.ceil(rateOf(request) * PAGE_SECONDS)));
  const { next } = progress;
  if (!query) {
    const from = Number(next ?? 0);
    const end = from + size;
    const targets = executions.slice(from, end);
    return { total: executions.length, targets, next: end < executions.length ? String(end) : undefined };
  }
  const total = next === undefined ? await countOf(gateway, { namespace, query }) : progress.total;
  const { executions: found = [], nextPageToken } = await gateway.listWorkflowExecutions({
    namespace,
    query,
    pageSize: size,
    ...(next && { nextPageToken: new TextEncoder().encode(next) }),
  });
  const targets = found.map(({ execution }) => execution);
  return {
    total,
    targets,
    next: nextPageToken?.length ? new TextDecoder().decode(nextPageToken) : undefined,
  };
}

async function countOf(gateway: Gateway, request: { namespace: string; query: string }): Promise<number> {
  const { count = NO_PROGRESS.total } = await gateway.countWorkflowExecutions(request);
  return count;
}

function rateOf({ maxOperationsPerSecond: wanted = 0 }: StartBatchOperationRequest): number {
  return wanted > 0 ? Math.min(wanted, OPERATIONS_PER_SECOND) : OPERATIONS_PER_SECOND;
}

/** Lets one operation begin after the other, as often as a rate says. */
class Pace {
  readonly #intervalMs: number;
  readonly #sleep: (ms: number) => Promise<void>;
  #freeAt = 0;

  constructor(perSecond: number, sleep: (ms: number) => Promise<void>) {
    this.#intervalMs = 1000 / perSecond;
    this.#sleep = sleep;
  }

  async next(): Promise<void> {
    const now = Date.now();
    const at = Math.max(this.#freeAt, now);
    this.#freeAt = at + this.#intervalMs;
    if (at > now) await this.#sleep(at - now);
  }
}

const TRANSIENT: ReadonlySet<number> = new Set([
  grpcStatus.DEADLINE_EXCEEDED,
  grpcStatus.RESOURCE_EXHAUSTED,
  grpcStatus.ABORTED,
  grpcStatus.INTERNAL,
  grpcStatus.UNAVAILABLE,
]);

/** B1, B2. */
async function isDone(target: BatchTarget): Promise<boolean> {
  const { log, sleep } = Context.current();
  for (let attempt = 1; ; attempt++) {
    try {
      await operate(target);
      return true;
    } catch (error) {
      // `RpcError` has the number of its code; what has none did not come from the service.
      const { code } = error as { code?: number };
      if (code === grpcStatus.NOT_FOUND || (code === grpcStatus.FAILED_PRECONDITION && isPause(target)))
        return true;
      const isTransient = code === undefined || TRANSIENT.has(code);
      if (!isTransient || attempt === ATTEMPTS_MAX) {
        const { workflowId, runId } = target.execution;
        const { jobId } = target.request;
        log.warn('A batch job could not work on a workflow', {
          batchJobId: jobId,
          target: { workflowId, runId },
          attempt,
          error: errorMessage(error),
        });
        return false;
      }
      await sleep(Math.min(PAUSE_MS * 2 ** attempt, PAUSE_MAX_MS));
    }
  }
}

/** Refused when the workflow is paused, or not, already. */
const isPause = ({ request }: BatchTarget): boolean =>
  request.pauseOperation !== undefined || request.unpauseOperation !== undefined;
