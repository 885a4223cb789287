/**
 * The times of one calendar: those at which every field of the zone's wall clock matches (SCHED-2).
 *
 * C1 The wall clock decides: what a clock change skips does not happen, what it repeats happens twice (SCHED-6). Cron
 *    libraries move or drop such times (test/times/cron-libraries.test.ts), so this is no library.
 * C2 Dates are walked by arithmetic alone, over the years 2000 to 2100; the zone is asked only about dates that match.
 */
import type { WireRange, WireStructuredCalendar } from '../sdk/common/wire/schedule-requests.ts';
import type { TimeZone, ZoneSpan } from './time-zone.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** No clock is further from UTC. */
const OFFSET_MAX_MS = 15 * HOUR_MS;

export const YEAR_MIN = 2000;
export const YEAR_MAX = 2100;

export type CalendarField = 'second' | 'minute' | 'hour' | 'dayOfMonth' | 'month' | 'year' | 'dayOfWeek';

export interface FieldBounds {
  min: number;
  max: number;
}

export const FIELD_BOUNDS: Readonly<Record<CalendarField, FieldBounds>> = {
  second: { min: 0, max: 59 },
  minute: { min: 0, max: 59 },
  hour: { min: 0, max: 23 },
  dayOfMonth: { min: 1, max: 31 },
  month: { min: 1, max: 12 },
  year: { min: YEAR_MIN, max: YEAR_MAX },
  dayOfWeek: { min: 0, max: 6 },
};

export const CALENDAR_FIELDS = Object.keys(FIELD_BOUNDS) as CalendarField[];

/** Matching values of each field, ascending. */
export type Calendar = Readonly<Record<CalendarField, readonly number[]>>;

/** Of ranges that are known to lie within their bounds. No range at all is 0 for times of day, and any for the rest. */
export function calendarOf(wire: WireStructuredCalendar): Calendar {
  const values = (field: CalendarField): number[] => {
    const { min, max } = FIELD_BOUNDS[field];
    const ranges = wire[field] ?? [];
    if (ranges.length > 0) return valuesOf(ranges, field);
    return field === 'second' || field === 'minute' || field === 'hour' ? [0] : valuesIn(min, max, 1);
  };
  return {
    second: values('second'),
    minute: values('minute'),
    hour: values('hour'),
    dayOfMonth: values('dayOfMonth'),
    month: values('month'),
    year: values('year'),
    dayOfWeek: values('dayOfWeek'),
  };
}

function valuesOf(ranges: readonly WireRange[], field: CalendarField): number[] {
  const values = new Set<number>();
  for (const { start = 0, end = 0, step = 0 } of ranges)
    for (const value of valuesIn(start, Math.max(start, end), Math.max(step, 1)))
      values.add(field === 'dayOfWeek' ? value % 7 : value);
  return [...values].sort((a, b) => a - b);
}

function valuesIn(from: number, to: number, step: number): number[] {
  const values: number[] = [];
  for (let value = from; value <= to; value += step) values.push(value);
  return values;
}

/** The first matching second strictly after `afterMs`. */
export function nextCalendarTime(calendar: Calendar, zone: TimeZone, afterMs: number): number | undefined {
  const local = afterMs + zone.offsetAt(afterMs);
  // A day earlier: where the clock goes back over midnight, yesterday comes again.
  let day = nextDate(calendar, Math.floor(local / DAY_MS) - 1);
  while (day !== undefined) {
    const found = firstOfDate(calendar, zone, day, afterMs);
    const tomorrow = nextDate(calendar, day + 1);
    if (found !== undefined) {
      // ... and tomorrow may have begun before today came again.
      const early = tomorrow === day + 1 ? firstOfDate(calendar, zone, tomorrow, afterMs) : undefined;
      return early === undefined ? found : Math.min(found, early);
    }
    day = tomorrow;
  }
  return undefined;
}

