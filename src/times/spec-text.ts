/** Calendars and cron expressions in text (SCHED-3, SCHED-4), as the structured calendars and intervals that they stand for. */

import { ScheduleSpecError } from '../engine/schedule/spec-error.ts';
import type {
  WireCalendar,
  WireInterval,
  WireRange,
  WireStructuredCalendar,
} from '../sdk/common/wire/schedule-requests.ts';
import { CALENDAR_FIELDS, type CalendarField, FIELD_BOUNDS } from './calendar.ts';

const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

const NAMES: Partial<Record<CalendarField, { names: readonly string[]; first: number; lettersMin: number }>> =
  {
    month: { names: MONTHS, first: 1, lettersMin: 3 },
    dayOfWeek: { names: DAYS, first: 0, lettersMin: 2 },
  };

/** What the names that take the place of the five fields stand for. */
export const CRON_DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const CRON_FIELDS: Readonly<Record<number, readonly CalendarField[]>> = {
  5: ['minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek'],
  6: ['minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek', 'year'],
  7: ['second', 'minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek', 'year'],
};

const TIME_FIELDS: ReadonlySet<CalendarField> = new Set(['second', 'minute', 'hour']);

/** Throws `ScheduleSpecError`. */
export function structuredOf(calendar: WireCalendar): WireStructuredCalendar {
  const structured: WireStructuredCalendar = {};
  for (const field of CALENDAR_FIELDS) {
    const ranges = parseField(calendar[field] ?? '', field);
    if (ranges.length > 0) structured[field] = ranges;
  }
  if (calendar.comment) structured.comment = calendar.comment;
  return structured;
}

export interface ParsedCron {
  calendar?: WireStructuredCalendar;
  interval?: WireInterval;
  /** Set by `TZ=` or `CRON_TZ=`. */
  timezoneName?: string;
}

/** Throws `ScheduleSpecError`. What it was written as goes into the calendar's comment, unless it has one of its own. */
export function parseCron(text: string): ParsedCron {
  const fail = (problem: string): never => {
    throw new ScheduleSpecError(`cron expression "${text}": ${problem}`);
  };
  const [beforeComment = '', ...afterComment] = text.split('#');
  const comment = afterComment.join('#').trim();
  const zoned = /^\s*(?:CRON_)?TZ=(\S*)\s*(.*)$/s.exec(beforeComment);
  const timezoneName = zoned?.[1];
  const expression = (zoned?.[2] ?? beforeComment).trim();
  const zone = timezoneName ? { timezoneName } : {};
  if (/^@every(\s|$)/.test(expression))
    return { interval: parseEvery(expression.slice('@every'.length).trim(), fail), ...zone };
  const named = Object.hasOwn(CRON_DESCRIPTORS, expression) ? CRON_DESCRIPTORS[expression] : undefined;
  if (expression.startsWith('@') && named === undefined)
    fail(`expected @every or one of ${Object.keys(CRON_DESCRIPTORS).join(', ')}`);
  const texts = (named ?? expression).split(/\s+/).filter((field) => field !== '');
  const fields = CRON_FIELDS[texts.length] ?? fail(`expected 5, 6 or 7 fields, got ${texts.length}`);
  const calendar: WireCalendar = { comment: comment || text.trim() };
  for (const [index, field] of fields.entries()) calendar[field] = texts[index] ?? '';
  return { calendar: structuredOf(calendar), ...zone };
}

/** No ranges where that already means what the text says: any year. */
function parseField(text: string, field: CalendarField): WireRange[] {
  const trimmed = text.trim();
  const bounds = FIELD_BOUNDS[field];
  const isAny = trimmed === '*' || (trimmed === '' && !TIME_FIELDS.has(field));
  if (isAny) return field === 'year' ? [] : [{ start: bounds.min, end: bounds.max, step: 1 }];
  if (trimmed === '') return [{ start: 0, end: 0, step: 1 }];
  return trimmed.split(',').flatMap((part) => withoutSeven(parseRange(part.trim(), field), field));
}

/** A Sunday written as 7 is shown as 0. */
function withoutSeven(range: WireRange, field: CalendarField): WireRange[] {
  const { start = 0, end = 0, step = 1 } = range;
  if (field !== 'dayOfWeek' || end < 7) return [range];
  const hasSunday = (7 - start) % step === 0;
  const week = start < 7 ? [{ start, end: 6, step }] : [];
  return hasSunday ? [{ start: 0, end: 0, step: 1 }, ...week] : week;
}

/** `*`, `x`, `x-z`, and each with `/y`; `x/y` runs to the end. */
function parseRange(part: string, field: CalendarField): WireRange {
  const fail = (problem: string): never => {
    throw new ScheduleSpecError(`${field} "${part}": ${problem}`);
  };
  const { min, max } = FIELD_BOUNDS[field];
  const [range = '', stepText, ...more] = part.split('/');
  const [low = '', high, ...tooMany] = range.split('-');
  if (more.length > 0 || tooMany.length > 0 || (low === '*' && high !== undefined))
    fail('expected *, a value, or a range such as 1-5, each with or without /step');
  const step = stepText === undefined ? 1 : wholeNumber(stepText);
  if (step === undefined || step < 1) return fail('expected a step of 1 or more');
  if (low === '*') return { start: min, end: max, step };
  const start = parseValue(low, field) ?? fail(`expected a value from ${min} to ${max}`);
  const single = stepText === undefined ? start : max;
  const end = high === undefined ? single : parseValue(high, field);
  if (end === undefined || end < start) return fail(`expected a range within ${min} to ${max}`);
  return { start, end, step };
}

function parseValue(text: string, field: CalendarField): number | undefined {
  const { min, max } = FIELD_BOUNDS[field];
  const number = wholeNumber(text);
  // Sunday is 0, and 7 as well.
  const most = field === 'dayOfWeek' ? 7 : max;
  if (number !== undefined) return number >= min && number <= most ? number : undefined;
  const { names, first, lettersMin } = NAMES[field] ?? {};
  if (names === undefined || text.length < (lettersMin ?? 0)) return undefined;
  const index = names.findIndex((name) => name.startsWith(text.toLowerCase()));
  return index < 0 ? undefined : index + (first ?? 0);
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `<interval>[/<phase>]`. */
function parseEvery(text: string, fail: (problem: string) => never): WireInterval {
  const [interval = '', phase, ...more] = text.split('/');
  const expected = 'expected @every with durations such as 90s, 1h30m or 1d, and /phase if wanted';
  if (more.length > 0) fail(expected);
  const parsed: WireInterval = { interval: durationOf(interval) ?? fail(expected) };
  if (phase !== undefined) parsed.phase = durationOf(phase) ?? fail(expected);
  return parsed;
}

function durationOf(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^(\d{1,12}(\.\d{1,9})?(ms|s|m|h|d))+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g))
    total += Number(amount) * (UNITS[unit ?? ''] ?? 0);
  return total;
}
