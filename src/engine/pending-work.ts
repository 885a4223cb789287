/** What must be outstanding for an execution now (A2): read from state alone, so that a reload resumes everything. */

import { nexusCallbackOf } from '../sdk/common/nexus-callback.ts';
import type { HistoryEvent } from '../sdk/common/wire/events.ts';
import type { Failure, Payloads, UpdateOutcome } from '../sdk/common/wire/messages.ts';
import { activityTask } from './activity-machine.ts';
import type {
  ChildClose,
  NexusClose,
  NexusNotification,
  ParentCloseAction,
  ParentNotification,
  PendingWork,
  ScheduleNotification,
} from './api.ts';
import { linkTo } from './callbacks.ts';
import { childStart } from './child-machine.ts';
import { SERVER_IDENTITY, TIMEOUT_FAILURE } from './close.ts';
import { assertNever, invariant } from './errors.ts';
import { cancelDelivery, externalDeliveries, signalDelivery } from './external-machine.ts';
import { type CompletionCallback, isOpen, type PendingCloseAction, type RunState } from './run-state.ts';
import { scheduleReferenceOf } from './schedule/start-request.ts';
import { endOfUpdate } from './update-machine.ts';

export function collectPendingWork(current: RunState | undefined, earlier: Iterable<RunState>): PendingWork {
  const runs = current === undefined ? [...earlier] : [...earlier, current];
  const open = current !== undefined && isOpen(current) ? current : undefined;
  return {
    startedActivities: open ? startedActivities(open) : [],
    childStarts: open ? childStarts(open) : [],
    externalDeliveries: open ? externalDeliveries(open) : [],
    parentCloseActions: runs.flatMap(parentCloseActions),
    parentNotifications: runs.flatMap(parentNotifications),
    scheduleNotifications: runs.flatMap(scheduleNotifications),
    nexusNotifications: runs.flatMap(nexusNotifications),
    visibility: runs.filter(hasVisibilityToTell).map(({ runId }) => runId),
  };
}

/** The part of it that the events of this turn brought. */
export function collectNewWork(
  touched: Iterable<{ run: RunState; events: readonly HistoryEvent[] }>,
): PendingWork {
  const work = {
    startedActivities: [],
    childStarts: [] as PendingWork['childStarts'][number][],
    externalDeliveries: [] as PendingWork['externalDeliveries'][number][],
    parentCloseActions: [] as ParentCloseAction[],
    parentNotifications: [] as ParentNotification[],
    scheduleNotifications: [] as ScheduleNotification[],
    nexusNotifications: [] as NexusNotification[],
    visibility: [] as string[],
  };
  for (const { run, events } of touched) {
    for (const { eventId } of events) {
      const child = run.children.get(eventId);
      if (child !== undefined && child.started === undefined) work.childStarts.push(childStart(run, child));
      if (run.externalSignals.has(eventId)) work.externalDeliveries.push(signalDelivery(run, eventId));
      if (run.externalCancels.has(eventId)) work.externalDeliveries.push(cancelDelivery(run, eventId));
    }
    work.parentCloseActions.push(...parentCloseActions(run));
    work.parentNotifications.push(...parentNotifications(run));
    work.scheduleNotifications.push(...scheduleNotifications(run));
    work.nexusNotifications.push(...nexusNotifications(run));
    if (hasVisibilityToTell(run)) work.visibility.push(run.runId);
  }
  return work;
}

export function hasDeliveries(run: RunState): boolean {
  return (
    run.closeActions.size > 0 ||
    run.isParentNotificationDue ||
    run.isScheduleNotificationDue ||
    run.nexusNotifications.size > 0
  );
}

function hasVisibilityToTell(run: RunState): boolean {
  return run.visibilityVersion > run.visibilityConfirmed;
}

/** One that completes asynchronously needs nobody to wait for it (ACT-18). */
function startedActivities(run: RunState): PendingWork['startedActivities'] {
  const tasks = [];
  for (const activity of run.startedActivities.values())
    if (activity.phase.state === 'started' && !activity.phase.isAsync)
      tasks.push(activityTask(run, activity));
  return tasks;
}

