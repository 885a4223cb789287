/** The ends of the trace outside of workflow code: the client that begins it, and the activity that it reaches. */
import type { ActivityInterceptorsFactory, Context } from 'perdure/activity';
import type { WorkflowClientInterceptor } from 'perdure/client';
import { defaultPayloadConverter, type Headers } from 'perdure/common';
import { TRACE_HEADER, traceOf } from '../workflows/tracing.ts';

const traces = new WeakMap<Context, string>();

export const traceOfContext = (context: Context): string => traces.get(context) ?? 'none';

export const activityTracing: ActivityInterceptorsFactory = (context) => ({
  inbound: {
    execute(input, next) {
      const trace = traceOf(input.headers);
      if (trace !== undefined) traces.set(context, trace);
      return next(input);
    },
  },
});

/** Begins a trace with each call. */
export function clientTracing(trace: string): WorkflowClientInterceptor {
  const traced = <Input extends { readonly headers: Headers }>(input: Input): Input => ({
    ...input,
    headers: { ...input.headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(trace) },
  });
  return {
    startWithDetails: (input, next) => next(traced(input)),
    signal: (input, next) => next(traced(input)),
    signalWithStart: (input, next) => next(traced(input)),
  };
}
