/**
 * The tasks of one workflow for workers elsewhere: offered to task queues, started when a worker has come for one, completed
 * when it reports. The run's own history is what counts; a queue holds no more than hints.
 *
 * R1 A task counts as started only when a worker has it: a workflow without workers stays scheduled.
 * R2 A completion counts only for the task that is started now; the engine tells it from earlier ones.
 * R3 After a completed task the next one is offered to the same worker first, and without the history that it has.
 * R4 An offer is made after the commit that made it due, and the object may be gone between the two: the alarm of that commit
 *    stands for it.
 * R5 The version that a run is pinned to is part of a task's key: pinned to another meanwhile, what was offered is a reference
 *    that is out of date, and the task is offered anew.
 */
import type { Result, Run, StatusError, Turn, WaitingActivity } from '../../engine/api.ts';
import type { QueryAnswer, WorkflowTaskCompletion } from '../../engine/workflow-task.ts';
import type { HistoryEvent } from '../../sdk/common/wire/events.ts';
import type { WirePriority } from '../../sdk/common/wire/messages.ts';
import type { ObjectOptions } from '../object-options.ts';
import type { ObjectPorts } from '../ports.ts';
import { fitsOnePage } from '../storage/history-page.ts';
import { CountedTasks } from '../task-queue/counted-tasks.ts';
import type { TaskQueueApi, TaskReference } from '../task-queue/task-queue-api.ts';
import { type VersionKey, versionKey } from '../task-queue/task-routing.ts';
import { type ExecutionQueries, noWorker, replyOf } from './execution-queries.ts';
import { RemoteQueries } from './remote-queries.ts';
import type { RemoteTasksApi, RemoteWorker, StartedTask, WorkflowTaskReference } from './remote-tasks-api.ts';
import { OFFER_AGAIN_MS, TaskOffers, type WaitingTask } from './task-offers.ts';
import type { TurnLoop } from './turn-loop.ts';
import type { CallAddress, QueryReply, QueryRequest } from './workflow-execution-api.ts';

/** Reaches the partition of a task queue that has this workflow's tasks. */
export type TaskQueueOf = (namespace: string, taskQueue: string, workflowId: string) => TaskQueueApi;

/** Longer histories are read page by page by the worker that needs them. */
const HISTORY_EVENTS_MAX = 2000;

export class RemoteTasks implements RemoteTasksApi {
  readonly queries: RemoteQueries;
  readonly #ports: ObjectPorts;
  readonly #options: ObjectOptions;
  readonly #loop: TurnLoop;
  readonly #offers: TaskOffers;
  readonly #counted: CountedTasks;
  /** The worker that has the current run in memory, as far as is known. */
  #sticky: { runId: string; workerId: string; stickyMs: number | undefined } | undefined;

