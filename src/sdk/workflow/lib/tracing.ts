/** What the interceptors of `perdure/interceptors-opentelemetry` need of the run that they stand in. Not for other code. */
import { requireContext, requireRun, runInContext } from '../../../executor/context.ts';
import type { LANG_FLAGS } from '../../../executor/flags.ts';

export { runWithTraceContext, traceContextOf } from '../../../executor/trace-contexts.ts';

export type TracingFlag = Extract<keyof typeof LANG_FLAGS, `traces${string}`>;

/** Whether the calling run is traced in this way: always when live, on replay where the history was made so. */
export function hasTracingFlag(flag: TracingFlag): boolean {
  return requireRun().hasFlag(flag);
}

/**
 * Calls `fn` with random numbers of the host in the place of the run's: for queries and validators, which are not replayed. Theirs
 * must not move the run's, and must differ though the run was replayed to the same point.
 */
export function withHostRandom<T>(fn: () => T): T {
  const context = requireContext();
  const { random } = context.run.info.unsafe;
  return runInContext({ ...context, random: () => random.random() }, fn);
}
