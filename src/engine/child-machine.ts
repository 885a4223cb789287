/**
 * Children: initiated by command, started and closed by what their object reports (CHILD-1 to CHILD-7). What must be sent
 * stands in the state (`childStarts`, `closeActions`); the object delivers it until it is acknowledged.
 */
import { reservedFor } from '../sdk/common/reserved-ids.ts';
import type { CommandAttributes } from '../sdk/common/wire/commands.ts';
import type { EventAttributes, HistoryEvent, HistoryEventOf } from '../sdk/common/wire/events.ts';
import type { UserMetadata } from '../sdk/common/wire/messages.ts';
import type { ChildStart, Input } from './api.ts';
import { originRunId } from './delivery-ids.ts';
import { assertNever, BadCommandError, invariant } from './errors.ts';
import { mergedPriority } from './priority.ts';
import type { StartWorkflowRequest } from './requests.ts';
import { completeRetryPolicy, retryPolicyProblem } from './retry.ts';
import type { PendingChild, RunState } from './run-state.ts';
import type { RunTurn } from './run-turn.ts';
import { withAttributeTypes } from './search-attributes.ts';
import { utf8Bytes } from './size.ts';
import { boundedDuration } from './start-values.ts';
import { reservedQueueProblem } from './task-queue-names.ts';
import { inheritedVersioning } from './versioning.ts';

type ChildEventType =
  | 'StartChildWorkflowExecutionInitiated'
  | 'StartChildWorkflowExecutionFailed'
  | 'ChildWorkflowExecutionStarted'
  | 'ChildWorkflowExecutionCompleted'
  | 'ChildWorkflowExecutionFailed'
  | 'ChildWorkflowExecutionCanceled'
  | 'ChildWorkflowExecutionTimedOut'
  | 'ChildWorkflowExecutionTerminated';
type ChildEvent = { [T in ChildEventType]: HistoryEventOf<T> }[ChildEventType];

export function evolveChild(run: RunState, event: ChildEvent): void {
  const { eventId } = event;
  switch (event.eventType) {
    case 'StartChildWorkflowExecutionInitiated': {
      const policy = event.attributes.parentClosePolicy ?? 'TERMINATE';
      const { attributes: initiated, userMetadata } = event;
      const child: PendingChild = {
        initiatedEventId: eventId,
        initiated,
        userMetadata,
        policy,
        started: undefined,
      };
      run.children.set(eventId, child);
      return;
    }
    case 'ChildWorkflowExecutionStarted': {
      const child = openChild(run, event.attributes.initiatedEventId, event);
      child.started = { runId: event.attributes.workflowExecution.runId ?? '', eventId };
      return;
    }
    case 'StartChildWorkflowExecutionFailed':
    case 'ChildWorkflowExecutionCompleted':
    case 'ChildWorkflowExecutionFailed':
    case 'ChildWorkflowExecutionCanceled':
    case 'ChildWorkflowExecutionTimedOut':
    case 'ChildWorkflowExecutionTerminated':
      openChild(run, event.attributes.initiatedEventId, event);
      run.children.delete(event.attributes.initiatedEventId);
      return;
    default:
      assertNever(event);
  }
}

function openChild(run: RunState, initiatedEventId: number, event: HistoryEvent): PendingChild {
  const child = run.children.get(initiatedEventId);
  invariant(
    child,
    run,
    event.eventId,
    `${event.eventType} for event ${initiatedEventId}, which is no open child`,
  );
  return child;
}

/** A started event that was buffered has its ID now. */
export function placeChildStarted(
  run: RunState,
  event: HistoryEventOf<'ChildWorkflowExecutionStarted'>,
): void {
  const child = run.children.get(event.attributes.initiatedEventId);
  if (child?.started !== undefined) child.started.eventId = event.eventId;
}

/**
 * CHILD-6. A child whose start was never confirmed may exist: it is addressed by its parent's run instead of a run ID. One that
 * was initiated by the very task that closes the run has certainly not been started.
 */
export function collectCloseActions(run: RunState, closeEvent: HistoryEvent): void {
  const closingTask = (closeEvent.attributes as EventAttributes<'WorkflowExecutionCompleted'>)
    .workflowTaskCompletedEventId;
  for (const { initiatedEventId, initiated, started, policy } of run.children.values()) {
    const isUnsent = started === undefined && initiated.workflowTaskCompletedEventId === closingTask;
    if (policy === 'ABANDON' || isUnsent) continue;
    const firstExecutionRunId = started?.runId ?? '';
    const target = { workflowId: initiated.workflowId };
    run.closeActions.set(initiatedEventId, { initiatedEventId, target, firstExecutionRunId, policy });
  }
  run.children.clear();
}

