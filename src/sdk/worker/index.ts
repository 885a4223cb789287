/**
 * `perdure/worker`: runs workflows and activities in Node, wherever that is, and replays histories.
 *
 * @module
 */

export { UnhandledRejectionError } from '../../executor/errors.ts';
export { workflowLogAttributes } from '../../executor/logs.ts';
export { activityLogAttributes } from '../activity/execution.ts';
export type { TLSConfig } from '../client/connection-options.ts';
export type { DataConverter } from '../common/converter/data-converter.ts';
export { defaultPayloadConverter } from '../common/converter/payload-converter.ts';
export { IllegalStateError } from '../common/errors.ts';
export type { LoggerSinks } from '../workflow/index.ts';
export {
  type BundleOptions,
  type BundlerPlugin,
  bundleWorkflowCode,
  type WorkflowBundle,
  type WorkflowBundleOption,
  type WorkflowBundlePath,
  type WorkflowBundlePathWithSourceMap,
  type WorkflowBundleWithSourceMap,
} from './bundle.ts';
export * from './errors.ts';
export type { History } from './history.ts';
export {
  type ActivityExecuteInput,
  type ActivityInboundCallsInterceptor,
  type ActivityInboundCallsInterceptorFactory,
  type ActivityInterceptors,
  type ActivityInterceptorsFactory,
  type ActivityOutboundCallsInterceptor,
  appendDefaultInterceptors,
  type GetLogAttributesInput,
  type GetMetricTagsInput,
  type Headers,
  type Next,
  type NexusCancelOperationInput,
  type NexusInboundCallsInterceptor,
  type NexusInterceptors,
  type NexusInterceptorsFactory,
  type NexusOutboundCallsInterceptor,
  type NexusStartOperationInput,
  type NexusStartOperationOutput,
  type WorkerInterceptors,
} from './interceptors.ts';
export * from './log-interceptors.ts';
export * from './logger.ts';
export {
  type BufferedMetricUpdate,
  MetricsBuffer,
  type MetricsBufferOptions,
} from './metrics/metrics-buffer.ts';
export type {
  MetricsExporterConfig,
  OtelCollectorExporter,
  PrometheusMetricsExporter,
} from './metrics/metrics-options.ts';
export {
  type DNSLoadBalancingConfig,
  type GrpcCompressionConfig,
  NativeConnection,
  type NativeConnectionOptions,
  type NativeConnectionPlugin,
} from './native-connection.ts';
export type { HistoryAndWorkflowId, ReplayHistoriesIterable, ReplayResult } from './replay.ts';
export { ReplayError } from './replay-errors.ts';
export type { RunUntilOptions } from './run-until.ts';
export {
  type CompiledRuntimeOptions,
  type ConsoleLogger,
  type ForwardLogger,
  type LogExporterConfig,
  makeTelemetryFilterString,
  Runtime,
  type RuntimeOptions,
  type TelemetryOptions,
} from './runtime.ts';
export {
  defaultSinks,
  type InjectedSink,
  type InjectedSinkFunction,
  type InjectedSinks,
  type Sink,
  type SinkFunction,
  type Sinks,
} from './sinks.ts';
export {
  type ActivitySlotInfo,
  type CustomSlotSupplier,
  type FixedSizeSlotSupplier,
  type LocalActivitySlotInfo,
  ResourceBasedController,
  type ResourceBasedSlotOptions,
  type ResourceBasedSlotsForType,
  type ResourceBasedTuner,
  type ResourceBasedTunerOptions,
  type ResourceBasedTunerWithController,
  type SlotInfo,
  type SlotMarkUsedContext,
  type SlotPermit,
  type SlotReleaseContext,
  type SlotReserveContext,
  type SlotSupplier,
  type TunerHolder,
  type WorkerTuner,
  type WorkflowSlotInfo,
} from './tuner.ts';
export { Worker } from './worker.ts';
export type {
  CompiledWorkerInterceptors,
  CompiledWorkerOptions,
  PatchActivationCallback,
  PatchActivationInput,
  PollerBehavior,
  PollerBehaviorAutoscaling,
  PollerBehaviorSimpleMaximum,
  ReplayWorkerOptions,
  WorkerDeploymentOptions,
  WorkerOptions,
  WorkerPlugin,
} from './worker-options.ts';
export type { PollerState, State, WorkerStatus } from './worker-state.ts';

/** @deprecated There are none. */
export const defaultWorkflowInterceptorModules: never[] = [];
