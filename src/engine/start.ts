/** Starts: request dedupe, conflict and reuse policies, first events (START-1 to START-17). */
import type { EventAttributes } from '../sdk/common/wire/events.ts';
import type { WorkflowStatusName } from '../sdk/common/wire/messages.ts';
import type { Result, StartReply, TurnContext } from './api.ts';
import { chainCallbacksAttached, tooManyCallbacks } from './callbacks.ts';
import { SERVER_IDENTITY, terminateRun } from './close.ts';
import { nextCronDelay } from './cron.ts';
import { busyWorkflow, ok, refuse } from './errors.ts';
import { COMPLETION_CALLBACKS_MAX } from './limits.ts';
import type { SignalWithStartWorkflowRequest, StartWorkflowRequest } from './requests.ts';
import { completeRetryPolicy } from './retry.ts';
import { isOpen, type RunState, type StartedAttributes } from './run-state.ts';
import type { NewRun, RunTurn } from './run-turn.ts';
import { withAttributeTypes } from './search-attributes.ts';
import { type SignalValues, signalRefusal } from './signals.ts';
import { scheduleStandaloneActivity } from './standalone-activity.ts';
import { scheduleStandaloneNexus } from './standalone-nexus.ts';
import { startRefusal } from './start-validation.ts';
import { boundedDuration, normaliseRunTimeouts } from './start-values.ts';
import { scheduleWorkflowTask, settleWorkflowTask } from './workflow-task-machine.ts';

/** What a start needs of the turn around it. */
export interface StartScope {
  readonly namespace: string;
  readonly workflowId: string;
  readonly context: TurnContext;
  currentTurn(): RunTurn | undefined;
  beginRun(run: NewRun): RunTurn;
}

export function startWorkflow(scope: StartScope, request: StartWorkflowRequest): Result<StartReply> {
  const refusal = startRefusal(scope.workflowId, request, scope.context);
  if (refusal !== undefined) return refusal;
  const current = scope.currentTurn();
  const known = current && knownRequest(current.run, request.requestId);
  if (current && known) return ok(replyFor(current.run, known.started));
  const earlier = current && request.requestId ? scope.context.runOfRequest?.(request.requestId) : undefined;
  if (earlier !== undefined) return ok(earlier);
  const policies = effectivePolicies(request, 'FAIL');
  if (current === undefined) return ok(begin(scope, request));
  if (!isOpen(current.run))
    return reuseRefusal(scope, current.run, policies.reuse) ?? ok(begin(scope, request));
  if (isOfResetParent(current.run, request)) return replace(scope, current, request);
  switch (policies.conflict) {
    case 'USE_EXISTING': {
      const refusal = attachRefusal(current.run, request);
      if (refusal !== undefined) return refusal;
      attachRequest(current, request);
      return ok(replyFor(current.run, false));
    }
    case 'TERMINATE_EXISTING':
      return replace(scope, current, request);
    default:
      return alreadyRunning(scope, current.run);
  }
}

/** START-16, START-17. */
export function signalWithStart(
  scope: StartScope,
  request: SignalWithStartWorkflowRequest,
): Result<StartReply> {
  if (request.workflowIdConflictPolicy === 'FAIL')
    return refuse(
      'INVALID_ARGUMENT',
      'Invalid WorkflowIDConflictPolicy: WORKFLOW_ID_CONFLICT_POLICY_FAIL is not supported for this operation.',
    );
  const refusal =
    startRefusal(scope.workflowId, request, scope.context) ??
    signalRefusal(scope.context, undefined, signalOf(request));
  if (refusal !== undefined) return refusal;
  const current = scope.currentTurn();
  const policies = effectivePolicies(request, 'USE_EXISTING');
  if (current && knownRequest(current.run, request.requestId) && knownSignal(current.run, request.requestId))
    return ok(replyFor(current.run, knownRequest(current.run, request.requestId)?.started ?? false));
  if (current === undefined) return ok(begin(scope, request, signalOf(request)));
  if (!isOpen(current.run))
    return reuseRefusal(scope, current.run, policies.reuse) ?? ok(begin(scope, request, signalOf(request)));
  if (policies.conflict === 'TERMINATE_EXISTING') return replace(scope, current, request, signalOf(request));
  return signalRunning(current, signalOf(request));
}

function signalRunning(current: RunTurn, signal: SignalValues): Result<StartReply> {
  const { run } = current;
  const refusal = signalRefusal(current.context, run, signal);
  if (refusal !== undefined) return refusal;
  if (!knownSignal(run, signal.requestId))
    current.arrive('WorkflowExecutionSignaled', signalAttributes(signal), { links: signal.links });
  // START-15: unlike a plain signal it does not wait for the end of the delay.
  if (run.isInFirstTaskBackoff && run.pause === undefined) scheduleWorkflowTask(current);
  settleWorkflowTask(current);
  return ok(replyFor(run, false));
}

