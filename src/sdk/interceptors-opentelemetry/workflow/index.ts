/**
 * Tracing of workflow code. Interceptor modules import this, from `perdure/interceptors-opentelemetry/lib/workflow`.
 *
 * @module
 */
import type { DisposeInput, Next, WorkflowInternalsInterceptor } from 'perdure/workflow';
import { forgetContexts } from './tracer.ts';

export * from './definitions.ts';
export { OpenTelemetryInboundInterceptor } from './inbound.ts';
export { OpenTelemetryOutboundInterceptor } from './outbound.ts';

/** Ends the tracing of a run that is dropped from memory. For interceptor modules of workflow code. */
export class OpenTelemetryInternalsInterceptor implements WorkflowInternalsInterceptor {
  async dispose(input: DisposeInput, next: Next<WorkflowInternalsInterceptor, 'dispose'>): Promise<void> {
    forgetContexts();
    next(input);
  }
}
