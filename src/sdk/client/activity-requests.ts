/** Requests of `ActivityClient`, and what becomes of its answers. */
import {
  decodeArrayFromPayloads,
  decodeFromPayloadsAtIndex,
  decodeOptionalFailureToOptionalError,
  encodeToPayloadsWithContext,
  encodeUserMetadata,
} from '../common/converter/codec-helpers.ts';
import type { LoadedDataConverter } from '../common/converter/data-converter.ts';
import {
  decodeTypedSearchAttributes,
  encodeUnifiedSearchAttributes,
} from '../common/converter/payload-search-attributes.ts';
import type { ActivitySerializationContext } from '../common/converter/serialization-context.ts';
import { enumName } from '../common/enum-converters.ts';
import { compilePriority, decodePriority } from '../common/priority.ts';
import { compileRetryPolicy, decompileRetryPolicy } from '../common/retry-policy.ts';
import { msOptionalToNumber, msToNumber } from '../common/time.ts';
import { withoutUndefined } from '../common/type-helpers.ts';
import { ActivityCallbackInfoSchema } from '../common/wire/callbacks.ts';
import type { WireActivityOptions } from '../common/wire/requests.ts';
import {
  ActivityExecutionInfoSchema,
  ActivityExecutionListInfoSchema,
  ActivityIdConflictPolicy,
  ActivityIdReusePolicy,
  type DescribeActivityExecutionResponse,
  type StartActivityExecutionRequest,
  type ActivityExecutionInfo as WireInfo,
  type ActivityExecutionListInfo as WireListInfo,
} from '../common/wire/standalone-activity-requests.ts';
import { convertDeploymentVersion } from '../common/worker-deployments.ts';
import type { ActivityStartInput } from './activity-interceptors.ts';
import type {
  ActivityOptions,
  ActivityOptionsUpdate,
  ActivityOptionsUpdateResult,
} from './activity-options.ts';
import type { ActivityExecutionDescription, ActivityExecutionInfo } from './activity-types.ts';
import { ServiceError } from './errors.ts';
import { InternalActivityStartOptionsSymbol, internalOptionsOf, startFields } from './internal-options.ts';
import { asPayloads } from './start-requests.ts';

/** Whose payloads, and how they are converted. */
export interface ActivityOwner {
  dataConverter: LoadedDataConverter;
  context: ActivitySerializationContext;
}

/** Throws `TypeError`. */
export function checkActivityOptions(options: ActivityOptions): void {
  if (!options.id) throw new TypeError('id is required');
  if (!options.taskQueue) throw new TypeError('taskQueue is required');
  if (!options.scheduleToCloseTimeout && !options.startToCloseTimeout)
    throw new TypeError('Either scheduleToCloseTimeout or startToCloseTimeout is required');
  if (options.startDelay !== undefined && msToNumber(options.startDelay) < 0)
    throw new TypeError('startDelay must be non-negative');
}

export async function toStartRequest(
  { activityType, options, headers }: ActivityStartInput,
  { dataConverter, context }: ActivityOwner,
  caller: { namespace: string; identity: string },
): Promise<StartActivityExecutionRequest> {
  const { args = [], typeInfo, typedSearchAttributes } = options;
  const input = await encodeToPayloadsWithContext(dataConverter, context, [...args], typeInfo?.inputTypes);
  return withoutUndefined({
    ...caller,
    requestId: crypto.randomUUID(),
    activityId: options.id,
    activityType: { name: activityType },
    taskQueue: { name: options.taskQueue },
    scheduleToCloseTimeout: msOptionalToNumber(options.scheduleToCloseTimeout),
    scheduleToStartTimeout: msOptionalToNumber(options.scheduleToStartTimeout),
    startToCloseTimeout: msOptionalToNumber(options.startToCloseTimeout),
    heartbeatTimeout: msOptionalToNumber(options.heartbeatTimeout),
    retryPolicy: options.retry && compileRetryPolicy(options.retry),
    input: asPayloads(input),
    idReusePolicy: enumName(ActivityIdReusePolicy, options.idReusePolicy),
    idConflictPolicy: enumName(ActivityIdConflictPolicy, options.idConflictPolicy),
    searchAttributes: typedSearchAttributes && {
      indexedFields: encodeUnifiedSearchAttributes(undefined, typedSearchAttributes),
    },
    header: { fields: headers },
    userMetadata: await encodeUserMetadata(dataConverter, options.summary, undefined, context),
    priority: options.priority && compilePriority(options.priority),
    startDelay: msOptionalToNumber(options.startDelay),
    ...startFields(internalOptionsOf(options, InternalActivityStartOptionsSymbol)),
  });
}

/** The options that change and the mask that says which. */
export function toOptionsUpdate(update: ActivityOptionsUpdate): {
  activityOptions: WireActivityOptions;
  updateMask: string;
} {
  const { taskQueue, retry, priority } = update;
  const activityOptions: WireActivityOptions = {};
  const paths: string[] = [];
  // There is no activity without one.
  if (taskQueue !== undefined && taskQueue !== null) {
    paths.push('taskQueue.name');
    activityOptions.taskQueue = { name: taskQueue };
  }
  for (const name of DURATIONS) {
    const duration = update[name];
    if (duration === undefined) continue;
    paths.push(name);
    if (duration !== null) activityOptions[name] = msToNumber(duration);
  }
  if (retry !== undefined) {
    paths.push('retryPolicy');
    if (retry !== null) activityOptions.retryPolicy = compileRetryPolicy(retry);
  }
  if (priority !== undefined) {
    paths.push('priority');
    if (priority !== null) activityOptions.priority = compilePriority(priority);
  }
  return { activityOptions, updateMask: paths.join(',') };
}

