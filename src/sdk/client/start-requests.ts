/** Start and signal-with-start as requests, and what becomes of their refusals. */
import {
  encodeMapToPayloads,
  encodeToPayloadsWithContext,
  encodeUserMetadata,
} from '../common/converter/codec-helpers.ts';
import { encodeUnifiedSearchAttributes } from '../common/converter/payload-search-attributes.ts';
import type { Timestamp } from '../common/deprecated-time.ts';
import { enumName } from '../common/enum-converters.ts';
import { WorkflowExecutionAlreadyStartedError } from '../common/failure.ts';
import type { Headers } from '../common/interceptors.ts';
import { compilePriority } from '../common/priority.ts';
import { compileRetryPolicy } from '../common/retry-policy.ts';
import { type Duration, durationToMs } from '../common/time.ts';
import { withoutUndefined } from '../common/type-helpers.ts';
import {
  type Payload,
  type Payloads,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '../common/wire/messages.ts';
import type {
  SignalWithStartWorkflowExecutionRequest,
  StartWorkflowExecutionRequest,
} from '../common/wire/requests.ts';
import { type ClientContext, serializationContext } from './client-context.ts';
import { isGrpcServiceError } from './errors.ts';
import type { WorkflowSignalWithStartInput, WorkflowStartInput } from './interceptors.ts';
import { InternalWorkflowStartOptionsSymbol, internalOptionsOf, startFields } from './internal-options.ts';
import { rethrowGrpcError } from './rethrow.ts';
import { grpcStatus } from './rpc-error.ts';
import type { CompiledWorkflowOptions, WorkflowOptions } from './workflow-options.ts';

export function assertRequiredWorkflowOptions(options: WorkflowOptions): void {
  if (!options.taskQueue) throw new TypeError('Missing WorkflowOptions.taskQueue');
  if (!options.workflowId) throw new TypeError('Missing WorkflowOptions.workflowId');
}

/** A list of payloads, without the member when there are none (CONV-3). */
export function asPayloads(payloads: Payload[] | undefined): Payloads {
  return payloads ? { payloads } : {};
}

export async function toStartRequest(
  context: ClientContext,
  { workflowType, headers, options }: WorkflowStartInput,
): Promise<StartWorkflowExecutionRequest> {
  const { requestEagerStart } = options;
  if (requestEagerStart && !context.supportsEagerStart) {
    throw new Error(
      'Eager workflow start requires a NativeConnection shared between client and worker. ' +
        'Pass a NativeConnection via ClientOptions.connection, or disable requestEagerStart.',
    );
  }
  const request = await commonRequest(context, workflowType, headers, options);
  return requestEagerStart ? { ...request, requestEagerExecution: true } : request;
}

export async function toSignalWithStartRequest(
  context: ClientContext,
  { workflowType, headers, options, signalName, signalArgs, signalTypeInfo }: WorkflowSignalWithStartInput,
): Promise<SignalWithStartWorkflowExecutionRequest> {
  const payloads = await encodeToPayloadsWithContext(
    context.dataConverter,
    serializationContext(context, options.workflowId),
    signalArgs,
    signalTypeInfo?.inputTypes,
  );
  const request = await commonRequest(context, workflowType, headers, options);
  return { ...request, signalName, signalInput: asPayloads(payloads) };
}

async function commonRequest(
  context: ClientContext,
  workflowType: string,
  headers: Headers,
  options: CompiledWorkflowOptions,
) {
  const { dataConverter, namespace, identity } = context;
  const { workflowId, args, typeInfo, memo, searchAttributes, typedSearchAttributes } = options;
  const owner = serializationContext(context, workflowId);
  const input = await encodeToPayloadsWithContext(dataConverter, owner, args, typeInfo?.inputTypes);
  const hasSearchAttributes = searchAttributes || typedSearchAttributes;
  return withoutUndefined({
    namespace,
    identity,
    requestId: crypto.randomUUID(),
    workflowId,
    workflowType: { name: workflowType },
    taskQueue: { name: options.taskQueue, kind: 'NORMAL' as const },
    input: asPayloads(input),
    header: { fields: headers },
    workflowIdReusePolicy: enumName(WorkflowIdReusePolicy, options.workflowIdReusePolicy),
    workflowIdConflictPolicy: enumName(WorkflowIdConflictPolicy, options.workflowIdConflictPolicy),
    workflowExecutionTimeout: msOf(options.workflowExecutionTimeout),
    workflowRunTimeout: msOf(options.workflowRunTimeout),
    workflowTaskTimeout: msOf(options.workflowTaskTimeout),
    workflowStartDelay: msOf(options.startDelay),
    retryPolicy: options.retry && compileRetryPolicy(options.retry),
    memo: memo && { fields: await encodeMapToPayloads(dataConverter, memo, owner) },
    searchAttributes: hasSearchAttributes
      ? { indexedFields: encodeUnifiedSearchAttributes(searchAttributes, typedSearchAttributes) }
      : undefined,
    cronSchedule: options.cronSchedule,
    userMetadata: await encodeUserMetadata(
      dataConverter,
      options.staticSummary,
      options.staticDetails,
      owner,
    ),
    priority: options.priority && compilePriority(options.priority),
    versioningOverride: options.versioningOverride,
    ...startFields(internalOptionsOf(options, InternalWorkflowStartOptionsSymbol)),
  });
}

/** Of what the options were compiled to, or an interceptor has put in its place, in milliseconds too. */
function msOf(duration: Timestamp | Duration | null | undefined): number | undefined {
  if (duration === undefined || duration === null) return undefined;
  if (typeof duration !== 'object') return durationToMs(duration);
  return Number(String(duration.seconds ?? 0)) * 1000 + (duration.nanos ?? 0) / 1_000_000;
}

export function rethrowStartError(
  err: unknown,
  fallbackMessage: string,
  workflowId: string,
  workflowType: string,
): never {
  if (isGrpcServiceError(err) && err.code === grpcStatus.ALREADY_EXISTS) {
    throw new WorkflowExecutionAlreadyStartedError(
      'Workflow execution already started',
      workflowId,
      workflowType,
    );
  }
  return rethrowGrpcError(err, fallbackMessage, { workflowId });
}
