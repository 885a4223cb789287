/** Updates: sending until durable, waiting for the outcome, and together with a start. */
import {
  decodeFromPayloadsAtIndex,
  decodeOptionalFailureToOptionalError,
  encodeToPayloadsWithContext,
} from '../common/converter/codec-helpers.ts';
import { WorkflowExecutionAlreadyStartedError } from '../common/failure.ts';
import type { UpdateDefinition } from '../common/interfaces.ts';
import type { Any } from '../common/type-helpers.ts';
import type { PayloadTypeInfo, TypeInfo } from '../common/type-info.ts';
import { type UpdateOutcome, UpdateStage, type UpdateStageName } from '../common/wire/messages.ts';
import type {
  StartWorkflowExecutionResponse,
  UpdateWorkflowExecutionRequest,
  UpdateWorkflowExecutionResponse,
} from '../common/wire/requests.ts';
import { type ClientContext, serializationContext } from './client-context.ts';
import { isGrpcServiceError, WorkflowUpdateFailedError } from './errors.ts';
import type {
  WorkflowStartUpdateInput,
  WorkflowStartUpdateOutput,
  WorkflowStartUpdateWithStartInput,
  WorkflowStartUpdateWithStartOutput,
} from './interceptors.ts';
import {
  InternalWorkflowUpdateOptionsSymbol,
  internalOptionsOf,
  keepLink,
  startFields,
} from './internal-options.ts';
import { rethrowUpdateError } from './rethrow.ts';
import { grpcStatus } from './rpc-error.ts';
import { asPayloads, toStartRequest } from './start-requests.ts';
import type { WorkflowUpdateHandle } from './workflow-handle.ts';
import { encodeWorkflowUpdateStage } from './workflow-update-stage.ts';

/** The stages that a caller can wait for. */
export type WaitStage = 'ACCEPTED' | 'COMPLETED';

/** Name and type information of an update, given as a definition or by name. */
export function resolveUpdate(
  def: UpdateDefinition<unknown, Any> | string,
  typeInfo: PayloadTypeInfo | undefined,
): { updateName: string; typeInfo: PayloadTypeInfo | undefined } {
  if (typeof def === 'string') return { updateName: def, typeInfo };
  if (typeInfo !== undefined) {
    throw new TypeError(
      'Cannot provide call-site Update TypeInfo with an Update definition. ' +
        'Define TypeInfo when creating the Update definition instead.',
    );
  }
  return { updateName: def.name, typeInfo: def.typeInfo };
}

/** Sends again until the update is durable: the server answers a known ID with what it has. */
export async function sendUpdate(
  context: ClientContext,
  waitForStage: WaitStage,
  input: WorkflowStartUpdateInput,
): Promise<WorkflowStartUpdateOutput> {
  const request = await toUpdateRequest(context, durableStage(waitForStage), input);
  const internal = internalOptionsOf(input.options, InternalWorkflowUpdateOptionsSymbol);
  let response: UpdateWorkflowExecutionResponse;
  try {
    do {
      response = await context.gateway.updateWorkflowExecution(request);
    } while (!isDurable(response));
  } catch (err) {
    return rethrowUpdateError(err, 'Workflow Update failed', input.workflowExecution);
  }
  keepLink(internal, response.link);
  if (internal !== undefined) internal.outcome = response.outcome;
  return {
    updateId: request.request.meta?.updateId ?? '',
    workflowRunId: response.updateRef?.workflowExecution?.runId ?? '',
    ...(response.outcome ? { outcome: response.outcome } : {}),
    ...(input.typeInfo?.outputType ? { outputTypeInfo: input.typeInfo.outputType } : {}),
  };
}

/** What is waited for: an update that is not accepted yet is not durable, whatever the caller has asked for. */
function durableStage(waitForStage: WaitStage): WaitStage {
  const stage = encodeWorkflowUpdateStage(waitForStage) ?? UpdateStage.values.ACCEPTED;
  return stage >= UpdateStage.values.COMPLETED ? 'COMPLETED' : 'ACCEPTED';
}

function isDurable({ stage, outcome }: UpdateWorkflowExecutionResponse): boolean {
  return outcome !== undefined || stage === 'ACCEPTED' || stage === 'COMPLETED';
}

async function toUpdateRequest(
  context: ClientContext,
  lifecycleStage: UpdateStageName,
  input: WorkflowStartUpdateInput,
): Promise<UpdateWorkflowExecutionRequest> {
  const { dataConverter, namespace, identity } = context;
  const { workflowExecution, firstExecutionRunId, updateName, args, typeInfo, headers, options } = input;
  const owner = serializationContext(context, workflowExecution.workflowId);
  const payloads = await encodeToPayloadsWithContext(dataConverter, owner, args, typeInfo?.inputTypes);
  const internal = internalOptionsOf(options, InternalWorkflowUpdateOptionsSymbol);
  return {
    namespace,
    workflowExecution,
    waitPolicy: { lifecycleStage },
    request: {
      meta: { updateId: options?.updateId ?? crypto.randomUUID(), identity },
      input: { header: { fields: headers }, name: updateName, args: asPayloads(payloads) },
      ...startFields(internal),
    },
    ...(firstExecutionRunId ? { firstExecutionRunId } : {}),
  };
}

