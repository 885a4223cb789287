/** What the interceptors of `perdure/interceptors-opentelemetry` need of the run that they stand in. Not for other code. */
import { requireRun } from '../../../executor/context.ts';
import type { LANG_FLAGS } from '../../../executor/flags.ts';

export { runWithTraceContext, traceContextOf } from '../../../executor/trace-contexts.ts';

export type TracingFlag = Extract<keyof typeof LANG_FLAGS, `traces${string}`>;

/** Whether the calling run is traced in this way: always when live, on replay where the history was made so. */
export function hasTracingFlag(flag: TracingFlag): boolean {
  return requireRun().hasFlag(flag);
}
