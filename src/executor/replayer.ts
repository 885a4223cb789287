/**
 * Feeds history to a run (PATCH-6, NDE-1, NDE-3, DET-2).
 *
 * H1. What stands between two workflow tasks is delivered with the second. A task that failed or timed out delivered nothing.
 * H2. Before a completed task is replayed, its command events are looked through: patches, local activities and updates have to
 *     be known then, as they were on the first run.
 * H3. Each command event takes the command that the replayed code made, in order.
 */

import type { WorkerBuild } from '../engine/worker-build.ts';
import type { UpdateDelivery } from '../engine/workflow-task.ts';
import type { HistoryEvent, HistoryEventOf } from '../sdk/common/wire/events.ts';
import { convertDeploymentVersion } from '../sdk/common/worker-deployments.ts';
import { activate } from './activation.ts';
import { describeEvent, isCommandEvent } from './command-matching.ts';
import { runInContext } from './context.ts';
import { type RunCode, resolveOptionsGetter } from './instantiation.ts';
import { JobOrder } from './jobs.ts';
import { localActivityOfMarker } from './local-activity-marker.ts';
import { patchOfMarker, upsertsChangeVersion } from './patch-marker.ts';
import type { WorkflowRun } from './run.ts';
import type { Update } from './updates.ts';
import { startedInfo, taskInfo } from './workflow-info.ts';

type ReportError = (message: string, error: unknown) => void;

export class RunReplayer {
  readonly run: WorkflowRun;
  /** The last event that was applied. */
  lastEventId = 0;
  #startedEvent: HistoryEventOf<'WorkflowExecutionStarted'> | undefined;
  /** Updates that history admitted by an event of their own (a reset does), until their acceptance comes. */
  readonly #admitted = new Map<string, HistoryEventOf<'WorkflowExecutionUpdateAdmitted'>>();
  #skipEventId = 0;
  readonly #code: RunCode;
  readonly #reportError: ReportError;

  constructor(run: WorkflowRun, code: RunCode, reportError: ReportError = () => undefined) {
    this.run = run;
    this.#code = code;
    this.#reportError = reportError;
  }

  /** Whether events have come that no workflow task has delivered yet. */
  get hasUndelivered(): boolean {
    return this.run.hasJobs || this.#startedEvent !== undefined;
  }

  /** Applies the events after `lastEventId`, replaying each completed task. Throws when code and history part. */
  async apply(events: readonly HistoryEvent[]): Promise<void> {
    const first = events.findIndex(({ eventId }) => eventId > this.lastEventId);
    if (first < 0) return;
    for (let index = first; index < events.length; index++) {
      const event = events[index];
      if (event === undefined) return;
      if (event.eventType === 'WorkflowTaskStarted') {
        if (events[index + 1]?.eventType === 'WorkflowTaskCompleted')
          await this.#replayTask(event, events, index + 1);
      } else {
        this.#applyEvent(event, events[index + 1]);
      }
      this.lastEventId = event.eventId;
    }
  }

