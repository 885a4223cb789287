/**
 * Starts workflows and talks to them: from Node, Workers, browsers, Deno and Bun, with nothing but `fetch`.
 *
 * @module
 */
export type { DataConverter } from '../common/converter/data-converter.ts';
export { defaultPayloadConverter } from '../common/converter/payload-converter.ts';
export * from '../common/errors.ts';
export {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  type ProtoFailure,
  ServerFailure,
  TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowExecutionAlreadyStartedError,
} from '../common/failure.ts';
export * from '../common/interfaces.ts';
export type { RetryPolicy } from '../common/retry-policy.ts';
export * from '../common/workflow-handle.ts';
export * from './activity-client.ts';
export type {
  ActivityCancelInput,
  ActivityClientInterceptor,
  ActivityCountInput,
  ActivityDescribeInput,
  ActivityGetResultInput,
  ActivityListInput,
  ActivityPauseInput,
  ActivityRestoreOriginalOptionsInput,
  ActivityStartInput,
  ActivityTerminateInput,
  ActivityUnpauseInput,
  ActivityUpdateOptionsInput,
} from './activity-interceptors.ts';
export * from './activity-types.ts';
export * from './async-completion-client.ts';
export { BaseClient, type BaseClientOptions, type LoadedWithDefaults } from './base-client.ts';
export type {
  AddNewCompatibleVersion,
  AddNewIdInNewDefaultSet,
  BuildIdOperation,
  BuildIdVersionSet,
  MergeSets,
  PromoteBuildIdWithinSet,
  PromoteSetByBuildId,
  WorkerBuildIdVersionSets,
} from './build-id-types.ts';
export type { CallContext } from './call-context.ts';
export * from './client.ts';
export { Connection } from './connection.ts';
export {
  type ConnectionOptions,
  type ConnectionOptionsWithDefaults,
  type ConnectionPlugin,
  LOCAL_TARGET,
  type TLSConfig,
} from './connection-options.ts';
export { DirectConnection, type DirectConnectionOptions } from './direct-connection.ts';
export * from './errors.ts';
export type { WatchedEvent, WatchOptions } from './follow.ts';
export type { GrpcInterceptor } from './grpc-interceptors.ts';
export * from './grpc-retry.ts';
export type {
  ClientInterceptors,
  CreateScheduleInput,
  CreateScheduleOutput,
  Headers,
  Next,
  ScheduleClientInterceptor,
  WorkflowCancelInput,
  WorkflowClientCallsInterceptor,
  WorkflowClientCallsInterceptorFactory,
  WorkflowClientCallsInterceptorFactoryInput,
  WorkflowClientInterceptor,
  WorkflowClientInterceptors,
  WorkflowDescribeInput,
  WorkflowQueryInput,
  WorkflowSignalInput,
  WorkflowSignalWithStartInput,
  WorkflowStartInput,
  WorkflowStartOutput,
  WorkflowStartUpdateInput,
  WorkflowStartUpdateOutput,
  WorkflowStartUpdateWithStartInput,
  WorkflowStartUpdateWithStartOutput,
  WorkflowTerminateInput,
} from './interceptors.ts';
export {
  type LoadedNexusClientOptions,
  NexusClient,
  type NexusClientOptions,
} from './nexus-client.ts';
export * from './nexus-errors.ts';
export type { NexusOperationHandle, NexusServiceClient } from './nexus-handle.ts';
export type {
  CancelNexusOperationInput,
  CountNexusOperationsInput,
  DescribeNexusOperationInput,
  GetNexusOperationResultInput,
  ListNexusOperationsInput,
  NexusClientInterceptor,
  StartNexusOperationInput,
  TerminateNexusOperationInput,
} from './nexus-interceptors.ts';
export * from './nexus-types.ts';
export { createPayloadStorage, type ServerPayloadStorageOptions } from './payload-storage.ts';
export * from './schedule-client.ts';
export * from './schedule-types.ts';
export * from './task-queue-client.ts';
export {
  type ConnectionLike,
  type CountWorkflowExecution,
  type DescribeWorkflowExecutionResponse,
  decodePendingActivityState,
  decodeQueryRejectCondition,
  encodePendingActivityState,
  encodeQueryRejectCondition,
  type GetWorkflowExecutionHistoryRequest,
  type HealthService,
  type History,
  type InternalConnectionLike,
  InternalConnectionLikeSymbol,
  type Metadata,
  type OperatorService,
  PendingActivityState,
  QueryRejectCondition,
  type RawWorkflowExecutionInfo,
  type RequestCancelWorkflowExecutionResponse,
  type StartWorkflowExecutionRequest,
  type TerminateWorkflowExecutionResponse,
  type WorkflowExecution,
  type WorkflowExecutionDescription,
  type WorkflowExecutionInfo,
  type WorkflowExecutionStatusName,
  type WorkflowService,
} from './types.ts';
export { WithStartWorkflowOperation } from './with-start-operation.ts';
export {
  type GetWorkflowHandleOptions,
  type LoadedWorkflowClientOptions,
  WorkflowClient,
  type WorkflowClientOptions,
} from './workflow-client.ts';
export * from './workflow-handle.ts';
export type { AsyncWorkflowListIterable, IntoHistoriesOptions, ListOptions } from './workflow-list.ts';
export * from './workflow-options.ts';
export type { WorkflowResultOptions } from './workflow-result.ts';
export { WorkflowUpdateStage } from './workflow-update-stage.ts';
