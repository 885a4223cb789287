/**
 * A run with a history, and just enough of a server to let it go on: tasks are handed to an executor, completions become
 * events, and the test adds what comes from outside.
 */
import type {
  QueryAnswer,
  UpdateDelivery,
  WorkflowQuery,
  WorkflowTask,
  WorkflowTaskCompleted,
  WorkflowTaskCompletion,
  WorkflowTaskFailed,
} from '../../../src/engine/workflow-task.ts';
import { createExecutor, type Executor, type ExecutorOptions } from '../../../src/executor/executor.ts';
import { eventsOfCompletion } from '../../../src/executor/synthetic-history.ts';
import type { WorkflowBundle } from '../../../src/executor/workflow-bundle.ts';
import { defaultPayloadConverter } from '../../../src/sdk/common/converter/payload-converter.ts';
import { toPayloads } from '../../../src/sdk/common/converter/payload-lists.ts';
import type {
  EventAttributes,
  EventType,
  HistoryEvent,
  HistoryEventOf,
} from '../../../src/sdk/common/wire/events.ts';
import type { Failure, Payloads } from '../../../src/sdk/common/wire/messages.ts';

export type Workflows = Record<string, (...args: never[]) => unknown>;
export type Factory = (
  globals: Readonly<Record<string, unknown>>,
  fuelCheck: () => void,
) => Record<string, unknown>;

/** A bundle of plain functions, or of what `factory` makes for each run out of the run's globals. */
export function bundleOf(workflows: Workflows | Factory, file = ''): WorkflowBundle {
  const fuel = { remaining: 0, refill: () => {} };
  const fuelCheck = () => {
    fuel.remaining--;
    if (fuel.remaining < 0) fuel.refill();
  };
  return {
    formatVersion: 1,
    hash: 'test',
    workflowTypes: typeof workflows === 'function' ? [] : Object.keys(workflows),
    fuel,
    instantiate: ({ globals }) =>
      typeof workflows === 'function' ? workflows(globals, fuelCheck) : workflows,
    stackTable: { sources: [], mappings: '', names: [], file },
  };
}

export const payloads = (...values: unknown[]): Payloads => ({
  payloads: toPayloads(defaultPayloadConverter, ...values) ?? [],
});

export function decoded(result: Payloads | undefined, index = 0): unknown {
  const payload = result?.payloads?.[index];
  return payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload);
}

export interface WorldOptions extends Omit<ExecutorOptions, 'bundle'> {
  /** Evict the instance before each task, so that each one replays from the start. */
  replayEachTask?: boolean;
  /** Put out of the way unless a test is about it. */
  started?: Partial<EventAttributes<'WorkflowExecutionStarted'>>;
  runId?: string;
  bundle?: WorkflowBundle;
}

export class World {
  readonly events: HistoryEvent[] = [];
  readonly executor: Executor;
  readonly runId: string;
  readonly workflowId = 'test-workflow';
  now = 1_700_000_000_000;
  #previousStartedEventId = 0;
  #attempt = 1;
  readonly #options: WorldOptions;
  readonly #type: string;

  constructor(
    workflows: Workflows | Factory,
    type: string,
    args: unknown[] = [],
    options: WorldOptions = {},
  ) {
    const { replayEachTask: _r, started, runId, bundle, ...executorOptions } = options;
    this.#options = options;
    this.#type = type;
    this.runId = runId ?? '0190a000-0000-7000-8000-000000000001';
    this.executor = createExecutor({ bundle: bundle ?? bundleOf(workflows), ...executorOptions });
    this.add('WorkflowExecutionStarted', {
      workflowType: { name: type },
      taskQueue: { name: 'queue', kind: 'NORMAL' },
      ...(args.length > 0 && { input: payloads(...args) }),
      originalExecutionRunId: this.runId,
      firstExecutionRunId: this.runId,
      attempt: 1,
      workflowTaskTimeout: 10_000,
      workflowId: this.workflowId,
      ...started,
    });
  }