const DURATIONS = [
  'scheduleToCloseTimeout',
  'scheduleToStartTimeout',
  'startToCloseTimeout',
  'heartbeatTimeout',
  'startDelay',
] as const;

export function decodeOptions(options: WireActivityOptions = {}): ActivityOptionsUpdateResult {
  return {
    taskQueue: options.taskQueue?.name || undefined,
    scheduleToCloseTimeout: options.scheduleToCloseTimeout,
    scheduleToStartTimeout: options.scheduleToStartTimeout,
    startToCloseTimeout: options.startToCloseTimeout,
    heartbeatTimeout: options.heartbeatTimeout,
    retry: decompileRetryPolicy(options.retryPolicy),
    priority: options.priority ? decodePriority(options.priority) : undefined,
    startDelay: options.startDelay,
  };
}

const dateOf = (ms: number | undefined): Date | undefined => (ms === undefined ? undefined : new Date(ms));

function commonPart(info: WireListInfo): ActivityExecutionInfo {
  return {
    activityId: info.activityId,
    activityRunId: info.runId ?? '',
    activityType: info.activityType.name,
    scheduleTime: dateOf(info.scheduleTime),
    closeTime: dateOf(info.closeTime),
    status: info.status ?? 'RUNNING',
    typedSearchAttributes: decodeTypedSearchAttributes(info.searchAttributes?.indexedFields),
    taskQueue: info.taskQueue ?? '',
    executionDurationMs: info.executionDuration,
    executionTime: dateOf(info.executionTime),
  };
}

export async function decodeListInfo(info: WireListInfo): Promise<ActivityExecutionInfo> {
  const { messageToProto } = await import('../common/wire/proto-shape.ts');
  return { ...commonPart(info), rawListInfo: messageToProto(ActivityExecutionListInfoSchema, info) };
}

export async function decodeActivityDescription(
  response: DescribeActivityExecutionResponse,
  owner: ActivityOwner,
): Promise<ActivityExecutionDescription> {
  const { info } = response;
  if (info === undefined) throw new ServiceError('Missing info in describeActivityExecution response');
  const { messageToProto } = await import('../common/wire/proto-shape.ts');
  return {
    ...commonPart(info),
    rawInfo: messageToProto(ActivityExecutionInfoSchema, info),
    rawCallbacks: (response.callbacks ?? []).map((callback) =>
      messageToProto(ActivityCallbackInfoSchema, callback),
    ),
    ...details(info),
    ...contents(response, info, owner),
  };
}

function details(info: WireInfo) {
  return {
    runState: info.runState,
    scheduleToCloseTimeoutMs: info.scheduleToCloseTimeout,
    scheduleToStartTimeoutMs: info.scheduleToStartTimeout,
    startToCloseTimeoutMs: info.startToCloseTimeout,
    heartbeatTimeoutMs: info.heartbeatTimeout,
    retryPolicy: decompileRetryPolicy(info.retryPolicy) ?? {},
    lastHeartbeatTime: dateOf(info.lastHeartbeatTime),
    lastStartedTime: dateOf(info.lastStartedTime),
    attempt: info.attempt ?? 1,
    expirationTime: dateOf(info.expirationTime),
    lastWorkerIdentity: info.lastWorkerIdentity || undefined,
    currentRetryIntervalMs: info.currentRetryInterval,
    lastAttemptCompleteTime: dateOf(info.lastAttemptCompleteTime),
    nextAttemptScheduleTime: dateOf(info.nextAttemptScheduleTime),
    lastDeploymentVersion: convertDeploymentVersion(
      info.lastDeploymentVersion as Parameters<typeof convertDeploymentVersion>[0],
    ),
    priority: decodePriority(info.priority),
    canceledReason: info.canceledReason || undefined,
    startDelayMs: info.startDelay,
    totalHeartbeatCount: info.totalHeartbeatCount || undefined,
  };
}

/** What is decoded when somebody asks for it. */
function contents(
  { input, outcome }: DescribeActivityExecutionResponse,
  { heartbeatDetails, lastFailure }: WireInfo,
  { dataConverter, context }: ActivityOwner,
) {
  const error = (failure: typeof lastFailure) =>
    decodeOptionalFailureToOptionalError(dataConverter, failure, context);
  const has = (payloads: typeof input) => (payloads?.payloads?.length ?? 0) > 0;
  // The type is the caller's word for what is there.
  const first = async <T>(payloads: typeof input): Promise<T | undefined> =>
    has(payloads) ? decodeFromPayloadsAtIndex<T>(dataConverter, 0, payloads?.payloads, context) : undefined;
  return {
    hasHeartbeatDetails: has(heartbeatDetails),
    hasLastFailure: lastFailure !== undefined,
    hasInput: has(input),
    hasResult: has(outcome?.result),
    hasOutcomeFailure: outcome?.failure !== undefined,
    getHeartbeatDetails: <T>() => first<T>(heartbeatDetails),
    getLastFailure: () => error(lastFailure),
    // Empty where there is none or it was not asked for, as from Temporal's client.
    getInput: async <T extends unknown[]>() =>
      (await decodeArrayFromPayloads(dataConverter, input?.payloads, context)) as T,
    getResult: <T>() => first<T>(outcome?.result),
    getOutcomeFailure: () => error(outcome?.failure),
  };
}
