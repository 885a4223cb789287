/** The runs of one chain: what follows a run that failed, timed out, completed under cron, or continued as new. */
import type { CommandAttributes } from '../sdk/common/wire/commands.ts';
import type { EventAttributes } from '../sdk/common/wire/events.ts';
import type { Failure, Payloads, RetryStateName } from '../sdk/common/wire/messages.ts';
import type { TurnContext } from './api.ts';
import { chainCallbacks } from './callbacks.ts';
import { nextCronDelay } from './cron.ts';
import { completeRetryPolicy, decideRetry } from './retry.ts';
import { firstTaskTime, type RunState, type StartedAttributes } from './run-state.ts';
import type { NewRun, RunTurn } from './run-turn.ts';
import { withAttributeTypes } from './search-attributes.ts';
import { boundedDuration, normaliseRunTimeouts } from './start-values.ts';
import { inheritedVersioning, leavesVersion } from './versioning.ts';

export interface ChainDecision {
  retryState: RetryStateName;
  next?: NewRun;
}

/** RETRY-7: retry first, then cron. */
export function afterFailure(turn: RunTurn, failure: Failure | undefined): ChainDecision {
  const { run, context } = turn;
  const decision = workflowRetry(run, failure, context.now);
  if (decision.retryState === 'IN_PROGRESS') {
    const changes: Partial<StartedAttributes> = {
      ...inheritedVersioning(run.versioning, {
        isSameQueue: true,
        takesVersion: run.started.inheritedPinnedVersion !== undefined,
      }),
      initiator: 'RETRY',
      attempt: run.started.attempt + 1,
      firstWorkflowTaskBackoff: decision.delay,
    };
    return { retryState: 'IN_PROGRESS', next: nextRun(turn, run.started, withFailure(changes, failure)) };
  }
  const next = cronRun(turn, withFailure({}, failure));
  return next === undefined ? decision : { ...decision, next };
}

function workflowRetry(run: RunState, failure: Failure | undefined, now: number) {
  const { retryPolicy, attempt, workflowExecutionExpirationTime } = run.started;
  if (retryPolicy === undefined) return { retryState: 'RETRY_POLICY_NOT_SET' } as const;
  return decideRetry({
    policy: completeRetryPolicy(retryPolicy),
    attempt,
    failure,
    now,
    expiration: workflowExecutionExpirationTime,
    cancelRequested: false,
    isNextDelayCapped: true,
  });
}

/** CRON-4. */
export function afterCompletion(turn: RunTurn, result: Payloads | undefined): NewRun | undefined {
  return cronRun(turn, result === undefined ? {} : { lastCompletionResult: result });
}

/** CRON-3, CRON-6. */
function cronRun(turn: RunTurn, changes: Partial<StartedAttributes>): NewRun | undefined {
  const { run, context } = turn;
  const { cronSchedule, workflowExecutionExpirationTime: end } = run.started;
  if (!cronSchedule) return undefined;
  const delay = nextCronDelay(context, cronSchedule, firstTaskTime(run));
  if (delay === undefined || (end !== undefined && context.now + delay > end)) return undefined;
  return nextRun(turn, run.started, {
    ...changes,
    ...inheritedVersioning(run.versioning, { isSameQueue: true, takesVersion: false }),
    initiator: 'CRON_SCHEDULE',
    attempt: 1,
    firstWorkflowTaskBackoff: delay,
  });
}

function withFailure(
  changes: Partial<StartedAttributes>,
  failure: Failure | undefined,
): Partial<StartedAttributes> {
  return failure === undefined ? changes : { ...changes, continuedFailure: failure };
}

/** RETRY-4: as the started event says, but for what is named. */
function nextRun(
  { run, context }: RunTurn,
  base: StartedAttributes,
  changes: Partial<StartedAttributes>,
): NewRun {
  const runId = context.newId();
  const {
    continuedFailure: _,
    versioningOverride: _override,
    inheritedPinnedVersion: _version,
    ...kept
  } = base;
  const completionCallbacks = chainCallbacks(run);
  const callbacks = completionCallbacks.length > 0 ? { completionCallbacks } : {};
  const started = {
    ...kept,
    ...callbacks,
    ...changes,
    continuedExecutionRunId: run.runId,
    originalExecutionRunId: runId,
  };
  return { runId, started, userMetadata: run.userMetadata };
}

