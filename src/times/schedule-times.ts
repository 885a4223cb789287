/**
 * The times of a compiled spec (SCHED-1): those of its calendars and intervals, less what it excludes, between start and end.
 *
 * T1 A nominal time is a whole second. The actual one is later by the jitter, a fixed delay for this schedule and this time that
 *    stays below the next nominal time (SCHED-7); so actual times have the order of nominal ones.
 * T2 A search that has passed over `SEARCH_STEPS_MAX` excluded stretches ends: such a spec has no further times.
 */

import { ScheduleSpecError } from '../engine/schedule/spec-error.ts';
import type { ScheduledTime, ScheduleTimes } from '../engine/schedule/times-port.ts';
import type { WireScheduleSpec } from '../sdk/common/wire/schedule-requests.ts';
import {
  type Calendar,
  calendarOf,
  endOfMatch,
  matchesCalendar,
  nextCalendarTime,
  YEAR_MAX,
  YEAR_MIN,
} from './calendar.ts';
import { type TimeZone, timeZone } from './time-zone.ts';

const SECOND_MS = 1_000;
const SEARCH_STEPS_MAX = 100_000;
const FIRST_MS = Date.UTC(YEAR_MIN);
const END_MS = Date.UTC(YEAR_MAX + 1);

/** Of a spec that `compileSpec` has made. `seed` is what the schedule's jitter comes from. */
export function scheduleTimes(spec: WireScheduleSpec, seed: string): ScheduleTimes {
  return new CompiledTimes(spec, seed);
}

class CompiledTimes implements ScheduleTimes {
  readonly #spec: WireScheduleSpec;
  readonly #seed: string;
  readonly #zone: TimeZone;
  readonly #calendars: readonly Calendar[];
  readonly #excluded: readonly Calendar[];
  readonly #first: number;
  readonly #end: number;

  constructor(spec: WireScheduleSpec, seed: string) {
    this.#spec = spec;
    this.#seed = seed;
    const zone = timeZone(spec.timezoneName ?? '');
    if (zone === undefined) throw new ScheduleSpecError(`unknown time zone "${spec.timezoneName}"`);
    this.#zone = zone;
    this.#calendars = (spec.structuredCalendar ?? []).map(calendarOf);
    this.#excluded = (spec.excludeStructuredCalendar ?? []).map(calendarOf);
    this.#first = Math.max(spec.startTime ?? FIRST_MS, FIRST_MS);
    this.#end = Math.min(spec.endTime ?? END_MS, END_MS - 1);
  }

  next(nominalMs: number): ScheduledTime | undefined {
    const nominal = this.#nextNominal(nominalMs);
    return nominal === undefined ? undefined : { nominal, actual: nominal + this.#delayOf(nominal) };
  }

  between(fromMs: number, toMs: number, max: number): ScheduledTime[] {
    const found: ScheduledTime[] = [];
    let time = this.next(this.#before(fromMs));
    while (time !== undefined && time.nominal <= toMs && found.length < max) {
      if (time.actual >= fromMs && time.actual <= toMs) found.push(time);
      time = this.next(time.nominal);
    }
    return found;
  }

  lastUntil(nominalMs: number, nowMs: number): number | undefined {
    const time = this.next(nominalMs);
    if (time === undefined || time.actual > nowMs) return undefined;
    let low = time.nominal;
    let high = Math.floor(nowMs / SECOND_MS) * SECOND_MS;
    while (low < high) {
      const middle = low + Math.ceil((high - low) / 2 / SECOND_MS) * SECOND_MS;
      const found = this.next(middle - SECOND_MS);
      if (found !== undefined && found.actual <= nowMs) low = found.nominal;
      else high = middle - SECOND_MS;
    }
    return low;
  }

  /** A nominal time whose actual moment is at or after `fromMs` is after this: only the last one before it can be delayed. */
  #before(fromMs: number): number {
    const jitter = this.#spec.jitter ?? 0;
    if (jitter === 0) return fromMs - 1;
    const last = this.#lastNominalBefore(fromMs, fromMs - jitter - 1);
    return last === undefined ? fromMs - 1 : last - 1;
  }

  #lastNominalBefore(before: number, after: number): number | undefined {
    let low = this.#nextNominal(after);
    if (low === undefined || low >= before) return undefined;
    let high = Math.floor((before - 1) / SECOND_MS) * SECOND_MS;
    while (low < high) {
      const middle: number = low + Math.ceil((high - low) / 2 / SECOND_MS) * SECOND_MS;
      const found = this.#nextNominal(middle - SECOND_MS);
      if (found !== undefined && found < before) low = found;
      else high = middle - SECOND_MS;
    }
    return low;
  }

  #nextNominal(afterMs: number): number | undefined {
    let after = Math.max(afterMs, this.#first - 1);
    for (let steps = 0; steps < SEARCH_STEPS_MAX; steps++) {
      const found = this.#nextRaw(after);
      if (found === undefined || found > this.#end) return undefined;
      const excluded = this.#excluded.find((calendar) => matchesCalendar(calendar, this.#zone, found));
      if (excluded === undefined) return found;
      after = endOfMatch(excluded, this.#zone, found);
    }
    return undefined;
  }

  #nextRaw(after: number): number | undefined {
    let earliest: number | undefined;
    for (const { interval = SECOND_MS, phase = 0 } of this.#spec.interval ?? []) {
      const time = (Math.floor((after - phase) / interval) + 1) * interval + phase;
      if (earliest === undefined || time < earliest) earliest = time;
    }
    for (const calendar of this.#calendars) {
      const time = nextCalendarTime(calendar, this.#zone, after);
      if (time !== undefined && (earliest === undefined || time < earliest)) earliest = time;
    }
    return earliest;
  }

  #delayOf(nominal: number): number {
    const jitter = this.#spec.jitter ?? 0;
    if (jitter === 0) return 0;
    const following = this.#nextRaw(nominal);
    const most = following === undefined ? jitter : Math.min(jitter, following - nominal);
    return Math.floor(fractionOf(`${this.#seed} ${nominal}`) * most);
  }
}

/** A number from 0 to below 1 that looks like chance and depends on the text alone (two rounds of FNV-1a, mixed). */
function fractionOf(text: string): number {
  let high = 0x811c9dc5;
  let low = 0xcbf29ce4;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 0x01000193);
    low = Math.imul(low ^ unit, 0x85ebca6b);
  }
  return ((mixed(high) >>> 0) * 0x200000 + (mixed(low) >>> 11)) / 2 ** 53;
}

function mixed(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
