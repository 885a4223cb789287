/** Specs between how callers write them and how they travel. */
import { durationToMs, optionalDurationToMs } from '../common/time.ts';
import { withoutUndefined } from '../common/type-helpers.ts';
import type {
  WireRange,
  WireScheduleSpec,
  WireStructuredCalendar,
} from '../common/wire/schedule-requests.ts';
import {
  type CalendarSpec,
  type CalendarSpecDescription,
  DAYS_OF_WEEK,
  MONTHS,
  type Range,
  type ScheduleSpec,
  type ScheduleSpecDescription,
} from './schedule-types.ts';

interface FieldCodec<Unit> {
  encode(input: unknown): WireRange[];
  decode(ranges: readonly WireRange[] | undefined): Range<Unit>[];
}

interface FieldParts<Unit> {
  toNumber(value: unknown): number | undefined;
  fromNumber(value: number): Unit | undefined;
  /** What the field means when it is left out, and what `*` means. */
  missing: WireRange[];
  any: WireRange[];
}

function fieldCodec<Unit>(name: string, parts: FieldParts<Unit>): FieldCodec<Unit> {
  const { toNumber, fromNumber, missing, any } = parts;
  const encodeOne = (item: unknown): WireRange => {
    const range = encodeRange(item, toNumber);
    if (range !== undefined) return range;
    throw new TypeError(
      `Invalid CalendarSpec component for field ${name}: '${item}' of type '${typeof item}'`,
    );
  };
  return {
    encode(input) {
      if (input === undefined) return missing;
      if (input === '*') return any;
      return (Array.isArray(input) ? input : [input]).map(encodeOne);
    },
    decode(ranges = []) {
      return ranges.map(({ start = 0, end = 0, step = 0 }) => {
        const first = fromNumber(start);
        if (first === undefined)
          throw new RangeError(`Invalid CalendarSpec component for field ${name}: ${start} is out of bounds`);
        const last = end > start ? (fromNumber(end) ?? first) : first;
        return { start: first, end: last, step: Math.max(step, 1) };
      });
    },
  };
}

/** A range without an end is its start alone. (Temporal's client of this version sends 1 as its end.) */
function encodeRange(item: unknown, toNumber: FieldParts<unknown>['toNumber']): WireRange | undefined {
  if (typeof item !== 'object' || item === null) {
    const value = toNumber(item);
    return value === undefined ? undefined : { start: value, end: value, step: 1 };
  }
  const { start: first, end: last, step } = item as { start?: unknown; end?: unknown; step?: unknown };
  const start = toNumber(first);
  if (start === undefined) return undefined;
  const end = last === undefined ? start : (toNumber(last) ?? start);
  return { start, end, step: typeof step === 'number' && step > 0 ? step : 1 };
}

const numberWithin = (min: number, max: number) => (value: unknown) =>
  typeof value === 'number' && value >= min && value <= max ? value : undefined;
const same = (value: number) => value;
const all = (start: number, end: number): WireRange[] => [{ start, end, step: 1 }];
const ZERO: WireRange[] = [{ start: 0, end: 0, step: 0 }];

const CODECS = {
  second: fieldCodec('second', {
    toNumber: numberWithin(0, 59),
    fromNumber: same,
    missing: ZERO,
    any: all(0, 59),
  }),
  minute: fieldCodec('minute', {
    toNumber: numberWithin(0, 59),
    fromNumber: same,
    missing: ZERO,
    any: all(0, 59),
  }),
  hour: fieldCodec('hour', {
    toNumber: numberWithin(0, 23),
    fromNumber: same,
    missing: ZERO,
    any: all(0, 23),
  }),
  dayOfMonth: fieldCodec('dayOfMonth', {
    toNumber: numberWithin(0, 31),
    fromNumber: same,
    missing: all(1, 31),
    any: all(1, 31),
  }),
  month: fieldCodec('month', {
    toNumber: (name) => indexIn(MONTHS, name, 1),
    fromNumber: (month) => MONTHS[month - 1],
    missing: all(1, 12),
    any: all(1, 12),
  }),
  year: fieldCodec('year', {
    toNumber: (value) => (typeof value === 'number' ? value : undefined),
    fromNumber: same,
    missing: [],
    any: [],
  }),
  dayOfWeek: fieldCodec('dayOfWeek', {
    toNumber: (name) => indexIn(DAYS_OF_WEEK, name, 0),
    fromNumber: (day) => DAYS_OF_WEEK[day],
    missing: all(0, 6),
    any: all(0, 6),
  }),
};

function indexIn(names: readonly string[], name: unknown, first: number): number | undefined {
  const index = names.indexOf(name as string);
  return index < 0 ? undefined : index + first;
}

export function encodeCalendar(calendar: CalendarSpec): WireStructuredCalendar {
  return withoutUndefined({
    second: CODECS.second.encode(calendar.second),
    minute: CODECS.minute.encode(calendar.minute),
    hour: CODECS.hour.encode(calendar.hour),
    dayOfMonth: CODECS.dayOfMonth.encode(calendar.dayOfMonth),
    month: CODECS.month.encode(calendar.month),
    year: CODECS.year.encode(calendar.year),
    dayOfWeek: CODECS.dayOfWeek.encode(calendar.dayOfWeek),
    comment: calendar.comment,
  });
}

export function decodeCalendar(calendar: WireStructuredCalendar): CalendarSpecDescription {
  return {
    second: CODECS.second.decode(calendar.second),
    minute: CODECS.minute.decode(calendar.minute),
    hour: CODECS.hour.decode(calendar.hour),
    dayOfMonth: CODECS.dayOfMonth.decode(calendar.dayOfMonth),
    month: CODECS.month.decode(calendar.month),
    year: CODECS.year.decode(calendar.year),
    dayOfWeek: CODECS.dayOfWeek.decode(calendar.dayOfWeek),
    comment: calendar.comment ?? '',
  };
}

export function encodeScheduleSpec(spec: ScheduleSpec): WireScheduleSpec {
  return withoutUndefined({
    structuredCalendar: spec.calendars?.map(encodeCalendar),
    interval: spec.intervals?.map(({ every, offset }) =>
      withoutUndefined({ interval: durationToMs(every), phase: optionalDurationToMs(offset) }),
    ),
    cronString: spec.cronExpressions,
    excludeStructuredCalendar: spec.skip?.map(encodeCalendar),
    startTime: spec.startAt?.getTime(),
    endTime: spec.endAt?.getTime(),
    jitter: optionalDurationToMs(spec.jitter),
    timezoneName: spec.timezone,
  });
}

export function decodeScheduleSpec(spec: WireScheduleSpec): ScheduleSpecDescription {
  return {
    calendars: (spec.structuredCalendar ?? []).map(decodeCalendar),
    // Without an offset there is none to show, whatever its type says: as from Temporal's server.
    intervals: (spec.interval ?? []).map(({ interval = 0, phase }) => ({
      every: interval,
      offset: phase as number,
    })),
    skip: (spec.excludeStructuredCalendar ?? []).map(decodeCalendar),
    startAt: dateOf(spec.startTime),
    endAt: dateOf(spec.endTime),
    jitter: spec.jitter,
    timezone: spec.timezoneName ?? '',
  };
}

const dateOf = (ms: number | undefined): Date | undefined => (ms === undefined ? undefined : new Date(ms));
