/** History pages, long polls for new events and for the close, and the result of a run. */
import type { HistoryPage, HistoryRequest } from '../../../objects/execution/workflow-execution-api.ts';
import type { GetWorkflowExecutionHistoryRequest } from '../../common/wire/requests.ts';
import type { HistoryResponse } from '../calls/history-call.ts';
import type { Gateway } from '../calls/index.ts';
import { grpcStatus, RpcError } from '../rpc-error.ts';
import { archivedPage } from './archived-history.ts';
import { callExecution, type ExecutionTarget } from './executions.ts';
import { LONG_POLL_MS, longPoll, WAIT_MAX_MS } from './long-poll.ts';
import { decodePageToken, encodePageToken, type HistoryPosition } from './page-token.ts';
import { type DirectServiceOptions, targetOf } from './service.ts';

type HistoryCalls = Pick<
  Gateway,
  'getWorkflowExecutionHistory' | 'getWorkflowExecutionHistoryReverse' | 'getWorkflowExecutionResult'
>;

const PAGE_SIZE_MAX = 256;

export function historyService(options: DirectServiceOptions): HistoryCalls {
  const { executions } = options;
  const ask = (target: ExecutionTarget, request: HistoryRequest): Promise<HistoryPage> =>
    callExecution(executions, target, (stub, at) => stub.history(at, request));
  /** What the object has, or else the archive. */
  const orArchived = async (
    target: ExecutionTarget,
    query: HistoryRequest,
    live: () => Promise<HistoryPage>,
    isWaiting = false,
  ): Promise<HistoryResponse> => {
    try {
      return toResponse(await live(), query, isWaiting);
    } catch (error) {
      if (!(error instanceof RpcError) || error.code !== grpcStatus.NOT_FOUND) throw error;
      const page = await archivedPage(options, target, query);
      if (page === undefined) throw error;
      return { ...toResponse(page, query, false), archived: true };
    }
  };

  return {
    async getWorkflowExecutionHistory(request) {
      const target = await historyTarget(options, request);
      const position = decodePageToken(request.nextPageToken, {
        runId: request.execution?.runId,
        isReverse: false,
      });
      const isCloseOnly = request.historyEventFilterType === 'CLOSE_EVENT';
      const query = toHistoryRequest(request, position, isCloseOnly);
      const isWaiting = request.waitNewEvent === true;
      const live = () => (isWaiting ? awaitEvents(options, target, query) : ask(target, query));
      return orArchived(target, query, live, isWaiting);
    },

    async getWorkflowExecutionHistoryReverse(request) {
      const target = await historyTarget(options, request);
      const runId = request.execution?.runId;
      const position = decodePageToken(request.nextPageToken, { runId, isReverse: true });
      const query = { ...toHistoryRequest(request, position, false), reverse: true };
      return orArchived(target, query, () => ask(target, query));
    },

    async getWorkflowExecutionResult({ namespace, workflowId, runId, wait = 0, followRuns = true }) {
      const target = await targetOf(options, namespace, workflowId);
      let boundRunId = runId || undefined;
      return longPoll({
        executions,
        target,
        runId: () => boundRunId,
        waitMs: Math.min(wait, WAIT_MAX_MS),
        poll: async (waitMs) => {
          const query = { ...(boundRunId ? { runId: boundRunId } : {}), followRuns, waitMs };
          const run = await callExecution(executions, target, (stub, at) => stub.result(at, query));
          boundRunId = run.runId;
          return run;
        },
        isDone: (run) => run.closeEvent !== undefined,
      });
    },
  };
}

function historyTarget(
  options: DirectServiceOptions,
  { namespace, execution }: GetWorkflowExecutionHistoryRequest,
): Promise<ExecutionTarget> {
  return targetOf(options, namespace, execution?.workflowId, 'execution.workflowId');
}

/** The first reply binds the wait to its run, so that a newer run under the same ID does not take its place. */
async function awaitEvents(
  { executions }: DirectServiceOptions,
  target: ExecutionTarget,
  query: HistoryRequest,
): Promise<HistoryPage> {
  let runId = query.runId;
  return longPoll({
    executions,
    target,
    runId: () => runId,
    waitMs: LONG_POLL_MS,
    poll: async (waitMs) => {
      const wait = { ...query, ...(runId ? { runId } : {}), waitMs };
      const page = await callExecution(executions, target, (stub, at) => stub.history(at, wait));
      runId = page.runId;
      return page;
    },
    isDone: (page) => !page.isRunning || (!query.closeEventOnly && hasRecorded(page)),
  });
}

/** Events of a task that is tried again are shown, but not recorded: they are no news. */
function hasRecorded({ events, nextEventId = Number.POSITIVE_INFINITY }: HistoryPage): boolean {
  return events.some(({ eventId }) => eventId < nextEventId);
}

function toHistoryRequest(
  request: GetWorkflowExecutionHistoryRequest,
  position: HistoryPosition | undefined,
  closeEventOnly: boolean,
): HistoryRequest {
  const asked = request.maximumPageSize ?? 0;
  const runId = position?.runId ?? request.execution?.runId;
  return {
    pageSize: asked > 0 ? Math.min(asked, PAGE_SIZE_MAX) : PAGE_SIZE_MAX,
    ...(runId ? { runId } : {}),
    ...(position ? { fromEventId: position.nextEventId } : {}),
    ...(closeEventOnly ? { closeEventOnly } : {}),
  };
}

/**
 * Who waits for new events gets a token as long as the run is open. Who reads what is there gets one while there is more. An
 * open run that is waited on for its close answers without events until then.
 */
function toResponse(page: HistoryPage, query: HistoryRequest, isWaiting: boolean): HistoryResponse {
  const isHeldBack = isWaiting && page.isRunning && query.closeEventOnly === true;
  const events = isHeldBack ? [] : page.events;
  const isFull = page.isCut === true || page.events.length >= query.pageSize;
  const hasMore = isWaiting
    ? page.isRunning || (page.nextEventId !== undefined && !query.closeEventOnly)
    : page.nextEventId !== undefined && isFull && !query.closeEventOnly;
  if (!hasMore) return { history: { events } };
  const nextEventId = page.nextEventId ?? query.fromEventId ?? 1;
  const token = { runId: page.runId, nextEventId, isReverse: query.reverse === true };
  return { history: { events }, nextPageToken: encodePageToken(token) };
}
