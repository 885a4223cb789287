/**
 * Following a workflow while it happens: its history, or what a query answers. Over long polls, so that a follower keeps no object
 * in memory and survives whatever comes between.
 *
 * W1 A position is a run and an event of it; following goes on right after it, without a gap and without repetition.
 * W2 Events of a task that is tried again are shown by history, but not recorded: followers do not get them.
 * W3 From a closed run it goes on to the one that continues it; at the end of the chain it ends.
 */
import type { HistoryEvent } from '../common/wire/events.ts';
import type { Gateway } from './calls/index.ts';
import { decodePageToken, encodePageToken } from './direct/page-token.ts';
import { grpcStatus, invalidArgument } from './rpc-error.ts';

export interface WatchRequest {
  namespace: string;
  workflowId: string;
  /** The current run without it. */
  runId?: string | undefined;
  /** Ends the following. */
  signal?: AbortSignal | undefined;
}

export interface RecordedEvent {
  runId: string;
  event: HistoryEvent;
  /** Where to go on after this event: `<run ID>:<event ID>`. */
  position: string;
}

const CLOSING: ReadonlySet<string> = new Set([
  'WorkflowExecutionCompleted',
  'WorkflowExecutionFailed',
  'WorkflowExecutionTimedOut',
  'WorkflowExecutionCanceled',
  'WorkflowExecutionTerminated',
  'WorkflowExecutionContinuedAsNew',
]);

/** Every event after the position, from the first one without it, until the chain has ended. */
export async function* watchHistory(
  gateway: Gateway,
  request: WatchRequest,
  after?: string,
): AsyncGenerator<RecordedEvent, void> {
  const start = after === undefined ? undefined : parsePosition(after);
  let runId: string | undefined = start?.runId ?? (await currentRunId(gateway, request));
  let nextEventId = (start?.eventId ?? 0) + 1;
  while (runId !== undefined) {
    // A position at the end of a run says nothing of the run that follows: its closing event does.
    let closing = await closedBefore(gateway, request, runId, nextEventId);
    while (closing === undefined) {
      const news = await nextEvents(gateway, request, runId, nextEventId);
      for (const event of news.events) {
        yield { runId, event, position: `${runId}:${event.eventId}` };
        nextEventId = event.eventId + 1;
        if (CLOSING.has(event.eventType)) closing = event;
      }
    }
    runId = nextRunOf(closing);
    nextEventId = 1;
  }
}

/** The answer of `ask` at once and after every commit that may have changed it, as often as `keyOf` gives something new. */
export async function* watchAnswers<Answer>(
  gateway: Gateway,
  request: WatchRequest,
  { ask, keyOf }: { ask: (runId: string) => Promise<Answer>; keyOf: (answer: Answer) => string },
): AsyncGenerator<{ runId: string; answer: Answer }, void> {
  let runId: string | undefined = await currentRunId(gateway, request);
  let known: string | undefined;
  while (runId !== undefined) {
    // Looked up first: what is recorded while the query is answered is followed by another answer.
    const last = await lastEvent(gateway, request, runId);
    const answered = await unlessNotReady(ask(runId));
    if (answered !== undefined && keyOf(answered.answer) !== known) {
      known = keyOf(answered.answer);
      yield { runId, ...answered };
    }
    if (CLOSING.has(last.eventType)) runId = nextRunOf(last);
    else await nextEvents(gateway, request, runId, last.eventId + 1);
  }
}

/** Undefined while a run waits for its first task: a start delay, the pause between two runs. */
export async function unlessNotReady<Answer>(
  asked: Promise<Answer>,
): Promise<{ answer: Answer } | undefined> {
  try {
    return { answer: await asked };
  } catch (error) {
    const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
    if (code === grpcStatus.FAILED_PRECONDITION || cause?.code === grpcStatus.FAILED_PRECONDITION)
      return undefined;
    throw error;
  }
}

/** Whether nothing follows a position any more: its event closed the last run of the chain. */
export async function isEnd(gateway: Gateway, request: WatchRequest, position: string): Promise<boolean> {
  const { runId, eventId } = parsePosition(position);
  const closing = await closedBefore(gateway, request, runId, eventId + 1);
  return closing !== undefined && nextRunOf(closing) === undefined;
}

function parsePosition(position: string): { runId: string; eventId: number } {
  const [, runId, eventId] = /^(.+):(\d{1,9})$/.exec(position) ?? [];
  if (runId === undefined)
    throw invalidArgument(`position: expected <run ID>:<event ID>, found '${position}'`);
  return { runId, eventId: Number(eventId) };
}

export async function currentRunId(gateway: Gateway, request: WatchRequest): Promise<string> {
  const { namespace, workflowId, runId, signal } = request;
  const execution = { workflowId, ...(runId && { runId }) };
  const described = await gateway.describeWorkflowExecution({ namespace, execution }, callOptions(signal));
  return described.workflowExecutionInfo?.execution?.runId ?? runId ?? '';
}

const callOptions = (signal: AbortSignal | undefined) => (signal ? { signal } : {});

/** Waits for events from `nextEventId` on; none when there was nothing new for a while. */
async function nextEvents(
  gateway: Gateway,
  { namespace, workflowId, signal }: WatchRequest,
  runId: string,
  nextEventId: number,
): Promise<{ events: HistoryEvent[] }> {
  const page = await gateway.getWorkflowExecutionHistory(
    {
      namespace,
      execution: { workflowId, runId },
      waitNewEvent: true,
      nextPageToken: encodePageToken({ runId, nextEventId, isReverse: false }),
    },
    callOptions(signal),
  );
  const { events } = page.history;
  const position = decodePageToken(page.nextPageToken, { isReverse: false });
  // W2
  return { events: position ? events.filter(({ eventId }) => eventId < position.nextEventId) : events };
}

async function closedBefore(
  gateway: Gateway,
  request: WatchRequest,
  runId: string,
  nextEventId: number,
): Promise<HistoryEvent | undefined> {
  if (nextEventId === 1) return undefined;
  const last = await lastEvent(gateway, request, runId);
  return CLOSING.has(last.eventType) && last.eventId < nextEventId ? last : undefined;
}

async function lastEvent(
  gateway: Gateway,
  { namespace, workflowId, signal }: WatchRequest,
  runId: string,
): Promise<HistoryEvent> {
  const page = await gateway.getWorkflowExecutionHistoryReverse(
    { namespace, execution: { workflowId, runId }, maximumPageSize: 1 },
    callOptions(signal),
  );
  const [event] = page.history.events;
  if (event === undefined) throw new TypeError(`Run ${runId} of ${workflowId} has no events`);
  return event;
}

function nextRunOf({ attributes }: HistoryEvent): string | undefined {
  return ('newExecutionRunId' in attributes && attributes.newExecutionRunId) || undefined;
}