  add<T extends EventType>(eventType: T, attributes: EventAttributes<T>): number {
    const event: HistoryEventOf<T> = {
      eventId: this.events.length + 1,
      eventTime: this.now,
      eventType,
      attributes,
    };
    this.events.push(event as HistoryEvent);
    return event.eventId;
  }

  /** The last event of a type. */
  last<T extends EventType>(
    eventType: T,
    where: (attributes: EventAttributes<T>) => boolean = () => true,
  ): HistoryEventOf<T> {
    const event = this.events.findLast(
      (candidate): candidate is HistoryEvent & HistoryEventOf<T> =>
        candidate.eventType === eventType && where(candidate.attributes as EventAttributes<T>),
    );
    if (event === undefined) throw new Error(`No ${eventType} in history`);
    return event;
  }

  get types(): string[] {
    return this.events.map(({ eventType }) => eventType);
  }

  // --- What comes from outside ---

  signal(signalName: string, ...args: unknown[]): void {
    this.add('WorkflowExecutionSignaled', {
      signalName,
      ...(args.length > 0 && { input: payloads(...args) }),
    });
  }

  cancel(): void {
    this.add('WorkflowExecutionCancelRequested', {});
  }

  fireTimer(timerId?: string): void {
    const started = this.last('TimerStarted', (timer) => timerId === undefined || timer.timerId === timerId);
    this.now = Math.max(this.now, started.eventTime + started.attributes.startToFireTimeout);
    this.add('TimerFired', { timerId: started.attributes.timerId, startedEventId: started.eventId });
  }

