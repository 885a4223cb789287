/**
 * What must be true of every acknowledged run afterwards, read from its history and from the demo service's books.
 *
 * V1. It has closed, within 60 s of the last start of the runtime, beyond what its own timers take.
 * V2. It ended as planned, and as whoever saw its end before was told.
 * V3. Every acknowledged signal stands in its history, and in no run twice. (One whose acknowledgement was lost is sent again,
 *     and may then reach the next run of its chain as well: request IDs are known within a run.)
 * V4. Its history is whole: IDs without gaps, one closing event, the last; every outcome belongs to something scheduled.
 * V5. No activity with one attempt was started, or asked of the demo service, twice.
 * V6. One that timed out, or that the demo service answered by breaking, was in flight when the runtime was disturbed.
 */
import type { Api, Failure, HistoryEvent, RunEnd } from './api.ts';
import type { Books } from './books.ts';
import type { StartedRun } from './driver.ts';
import { type Ended, isBreakdown, type RecordedSignal } from './plans.ts';
import type { Kill } from './report.ts';

export interface Verdict {
  run: StartedRun;
  status: string;
  closedAt: number;
  complaints: string[];
  /** Workflow tasks that did not complete, by cause: a crash may leave some, a divergence must not. */
  failedTasks: string[];
  /** Of its chain, where something is wrong with it. */
  histories?: ChainRun[];
}

const RECOVERY_MS = 60_000;

export interface ChainRun {
  runId: string;
  events: HistoryEvent[];
}

export interface Circumstances {
  api: Api;
  books: Books;
  kills: readonly Kill[];
  lastStartAt: number;
}

export async function judge(circumstances: Circumstances, run: StartedRun): Promise<Verdict> {
  const { api, books, kills, lastStartAt } = circumstances;
  const end = await api.result(run.plan.workflowId, '0s');
  const chain = await readChain(api, run);
  const events = chain.flatMap(({ events }) => events);
  const closedAt = Date.parse(events.at(-1)?.eventTime ?? '');
  const ended: Ended = {
    ...end,
    runIds: chain.map(({ runId }) => runId),
    signals: chain.flatMap(signalsOf),
    books,
  };
  const complaints = [
    ...(end.status === 'RUNNING'
      ? [`is still open after event ${events.at(-1)?.eventType}`]
      : run.plan.judge(ended)),
    ...judgeTime(run, closedAt, lastStartAt),
    ...judgeObserved(run, end),
    ...judgeSignals(run, chain),
    ...chain.flatMap(({ events }) => judgeHistory(events)),
    ...chain.flatMap(({ runId, events }) => judgeAtMostOnce(runId, events, books)),
    ...chain.flatMap(({ events }) => judgeInterrupted(events, kills)),
  ];
  const kept = complaints.length > 0 ? { histories: chain } : {};
  return { run, status: end.status, closedAt, complaints, failedTasks: events.flatMap(failedTask), ...kept };
}

async function readChain(api: Api, { plan, runId }: StartedRun): Promise<ChainRun[]> {
  const chain: ChainRun[] = [];
  for (let next: string | undefined = runId; next; ) {
    const events = await api.history(plan.workflowId, next);
    chain.push({ runId: next, events });
    next = attributesOf(events.at(-1)).newExecutionRunId as string | undefined;
  }
  return chain;
}

function judgeTime({ plan, acknowledgedAt }: StartedRun, closedAt: number, lastStartAt: number): string[] {
  const due = Math.max(acknowledgedAt, lastStartAt) + plan.ownMs + RECOVERY_MS;
  return closedAt > due ? [`closed ${closedAt - due} ms later than it had to`] : [];
}

function judgeObserved({ observed }: StartedRun, end: RunEnd): string[] {
  if (!observed || JSON.stringify(observed) === JSON.stringify(end)) return [];
  return [`was seen to end as ${JSON.stringify(observed)}, and is now ${JSON.stringify(end)}`];
}

function judgeSignals({ signals }: StartedRun, chain: ChainRun[]): string[] {
  const recorded = chain.map(({ events }) => events.map((event) => attributesOf(event).requestId));
  return signals.flatMap(({ name, requestId, isAcknowledged }) => {
    const times = recorded.map((ids) => ids.filter((id) => id === requestId).length);
    const isLost = isAcknowledged && times.every((count) => count === 0);
    return [
      ...(isLost ? [`signal ${name} was acknowledged, and is not in the history`] : []),
      ...(times.some((count) => count > 1) ? [`signal ${name} was recorded twice in one run`] : []),
    ];
  });
}

export function signalsOf({ runId, events }: ChainRun): RecordedSignal[] {
  const listensFrom = firstListening(events);
  return events.flatMap((event) => {
    if (event.eventType !== 'EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED') return [];
    const { signalName, input } = attributesOf(event);
    const signal = { name: String(signalName), args: (input as unknown[] | undefined) ?? [] };
    return Number(event.eventId) < listensFrom ? [{ ...signal, foundBy: runId }] : [signal];
  });
}