function knownSignal(run: RunState, requestId: string | undefined): boolean {
  return requestId !== undefined && run.signalRequestIds.has(requestId);
}

function signalOf(request: SignalWithStartWorkflowRequest): SignalValues {
  return {
    signalName: request.signalName,
    input: request.signalInput,
    header: request.header,
    identity: request.identity,
    requestId: request.requestId,
    links: request.links,
  };
}

export function signalAttributes(signal: SignalValues): EventAttributes<'WorkflowExecutionSignaled'> {
  const attributes: EventAttributes<'WorkflowExecutionSignaled'> = {
    signalName: signal.signalName,
    identity: signal.identity ?? '',
    header: signal.header ?? {},
  };
  if (signal.input !== undefined) attributes.input = signal.input;
  if (signal.requestId) attributes.requestId = signal.requestId;
  if (signal.externalWorkflowExecution)
    attributes.externalWorkflowExecution = signal.externalWorkflowExecution;
  return attributes;
}

interface Policies {
  reuse: NonNullable<StartWorkflowRequest['workflowIdReusePolicy']>;
  conflict: NonNullable<StartWorkflowRequest['workflowIdConflictPolicy']>;
}

/** START-2, START-8. */
function effectivePolicies(request: StartWorkflowRequest, conflictDefault: Policies['conflict']): Policies {
  const { workflowIdReusePolicy: reuse = 'ALLOW_DUPLICATE', workflowIdConflictPolicy: conflict } = request;
  if (reuse === 'TERMINATE_IF_RUNNING') return { reuse: 'ALLOW_DUPLICATE', conflict: 'TERMINATE_EXISTING' };
  return { reuse, conflict: conflict ?? conflictDefault };
}

function knownRequest(run: RunState, requestId: string | undefined) {
  return requestId ? run.requestIds.find((known) => known.requestId === requestId) : undefined;
}

function replyFor(run: RunState, started: boolean): StartReply {
  return {
    runId: run.runId,
    firstExecutionRunId: run.started.firstExecutionRunId,
    started,
    status: run.status,
  };
}

function alreadyStarted({ run, message }: { run: RunState; message: string }) {
  return refuse('ALREADY_EXISTS', message, [
    {
      type: 'WorkflowExecutionAlreadyStartedFailure',
      startRequestId: run.requestIds.find(({ started }) => started)?.requestId ?? '',
      runId: run.runId,
      firstExecutionRunId: run.started.firstExecutionRunId,
    },
  ]);
}

function alreadyRunning({ workflowId }: StartScope, run: RunState) {
  const message = `Workflow execution is already running. WorkflowId: ${workflowId}, RunId: ${run.runId}.`;
  return alreadyStarted({ run, message });
}

const FAILED_STATUS: ReadonlySet<WorkflowStatusName> = new Set([
  'FAILED',
  'CANCELED',
  'TERMINATED',
  'TIMED_OUT',
]);

/** START-6, START-7, START-10, for a closed run. */
function reuseRefusal(scope: StartScope, run: RunState, reuse: Policies['reuse']) {
  const which = `WorkflowId: ${scope.workflowId}, RunId: ${run.runId}.`;
  if (reuse === 'REJECT_DUPLICATE')
    return alreadyStarted({
      run,
      message: `Workflow execution already finished. ${which} Workflow Id reuse policy: reject duplicate workflow Id.`,
    });
  if (reuse === 'ALLOW_DUPLICATE_FAILED_ONLY' && !FAILED_STATUS.has(run.status))
    return alreadyStarted({
      run,
      message: `Workflow execution already finished successfully. ${which} Workflow Id reuse policy: allow duplicate workflow Id if last run failed.`,
    });
  return intervalRefusal(scope, run);
}

/** START-10. */
function intervalRefusal({ workflowId, context }: StartScope, run: RunState) {
  if (run.isStandalone || context.now - run.startTime >= context.limits.minimalStartIntervalMs)
    return undefined;
  return busyWorkflow(
    `Too many starts of workflow ID ${workflowId}: its last run began less than a moment ago.`,
  );
}

/** START-5. */
function replace(
  scope: StartScope,
  current: RunTurn,
  request: StartWorkflowRequest,
  signal?: SignalValues,
): Result<StartReply> {
  const refusal = intervalRefusal(scope, current.run);
  if (refusal !== undefined) return refusal;
  const runId = scope.context.newId();
  const reason = 'TerminateIfRunning WorkflowIdReusePolicy Policy';
  const details = { payloads: [jsonPayload(`terminated by new runID: ${runId}`)] };
  terminateRun(current, { reason, details, identity: SERVER_IDENTITY });
  return ok(begin(scope, request, signal, runId));
}

const encoder = new TextEncoder();

function jsonPayload(value: string) {
  return {
    metadata: { encoding: encoder.encode('json/plain') },
    data: encoder.encode(JSON.stringify(value)),
  };
}

