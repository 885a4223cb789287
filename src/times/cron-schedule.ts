/**
 * The grammar of cron schedules and the times that they name (CRON-1).
 *
 * C1 A time matches when the wall clock of the schedule's zone matches: what a clock change skips does not happen, and what it
 *    repeats happens twice, as in Temporal: `calendar.ts`.
 * C2 When both day fields are restricted either may match; `*` and `?`, without a step, restrict nothing.
 * C3 A schedule without a time in the next five years has none.
 */
import { type Calendar, nextCalendarTime } from './calendar.ts';
import { CRON_DESCRIPTORS } from './spec-text.ts';
import { type TimeZone, timeZone } from './time-zone.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const AHEAD_YEARS_MAX = 5;
const COMPILED_MAX = 500;

type DayAndTime = Omit<Calendar, 'year'>;
type Next = (afterMs: number) => number | undefined;

interface Field {
  /** Ascending. */
  values: readonly number[];
  isRestricted: boolean;
}

interface Fields {
  minute: Field;
  hour: Field;
  dayOfMonth: Field;
  month: Field;
  dayOfWeek: Field;
}

interface Bounds {
  min: number;
  max: number;
  names?: readonly string[];
}

const MINUTE: Bounds = { min: 0, max: 59 };
const HOUR: Bounds = { min: 0, max: 23 };
const DAY_OF_MONTH: Bounds = { min: 1, max: 31 };
const MONTH: Bounds = {
  min: 1,
  max: 12,
  names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
};
const DAY_OF_WEEK: Bounds = { min: 0, max: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] };

const compiled = new Map<string, Next | undefined>();

/** First time of the schedule strictly after `afterMs`. Undefined when it does not parse or has no such time. */
export function nextCronTime(expression: string, afterMs: number): number | undefined {
  if (!compiled.has(expression)) {
    if (compiled.size >= COMPILED_MAX) compiled.clear();
    compiled.set(expression, compile(expression));
  }
  return compiled.get(expression)?.(afterMs);
}

function compile(expression: string): Next | undefined {
  const prefixed = /^(?:CRON_)?TZ=(\S*)\s+(.*)$/s.exec(expression);
  const [zone, spec] = prefixed
    ? [prefixed[1] || 'UTC', (prefixed[2] as string).trim()]
    : ['UTC', expression];
  const clock = timeZone(zone);
  if (clock === undefined) return undefined;
  if (spec.startsWith('@every ')) return every(spec.slice('@every '.length));
  const fields = parseFields(
    Object.hasOwn(CRON_DESCRIPTORS, spec) ? (CRON_DESCRIPTORS[spec] as string) : spec,
  );
  if (fields === undefined) return undefined;
  const calendars = calendarsOf(fields);
  return (afterMs) => nextMatch(calendars, clock, afterMs);
}

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
};

/** Whole seconds, at least one, counted from whole seconds. */
function every(text: string): Next | undefined {
  if (!/^\+?((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g))
    total += Number(amount) * (DURATION_UNITS[unit as string] as number);
  const delay = Math.max(Math.floor(total / SECOND_MS) * SECOND_MS, SECOND_MS);
  return (afterMs) => afterMs - (afterMs % SECOND_MS) + delay;
}

function parseFields(spec: string): Fields | undefined {
  const texts = spec.trim().split(/\s+/);
  if (texts.length !== 5) return undefined;
  const [minute, hour, dayOfMonth, month, dayOfWeek] = [MINUTE, HOUR, DAY_OF_MONTH, MONTH, DAY_OF_WEEK].map(
    (bounds, index) => parseField(texts[index] as string, bounds),
  );
  if (!minute || !hour || !dayOfMonth || !month || !dayOfWeek) return undefined;
  return { minute, hour, dayOfMonth, month, dayOfWeek };
}

function parseField(text: string, bounds: Bounds): Field | undefined {
  const values = new Set<number>();
  let isRestricted = true;
  for (const part of text.split(',')) {
    const range = parseRange(part, bounds);
    if (range === undefined) return undefined;
    const { from, to, step } = range;
    for (let value = from; value <= to; value += step) values.add(value);
    if (/^[*?](\/0*1)?$/.test(part)) isRestricted = false;
  }
  return { values: [...values].sort((a, b) => a - b), isRestricted };
}

/** `*`, `5`, `1-5`, and each with `/step`; `5/10` runs to the end. */
function parseRange(part: string, bounds: Bounds) {
  const [range = '', stepText, ...tooMany] = part.split('/');
  const [low = '', high, ...more] = range.split('-');
  if (tooMany.length > 0 || more.length > 0) return undefined;
  const step = stepText === undefined ? 1 : wholeNumber(stepText);
  const isAll = low === '*' || low === '?';
  if (isAll && high !== undefined) return undefined;
  const from = isAll ? bounds.min : parseValue(low, bounds);
  const open = isAll || (high === undefined && stepText !== undefined);
  const to = open ? bounds.max : high === undefined ? from : parseValue(high, bounds);
  if (from === undefined || to === undefined || !step) return undefined;
  return from < bounds.min || to > bounds.max || from > to ? undefined : { from, to, step };
}

function parseValue(text: string, { names, min }: Bounds): number | undefined {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  return named >= 0 ? named + min : wholeNumber(text);
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** C2: two calendars, of which either may match, where both fields of the day are restricted. */
function calendarsOf({ minute, hour, dayOfMonth, month, dayOfWeek }: Fields): DayAndTime[] {
  const time = { second: [0], minute: minute.values, hour: hour.values, month: month.values };
  const [anyDate, anyDay] = [valuesIn(DAY_OF_MONTH), valuesIn(DAY_OF_WEEK)];
  return dayOfMonth.isRestricted && dayOfWeek.isRestricted
    ? [
        { ...time, dayOfMonth: dayOfMonth.values, dayOfWeek: anyDay },
        { ...time, dayOfMonth: anyDate, dayOfWeek: dayOfWeek.values },
      ]
    : [{ ...time, dayOfMonth: dayOfMonth.values, dayOfWeek: dayOfWeek.values }];
}

/** C3 */
function nextMatch(calendars: readonly DayAndTime[], zone: TimeZone, afterMs: number): number | undefined {
  const shownYear = new Date(afterMs + zone.offsetAt(afterMs)).getUTCFullYear();
  // From the year before: where the clock goes back over New Year, it comes again.
  const year = valuesIn({ min: shownYear - 1, max: shownYear + AHEAD_YEARS_MAX });
  const times = calendars
    .map((calendar) => nextCalendarTime({ ...calendar, year }, zone, afterMs))
    .filter((time) => time !== undefined);
  return times.length > 0 ? Math.min(...times) : undefined;
}

function valuesIn({ min, max }: Bounds): number[] {
  return Array.from({ length: max - min + 1 }, (_, index) => min + index);
}