  constructor(ports: ObjectPorts, options: ObjectOptions, loop: TurnLoop, taskQueue: TaskQueueOf) {
    this.#ports = ports;
    this.#options = options;
    this.#loop = loop;
    this.queries = new RemoteQueries(ports.clock, ports.newId);
    const queue = (name: string) =>
      taskQueue(loop.state.execution.namespace, name, loop.state.execution.workflowId);
    this.#counted = new CountedTasks({
      engine: options.engine,
      queue,
      keepAlive: (work) => ports.keepAlive(work),
      failed: (name, error) =>
        options.log('WARN', 'A task queue was not told of the end of a task', { taskQueue: name, error }),
    });
    this.#offers = new TaskOffers({
      times: options.times,
      queue,
      now: () => ports.clock.now(),
      keepAlive: (work) => ports.keepAlive(work),
      failed: (name, error) => {
        options.log('WARN', 'Tasks could not be offered to their task queue', { taskQueue: name, error });
        void loop.wake();
      },
    });
  }

  /** Whether workers elsewhere run the workflows of this task queue. */
  servesWorkflows(taskQueue: string): boolean {
    return this.#options.workflowTaskHandler(taskQueue) === undefined;
  }

  /** Called whenever the turns have come to rest. */
  offer(): void {
    if (!this.#loop.state.isLoaded) return;
    for (const { queryId, task } of this.queries.waiting())
      if (!this.#isKnown(task.runId)) this.queries.giveUp(queryId);
    this.#offers.reconcile(this.#waiting());
    this.#counted.reconcile(this.#loop.state.execution);
  }

  /** R4. */
  nextOffer(): number | undefined {
    const again = this.#offers.earliest();
    if (!this.#mayWait() || this.#waiting().every(({ reference }) => this.#offers.knows(reference)))
      return again;
    const lost = this.#ports.clock.now() + OFFER_AGAIN_MS;
    return again === undefined ? lost : Math.min(again, lost);
  }

  /** Asked at every commit, and for most objects, which run their code themselves, this is all that it costs. */
  #mayWait(): boolean {
    const { execution } = this.#loop.state;
    const run = execution.current;
    if (run === undefined) return false;
    const { engine } = this.#options;
    const now = this.#ports.clock.now();
    const isElsewhere = this.servesWorkflows(run.taskQueue) && engine.isWorkflowTaskDue(execution, now);
    return isElsewhere || engine.activitiesWaiting(execution, now) > 0;
  }

  forget(): void {
    this.#offers.forget();
    this.#sticky = undefined;
  }

  #waiting(): WaitingTask[] {
    const { execution } = this.#loop.state;
    const run = execution.current;
    if (run === undefined) return [];
    const { workflowId } = execution;
    const pinnedTo = this.pinnedTo(run);
    const { workflowTask, activities, priority } = this.#options.engine.waitingTasks(
      execution,
      this.#ports.clock.now(),
    );
    const waiting: WaitingTask[] = [];
    if (workflowTask !== undefined && this.servesWorkflows(workflowTask.taskQueue)) {
      const key = workflowTaskKey(workflowTask, pinnedTo);
      waiting.push({
        taskQueue: workflowTask.taskQueue,
        reference: this.#reference({ workflowId, runId: run.runId, key, priority, pinnedTo }),
      });
    }
    for (const { queryId, task, pinnedTo } of this.queries.waiting()) {
      const { runId } = task;
      const key = `query/${queryId}`;
      const reference = { ...this.#reference({ workflowId, runId, key, priority, pinnedTo }), queryId };
      waiting.push({ taskQueue: task.taskQueue, reference });
    }
    for (const activity of activities) {
      if (this.#options.servesActivities(activity.taskQueue)) continue;
      const reference: TaskReference = {
        kind: 'activity',
        workflowId,
        runId: run.runId,
        key: activityKey(activity, pinnedTo),
        ...(pinnedTo !== undefined && { pinnedTo }),
      };
      if (activity.priority !== undefined) reference.priority = activity.priority;
      if (activity.startToCloseTimeout > 0) reference.timeoutMs = activity.startToCloseTimeout;
      waiting.push({ taskQueue: activity.taskQueue, reference });
    }
    return waiting;
  }

  /** VER-3. */
  pinnedTo(run: Run): VersionKey | undefined {
    const version = this.#options.engine.pinnedVersion(run);
    return version && versionKey(version);
  }

  #reference({ workflowId, runId, key, priority, pinnedTo }: ReferenceParts): TaskReference {
    const reference: TaskReference = {
      kind: 'workflow',
      workflowId,
      runId,
      key,
      ...(priority && { priority }),
      ...(pinnedTo !== undefined && { pinnedTo }),
    };
    if (this.#sticky?.runId !== runId) return reference;
    const { workerId, stickyMs } = this.#sticky;
    return { ...reference, stickyTo: workerId, ...(stickyMs !== undefined && { stickyMs }) };
  }

  #stickyWorker(runId: string): string | undefined {
    return this.#sticky?.runId === runId ? this.#sticky.workerId : undefined;
  }

  /** What was sent to the run before now has been seen by its code; or the wait was long enough (QRY-5). */
  async settled(runId: string, waitMs: number): Promise<void> {
    const { engine } = this.#options;
    const check = () => {
      const { execution } = this.#loop.state;
      const isPending =
        execution.current?.runId === runId &&
        engine.waitingTasks(execution, this.#ports.clock.now()).isWorkflowTaskPending;
      return isPending ? undefined : true;
    };
    const waiting = await this.#loop.read(() => ({ done: this.#loop.waiters.until(check, waitMs) }));
    await waiting.done;
  }

  startTask(at: CallAddress, reference: TaskReference, worker: RemoteWorker): Promise<Result<StartedTask>> {
    if (reference.queryId !== undefined) return this.#startQuery(reference.queryId, worker);
    return reference.kind === 'workflow'
      ? this.#startWorkflowTask(at, reference, worker)
      : this.#startActivity(at, reference, worker);
  }

  async #startWorkflowTask(
    at: CallAddress,
    reference: TaskReference,
    worker: RemoteWorker,
  ): Promise<Result<StartedTask>> {
    const { engine } = this.#options;
    const started = await this.#loop.submit(
      (turn) => {
        const waiting = engine.waitingTasks(turn.execution, this.#ports.clock.now()).workflowTask;
        const run = turn.execution.current;
        if (run?.runId !== reference.runId || waiting === undefined) return undefined;
        if (workflowTaskKey(waiting, this.pinnedTo(run)) !== reference.key) return undefined;
        const task = asWorker(turn, worker, () => turn.startWorkflowTask());
        return task && { ...task, runSeq: run.runSeq };
      },
      { depth: at.depth ?? 0 },
    );
    if (started === undefined) return { ok: false, error: NO_SUCH_TASK };
    const { task, uncommittedEvents, runSeq } = started;
    const isSticky = this.#stickyWorker(task.runId) === worker.workerId;
    return this.#loop.read(() => {
      const read = (from: number) => this.#events(runSeq, from, task.startedEventId, uncommittedEvents);
      const newEvents = read(task.previousStartedEventId + 1);
      const isLong = task.startedEventId > HISTORY_EVENTS_MAX;
      const history = isSticky || isLong ? undefined : inOnePage(read(1));
      return {
        ok: true,
        value: { kind: 'workflow', task: { ...task, queries: [], newEvents, ...(history && { history }) } },
      };
    });
  }

  /** A run can be deleted, or outlive its retention, while a query to it waits; another may have its number by then. */
  #isKnown(runId: string): boolean {
    const { state, store } = this.#loop;
    return (
      state.execution.current?.runId === runId || (state.isStored && store.runs.find(runId) !== undefined)
    );
  }

  /** From storage, and behind it what stands outside of history (transient and speculative tasks). */
  #events(runSeq: number, from: number, to: number, outside: readonly HistoryEvent[]): HistoryEvent[] {
    const stored = this.#loop.store.history.events(runSeq, from, to);
    const last = stored.at(-1)?.eventId ?? from - 1;
    return [...stored, ...outside.filter((event) => event.eventId > last && event.eventId <= to)];
  }

  async #startActivity(
    at: CallAddress,
    reference: TaskReference,
    worker: RemoteWorker,
  ): Promise<Result<StartedTask>> {
    const { engine } = this.#options;
    const task = await this.#loop.submit(
      (turn) => {
        const run = turn.execution.current;
        if (run?.runId !== reference.runId) return undefined;
        const { activities } = engine.waitingTasks(turn.execution, this.#ports.clock.now());
        const pinnedTo = this.pinnedTo(run);
        const waiting = activities.find((activity) => activityKey(activity, pinnedTo) === reference.key);
        if (waiting === undefined) return undefined;
        // This one and no other: the queue had its reasons.
        const isIt = (_: string, scheduledEventId: number) => scheduledEventId === waiting.scheduledEventId;
        return asWorker(turn, worker, () => turn.admitActivities(1, isIt))[0];
      },
      { depth: at.depth ?? 0 },
    );
    if (task === undefined) return { ok: false, error: NO_SUCH_TASK };
    if (reference.isCounted) this.#counted.began(task, reference);
    return { ok: true, value: { kind: 'activity', task } };
  }

  #startQuery(queryId: string, worker: RemoteWorker): Promise<Result<StartedTask>> {
    const pending = this.queries.find(queryId);
    if (pending === undefined) return Promise.resolve({ ok: false, error: NO_SUCH_TASK });
    const { task, runSeq } = pending;
    return this.#loop.read(() => {
      if (!this.#isKnown(task.runId)) return { ok: false, error: NO_SUCH_TASK };
      const read = (from: number) => this.#events(runSeq, from, Number.MAX_SAFE_INTEGER, []);
      const newEvents = read(task.previousStartedEventId + 1);
      const isSticky = this.#stickyWorker(task.runId) === worker.workerId;
      const isLong = (newEvents.at(-1)?.eventId ?? 0) > HISTORY_EVENTS_MAX;
      const history = isSticky || isLong ? undefined : inOnePage(read(1));
      return {
        ok: true,
        value: { kind: 'workflow', queryId, task: { ...task, newEvents, ...(history && { history }) } },
      };
    });
  }

  async completeWorkflowTask(
    at: CallAddress,
    { runId, startedEventId, attempt }: WorkflowTaskReference,
    completion: WorkflowTaskCompletion,
    worker: RemoteWorker,
  ): Promise<Result<{ closed: boolean }>> {
    const outcome = await this.#loop.submit(
      (turn) => {
        if (turn.execution.current?.runId !== runId) return undefined;
        const task = { startedEventId, attempt };
        return asWorker(turn, worker, () => turn.completeWorkflowTask(completion, task));
      },
      { depth: at.depth ?? 0 },
    );
    const isKept = outcome?.kind === 'accepted' && !outcome.isDropped && completion.kind === 'completed';
    this.#sticky =
      isKept && worker.workerId !== ''
        ? { runId, workerId: worker.workerId, stickyMs: worker.stickyMs }
        : undefined;
    this.offer();
    if (outcome === undefined || (outcome.kind === 'refused' && outcome.cause === 'NOT_FOUND')) {
      return { ok: false, error: { code: 'NOT_FOUND', message: 'Workflow task not found.' } };
    }
    // A failed task is recorded as such: what is refused then is the task, not the report.
    if (outcome.kind === 'refused' && completion.kind === 'completed') {
      return {
        ok: false,
        error: { code: 'INVALID_ARGUMENT', message: `${outcome.cause}: ${outcome.message}` },
      };
    }
    return { ok: true, value: { closed: outcome.kind === 'accepted' && outcome.closed } };
  }

  async answerQuery(_at: CallAddress, queryId: string, answer: QueryAnswer): Promise<Result<undefined>> {
    if (this.queries.answer(queryId, answer)) return { ok: true, value: undefined };
    return { ok: false, error: { code: 'NOT_FOUND', message: 'Query task not found, or already expired.' } };
  }
}

