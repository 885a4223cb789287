/**
 * Tracing with OpenTelemetry: interceptors for clients, workers and workflow code, as `@temporalio/interceptors-opentelemetry` has
 * them. Needs the packages `@opentelemetry/api`, `core`, `resources` and `sdk-trace-base`.
 *
 * @module
 */
export {
  OpenTelemetryWorkflowClientInterceptor,
  /** @deprecated Use `OpenTelemetryWorkflowClientInterceptor`. */
  OpenTelemetryWorkflowClientInterceptor as OpenTelemetryWorkflowClientCallsInterceptor,
} from './client.ts';
export * from './plugin.ts';
export * from './worker.ts';
export * from './workflow/index.ts';