/**
 * The event at which the workflow task starts that sets the handlers: the first, or, where changed code has the run sleep once for
 * each release before anything else (`changed-code.ts`), the first after the last of these sleeps.
 */
function firstListening(events: readonly HistoryEvent[]): number {
  const releases = events.filter((event) =>
    JSON.stringify(attributesOf(event).details ?? '').includes('release-'),
  );
  const sleeps = events.filter(({ eventType }) => eventType === 'EVENT_TYPE_TIMER_FIRED');
  const awakeAt =
    releases.length === 0 ? 0 : Number(sleeps[releases.length - 1]?.eventId ?? Number.POSITIVE_INFINITY);
  const startsAt = events
    .filter(({ eventType }) => eventType === 'EVENT_TYPE_WORKFLOW_TASK_COMPLETED')
    .map((completed) => Number(attributesOf(completed).startedEventId));
  return startsAt.find((startedAt) => startedAt > awakeAt) ?? Number.POSITIVE_INFINITY;
}

const CLOSING =
  /^EVENT_TYPE_WORKFLOW_EXECUTION_(COMPLETED|FAILED|CANCELED|TERMINATED|TIMED_OUT|CONTINUED_AS_NEW)$/;

function judgeHistory(events: HistoryEvent[]): string[] {
  const complaints: string[] = [];
  events.forEach((event, index) => {
    if (event.eventId !== String(index + 1)) complaints.push(`event ${index + 1} has ID ${event.eventId}`);
    const isLast = index === events.length - 1;
    if (CLOSING.test(event.eventType) && !isLast) complaints.push(`${event.eventType} is not the last event`);
  });
  const outcomes = events.filter(({ eventType }) =>
    /ACTIVITY_TASK_(COMPLETED|FAILED|TIMED_OUT|CANCELED)$/.test(eventType),
  );
  for (const [id, group] of Map.groupBy(outcomes, (event) => String(attributesOf(event).scheduledEventId))) {
    const scheduled = events[Number(id) - 1]?.eventType;
    if (scheduled !== 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED')
      complaints.push(`an activity ended that event ${id} did not schedule`);
    if (group.length > 1) complaints.push(`the activity of event ${id} ended ${group.length} times`);
  }
  return complaints;
}

function judgeAtMostOnce(runId: string, events: HistoryEvent[], books: Books): string[] {
  const once = events.filter((event) => {
    const policy = attributesOf(event).retryPolicy as { maximumAttempts?: number } | undefined;
    return event.eventType === 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED' && policy?.maximumAttempts === 1;
  });
  return once.flatMap((scheduled) => {
    const started = events.find((event) => isStartOf(event, scheduled.eventId));
    const attempt = started ? (attributesOf(started).attempt ?? 1) : 1;
    const type = (attributesOf(scheduled).activityType as { name: string }).name;
    const requests = books.requests(`${runId}/${type}`);
    return [
      ...(attempt === 1 ? [] : [`${type} with one attempt records attempt ${attempt}`]),
      ...(requests <= 1 ? [] : [`${type} with one attempt was asked of the demo service ${requests} times`]),
    ];
  });
}

function judgeInterrupted(events: HistoryEvent[], kills: readonly Kill[]): string[] {
  return events.flatMap((event) => {
    const { startedEventId, failure } = attributesOf(event);
    const isTimeout = event.eventType === 'EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT';
    const isBroken = event.eventType === 'EVENT_TYPE_ACTIVITY_TASK_FAILED' && isBreakdown(failure as Failure);
    if (!isTimeout && !isBroken) return [];
    const started = events.find((other) => other.eventId === startedEventId);
    const [from, to] = [Date.parse(started?.eventTime ?? ''), Date.parse(event.eventTime)];
    const wasHit = kills.some(({ at, backAt }) => from <= backAt && at <= to);
    const what = isTimeout ? 'timed out' : 'broke the demo service';
    return wasHit ? [] : [`the activity of event ${event.eventId} ${what}, and no kill had hit it`];
  });
}

function isStartOf(event: HistoryEvent, scheduledEventId: string): boolean {
  const isStart = event.eventType === 'EVENT_TYPE_ACTIVITY_TASK_STARTED';
  return isStart && attributesOf(event).scheduledEventId === scheduledEventId;
}

function failedTask(event: HistoryEvent): string[] {
  if (!/WORKFLOW_TASK_(FAILED|TIMED_OUT)$/.test(event.eventType)) return [];
  return [String(attributesOf(event).cause ?? attributesOf(event).timeoutType)];
}

/** The one member of an event that holds its attributes. */
function attributesOf(event: HistoryEvent | undefined): Record<string, unknown> {
  const name = Object.keys(event ?? {}).find((key) => key.endsWith('EventAttributes'));
  return (name ? event?.[name] : {}) as Record<string, unknown>;
}
