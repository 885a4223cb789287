/** One turn of an execution: inputs in, decisions folded in at once, what to commit out (`finish`). */
import type { HistoryEvent } from '../sdk/common/wire/events.ts';
import type { Failure, UpdateRequest } from '../sdk/common/wire/messages.ts';
import { admitActivities } from './activity-machine.ts';
import type {
  ActivityTask,
  HeartbeatReply,
  Input,
  NexusTask,
  PendingWork,
  Result,
  RunChanges,
  StartedWorkflowTask,
  StartReply,
  Turn,
  TurnContext,
  UpdateReply,
  WaitingNexusTask,
  WorkflowTaskOutcome,
} from './api.ts';
import { alreadyCompleted, InvariantError, workflowNotFound } from './errors.ts';
import { beginRun as foldFirstEvent } from './evolve.ts';
import type { ExecutionState } from './execution-state.ts';
import { fireDueDeadlines } from './fire-deadlines.ts';
import { applyInput } from './inputs.ts';
import { ERASED_AT_ONCE } from './limits.ts';
import { enforceSizeLimits } from './mutable-state.ts';
import { startNexusTask } from './nexus-machine.ts';
import { collectNewWork, hasDeliveries } from './pending-work.ts';
import type {
  ResetWorkflowRequest,
  SignalWithStartWorkflowRequest,
  StartWorkflowRequest,
} from './requests.ts';
import { resetRun } from './reset.ts';
import { isOpen, type RunState } from './run-state.ts';
import { type ExecutionScope, type NewRun, RunTurn } from './run-turn.ts';
import { signalWithStart, startWorkflow } from './start.ts';
import {
  changesOf,
  confirmCloseAction,
  confirmNexusNotification,
  confirmParentNotification,
  confirmScheduleNotification,
} from './stored-run.ts';
import { admitUpdate, sendUpdates } from './update-machine.ts';
import type { WorkflowTaskCompletion } from './workflow-task.ts';
import { completeTask } from './workflow-task-completion.ts';
import {
  endTaskUnsuccessfully,
  eventsOutsideHistory,
  settleWorkflowTask,
  startTask,
} from './workflow-task-machine.ts';

export class ExecutionTurn implements Turn, ExecutionScope {
  readonly execution: ExecutionState;
  readonly context: TurnContext;
  readonly #touched = new Map<RunState, RunTurn>();
  #isFinished = false;

  constructor(execution: ExecutionState, context: TurnContext) {
    this.execution = execution;
    this.context = context;
  }

  get namespace(): string {
    return this.execution.namespace;
  }

  get workflowId(): string {
    return this.execution.workflowId;
  }

  start(request: StartWorkflowRequest): Result<StartReply> {
    return startWorkflow(this, request);
  }

  signalWithStart(request: SignalWithStartWorkflowRequest): Result<StartReply> {
    return signalWithStart(this, request);
  }

  admitUpdate(
    request: UpdateRequest,
    { runId, firstExecutionRunId }: { runId?: string; firstExecutionRunId?: string },
  ): Result<UpdateReply> {
    const turn = this.currentTurn();
    const isThisRun = !runId || turn?.run.runId === runId;
    if (runId && !isThisRun && this.context.isKnownRun?.(runId)) return alreadyCompleted();
    const isThisChain = !firstExecutionRunId || turn?.run.started.firstExecutionRunId === firstExecutionRunId;
    if (turn === undefined || !isThisRun || !isThisChain || turn.run.isStandalone)
      return workflowNotFound(this.workflowId, runId || firstExecutionRunId);
    const reply = admitUpdate(turn, request);
    settleWorkflowTask(turn);
    return reply;
  }

  apply(input: Input): Result<HeartbeatReply | undefined> {
    return applyInput(this, input);
  }

  reset(
    request: ResetWorkflowRequest,
    baseHistory: readonly HistoryEvent[],
    laterHistories: readonly (readonly HistoryEvent[])[] = [],
  ): Result<{ runId: string }> {
    return resetRun(this, request, baseHistory, laterHistories);
  }

  fireDeadlines(): void {
    const turn = this.currentTurn();
    if (turn !== undefined) fireDueDeadlines(turn);
  }

  startWorkflowTask(): StartedWorkflowTask | undefined {
    const turn = this.currentTurn();
    if (turn === undefined) return undefined;
    const { run } = turn;
    const task = startTask(turn);
    if (task === undefined) return undefined;
    return {
      task: {
        namespace: run.namespace,
        workflowId: run.workflowId,
        runId: run.runId,
        workflowType: run.started.workflowType.name,
        taskQueue: run.started.taskQueue.name,
        attempt: task.attempt,
        startedEventId: task.startedEventId,
        previousStartedEventId: run.previousStartedEventId,
        updates: sendUpdates(run, task.startedEventId),
        isQueryOnly: false,
      },
      uncommittedEvents: [...turn.events, ...eventsOutsideHistory(run)],
      isTransient: task.kind !== 'recorded',
    };
  }