/** RESET-6: a reset parent that starts a child again replaces the one of its earlier life. */
function isOfResetParent({ started }: RunState, { parent }: StartWorkflowRequest): boolean {
  const own = started.parentWorkflowExecution;
  if (parent?.baseRunIds === undefined || own?.workflowId !== parent.execution.workflowId) return false;
  return parent.baseRunIds.includes(own.runId ?? '');
}

function attachRefusal(run: RunState, request: StartWorkflowRequest) {
  const isAttached = request.onConflictOptions?.attachRequestId && request.requestId;
  const added = isAttached ? (request.completionCallbacks?.length ?? 0) : 0;
  if (added === 0 || chainCallbacksAttached(run) + added <= COMPLETION_CALLBACKS_MAX) return undefined;
  return tooManyCallbacks(run.isStandalone ? 'an activity' : `workflow ${run.workflowId}`);
}

/** START-9: from now on the request ID means this run. */
function attachRequest(current: RunTurn, request: StartWorkflowRequest): void {
  if (!request.onConflictOptions?.attachRequestId || !request.requestId) return;
  const attributes: EventAttributes<'WorkflowExecutionOptionsUpdated'> = {
    attachedRequestId: request.requestId,
  };
  if (request.identity) attributes.identity = request.identity;
  if (request.completionCallbacks?.length)
    attributes.attachedCompletionCallbacks = request.completionCallbacks;
  const links = request.onConflictOptions.attachLinks ? request.links : undefined;
  current.arrive('WorkflowExecutionOptionsUpdated', attributes, { links });
  current.touchSummary();
}

function begin(
  scope: StartScope,
  request: StartWorkflowRequest,
  signal?: SignalValues,
  runId = scope.context.newId(),
): StartReply {
  const started = startedAttributes(scope, request, runId);
  const { userMetadata, links } = request;
  const turn = scope.beginRun({ runId, started, userMetadata, links });
  const requestId = request.requestId || scope.context.newId();
  turn.run.requestIds.push({ requestId, started: true });
  if (signal !== undefined)
    turn.arrive('WorkflowExecutionSignaled', signalAttributes(signal), { links: signal.links });
  // START-15: a delay of this very request holds, and the signal comes with the first task.
  if (request.activity !== undefined) scheduleStandaloneActivity(turn, request.activity);
  else if (request.nexusOperation !== undefined) scheduleStandaloneNexus(turn, request.nexusOperation);
  else if (!turn.run.isInFirstTaskBackoff) scheduleWorkflowTask(turn);
  return replyFor(turn.run, true);
}

/** START-14, START-15, CRON-2, CHILD-14. */
function startedAttributes(
  { workflowId, context }: StartScope,
  request: StartWorkflowRequest,
  runId: string,
): StartedAttributes {
  const timeouts = normaliseRunTimeouts(request);
  const { parent } = request;
  const started: StartedAttributes = {
    workflowType: { name: request.workflowType },
    taskQueue: { name: request.taskQueue, kind: 'NORMAL' },
    ...timeouts,
    originalExecutionRunId: runId,
    identity: request.identity ?? '',
    firstExecutionRunId: runId,
    attempt: 1,
    firstWorkflowTaskBackoff: boundedDuration(request.workflowStartDelay),
    header: request.header ?? {},
    workflowId,
  };
  if (request.input !== undefined) started.input = request.input;
  if (request.retryPolicy !== undefined) started.retryPolicy = completeRetryPolicy(request.retryPolicy);
  if (timeouts.workflowExecutionTimeout > 0)
    started.workflowExecutionExpirationTime = context.now + timeouts.workflowExecutionTimeout;
  if (request.cronSchedule) {
    started.cronSchedule = request.cronSchedule;
    started.initiator = 'CRON_SCHEDULE';
    started.firstWorkflowTaskBackoff = nextCronDelay(context, request.cronSchedule, context.now) ?? 0;
  }
  if (request.memo !== undefined) started.memo = request.memo;
  if (request.searchAttributes !== undefined)
    started.searchAttributes = withAttributeTypes(request.searchAttributes, context);
  if (request.priority !== undefined) started.priority = request.priority;
  if (request.versioningOverride !== undefined) started.versioningOverride = request.versioningOverride;
  if (request.inheritedPinnedVersion !== undefined)
    started.inheritedPinnedVersion = request.inheritedPinnedVersion;
  if (request.completionCallbacks?.length) started.completionCallbacks = request.completionCallbacks;
  if (request.lastCompletionResult !== undefined) started.lastCompletionResult = request.lastCompletionResult;
  if (request.continuedFailure !== undefined) started.continuedFailure = request.continuedFailure;
  if (parent !== undefined) {
    started.parentWorkflowNamespace = parent.namespace;
    started.parentWorkflowExecution = parent.execution;
    started.parentInitiatedEventId = parent.initiatedEventId;
    started.rootWorkflowExecution = parent.root;
  }
  return started;
}