export function checkStartChild(
  run: RunState,
  command: CommandAttributes<'StartChildWorkflowExecution'>,
  idBytesMax: number,
): void {
  const bad = (problem: string) =>
    new BadCommandError(
      'BAD_START_CHILD_EXECUTION_ATTRIBUTES',
      `StartChildWorkflowExecution command: ${problem}. WorkflowId=${command.workflowId}`,
    );
  if (!command.workflowId) throw bad('WorkflowId is not set');
  const reserved = reservedFor(command.workflowId);
  if (reserved !== undefined) throw bad(`WorkflowId is reserved for ${reserved}`);
  if (!command.workflowType?.name) throw bad('WorkflowType is not set');
  if (utf8Bytes(command.workflowId) > idBytesMax) throw bad('WorkflowId exceeds the length limit');
  if (utf8Bytes(command.workflowType.name) > idBytesMax) throw bad('WorkflowType exceeds the length limit');
  const { workflowExecutionTimeout, workflowRunTimeout, workflowTaskTimeout } = command;
  for (const timeout of [workflowExecutionTimeout, workflowRunTimeout, workflowTaskTimeout])
    if (timeout !== undefined && !(timeout >= 0)) throw bad('a timeout is negative');
  const problem =
    retryPolicyProblem(command.retryPolicy) ??
    reservedQueueProblem(command.taskQueue?.name, run.started.taskQueue.name);
  if (problem !== undefined) throw bad(problem);
}

export function startChild(
  turn: RunTurn,
  workflowTaskCompletedEventId: number,
  command: CommandAttributes<'StartChildWorkflowExecution'>,
  userMetadata: UserMetadata | undefined,
): void {
  const { run } = turn;
  const attributes: EventAttributes<'StartChildWorkflowExecutionInitiated'> = {
    namespace: run.namespace,
    workflowId: command.workflowId,
    workflowType: command.workflowType,
    taskQueue: { name: command.taskQueue?.name || run.started.taskQueue.name, kind: 'NORMAL' },
    workflowExecutionTimeout: boundedDuration(command.workflowExecutionTimeout),
    workflowRunTimeout: boundedDuration(command.workflowRunTimeout),
    workflowTaskTimeout: boundedDuration(command.workflowTaskTimeout),
    parentClosePolicy: command.parentClosePolicy ?? 'TERMINATE',
    workflowTaskCompletedEventId,
    workflowIdReusePolicy: command.workflowIdReusePolicy ?? 'ALLOW_DUPLICATE',
    header: command.header ?? {},
  };
  if (command.input !== undefined) attributes.input = command.input;
  if (command.retryPolicy !== undefined) attributes.retryPolicy = completeRetryPolicy(command.retryPolicy);
  if (command.cronSchedule) attributes.cronSchedule = command.cronSchedule;
  if (command.memo !== undefined) attributes.memo = command.memo;
  if (command.searchAttributes !== undefined)
    attributes.searchAttributes = withAttributeTypes(command.searchAttributes, turn.context);
  if (command.priority !== undefined) attributes.priority = command.priority;
  turn.record('StartChildWorkflowExecutionInitiated', attributes, { userMetadata });
}

