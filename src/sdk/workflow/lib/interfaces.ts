export { ContinueAsNew } from '../../../executor/errors.ts';
export {
  ChildWorkflowCancellationType,
  type ChildWorkflowOptions,
  type ContinueAsNewOptions,
  decodeChildWorkflowCancellationType,
  decodeParentClosePolicy,
  encodeChildWorkflowCancellationType,
  encodeParentClosePolicy,
  ParentClosePolicy,
} from '../../../executor/options.ts';
export type {
  EnhancedStackTrace,
  StackTrace,
  StackTraceFileLocation,
  StackTraceFileSlice,
  StackTraceSDKInfo,
} from '../../../executor/stack-capture.ts';
export type {
  ParentWorkflowInfo,
  RootWorkflowInfo,
  UnsafeWorkflowInfo,
  WorkflowInfo,
} from '../../../executor/workflow-info.ts';
export type { ActivityOptions, LocalActivityOptions } from '../activities.ts';
export type {
  DefaultQueryHandler,
  DefaultSignalHandler,
  DefaultUpdateHandler,
  Handler,
  QueryHandlerOptions,
  SignalHandlerOptions,
  UpdateHandlerOptions,
  UpdateInfo,
} from '../handlers.ts';