  #startActivity(activityId?: string): { scheduledEventId: number; startedEventId: number } {
    const scheduled = this.last(
      'ActivityTaskScheduled',
      (one) => activityId === undefined || one.activityId === activityId,
    );
    const scheduledEventId = scheduled.eventId;
    return {
      scheduledEventId,
      startedEventId: this.add('ActivityTaskStarted', { scheduledEventId, attempt: 1 }),
    };
  }

  completeActivity(result?: unknown, activityId?: string): void {
    const ids = this.#startActivity(activityId);
    this.add('ActivityTaskCompleted', { ...ids, result: payloads(result) });
  }

  failActivity(failure: Failure, activityId?: string): void {
    const ids = this.#startActivity(activityId);
    this.add('ActivityTaskFailed', {
      ...ids,
      failure,
      retryState: 'MAXIMUM_ATTEMPTS_REACHED',
      identity: 'worker-7',
    });
  }

  cancelActivity(activityId?: string, ...details: unknown[]): void {
    const ids = this.#startActivity(activityId);
    this.add('ActivityTaskCanceled', { ...ids, details: payloads(...details) });
  }

  timeOutActivity(activityId?: string): void {
    const ids = this.#startActivity(activityId);
    const failure: Failure = {
      message: 'activity StartToClose timeout',
      timeoutFailureInfo: { timeoutType: 'START_TO_CLOSE' },
    };
    this.add('ActivityTaskTimedOut', { ...ids, failure, retryState: 'TIMEOUT' });
  }

  // --- Tasks ---

  /** The next workflow task, as the server would send it. */
  makeTask(extra: Partial<WorkflowTask> = {}): WorkflowTask {
    const scheduledEventId = this.add('WorkflowTaskScheduled', {
      taskQueue: { name: 'queue' },
      attempt: this.#attempt,
    });
    const startedEventId = this.add('WorkflowTaskStarted', {
      scheduledEventId,
      historySizeBytes: 100 * this.events.length,
    });
    return {
      ...this.#common(),
      attempt: this.#attempt,
      startedEventId,
      newEvents: this.events.slice(this.#previousStartedEventId),
      queries: [],
      updates: [],
      isQueryOnly: false,
      ...extra,
    };
  }

  #common() {
    const history = [...this.events];
    return {
      namespace: 'default',
      workflowId: this.workflowId,
      runId: this.runId,
      workflowType: this.#type,
      taskQueue: 'queue',
      previousStartedEventId: this.#previousStartedEventId,
      loadHistory: () => this.events.slice(0, Math.max(history.length, this.events.length)),
    };
  }

  async handle(task: WorkflowTask): Promise<WorkflowTaskCompletion> {
    if (this.#options.replayEachTask) this.executor.evict(this.runId);
    const completion = await this.executor.handle(task);
    if (completion.kind === 'completed') this.#record(task, completion);
    else this.#recordFailure(task, completion);
    return completion;
  }

  #record(task: WorkflowTask, completion: WorkflowTaskCompleted): void {
    this.#attempt = 1;
    this.#previousStartedEventId = task.startedEventId;
    for (const event of eventsOfCompletion(task, completion, this.now)) this.events.push(event);
  }

  #recordFailure(task: WorkflowTask, { cause, failure }: WorkflowTaskFailed): void {
    this.#attempt++;
    const { startedEventId } = task;
    this.add('WorkflowTaskFailed', { scheduledEventId: startedEventId - 1, startedEventId, cause, failure });
  }

  /** Runs the next task; fails the test when it does not complete. */
  async run(extra: Partial<WorkflowTask> = {}): Promise<WorkflowTaskCompleted> {
    this.now += 10;
    const completion = await this.handle(this.makeTask(extra));
    if (completion.kind !== 'completed')
      throw new Error(
        `Task failed: ${completion.cause} ${completion.failure.message}\n${completion.failure.stackTrace}`,
      );
    return completion;
  }

  /** Runs the next task, which is to fail. */
  async runFailing(extra: Partial<WorkflowTask> = {}): Promise<WorkflowTaskFailed> {
    this.now += 10;
    const completion = await this.handle(this.makeTask(extra));
    if (completion.kind !== 'failed')
      throw new Error(`Task completed: ${JSON.stringify(completion.commands)}`);
    return completion;
  }

  update(updateId: string, name: string, ...args: unknown[]): UpdateDelivery {
    return {
      messageId: `${updateId}/request`,
      updateId,
      sequencingEventId: this.events.length,
      request: {
        meta: { updateId, identity: 'client' },
        input: { name, ...(args.length > 0 && { args: payloads(...args) }) },
      },
    };
  }

  /** Answers queries with a task of their own. */
  async query(...queries: (string | WorkflowQuery)[]): Promise<QueryAnswer[]> {
    const list = queries.map((query, index) =>
      typeof query === 'string' ? { id: `q${index}`, queryType: query } : query,
    );
    const task: WorkflowTask = {
      ...this.#common(),
      attempt: 1,
      startedEventId: 0,
      newEvents: this.events.slice(this.#previousStartedEventId),
      queries: list,
      updates: [],
      isQueryOnly: true,
    };
    const completion = await this.executor.handle(task);
    if (completion.kind !== 'completed') throw new Error(`Query task failed: ${completion.failure.message}`);
    return [...completion.queries];
  }

  async queryValue(queryType: string, ...args: unknown[]): Promise<unknown> {
    const [answer] = await this.query({
      id: 'q',
      queryType,
      ...(args.length > 0 && { queryArgs: payloads(...args) }),
    });
    if (answer === undefined) throw new Error('no answer');
    if ('failure' in answer) throw new Error(answer.failure.message);
    return decoded(answer.result);
  }

  /** The result that the run completed with. */
  get result(): unknown {
    return decoded(this.last('WorkflowExecutionCompleted').attributes.result);
  }
}

/** Runs a test twice: with the instance kept between tasks, and with a replay from the start for each. */
export const modes = [
  { mode: 'cached', replayEachTask: false },
  { mode: 'replayed', replayEachTask: true },
] as const;