/** What to send for a child that has not been confirmed as started. */
export function childStart(run: RunState, child: PendingChild): ChildStart {
  const { initiated, initiatedEventId, userMetadata } = child;
  const { rootWorkflowExecution } = run.started;
  const execution = { workflowId: run.workflowId, runId: run.runId };
  const request: StartWorkflowRequest = {
    workflowType: initiated.workflowType.name,
    taskQueue: initiated.taskQueue?.name ?? run.started.taskQueue.name,
    workflowExecutionTimeout: initiated.workflowExecutionTimeout ?? 0,
    workflowRunTimeout: initiated.workflowRunTimeout ?? 0,
    workflowTaskTimeout: initiated.workflowTaskTimeout ?? 0,
    requestId: `${originRunId(run, initiatedEventId)}:${initiatedEventId}`,
    workflowIdConflictPolicy: 'FAIL',
    header: initiated.header ?? {},
    parent: {
      namespace: run.namespace,
      execution,
      initiatedEventId,
      root: rootWorkflowExecution ?? execution,
    },
  };
  if (run.resetOrigins.length > 0 && request.parent)
    request.parent.baseRunIds = run.resetOrigins.map(({ baseRunId }) => baseRunId);
  if (initiated.workflowIdReusePolicy) request.workflowIdReusePolicy = initiated.workflowIdReusePolicy;
  if (initiated.input !== undefined) request.input = initiated.input;
  if (initiated.retryPolicy !== undefined) request.retryPolicy = initiated.retryPolicy;
  if (initiated.cronSchedule) request.cronSchedule = initiated.cronSchedule;
  if (initiated.memo !== undefined) request.memo = initiated.memo;
  if (initiated.searchAttributes !== undefined) request.searchAttributes = initiated.searchAttributes;
  const priority = mergedPriority(run.priority, initiated.priority);
  if (priority !== undefined) request.priority = priority;
  const isSameQueue = request.taskQueue === run.started.taskQueue.name;
  Object.assign(request, inheritedVersioning(run.versioning, { isSameQueue }));
  if (userMetadata !== undefined) request.userMetadata = userMetadata;
  const { namespace = run.namespace, workflowId } = initiated;
  return { runId: run.runId, initiatedEventId, namespace, workflowId, request };
}

/** Reports are repeated until acknowledged: one about a child that is not open any more changes nothing. */
export function recordChildStarted(turn: RunTurn, initiatedEventId: number, childRunId: string): void {
  const child = turn.run.children.get(initiatedEventId);
  if (child === undefined || child.started !== undefined) return;
  const { namespace, workflowId, workflowType, header } = child.initiated;
  turn.arrive('ChildWorkflowExecutionStarted', {
    namespace: namespace ?? turn.run.namespace,
    initiatedEventId,
    workflowExecution: { workflowId, runId: childRunId },
    workflowType,
    header: header ?? {},
  });
}

export function recordChildStartFailed(
  turn: RunTurn,
  { initiatedEventId, cause }: Extract<Input, { kind: 'ChildStartFailed' }>,
): void {
  const child = turn.run.children.get(initiatedEventId);
  if (child === undefined || child.started !== undefined) return;
  const { namespace, workflowId, workflowType, workflowTaskCompletedEventId } = child.initiated;
  turn.arrive('StartChildWorkflowExecutionFailed', {
    namespace: namespace ?? turn.run.namespace,
    workflowId,
    workflowType,
    cause,
    initiatedEventId,
    workflowTaskCompletedEventId,
  });
}

/** A child may report its close before the answer to its start came back: then both are recorded (CHILD-1). */
export function recordChildClosed(turn: RunTurn, input: Extract<Input, { kind: 'ChildClosed' }>): void {
  const { initiatedEventId, child: execution, close } = input;
  const headRunId = input.firstExecutionRunId ?? execution.runId ?? '';
  recordChildStarted(turn, initiatedEventId, headRunId);
  const child = turn.run.children.get(initiatedEventId);
  if (child?.started === undefined || child.started.runId !== headRunId) return;
  const startedEventId = child.started.eventId;
  const shared = {
    namespace: child.initiated.namespace ?? turn.run.namespace,
    workflowExecution: execution,
    workflowType: { name: input.workflowType },
    initiatedEventId,
    ...(startedEventId === 0 ? {} : { startedEventId }),
  };
  switch (close.kind) {
    case 'Completed':
      turn.arrive('ChildWorkflowExecutionCompleted', { ...withResult(close), ...shared });
      return;
    case 'Failed': {
      const failure = close.failure === undefined ? {} : { failure: close.failure };
      turn.arrive('ChildWorkflowExecutionFailed', { ...failure, ...shared, ...retryStateOf(close) });
      return;
    }
    case 'Canceled': {
      const details = close.details === undefined ? {} : { details: close.details };
      turn.arrive('ChildWorkflowExecutionCanceled', { ...details, ...shared });
      return;
    }
    case 'TimedOut':
      turn.arrive('ChildWorkflowExecutionTimedOut', { ...shared, ...retryStateOf(close) });
      return;
    case 'Terminated':
      turn.arrive('ChildWorkflowExecutionTerminated', shared);
      return;
    default:
      assertNever(close);
  }
}

type Close = Extract<Input, { kind: 'ChildClosed' }>['close'];

function withResult({ result }: Extract<Close, { kind: 'Completed' }>) {
  return result === undefined ? {} : { result };
}

function retryStateOf({ retryState }: Extract<Close, { kind: 'Failed' | 'TimedOut' }>) {
  return retryState === undefined ? {} : { retryState };
}
