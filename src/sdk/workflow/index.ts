/**
 * Functions for workflow code: activities, timers, signals, queries, updates, children, cancellation.
 *
 * Workflow code must be deterministic: it is run again from its history whenever its state is needed and not in memory.
 *
 * @example
 * ```ts
 * import { proxyActivities, sleep } from 'perdure/workflow';
 * import type * as activities from '../activities';
 *
 * const { charge, ship } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });
 *
 * export async function order(orderId: string, amount: number): Promise<string> {
 *   await charge(orderId, amount);
 *   await sleep('1 day');
 *   return await ship(orderId);
 * }
 * ```
 *
 * @module
 */
export { AsyncLocalStorage } from '../../executor/async-local-storage.ts';
export { CancellationScope, type CancellationScopeOptions } from '../../executor/cancellation-scope.ts';
export {
  ContinueAsNew,
  DeterminismViolationError,
  isCancellation,
  LocalActivityDoBackoff,
  WorkflowError,
} from '../../executor/errors.ts';
export { createEventGroup, type EventGroupMarker } from '../../executor/event-groups.ts';
export type {
  ActivateInput,
  ActivityInput,
  ConcludeActivationInput,
  ConcludeActivationOutput,
  ContinueAsNewInput,
  ContinueAsNewInputOptions,
  DisposeInput,
  GetLogAttributesInput,
  GetMetricTagsInput,
  LocalActivityInput,
  QueryInput,
  SignalInput,
  SignalWorkflowInput,
  StartChildWorkflowExecutionInput,
  StartNexusOperationInput,
  StartNexusOperationOptions,
  StartNexusOperationOutput,
  TimerInput,
  UpdateInput,
  WorkflowExecuteInput,
  WorkflowInboundCallsInterceptor,
  WorkflowInterceptors,
  WorkflowInterceptorsFactory,
  WorkflowInternalsInterceptor,
  WorkflowOutboundCallsInterceptor,
} from '../../executor/interceptors.ts';
export {
  ChildWorkflowCancellationType,
  type ChildWorkflowOptions,
  type ContinueAsNewOptions,
  ParentClosePolicy,
} from '../../executor/options.ts';
export type {
  EnhancedStackTrace,
  StackTrace,
  StackTraceFileLocation,
  StackTraceFileSlice,
  StackTraceSDKInfo,
} from '../../executor/stack-capture.ts';
export type {
  ParentWorkflowInfo,
  RootWorkflowInfo,
  UnsafeRandomSource,
  UnsafeWorkflowInfo,
  WorkflowInfo,
} from '../../executor/workflow-info.ts';
export type { ActivityTypeInfoMap } from '../common/activity-definition-options.ts';
export { ActivityCancellationType } from '../common/activity-options.ts';
export { defaultPayloadConverter, type PayloadConverter } from '../common/converter/payload-converter.ts';
export * from '../common/errors.ts';
export {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  rootCause,
  ServerFailure,
  TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '../common/failure.ts';
export type { Headers, Next } from '../common/interceptors.ts';
export type {
  ActivityFunction,
  ActivityInterface,
  Payload,
  QueryDefinition,
  SignalDefinition,
  UntypedActivities,
  Workflow,
  WorkflowQueryType,
  WorkflowResultType,
  WorkflowReturnType,
  WorkflowSignalType,
} from '../common/interfaces.ts';
export type { RetryPolicy } from '../common/retry-policy.ts';
export type { SearchAttributes, SearchAttributeValue } from '../common/search-attributes.ts';
export * from '../common/workflow-handle.ts';
export * from '../common/workflow-options.ts';
export * from './activities.ts';
export * from './attributes.ts';
export * from './child-workflows.ts';
export * from './continue-as-new.ts';
export * from './handlers.ts';
export {
  type LoggerSinks,
  log,
  proxySinks,
  type Sink,
  type SinkCall,
  type SinkFunction,
  type Sinks,
} from './log.ts';
export { metricMeter } from './metrics.ts';
export {
  createNexusServiceClient,
  NexusOperationCancellationType,
  type NexusOperationHandle,
  type NexusServiceClient,
  type NexusServiceClientOptions,
} from './nexus.ts';
export * from './patches.ts';
export * from './queries.ts';
export * from './random.ts';
export * from './timers.ts';
export { Trigger } from './trigger.ts';
export type { ChildWorkflowHandle, ExternalWorkflowHandle } from './workflow-handle.ts';
export * from './workflow-info.ts';