  async #replayTask(
    event: HistoryEventOf<'WorkflowTaskStarted'>,
    events: readonly HistoryEvent[],
    next: number,
  ): Promise<void> {
    const completed = events[next];
    this.run.setReplaying(true);
    // What a task relied on is in its own completion.
    if (completed?.eventType === 'WorkflowTaskCompleted')
      this.run.flags.addRecorded(completed.attributes.sdkMetadata);
    this.#beginTask(event, buildOf(completed));
    this.#lookAhead(events, next);
    // What this task was given and did not accept, it rejected.
    this.#admitted.clear();
    await this.deliver();
    if (this.run.taskError !== undefined) throw this.run.taskError.error;
  }

  /** Delivers the current task, whose WorkflowTaskStarted event was applied last. */
  async deliverLive(
    event: HistoryEventOf<'WorkflowTaskStarted'>,
    updates: readonly UpdateDelivery[],
  ): Promise<void> {
    const { run } = this;
    run.setReplaying(false);
    this.#beginTask(event, run.build);
    run.localActivities.endReplay();
    // A message wins over the event: a server may send both.
    for (const { updateId } of updates) this.#admitted.delete(updateId);
    for (const { eventId, attributes } of this.#admitted.values()) {
      if (attributes.request) this.#enqueueUpdate(attributes.request, eventId, true);
    }
    this.#admitted.clear();
    for (const update of updates) this.#enqueue({ ...update, runValidator: true });
    await this.deliver();
  }

  /** Drops the run: its code hears nothing more. */
  dispose(): void {
    const { run } = this;
    try {
      runInContext(run.rootContext, () => run.interceptors.internals('dispose', () => undefined)({}));
    } catch (error) {
      this.#reportError(`An interceptor threw while run '${run.runId}' was dropped`, error);
    }
    run.dispose();
  }

  #beginTask(event: HistoryEventOf<'WorkflowTaskStarted'>, build: WorkerBuild | undefined): void {
    this.run.advanceTime(event.eventTime);
    this.run.setTask(taskInfo(event, build));
  }

  /**
   * Lets code act on what has come, and on what its own commands bring about at once. The latter ends with the workflow: what
   * it did after a closing command could not stand before that in the history, where Temporal's replay would look for it.
   */
  async deliver(): Promise<void> {
    const { run } = this;
    run.fuel.reset();
    const start = this.#initialize();
    if (run.taskError !== undefined) return;
    if (start || (run.hasJobs && !run.isCompleted)) await activate(run, run.takeJobs(), start);
    const hasMore = () => run.hasJobs || run.localActivities.deliverNext();
    while (run.taskError === undefined && !run.isCompleted && hasMore())
      await activate(run, run.takeJobs(), false);
  }

  /** Makes the run of its started event; false when that was done before. */
  #initialize(): boolean {
    const event = this.#startedEvent;
    if (event === undefined) return false;
    const { run } = this;
    this.#startedEvent = undefined;
    try {
      const { namespace, workflowId, runId, workflowType, taskQueue } = run;
      const identity = { namespace, workflowId, runId, workflowType, taskQueue };
      runInContext(run.rootContext, () => {
        this.#code.loadConverters();
        run.started = {
          attributes: event.attributes,
          info: startedInfo(identity, event, run.now, run.converters),
        };
        this.#code.loadModules();
        resolveOptionsGetter(run);
      });
    } catch (error) {
      run.failTask(error);
    }
    return true;
  }

  #lookAhead(events: readonly HistoryEvent[], from: number): void {
    for (let index = from; index < events.length; index++) {
      const event = events[index];
      if (event === undefined || event.eventType === 'WorkflowTaskScheduled') return;
      if (event.eventType === 'MarkerRecorded') this.#announceMarker(event, events[index + 1]);
      else if (event.eventType === 'WorkflowExecutionUpdateAccepted') this.#replayUpdate(event);
    }
  }

  #announceMarker({ attributes }: HistoryEventOf<'MarkerRecorded'>, next: HistoryEvent | undefined): void {
    const { patches, localActivities } = this.run;
    const patch = patchOfMarker(attributes);
    if (patch !== undefined) patches.announce(patch.id, next !== undefined && upsertsChangeVersion(next));
    const localActivity = localActivityOfMarker(attributes);
    if (localActivity !== undefined) localActivities.announce(localActivity);
  }

  #replayUpdate({ attributes }: HistoryEventOf<'WorkflowExecutionUpdateAccepted'>): void {
    const admitted = this.#admitted.get(attributes.protocolInstanceId);
    this.#admitted.delete(attributes.protocolInstanceId);
    const request = attributes.acceptedRequest ?? admitted?.attributes.request;
    if (request) this.#enqueueUpdate(request, attributes.acceptedRequestSequencingEventId ?? 0, false);
  }

  #enqueueUpdate(request: Update['request'], sequencingEventId: number, runValidator: boolean): void {
    const { updateId } = request.meta;
    this.#enqueue({ messageId: `${updateId}/request`, updateId, sequencingEventId, request, runValidator });
  }

  #enqueue(update: Update): void {
    const { run } = this;
    run.enqueue({ order: JobOrder.message, variant: 'doUpdate', apply: () => run.updates.deliver(update) });
  }

  #applyEvent(event: HistoryEvent, next: HistoryEvent | undefined): void {
    if (event.eventId === this.#skipEventId) return;
    if (isCommandEvent(event)) {
      this.#applyCommandEvent(event, next);
      return;
    }
    const { run } = this;
    switch (event.eventType) {
      case 'WorkflowExecutionStarted':
        this.#startedEvent = event;
        run.random.reseed(event.attributes.originalExecutionRunId || run.runId);
        run.advanceTime(event.eventTime);
        return;
      case 'WorkflowTaskCompleted':
        run.flags.addRecorded(event.attributes.sdkMetadata);
        return;
      case 'WorkflowTaskFailed':
        this.#applyTaskFailed(event);
        return;
      case 'WorkflowExecutionSignaled':
        run.enqueue({
          order: JobOrder.message,
          variant: 'signalWorkflow',
          apply: () => run.signals.deliver(event),
        });
        return;
      case 'WorkflowExecutionCancelRequested':
        run.enqueue({ order: JobOrder.resolution, variant: 'cancelWorkflow', apply: () => run.cancel() });
        return;
      case 'WorkflowExecutionUpdateAdmitted':
        if (event.attributes.request) this.#admitted.set(event.attributes.request.meta.updateId, event);
        return;
      default:
        this.#applyOutcome(event);
        return;
    }
  }

  /** A reset goes on under the seed of its new run (DET-2). */
  #applyTaskFailed({ attributes }: HistoryEventOf<'WorkflowTaskFailed'>): void {
    const { cause, newRunId } = attributes;
    if (cause !== 'RESET_WORKFLOW' || !newRunId) return;
    this.run.enqueue({
      order: JobOrder.randomSeed,
      variant: 'updateRandomSeed',
      apply: () => this.run.random.reseed(newRunId),
    });
  }

  #applyCommandEvent(event: HistoryEvent, next: HistoryEvent | undefined): void {
    const { run } = this;
    if (event.eventType === 'MarkerRecorded') {
      const kind = run.localActivities.recordMarker(event);
      if (kind === 'by-marker') return;
      if (kind === 'unknown') throw this.#mismatchedMarker(event);
    }
    if (run.commands.match(event, next) === 'skip-event-and-next' && next !== undefined)
      this.#skipEventId = next.eventId;
  }

  #mismatchedMarker(event: HistoryEventOf<'MarkerRecorded'>): Error {
    return this.run.nondeterminism(
      `Event ${describeEvent(event)} records a local activity, but ${this.run.localActivities.describe(event)}`,
    );
  }

  /** Events that tell how an operation goes on name the event that began it. */
  #applyOutcome(event: HistoryEvent): void {
    const initialEventId = initialEventIdOf(event);
    if (initialEventId === undefined) return;
    const operation = this.run.operations.get(initialEventId);
    if (operation === undefined)
      throw this.run.unexpectedEvent(event, `no command of event ${initialEventId} waits for it`);
    operation.handleEvent(event);
  }
}

