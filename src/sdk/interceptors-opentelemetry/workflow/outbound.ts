import type {
  ActivityInput,
  ContinueAsNewInput,
  GetLogAttributesInput,
  GetMetricTagsInput,
  LocalActivityInput,
  Next,
  SignalWorkflowInput,
  StartChildWorkflowExecutionInput,
  StartNexusOperationInput,
  StartNexusOperationOutput,
  WorkflowOutboundCallsInterceptor,
} from 'perdure/workflow';
import { ContinueAsNew } from 'perdure/workflow';
import { hasTracingFlag } from 'perdure/workflow/lib/tracing';
import {
  headersWithContext,
  instrument,
  logAttributesOfSpan,
  NEXUS_ENDPOINT_ATTR_KEY,
  NEXUS_OPERATION_ATTR_KEY,
  NEXUS_SERVICE_ATTR_KEY,
  nexusHeadersWithContext,
} from '../instrumentation.ts';
import { SPAN_DELIMITER, SpanName } from './definitions.ts';
import { getTracer } from './tracer.ts';

type Calls = WorkflowOutboundCallsInterceptor;
type WithHeaders = { readonly headers: ActivityInput['headers'] };

/** Spans around the calls that a workflow makes, and their context in the headers of what it calls. For interceptor modules of workflow code. */
export class OpenTelemetryOutboundInterceptor implements WorkflowOutboundCallsInterceptor {
  protected readonly tracer = getTracer();

  async scheduleActivity(input: ActivityInput, next: Next<Calls, 'scheduleActivity'>): Promise<unknown> {
    return await this.#send(SpanName.ACTIVITY_START, input.activityType, input, next);
  }

  async scheduleLocalActivity(
    input: LocalActivityInput,
    next: Next<Calls, 'scheduleLocalActivity'>,
  ): Promise<unknown> {
    if (!hasTracingFlag('tracesLocalActivities')) return next(input);
    return await this.#send(SpanName.ACTIVITY_START, input.activityType, input, next);
  }

  async startNexusOperation(
    input: StartNexusOperationInput,
    next: Next<Calls, 'startNexusOperation'>,
  ): Promise<StartNexusOperationOutput> {
    if (!hasTracingFlag('tracesAllCalls')) return next(input);
    return await instrument({
      tracer: this.tracer,
      spanName: `${SpanName.NEXUS_OPERATION_START}${SPAN_DELIMITER}${input.service}/${input.operation}`,
      fn: async (span) => {
        span.setAttribute(NEXUS_SERVICE_ATTR_KEY, input.service);
        span.setAttribute(NEXUS_OPERATION_ATTR_KEY, input.operation);
        span.setAttribute(NEXUS_ENDPOINT_ATTR_KEY, input.endpoint);
        return await next({ ...input, headers: nexusHeadersWithContext(input.headers) });
      },
    });
  }

  async startChildWorkflowExecution(
    input: StartChildWorkflowExecutionInput,
    next: Next<Calls, 'startChildWorkflowExecution'>,
  ): Promise<[Promise<string>, Promise<unknown>]> {
    return await this.#send(SpanName.CHILD_WORKFLOW_START, input.workflowType, input, next);
  }

  async continueAsNew(input: ContinueAsNewInput, next: Next<Calls, 'continueAsNew'>): Promise<never> {
    const isContinuation = (error: unknown) => error instanceof ContinueAsNew;
    return await this.#send(
      SpanName.CONTINUE_AS_NEW,
      input.options.workflowType,
      input,
      next,
      isContinuation,
    );
  }

  async signalWorkflow(input: SignalWorkflowInput, next: Next<Calls, 'signalWorkflow'>): Promise<void> {
    return await this.#send(SpanName.WORKFLOW_SIGNAL, input.signalName, input, next);
  }

  getLogAttributes(
    input: GetLogAttributesInput,
    next: Next<Calls, 'getLogAttributes'>,
  ): Record<string, unknown> {
    return next({ ...logAttributesOfSpan(), ...input });
  }

  getMetricTags(input: GetMetricTagsInput, next: Next<Calls, 'getMetricTags'>): GetMetricTagsInput {
    return next(input);
  }

  #send<Input extends WithHeaders, Output>(
    name: SpanName,
    whose: string,
    input: Input,
    next: (input: Input) => Promise<Output>,
    acceptableErrors?: (error: unknown) => boolean,
  ): Promise<Output> {
    return instrument({
      tracer: this.tracer,
      spanName: `${name}${SPAN_DELIMITER}${whose}`,
      fn: async () => {
        const headers = headersWithContext(input.headers);
        if (!hasTracingFlag('tracesWithoutYields')) await Promise.resolve();
        return next({ ...input, headers });
      },
      acceptableErrors,
    });
  }
}