/** CAN-2 to CAN-5. */
export function continueAsNew(
  turn: RunTurn,
  taskEventId: number,
  command: CommandAttributes<'ContinueAsNewWorkflowExecution'>,
): { next: NewRun; closing: EventAttributes<'WorkflowExecutionContinuedAsNew'> } {
  const { run, context } = turn;
  const values = continuedValues(turn, command);
  const { cronSchedule: _cron, retryPolicy: _retry, input: _input, memo: _memo, ...base } = run.started;
  const next = nextRun(turn, base, {
    ...values,
    ...inheritedVersioning(run.versioning, {
      isSameQueue: values.taskQueue.name === run.started.taskQueue.name,
      takesVersion: !leavesVersion(command),
    }),
    ...optional('retryPolicy', retryPolicyOf(run, command)),
    ...optional('cronSchedule', command.cronSchedule || undefined),
    initiator: 'WORKFLOW',
    attempt: 1,
    firstWorkflowTaskBackoff: backoffOf(run, context, command),
  });
  const { workflowExecutionTimeout: _timeout, ...shown } = values;
  const closing: EventAttributes<'WorkflowExecutionContinuedAsNew'> = {
    newExecutionRunId: next.runId,
    ...shown,
    workflowTaskCompletedEventId: taskEventId,
    backoffStartInterval: next.started.firstWorkflowTaskBackoff ?? 0,
    initiator: command.initiator ?? 'WORKFLOW',
  };
  return { next, closing };
}

/** What the closing event shows and the next run begins with. */
function continuedValues(
  { run, context }: RunTurn,
  command: CommandAttributes<'ContinueAsNewWorkflowExecution'>,
) {
  const { started } = run;
  const timeouts = normaliseRunTimeouts({
    workflowExecutionTimeout: started.workflowExecutionTimeout ?? 0,
    workflowRunTimeout: command.workflowRunTimeout || (started.workflowRunTimeout ?? 0),
    workflowTaskTimeout: command.workflowTaskTimeout || (started.workflowTaskTimeout ?? 0),
  });
  const searchAttributes = command.searchAttributes
    ? withAttributeTypes(command.searchAttributes, context)
    : presentFields(run);
  return {
    workflowType: command.workflowType?.name ? command.workflowType : started.workflowType,
    taskQueue: { name: command.taskQueue?.name || started.taskQueue.name, kind: 'NORMAL' as const },
    ...timeouts,
    ...optional('input', command.input),
    header: command.header ?? {},
    ...optional('memo', command.memo ?? started.memo),
    ...optional('searchAttributes', searchAttributes),
    ...optional('lastCompletionResult', command.lastCompletionResult ?? started.lastCompletionResult),
  };
}

function presentFields({ searchAttributes }: RunState) {
  return Object.keys(searchAttributes).length === 0 ? undefined : { indexedFields: { ...searchAttributes } };
}

function retryPolicyOf(run: RunState, command: CommandAttributes<'ContinueAsNewWorkflowExecution'>) {
  return command.retryPolicy === undefined
    ? run.started.retryPolicy
    : completeRetryPolicy(command.retryPolicy);
}

/** CAN-5: runs of a chain that continues at once begin at least a second apart. */
function backoffOf(
  run: RunState,
  { now, limits }: TurnContext,
  command: CommandAttributes<'ContinueAsNewWorkflowExecution'>,
): number {
  const asked = boundedDuration(command.backoffStartInterval);
  const soonest = firstTaskTime(run) + limits.continueAsNewIntervalMs;
  return Math.max(asked, soonest - now, 0);
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  // Sound: the one key is the one named, and it is left out when there is no value.
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}