/** Puts a query to a worker elsewhere; undefined when the run's workflows are run here. */
export async function queryElsewhere(
  loop: TurnLoop,
  remote: RemoteTasks,
  queries: ExecutionQueries,
  request: QueryRequest,
): Promise<Result<QueryReply> | undefined> {
  const first = await loop.read(() => queries.prepare(request));
  if ('ok' in first) return first;
  if (!remote.servesWorkflows(first.run.taskQueue)) return undefined;
  await remote.settled(first.run.runId, QUERY_WAIT_MS);
  const prepared = await loop.read(() => queries.prepare(request));
  if ('ok' in prepared) return prepared;
  const { task, run } = prepared;
  const query = { task, runSeq: run.runSeq, pinnedTo: remote.pinnedTo(run) };
  const answer = await remote.queries.ask(query, QUERY_WAIT_MS, () => remote.offer());
  if (answer === undefined) {
    const still = await loop.read(() => queries.prepare(request));
    return 'ok' in still ? still : { ok: false, error: noWorker(prepared.run.taskQueue) };
  }
  return replyOf({ kind: 'completed', commands: [], updates: [], queries: [answer] }, request.queryType);
}

const QUERY_WAIT_MS = 10_000;

const NO_SUCH_TASK: StatusError = { code: 'NOT_FOUND', message: 'The task does not wait any more.' };

