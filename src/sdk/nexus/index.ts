/**
 * For those who serve Nexus operations: what a handler finds around it, and operations that workflows, updates and activities
 * stand for. Services and handlers themselves are made with the package `nexus-rpc`; give them to a worker as `nexusServices`.
 */
export type { ActivityOptions, ActivityOptionsFor } from './activity-operations.ts';
export {
  getClient,
  log,
  metricMeter,
  type OperationInfo,
  operationInfo,
  type TemporalCancelOperationContext,
  type TemporalStartOperationContext,
} from './context.ts';
export { TemporalOperationResult } from './operation-result.ts';
export type { NexusTypedActivityClient, TemporalNexusClient } from './temporal-nexus-client.ts';
export {
  type CancelActivityOptions,
  type CancelWorkflowRunOptions,
  type CancelWorkflowUpdateOptions,
  TemporalOperationHandler,
  type TemporalOperationHandlerOptions,
  type TemporalOperationStartHandler,
} from './temporal-operation-handler.ts';
export type { NexusUpdateWorkflowOptions } from './update-operations.ts';
export type { UpdatableWorkflowHandle, WorkflowHandle } from './workflow-handle.ts';
export {
  signalWithStartWorkflow,
  startWorkflow,
  WorkflowRunOperationHandler,
  type WorkflowRunOperationStartHandler,
  type WorkflowSignalWithStartOptions,
  type WorkflowStartOptions,
} from './workflow-operations.ts';
