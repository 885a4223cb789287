/**
 * For those who serve Nexus operations: what a handler finds around it, and operations that workflows stand for. Services and
 * handlers themselves are made with the package `nexus-rpc`; give them to a worker as `nexusServices`.
 */
export {
  getClient,
  log,
  metricMeter,
  type OperationInfo,
  operationInfo,
  type TemporalCancelOperationContext,
  type TemporalStartOperationContext,
} from './context.ts';
export {
  signalWithStartWorkflow,
  startWorkflow,
  type WorkflowHandle,
  WorkflowRunOperationHandler,
  type WorkflowRunOperationStartHandler,
  type WorkflowSignalWithStartOptions,
  type WorkflowStartOptions,
} from './workflow-operations.ts';