function childStarts(run: RunState): PendingWork['childStarts'] {
  const starts = [];
  for (const child of run.children.values())
    if (child.started === undefined) starts.push(childStart(run, child));
  return starts;
}

function parentCloseActions(run: RunState): ParentCloseAction[] {
  return [...run.closeActions.values()].map((action) => closeAction(run, action));
}

/** A call that has not arrived after this long does not arrive any more. */
const START_UNDER_WAY_MAX_MS = 120_000;

/** CHILD-6. */
function closeAction(run: RunState, action: PendingCloseAction): ParentCloseAction {
  const { initiatedEventId, firstExecutionRunId, policy } = action;
  const whichRun =
    firstExecutionRunId === ''
      ? { childOf: { workflowId: run.workflowId, runId: run.runId, initiatedEventId } }
      : { firstExecutionRunId };
  const reason = 'by parent close policy';
  const input: ParentCloseAction['input'] =
    policy === 'TERMINATE'
      ? { kind: 'Terminate', ...whichRun, reason, identity: SERVER_IDENTITY }
      : {
          kind: 'RequestCancel',
          ...whichRun,
          reason,
          identity: SERVER_IDENTITY,
          external: {
            workflowExecution: { workflowId: run.workflowId, runId: run.runId },
            initiatedEventId,
            childWorkflowOnly: true,
            requestId: `${run.runId}:${initiatedEventId}:close`,
          },
        };
  const collected = { runId: run.runId, namespace: run.namespace, ...action, input };
  if (firstExecutionRunId !== '' || run.closeTime === undefined) return collected;
  return { ...collected, startMayArriveUntil: run.closeTime + START_UNDER_WAY_MAX_MS };
}

function parentNotifications(run: RunState): ParentNotification[] {
  const { parentWorkflowExecution: parent, parentWorkflowNamespace, parentInitiatedEventId } = run.started;
  if (!run.isParentNotificationDue || run.closeEvent === undefined || parent === undefined) return [];
  return [
    {
      runId: run.runId,
      parent: {
        namespace: parentWorkflowNamespace ?? run.namespace,
        workflowId: parent.workflowId ?? '',
        runId: parent.runId ?? '',
      },
      initiatedEventId: parentInitiatedEventId ?? 0,
      child: { workflowId: run.workflowId, runId: run.runId },
      firstExecutionRunId: run.started.firstExecutionRunId,
      workflowType: run.started.workflowType.name,
      close: closeOf(run, run.closeEvent),
    },
  ];
}

/** SCHED-19: what the schedule's next start is told. */
function scheduleNotifications(run: RunState): ScheduleNotification[] {
  const { completionCallbacks, firstExecutionRunId } = run.started;
  if (!run.isScheduleNotificationDue || run.closeEvent === undefined) return [];
  const reference = scheduleReferenceOf(completionCallbacks);
  if (reference === undefined) return [];
  const { namespace, scheduleId, instanceId, requestId } = reference;
  const close = closeOf(run, run.closeEvent);
  return [
    {
      runId: run.runId,
      namespace,
      scheduleId,
      closed: {
        instanceId,
        requestId,
        workflowId: run.workflowId,
        runId: firstExecutionRunId,
        status: run.status,
        ...(close.kind === 'Completed' && only(close, 'result')),
        ...(close.kind === 'Failed' && only(close, 'failure')),
        ...(close.kind === 'TimedOut' && { failure: TIMEOUT_FAILURE }),
      },
    },
  ];
}