/** Waits for the outcome of an update that the server knows. */
export async function pollOutcome(
  { gateway, namespace, identity }: ClientContext,
  updateId: string,
  workflowExecution: { workflowId: string; runId?: string },
): Promise<UpdateOutcome> {
  const request = {
    namespace,
    identity,
    updateRef: { workflowExecution, updateId },
    waitPolicy: { lifecycleStage: 'COMPLETED' },
  } as const;
  try {
    for (;;) {
      const { outcome } = await gateway.pollWorkflowExecutionUpdate(request);
      if (outcome) return outcome;
    }
  } catch (err) {
    return rethrowUpdateError(err, 'Workflow Update Poll failed', workflowExecution);
  }
}

export interface UpdateHandleOptions {
  updateId: string;
  workflowId: string;
  workflowRunId?: string | undefined;
  outcome?: UpdateOutcome | undefined;
  outputTypeInfo?: TypeInfo | undefined;
}

export function createUpdateHandle<Ret>(
  context: ClientContext,
  { updateId, workflowId, workflowRunId, outcome, outputTypeInfo }: UpdateHandleOptions,
): WorkflowUpdateHandle<Ret> {
  const { dataConverter } = context;
  const owner = serializationContext(context, workflowId);
  return {
    updateId,
    workflowId,
    workflowRunId,
    async result(): Promise<Ret> {
      const execution = workflowRunId ? { workflowId, runId: workflowRunId } : { workflowId };
      const { failure, success } = outcome ?? (await pollOutcome(context, updateId, execution));
      if (failure) {
        const cause = await decodeOptionalFailureToOptionalError(dataConverter, failure, owner);
        throw new WorkflowUpdateFailedError('Workflow Update failed', cause);
      }
      // What the update gives is what the definition, or the caller, says it does.
      return (await decodeFromPayloadsAtIndex(
        dataConverter,
        0,
        success?.payloads,
        owner,
        outputTypeInfo,
      )) as Ret;
    },
  };
}

export interface UpdateWithStartCallbacks {
  onStart(response: StartWorkflowExecutionResponse): void;
  onStartError(error: unknown): void;
}

export async function sendUpdateWithStart(
  context: ClientContext,
  waitForStage: WaitStage,
  { onStart, onStartError }: UpdateWithStartCallbacks,
  input: WorkflowStartUpdateWithStartInput,
): Promise<WorkflowStartUpdateWithStartOutput> {
  const { workflowId } = input.workflowStartOptions;
  let isStarted = false;
  try {
    const start = await toStartRequest(context, {
      workflowType: input.workflowType,
      options: input.workflowStartOptions,
      headers: input.workflowStartHeaders,
    });
    const update = await toUpdateRequest(context, waitForStage, toUpdateInput(input));
    for (;;) {
      const response = await context.gateway.updateWithStartWorkflowExecution({ start, update });
      if (!isStarted) onStart(response.start);
      isStarted = true;
      if (isDurable(response.update)) return toOutput(input, update, response.update);
    }
  } catch (thrown) {
    const isTaken = isGrpcServiceError(thrown) && thrown.code === grpcStatus.ALREADY_EXISTS;
    const error = isTaken
      ? new WorkflowExecutionAlreadyStartedError(
          'Workflow execution already started',
          workflowId,
          input.workflowType,
        )
      : thrown;
    if (!isStarted) onStartError(error);
    if (isGrpcServiceError(error)) rethrowUpdateError(error, 'Update-With-Start failed', { workflowId });
    throw error;
  }
}

function toUpdateInput(input: WorkflowStartUpdateWithStartInput): WorkflowStartUpdateInput {
  return {
    updateName: input.updateName,
    args: input.updateArgs,
    workflowExecution: { workflowId: input.workflowStartOptions.workflowId },
    options: input.updateOptions,
    headers: input.updateHeaders,
    ...(input.updateTypeInfo ? { typeInfo: input.updateTypeInfo } : {}),
  };
}

function toOutput(
  input: WorkflowStartUpdateWithStartInput,
  request: UpdateWorkflowExecutionRequest,
  response: UpdateWorkflowExecutionResponse,
): WorkflowStartUpdateWithStartOutput {
  const { workflowId } = input.workflowStartOptions;
  const runId = response.updateRef?.workflowExecution?.runId;
  return {
    workflowExecution: runId ? { workflowId, runId } : { workflowId },
    updateId: request.request.meta?.updateId ?? '',
    ...(response.outcome ? { updateOutcome: response.outcome } : {}),
    ...(input.updateTypeInfo?.outputType ? { updateOutputTypeInfo: input.updateTypeInfo.outputType } : {}),
  };
}
