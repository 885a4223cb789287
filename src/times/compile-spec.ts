/**
 * Specs as callers write them, and what is kept and shown of them (SCHED-4): structured calendars and intervals in one time
 * zone. Everything that can be wrong with a spec is found here, so that what is kept has times or none, but no errors.
 */

import { ScheduleSpecError } from '../engine/schedule/spec-error.ts';
import type {
  WireInterval,
  WireScheduleSpec,
  WireStructuredCalendar,
} from '../sdk/common/wire/schedule-requests.ts';
import { CALENDAR_FIELDS, type CalendarField, FIELD_BOUNDS } from './calendar.ts';
import { parseCron, structuredOf } from './spec-text.ts';
import { timeZone } from './time-zone.ts';

const SECOND_MS = 1_000;
/** Calendars, crons and intervals together, and what they exclude. */
const PARTS_MAX = 1_000;
const RANGES_MAX = 200;

/** Throws `ScheduleSpecError`. What was compiled before stays as it is. */
export function compileSpec(spec: WireScheduleSpec): WireScheduleSpec {
  checkSize(spec);
  const crons = (spec.cronString ?? []).map(parseCron);
  const calendars = [
    ...(spec.structuredCalendar ?? []).map(checkStructured),
    ...(spec.calendar ?? []).map(structuredOf),
    ...crons.flatMap(({ calendar }) => (calendar ? [calendar] : [])),
  ];
  const intervals = [
    ...(spec.interval ?? []).map(compileInterval),
    ...crons.flatMap(({ interval }) => (interval ? [compileInterval(interval)] : [])),
  ];
  const excluded = [
    ...(spec.excludeStructuredCalendar ?? []).map(checkStructured),
    ...(spec.excludeCalendar ?? []).map(structuredOf),
  ];
  const timezoneName = zoneOf(
    spec,
    crons.flatMap((cron) => cron.timezoneName ?? []),
  );
  return {
    ...(calendars.length > 0 && { structuredCalendar: calendars }),
    ...(intervals.length > 0 && { interval: intervals }),
    ...(excluded.length > 0 && { excludeStructuredCalendar: excluded }),
    ...(spec.startTime !== undefined && { startTime: spec.startTime }),
    ...(spec.endTime !== undefined && { endTime: spec.endTime }),
    ...(spec.jitter && { jitter: spec.jitter }),
    ...(timezoneName && { timezoneName }),
  };
}

function checkSize(spec: WireScheduleSpec): void {
  const { structuredCalendar, calendar, cronString, interval } = spec;
  const { excludeCalendar, excludeStructuredCalendar } = spec;
  const lists = [
    structuredCalendar,
    calendar,
    cronString,
    interval,
    excludeCalendar,
    excludeStructuredCalendar,
  ];
  const parts = lists.reduce((sum, list) => sum + (list?.length ?? 0), 0);
  if (parts > PARTS_MAX)
    throw new ScheduleSpecError(`${parts} calendars, crons and intervals exceed the limit of ${PARTS_MAX}`);
}

function zoneOf({ timezoneName = '', timezoneData }: WireScheduleSpec, ofCrons: readonly string[]): string {
  if (timezoneData?.length)
    throw new ScheduleSpecError(
      'timezoneData is not supported: name a zone of the time zone database in timezoneName',
    );
  const names = new Set([timezoneName, ...ofCrons].filter((name) => name !== ''));
  if (names.size > 1)
    throw new ScheduleSpecError(`conflicting time zones: ${[...names].sort().join(', ')}; name one`);
  const [name = ''] = names;
  if (timeZone(name) === undefined)
    throw new ScheduleSpecError(
      `unknown time zone "${name}": expected an IANA name such as America/New_York`,
    );
  return name;
}

/** SCHED-5. A phase that is not given is not made up: describe shows what was said. */
function compileInterval({ interval = 0, phase }: WireInterval): WireInterval {
  const every = wholeSeconds(interval);
  const offset = wholeSeconds(phase ?? 0);
  if (every < SECOND_MS)
    throw new ScheduleSpecError(`interval: expected at least 1s, got ${interval / SECOND_MS}s`);
  if (offset < 0 || offset >= every)
    throw new ScheduleSpecError(
      `phase: expected from 0s to below the interval of ${every / SECOND_MS}s, got ${(phase ?? 0) / SECOND_MS}s`,
    );
  return phase === undefined ? { interval: every } : { interval: every, phase: offset };
}

const wholeSeconds = (ms: number): number => Math.trunc(ms / SECOND_MS) * SECOND_MS;

function checkStructured(calendar: WireStructuredCalendar): WireStructuredCalendar {
  for (const field of CALENDAR_FIELDS) checkRanges(calendar, field);
  return calendar;
}

function checkRanges(calendar: WireStructuredCalendar, field: CalendarField): void {
  const ranges = calendar[field] ?? [];
  const { min, max } = FIELD_BOUNDS[field];
  if (ranges.length > RANGES_MAX)
    throw new ScheduleSpecError(`${field}: ${ranges.length} ranges exceed the limit of ${RANGES_MAX}`);
  // Sunday is 0, and 7 as well.
  const most = field === 'dayOfWeek' ? 7 : max;
  for (const { start = 0, end = 0, step = 0 } of ranges) {
    const isWithin = start >= min && start <= most && end <= most && end >= 0 && step >= 0;
    if (!isWithin)
      throw new ScheduleSpecError(
        `${field}: expected a range within ${min} to ${max}, got start ${start}, end ${end}, step ${step}`,
      );
  }
}
