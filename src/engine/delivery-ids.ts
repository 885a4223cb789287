/** IDs under which receivers recognise a delivery that is tried again. */
import type { RunState } from './run-state.ts';

/** The run that recorded the event first: a reset copies events, but what they caused was sent once (RESET-6). */
export function originRunId(run: RunState, eventId: number): string {
  const origin = run.resetOrigins.find(({ eventId: joinedAt }) => eventId < joinedAt);
  return origin?.baseRunId ?? run.runId;
}