/** Which code completed the task, as history says. */
function buildOf(completed: HistoryEvent | undefined): WorkerBuild | undefined {
  if (completed?.eventType !== 'WorkflowTaskCompleted') return undefined;
  const { workerVersion, deploymentVersion } = completed.attributes;
  const deployment = convertDeploymentVersion(deploymentVersion);
  if (deployment === undefined && !workerVersion?.buildId) return undefined;
  return { buildId: workerVersion?.buildId ?? deployment?.buildId ?? '', ...(deployment && { deployment }) };
}

/** The event which `event` is about; undefined for events that are about no operation of workflow code. */
function initialEventIdOf(event: HistoryEvent): number | undefined {
  switch (event.eventType) {
    case 'TimerFired':
      return event.attributes.startedEventId;
    case 'ActivityTaskStarted':
    case 'ActivityTaskCompleted':
    case 'ActivityTaskFailed':
    case 'ActivityTaskTimedOut':
    case 'ActivityTaskCanceled':
      return event.attributes.scheduledEventId;
    case 'StartChildWorkflowExecutionFailed':
    case 'ChildWorkflowExecutionStarted':
    case 'ChildWorkflowExecutionCompleted':
    case 'ChildWorkflowExecutionFailed':
    case 'ChildWorkflowExecutionCanceled':
    case 'ChildWorkflowExecutionTimedOut':
    case 'ChildWorkflowExecutionTerminated':
    case 'SignalExternalWorkflowExecutionFailed':
    case 'ExternalWorkflowExecutionSignaled':
    case 'RequestCancelExternalWorkflowExecutionFailed':
    case 'ExternalWorkflowExecutionCancelRequested':
      return event.attributes.initiatedEventId;
    case 'NexusOperationStarted':
    case 'NexusOperationCompleted':
    case 'NexusOperationFailed':
    case 'NexusOperationCanceled':
    case 'NexusOperationTimedOut':
    case 'NexusOperationCancelRequestCompleted':
    case 'NexusOperationCancelRequestFailed':
      return event.attributes.scheduledEventId;
    default:
      return undefined;
  }
}