  completeWorkflowTask(
    completion: WorkflowTaskCompletion,
    task?: { startedEventId: number; attempt: number },
  ): WorkflowTaskOutcome {
    const turn = this.currentTurn();
    const pending = turn?.run.workflowTask;
    const isPending =
      pending?.state === 'started' &&
      (task === undefined ||
        (pending.startedEventId === task.startedEventId && pending.attempt === task.attempt));
    if (turn === undefined || !isPending)
      return { kind: 'refused', cause: 'NOT_FOUND', message: 'Workflow task not found.' };
    return completeTask(turn, completion);
  }

  workflowTaskLost(failure?: Failure): void {
    const turn = this.currentTurn();
    if (turn?.run.workflowTask.state !== 'started') return;
    endTaskUnsuccessfully(turn, {
      ...(failure === undefined
        ? { kind: 'timedOut' }
        : { kind: 'failed', cause: 'WORKFLOW_WORKER_UNHANDLED_FAILURE', failure }),
      isHostLost: true,
    });
    settleWorkflowTask(turn);
  }

  admitActivities(
    capacity: number,
    isServed?: (taskQueue: string, scheduledEventId: number) => boolean,
  ): readonly ActivityTask[] {
    const turn = this.currentTurn();
    return turn === undefined ? [] : admitActivities(turn, capacity, isServed);
  }

  confirmVisibility(runId: string, version: number, { isStored } = { isStored: true }): void {
    const turn = this.#turnOf(runId);
    if (turn === undefined || version <= turn.run.visibilityConfirmed) return;
    turn.run.visibilityConfirmed = Math.min(version, turn.run.visibilityVersion);
    if (isStored) turn.touchSummary();
  }

  expire(runId: string): boolean {
    const turn = this.#turnOf(runId);
    if (turn === undefined || isOpen(turn.run)) return false;
    turn.run.expiryTime = ERASED_AT_ONCE;
    turn.touchSummary();
    return true;
  }

  confirmParentClose(runId: string, initiatedEventId: number): void {
    const turn = this.#turnOf(runId);
    if (turn === undefined) return;
    confirmCloseAction(turn.run, initiatedEventId);
    this.#deliveryConfirmed(turn);
  }

  confirmParentNotified(runId: string): void {
    const turn = this.#turnOf(runId);
    if (turn === undefined) return;
    confirmParentNotification(turn.run);
    this.#deliveryConfirmed(turn);
  }

  confirmScheduleNotified(runId: string): void {
    const turn = this.#turnOf(runId);
    if (turn === undefined) return;
    confirmScheduleNotification(turn.run);
    this.#deliveryConfirmed(turn);
  }

  confirmNexusNotified(runId: string, index: number): void {
    const turn = this.#turnOf(runId);
    if (turn === undefined) return;
    confirmNexusNotification(turn.run, index);
    this.#deliveryConfirmed(turn);
  }

  startNexusTask(wanted: WaitingNexusTask): NexusTask | undefined {
    const turn = this.currentTurn();
    return turn === undefined ? undefined : startNexusTask(turn, wanted);
  }

  newWork(): PendingWork {
    return collectNewWork(this.#touched.values());
  }

  finish(): readonly RunChanges[] {
    if (this.#isFinished) throw new InvariantError(this.#identity(), 0, 'a turn is finished twice');
    for (const turn of [...this.#touched.values()]) enforceSizeLimits(turn);
    this.#isFinished = true;
    const changes: RunChanges[] = [];
    for (const turn of this.#touched.values()) {
      const change = changesOf(turn);
      if (change !== undefined) changes.push(change);
    }
    this.execution.forgetDelivered(this.context.isIndexed ?? true);
    return changes;
  }

  /** The current run within this turn. */
  currentTurn(): RunTurn | undefined {
    const { current } = this.execution;
    return current === undefined ? undefined : this.turnFor(current);
  }

  turnFor(run: RunState): RunTurn {
    let turn = this.#touched.get(run);
    if (turn === undefined) {
      turn = new RunTurn(run, this);
      this.#touched.set(run, turn);
      // A speculative task is lost with the memory, and what it held back is not: before anything else it becomes history.
      if (isOpen(run) && run.workflowTask.state !== 'started') turn.flush();
    }
    return turn;
  }

  /** The next run of this ID; the one before it must be closed. */
  beginRun({ runId, started, userMetadata, links, startTime }: NewRun): RunTurn {
    const runSeq = (this.execution.current?.runSeq ?? 0) + 1;
    const { namespace, workflowId } = this.execution;
    const key = { namespace, workflowId, runId, runSeq };
    const event = {
      eventId: 1,
      eventTime: startTime ?? this.context.now,
      eventType: 'WorkflowExecutionStarted',
      attributes: started,
    };
    const described = userMetadata === undefined ? event : { ...event, userMetadata };
    const first = (links?.length ? { ...described, links } : described) as HistoryEvent;
    const run = foldFirstEvent(key, first);
    this.execution.replaceCurrent(run);
    const turn = this.turnFor(run);
    turn.events.push(first);
    turn.touchSummary();
    return turn;
  }

  #turnOf(runId: string): RunTurn | undefined {
    const run = this.execution.findRun(runId);
    return run === undefined ? undefined : this.turnFor(run);
  }

  #deliveryConfirmed(turn: RunTurn): void {
    turn.touchVolatile();
    if (!hasDeliveries(turn.run)) turn.touchSummary();
  }

  #identity() {
    return { workflowId: this.workflowId, runId: this.execution.current?.runId ?? '' };
  }
}
