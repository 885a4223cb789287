/** Spans around a client's calls. */
import * as otel from '@opentelemetry/api';
import type {
  DescribeWorkflowExecutionResponse,
  Next,
  RequestCancelWorkflowExecutionResponse,
  TerminateWorkflowExecutionResponse,
  WorkflowCancelInput,
  WorkflowClientInterceptor,
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
} from 'perdure/client';
import {
  headersWithContext,
  instrument,
  RUN_ID_ATTR_KEY,
  TERMINATE_REASON_ATTR_KEY,
  UPDATE_ID_ATTR_KEY,
  WORKFLOW_ID_ATTR_KEY,
} from './instrumentation.ts';
import { SPAN_DELIMITER, SpanName } from './workflow/definitions.ts';

export interface InterceptorOptions {
  /** @default the global provider's */
  readonly tracer?: otel.Tracer | undefined;
}

type Calls = WorkflowClientInterceptor;

/**
 * Puts a span around each call of a client, and its context into the headers of what is sent.
 *
 * ```ts
 * const client = new Client({ connection, interceptors: { workflow: [new OpenTelemetryWorkflowClientInterceptor()] } });
 * ```
 */
export class OpenTelemetryWorkflowClientInterceptor implements WorkflowClientInterceptor {
  protected readonly tracer: otel.Tracer;

  constructor(options?: InterceptorOptions) {
    this.tracer = options?.tracer ?? otel.trace.getTracer('@temporalio/interceptor-client');
  }

  start(input: WorkflowStartInput, next: Next<Calls, 'start'>): Promise<string> {
    return this.#around(named(SpanName.WORKFLOW_START, input.workflowType), async (span) => {
      span.setAttribute(WORKFLOW_ID_ATTR_KEY, input.options.workflowId);
      const runId = await next({ ...input, headers: headersWithContext(input.headers) });
      span.setAttribute(RUN_ID_ATTR_KEY, runId);
      return runId;
    });
  }

  startWithDetails(
    input: WorkflowStartInput,
    next: Next<Calls, 'startWithDetails'>,
  ): Promise<WorkflowStartOutput> {
    return this.#around(named(SpanName.WORKFLOW_START, input.workflowType), async (span) => {
      span.setAttribute(WORKFLOW_ID_ATTR_KEY, input.options.workflowId);
      const output = await next({ ...input, headers: headersWithContext(input.headers) });
      span.setAttribute(RUN_ID_ATTR_KEY, output.runId);
      return output;
    });
  }

  signal(input: WorkflowSignalInput, next: Next<Calls, 'signal'>): Promise<void> {
    return this.#around(named(SpanName.WORKFLOW_SIGNAL, input.signalName), async (span) => {
      span.setAttribute(WORKFLOW_ID_ATTR_KEY, input.workflowExecution.workflowId);
      await next({ ...input, headers: headersWithContext(input.headers) });
    });
  }

  signalWithStart(
    input: WorkflowSignalWithStartInput,
    next: Next<Calls, 'signalWithStart'>,
  ): Promise<string> {
    return this.#around(named(SpanName.WORKFLOW_SIGNAL_WITH_START, input.workflowType), async (span) => {
      span.setAttribute(WORKFLOW_ID_ATTR_KEY, input.options.workflowId);
      const runId = await next({ ...input, headers: headersWithContext(input.headers) });
      span.setAttribute(RUN_ID_ATTR_KEY, runId);
      return runId;
    });
  }

  startUpdate(
    input: WorkflowStartUpdateInput,
    next: Next<Calls, 'startUpdate'>,
  ): Promise<WorkflowStartUpdateOutput> {
    return this.#around(named(SpanName.WORKFLOW_START_UPDATE, input.updateName), async (span) => {
      span.setAttribute(WORKFLOW_ID_ATTR_KEY, input.workflowExecution.workflowId);
      setIfGiven(span, UPDATE_ID_ATTR_KEY, input.options.updateId);
      const output = await next({ ...input, headers: headersWithContext(input.headers) });
      span.setAttribute(RUN_ID_ATTR_KEY, output.workflowRunId);
      return output;
    });
  }

  startUpdateWithStart(
    input: WorkflowStartUpdateWithStartInput,
    next: Next<Calls, 'startUpdateWithStart'>,
  ): Promise<WorkflowStartUpdateWithStartOutput> {
    return this.#around(named(SpanName.WORKFLOW_UPDATE_WITH_START, input.updateName), async (span) => {
      span.setAttribute(WORKFLOW_ID_ATTR_KEY, input.workflowStartOptions.workflowId);
      setIfGiven(span, UPDATE_ID_ATTR_KEY, input.updateOptions.updateId);
      const workflowStartHeaders = headersWithContext(input.workflowStartHeaders);
      const updateHeaders = headersWithContext(input.updateHeaders);
      const output = await next({ ...input, workflowStartHeaders, updateHeaders });
      setIfGiven(span, RUN_ID_ATTR_KEY, output.workflowExecution.runId);
      return output;
    });
  }

  query(input: WorkflowQueryInput, next: Next<Calls, 'query'>): Promise<unknown> {
    return this.#around(named(SpanName.WORKFLOW_QUERY, input.queryType), async (span) => {
      setExecution(span, input.workflowExecution);
      return await next({ ...input, headers: headersWithContext(input.headers) });
    });
  }

  terminate(
    input: WorkflowTerminateInput,
    next: Next<Calls, 'terminate'>,
  ): Promise<TerminateWorkflowExecutionResponse> {
    return this.#around(SpanName.WORKFLOW_TERMINATE, async (span) => {
      setExecution(span, input.workflowExecution);
      setIfGiven(span, TERMINATE_REASON_ATTR_KEY, input.reason);
      return await next(input);
    });
  }

  cancel(
    input: WorkflowCancelInput,
    next: Next<Calls, 'cancel'>,
  ): Promise<RequestCancelWorkflowExecutionResponse> {
    return this.#around(SpanName.WORKFLOW_CANCEL, async (span) => {
      setExecution(span, input.workflowExecution);
      return await next(input);
    });
  }

  describe(
    input: WorkflowDescribeInput,
    next: Next<Calls, 'describe'>,
  ): Promise<DescribeWorkflowExecutionResponse> {
    return this.#around(SpanName.WORKFLOW_DESCRIBE, async (span) => {
      setExecution(span, input.workflowExecution);
      return await next(input);
    });
  }

  #around<T>(spanName: string, fn: (span: otel.Span) => Promise<T>): Promise<T> {
    return instrument({ tracer: this.tracer, spanName, fn });
  }
}

const named = (name: SpanName, whose: string): string => `${name}${SPAN_DELIMITER}${whose}`;

function setIfGiven(span: otel.Span, key: string, value: string | null | undefined): void {
  if (value) span.setAttribute(key, value);
}

function setExecution(
  span: otel.Span,
  { workflowId, runId }: { workflowId?: string | null; runId?: string | null },
): void {
  span.setAttribute(WORKFLOW_ID_ATTR_KEY, workflowId ?? '');
  setIfGiven(span, RUN_ID_ATTR_KEY, runId);
}
