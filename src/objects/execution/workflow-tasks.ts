/**
 * Brings workflow tasks to whoever runs workflow code, and completions back into a turn.
 *
 * W1 A host that answers promptly is waited for inside the turn. One that does not leaves its task outstanding: the turn is
 *    committed without it, and its completion is an input of a later turn.
 * W2 A completion counts only while its task is the outstanding one.
 * W3 One timer at a time watches for tasks that are not prompt: arming one for each task would cost more than most tasks do.
 */
import type { Run, Turn } from '../../engine/api.ts';
import type {
  WorkflowTask,
  WorkflowTaskCompletion,
  WorkflowTaskHandler,
} from '../../engine/workflow-task.ts';
import type { HistoryEvent } from '../../sdk/common/wire/events.ts';
import { attributesUsedBy, type KnownSearchAttributes } from '../namespace/search-attribute-types.ts';
import type { ObjectOptions } from '../object-options.ts';
import type { ObjectClock } from '../ports.ts';
import type { ExecutionStore } from '../storage/storage.ts';
import type { ExecutionState } from './execution-state.ts';

/** A task that a host has, and whose completion no turn has seen. */
export interface OutstandingTask {
  run: Pick<Run, 'runSeq' | 'runId'>;
  /** What tells it from a later attempt. */
  attempt: Pick<WorkflowTask, 'startedEventId' | 'attempt'>;
  host: WorkflowTaskHandler;
  completion: Promise<WorkflowTaskCompletion>;
}

export interface WorkflowTasksOptions {
  state: ExecutionState;
  store: ExecutionStore;
  clock: ObjectClock;
  options: ObjectOptions;
  attributes: KnownSearchAttributes;
  /** The completion of a task that outlived its turn. */
  completed(task: OutstandingTask, completion: WorkflowTaskCompletion): void;
}

export type TaskProgress =
  | { kind: 'none' }
  | { kind: 'completed'; task: OutstandingTask; completion: WorkflowTaskCompletion }
  | { kind: 'outstanding' };

const ALL_EVENTS = Number.MAX_SAFE_INTEGER;

export class WorkflowTasks {
  readonly #options: WorkflowTasksOptions;
  #outstanding: OutstandingTask | undefined;
  /** What a turn waits for just now: since when, and how it stops waiting. */
  #awaited: { since: number; giveUp(): void } | undefined;
  #isWatching = false;

  constructor(options: WorkflowTasksOptions) {
    this.#options = options;
  }

  get isOutstanding(): boolean {
    return this.#outstanding !== undefined;
  }

  host(run: Pick<Run, 'taskQueue'>): WorkflowTaskHandler | undefined {
    return this.#options.options.workflowTaskHandler(run.taskQueue);
  }

  /** Starts the task that is due and waits for its completion as long as that is prompt (W1). */
  async run(turn: Turn): Promise<TaskProgress> {
    const run = turn.execution.current;
    const host = run && this.host(run);
    if (run === undefined || host === undefined) return { kind: 'none' };
    const started = turn.startWorkflowTask();
    if (started === undefined) return { kind: 'none' };
    const { uncommittedEvents, task } = started;
    const full = this.#withEvents({ ...task, queries: [] }, run, uncommittedEvents);
    const outstanding = {
      run,
      attempt: task,
      host,
      completion: handle(host, full, this.#options),
    };
    const completion = await this.#promptly(outstanding.completion);
    if (completion !== undefined) return { kind: 'completed', task: outstanding, completion };
    this.#outlive(outstanding);
    return { kind: 'outstanding' };
  }

  /** The task with its events: in memory where they stand there, from storage otherwise. */
  #withEvents(
    task: Omit<WorkflowTask, 'newEvents' | 'loadHistory'>,
    run: Pick<Run, 'runSeq'>,
    uncommitted: readonly HistoryEvent[],
  ): WorkflowTask {
    const { state, store } = this.#options;
    const last = task.isQueryOnly ? ALL_EVENTS : task.startedEventId;
    const read = (from: number) => {
      // A run that begins in this turn has no row yet.
      if ((uncommitted[0]?.eventId ?? Number.POSITIVE_INFINITY) <= from) return [...uncommitted];
      const stored = store.history.events(run.runSeq, from, last);
      const next = stored.at(-1)?.eventId ?? from - 1;
      return [...stored, ...uncommitted.filter((event) => event.eventId > next)];
    };
    const after = task.previousStartedEventId;
    const tail = state.tail.after(run.runSeq, after);
    const newEvents = tail === undefined ? read(after + 1) : [...tail, ...uncommitted];
    return { ...task, newEvents, loadHistory: () => read(1) };
  }

  #promptly(completion: Promise<WorkflowTaskCompletion>): Promise<WorkflowTaskCompletion | undefined> {
    const { clock, options } = this.#options;
    return new Promise((resolve) => {
      const awaited = { since: clock.now(), giveUp: () => resolve(undefined) };
      this.#awaited = awaited;
      this.#watch(options.times.promptTaskMs);
      void completion.then((value) => {
        if (this.#awaited === awaited) this.#awaited = undefined;
        resolve(value);
      });
    });
  }

  /** W3. */
  #watch(afterMs: number): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    const { clock, options } = this.#options;
    clock.after(afterMs, () => {
      this.#isWatching = false;
      if (this.#awaited === undefined) return;
      const left = this.#awaited.since + options.times.promptTaskMs - clock.now();
      if (left > 0) return this.#watch(left);
      this.#awaited.giveUp();
      this.#awaited = undefined;
    });
  }

  #outlive(task: OutstandingTask): void {
    this.#outstanding = task;
    void task.completion.then((completion) => {
      if (this.#outstanding === task) this.#options.completed(task, completion);
    });
  }

  /** Takes the completion of `task` into a turn, unless another task has taken its place (W2). */
  claim(task: OutstandingTask): boolean {
    if (this.#outstanding !== task) return false;
    this.#outstanding = undefined;
    return true;
  }

  /** A task that carries only queries, on the current run or a folded earlier one. */
  async query(
    task: Omit<WorkflowTask, 'newEvents' | 'loadHistory'>,
    run: Run,
  ): Promise<WorkflowTaskCompletion | undefined> {
    const host = this.host(run);
    if (host === undefined) return undefined;
    const completion = await handle(host, this.#withEvents(task, run, []), this.#options);
    if (completion.kind === 'failed') host.evict(run.runId);
    return completion;
  }

  evict(run: Pick<Run, 'taskQueue' | 'runId'> | undefined): void {
    if (run !== undefined) this.host(run)?.evict(run.runId);
  }

  /** The state was thrown away: whatever a host still has counts no more. */
  forget(): void {
    this.#outstanding?.host.evict(this.#outstanding.run.runId);
    this.#outstanding = undefined;
  }
}

/** A handler that rejects is a fault of the runtime; the task fails with it and is tried again. */
async function handle(
  host: WorkflowTaskHandler,
  task: WorkflowTask,
  { attributes, options }: WorkflowTasksOptions,
): Promise<WorkflowTaskCompletion> {
  try {
    const completion = await host.handle(task);
    const used = attributesUsedBy(completion);
    if (used.length > 0) await attributes.learn(task.namespace, used);
    return completion;
  } catch (error) {
    host.evict(task.runId);
    options.log('ERROR', 'The workflow task handler failed', {
      workflowId: task.workflowId,
      runId: task.runId,
      error,
    });
    const message = error instanceof Error ? error.message : String(error);
    return {
      kind: 'failed',
      cause: 'WORKFLOW_WORKER_UNHANDLED_FAILURE',
      failure: { message, source: 'Perdure' },
    };
  }
}