/** Whether the clock shows what the calendar names at this second. */
export function matchesCalendar(calendar: Calendar, zone: TimeZone, instantMs: number): boolean {
  const shown = new Date(instantMs + zone.offsetAt(instantMs));
  return (
    calendar.second.includes(shown.getUTCSeconds()) &&
    calendar.minute.includes(shown.getUTCMinutes()) &&
    calendar.hour.includes(shown.getUTCHours()) &&
    calendar.dayOfMonth.includes(shown.getUTCDate()) &&
    calendar.month.includes(shown.getUTCMonth() + 1) &&
    calendar.dayOfWeek.includes(shown.getUTCDay()) &&
    calendar.year.includes(shown.getUTCFullYear())
  );
}

/** The last second of the stretch around a matching second that matches for certain: the day, hour or minute it is in. */
export function endOfMatch(calendar: Calendar, zone: TimeZone, instantMs: number): number {
  const isFull = (field: 'second' | 'minute' | 'hour') =>
    calendar[field].length === FIELD_BOUNDS[field].max + 1;
  if (!isFull('second')) return instantMs;
  const unit = isFull('minute') ? (isFull('hour') ? DAY_MS : HOUR_MS) : 60 * SECOND_MS;
  const offset = zone.offsetAt(instantMs);
  const end = Math.floor((instantMs + offset) / unit + 1) * unit - offset;
  // Up to a change of the clock only.
  const [span] = zone.spans(instantMs, end);
  return Math.max((span?.to ?? instantMs) - SECOND_MS, instantMs);
}

/** First matching date at or after `day`, in days since 1970. */
function nextDate(calendar: Calendar, day: number): number | undefined {
  const first = new Date(day * DAY_MS);
  for (const year of calendar.year) {
    if (year < first.getUTCFullYear()) continue;
    for (const month of calendar.month) {
      const monthStart = Date.UTC(year, month - 1) / DAY_MS;
      const monthEnd = Date.UTC(year, month) / DAY_MS;
      if (monthEnd <= day) continue;
      const found = dateInMonth(calendar, monthStart, monthEnd, day);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function dateInMonth(
  { dayOfMonth, dayOfWeek }: Calendar,
  monthStart: number,
  monthEnd: number,
  notBefore: number,
): number | undefined {
  for (const dayNumber of dayOfMonth) {
    const day = monthStart + dayNumber - 1;
    // 1970-01-01 was a Thursday.
    if (day >= notBefore && day < monthEnd && dayOfWeek.includes((((day + 4) % 7) + 7) % 7)) return day;
  }
  return undefined;
}

/** Over the spans in which the zone shows this date: none for a date that was skipped, two where part of it is repeated. */
function firstOfDate(calendar: Calendar, zone: TimeZone, day: number, afterMs: number): number | undefined {
  const midnight = day * DAY_MS;
  for (const span of zone.spans(midnight - OFFSET_MAX_MS, midnight + DAY_MS + OFFSET_MAX_MS)) {
    const found = firstInSpan(calendar, span, midnight, afterMs);
    if (found !== undefined) return found;
  }
  return undefined;
}

function firstInSpan(
  calendar: Calendar,
  { from, to, offset }: ZoneSpan,
  midnight: number,
  afterMs: number,
): number | undefined {
  const after = Math.floor(afterMs / SECOND_MS + 1) * SECOND_MS;
  const first = Math.max(from + offset, after + offset, midnight);
  const end = Math.min(to + offset, midnight + DAY_MS);
  if (first >= end) return undefined;
  const second = nextTimeOfDay(calendar, (first - midnight) / SECOND_MS);
  if (second === undefined) return undefined;
  const shown = midnight + second * SECOND_MS;
  return shown < end ? shown - offset : undefined;
}

/** First matching second of the day at or after `from`. */
function nextTimeOfDay({ hour, minute, second }: Calendar, from: number): number | undefined {
  const fromHour = Math.floor(from / 3_600);
  for (const h of hour) {
    if (h < fromHour) continue;
    for (const m of minute) {
      const start = h * 3_600 + m * 60;
      if (start + 59 < from) continue;
      for (const s of second) if (start + s >= from) return start + s;
    }
  }
  return undefined;
}
