/** What a schedule asks of the times that its spec names. Calendars and time zones are `src/times`, which knows libraries. */
import type { WireScheduleSpec } from '../../sdk/common/wire/schedule-requests.ts';

export interface ScheduledTime {
  nominal: number;
  actual: number;
}

export interface ScheduleTimes {
  /** The first time whose nominal one is strictly after `nominalMs`. */
  next(nominalMs: number): ScheduledTime | undefined;
  /** Times whose actual moment lies in from..to, the first `max` of them. */
  between(fromMs: number, toMs: number, max: number): ScheduledTime[];
  /** The last nominal time whose actual moment is not after `nowMs`, as far as there is one after `nominalMs`. */
  lastUntil(nominalMs: number, nowMs: number): number | undefined;
}

export interface ScheduleSpecs {
  /** What is kept and shown of a spec. Throws `ScheduleSpecError`. What was compiled before stays as it is. */
  compile(spec: WireScheduleSpec): WireScheduleSpec;
  /** Of a spec that `compile` has made. `seed` is what the schedule's jitter comes from. */
  times(spec: WireScheduleSpec, seed: string): ScheduleTimes;
}
