/**
 * The grammar of cron schedules and the times that they name (CRON-1).
 *
 * C1 A time matches when the wall clock of the schedule's zone matches: what a clock change skips does not happen, and what it
 *    repeats happens twice, as in Temporal. (Cron libraries move or merge such times, so this is no library.)
 * C2 When both day fields are restricted either may match; `*` and `?`, without a step, restrict nothing.
 * C3 A schedule without a time in the next five years has none.
 */
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Offsets of time zones are multiples of it. */
const ZONE_STEP_MS = 15 * MINUTE_MS;
const AHEAD_YEARS_MAX = 5;
const COMPILED_MAX = 500;

type Next = (afterMs: number) => number | undefined;

interface Field {
  values: ReadonlySet<number>;
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

const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

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
  const wallClock = wallClockOf(zone);
  if (wallClock === undefined) return undefined;
  if (spec.startsWith('@every ')) return every(spec.slice('@every '.length));
  const fields = parseFields(Object.hasOwn(DESCRIPTORS, spec) ? (DESCRIPTORS[spec] as string) : spec);
  return fields && ((afterMs) => nextMatch(fields, wallClock, afterMs));
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
  return { values, isRestricted };
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

/** An instant as the zone's clock shows it, as if that clock showed UTC. */
type WallClock = (instantMs: number) => number;

function wallClockOf(zone: string): WallClock | undefined {
  if (zone === 'UTC') return (instantMs) => instantMs;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
  } catch {
    return undefined;
  }
  return (instantMs) => {
    const parts = new Map(format.formatToParts(instantMs).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
  };
}

function nextMatch(fields: Fields, wallClock: WallClock, afterMs: number): number | undefined {
  let instant = (Math.floor(afterMs / MINUTE_MS) + 1) * MINUTE_MS;
  const lastYear = new Date(wallClock(instant)).getUTCFullYear() + AHEAD_YEARS_MAX;
  for (;;) {
    const shown = new Date(wallClock(instant));
    if (shown.getUTCFullYear() > lastYear) return undefined;
    if (!fields.month.values.has(shown.getUTCMonth() + 1))
      instant = jump(wallClock, instant, Date.UTC(shown.getUTCFullYear(), shown.getUTCMonth() + 1));
    else if (!matchesDay(fields, shown))
      instant = jump(wallClock, instant, Math.floor(shown.getTime() / DAY_MS + 1) * DAY_MS);
    else if (!fields.hour.values.has(shown.getUTCHours()))
      instant = (Math.floor(instant / ZONE_STEP_MS) + 1) * ZONE_STEP_MS;
    else if (!fields.minute.values.has(shown.getUTCMinutes())) instant += MINUTE_MS;
    else return instant;
  }
}

/** C2 */
function matchesDay({ dayOfMonth, dayOfWeek }: Fields, shown: Date): boolean {
  const matchesMonthDay = dayOfMonth.values.has(shown.getUTCDate());
  const matchesWeekDay = dayOfWeek.values.has(shown.getUTCDay());
  return dayOfMonth.isRestricted && dayOfWeek.isRestricted
    ? matchesMonthDay || matchesWeekDay
    : matchesMonthDay && matchesWeekDay;
}

/** Towards the first instant at which the clock shows `target` or later; never past it, and always ahead. */
function jump(wallClock: WallClock, instant: number, target: number): number {
  const landed = instant + (target - wallClock(instant));
  const past = wallClock(landed) - target;
  // A clock put forward on the way: back by as much, unless the target is what it skipped.
  return past > 0 && wallClock(landed - past) >= target ? landed - past : landed;
}