function nexusNotifications(run: RunState): NexusNotification[] {
  const notifications: NexusNotification[] = [];
  for (const index of run.nexusNotifications) {
    const attached = run.callbacks[index];
    const callback = nexusCallbackOf(attached?.callback);
    if (attached === undefined || callback === undefined) continue;
    const close = endOf(run, attached);
    const { reference, operationToken } = callback;
    const { namespace, workflowId, runId, scheduledEventId, requestId } = reference;
    notifications.push({
      runId: run.runId,
      index,
      caller: { namespace, workflowId },
      input: {
        kind: 'NexusOperationClosed',
        runId,
        scheduledEventId,
        requestId,
        ...(operationToken !== undefined && { operationToken }),
        links: [linkTo(run, attached)],
        close,
      },
    });
  }
  return notifications;
}

function endOf(run: RunState, { updateId }: CompletionCallback): NexusClose {
  if (updateId !== undefined) return closeByUpdate(endOfUpdate(run, updateId));
  invariant(run.closeEvent, run, run.nextEventId, 'the end of an open run is told');
  const ofActivity = run.activityEnd && closeByActivity(run.activityEnd);
  return ofActivity ?? nexusCloseOf(closeOf(run, run.closeEvent));
}

function closeByUpdate({ success, failure }: UpdateOutcome): NexusClose {
  if (failure !== undefined) return { kind: 'failed', failure };
  const result = success?.payloads?.[0];
  return { kind: 'completed', ...(result && { result }) };
}

/** SAA-3. Undefined: the run has ended without it. */
function closeByActivity(event: HistoryEvent): NexusClose | undefined {
  switch (event.eventType) {
    case 'ActivityTaskCompleted': {
      const result = event.attributes.result?.payloads?.[0];
      return { kind: 'completed', ...(result && { result }) };
    }
    case 'ActivityTaskFailed':
    case 'ActivityTaskTimedOut':
      return { kind: 'failed', failure: event.attributes.failure ?? { message: 'activity failed' } };
    case 'ActivityTaskCanceled':
      return canceled(event.attributes.details);
    default:
      return undefined;
  }
}

function canceled(details: Payloads | undefined): NexusClose {
  const canceledFailureInfo = details === undefined ? {} : { details };
  return {
    kind: 'canceled',
    failure: { message: 'operation canceled', source: 'Server', canceledFailureInfo },
  };
}

/** What the end of a workflow is to the operation that it stands for. */
function nexusCloseOf(close: ChildClose): NexusClose {
  const failed = (failure: Failure): NexusClose => ({
    kind: 'failed',
    failure: { source: 'Server', ...failure },
  });
  switch (close.kind) {
    case 'Completed': {
      const result = close.result?.payloads?.[0];
      return { kind: 'completed', ...(result && { result }) };
    }
    case 'Failed':
      return { kind: 'failed', failure: close.failure ?? { message: 'workflow failed' } };
    case 'Canceled':
      return canceled(close.details);
    case 'TimedOut':
      return failed({
        message: 'operation exceeded internal timeout',
        timeoutFailureInfo: { timeoutType: 'START_TO_CLOSE' },
      });
    case 'Terminated':
      return failed({ message: 'operation terminated', terminatedFailureInfo: {} });
    default:
      return assertNever(close);
  }
}

function closeOf(run: RunState, event: HistoryEvent): ChildClose {
  switch (event.eventType) {
    case 'WorkflowExecutionCompleted':
      return { kind: 'Completed', ...only(event.attributes, 'result') };
    case 'WorkflowExecutionFailed':
      return {
        kind: 'Failed',
        ...only(event.attributes, 'failure'),
        ...only(event.attributes, 'retryState'),
      };
    case 'WorkflowExecutionCanceled':
      return { kind: 'Canceled', ...only(event.attributes, 'details') };
    case 'WorkflowExecutionTimedOut':
      return { kind: 'TimedOut', ...only(event.attributes, 'retryState') };
    default:
      invariant(
        event.eventType === 'WorkflowExecutionTerminated',
        run,
        event.eventId,
        `${event.eventType} does not end a chain`,
      );
      return { kind: 'Terminated' };
  }
}

function only<T extends object, K extends keyof T>(from: T, key: K): Pick<T, K> | Record<never, never> {
  return from[key] === undefined ? {} : { [key]: from[key] };
}