interface ReferenceParts {
  workflowId: string;
  runId: string;
  key: string;
  priority: WirePriority | undefined;
  pinnedTo: VersionKey | undefined;
}

/** R5. */
function activityKey({ scheduledEventId, attempt, stamp }: WaitingActivity, pinnedTo: string | undefined) {
  return `activity/${scheduledEventId}/${attempt}/${stamp}${pinOf(pinnedTo)}`;
}

function workflowTaskKey(
  { scheduledEventId, attempt }: { scheduledEventId: number; attempt: number },
  pinnedTo: string | undefined,
): string {
  return `workflow/${scheduledEventId}/${attempt}${pinOf(pinnedTo)}`;
}

function pinOf(pinnedTo: string | undefined): string {
  return pinnedTo === undefined ? '' : `/${pinnedTo}`;
}

/** What is recorded inside names the worker, not this object's own. */
function asWorker<T>(turn: Turn, worker: RemoteWorker, work: () => T): T {
  const { context } = turn;
  const own = context.workerIdentity;
  context.workerIdentity = worker.identity;
  try {
    return work();
  } finally {
    context.workerIdentity = own;
  }
}

/** What does not fit a call the worker reads by itself, page by page. */
function inOnePage(history: HistoryEvent[]): HistoryEvent[] | undefined {
  return fitsOnePage(history) ? history : undefined;
}
