/** How specs travel, and come back. */
import { describe, expect, test } from 'vitest';
import { decodeScheduleSpec, encodeScheduleSpec } from '../../../src/sdk/client/schedule-calendars.ts';
import type { CalendarSpec } from '../../../src/sdk/client/schedule-types.ts';

const encoded = (calendar: CalendarSpec) =>
  encodeScheduleSpec({ calendars: [calendar] }).structuredCalendar?.[0];

describe('calendars on the wire', () => {
  test('SCHED-2: what is left out', () => {
    expect(encoded({})).toEqual({
      second: [{ start: 0, end: 0, step: 0 }],
      minute: [{ start: 0, end: 0, step: 0 }],
      hour: [{ start: 0, end: 0, step: 0 }],
      dayOfMonth: [{ start: 1, end: 31, step: 1 }],
      month: [{ start: 1, end: 12, step: 1 }],
      year: [],
      dayOfWeek: [{ start: 0, end: 6, step: 1 }],
    });
  });

  test('values, ranges, steps, lists, names, and any', () => {
    const calendar = encoded({
      second: '*',
      minute: [5, { start: 10, end: 50, step: 10 }],
      hour: { start: 8, end: 17 },
      month: ['JANUARY', { start: 'JUNE', end: 'AUGUST' }],
      year: '*',
      dayOfWeek: { start: 'MONDAY', end: 'FRIDAY' },
      comment: 'office hours',
    });
    expect(calendar).toMatchObject({
      second: [{ start: 0, end: 59, step: 1 }],
      minute: [
        { start: 5, end: 5, step: 1 },
        { start: 10, end: 50, step: 10 },
      ],
      hour: [{ start: 8, end: 17, step: 1 }],
      month: [
        { start: 1, end: 1, step: 1 },
        { start: 6, end: 8, step: 1 },
      ],
      year: [],
      dayOfWeek: [{ start: 1, end: 5, step: 1 }],
      comment: 'office hours',
    });
  });

  test('SCHED-3: a range without an end is its start alone, zero and Sunday too', () => {
    expect(encoded({ minute: { start: 0 }, dayOfWeek: { start: 'SUNDAY' } })).toMatchObject({
      minute: [{ start: 0, end: 0, step: 1 }],
      dayOfWeek: [{ start: 0, end: 0, step: 1 }],
    });
  });

  test.each([
    [{ second: 60 }, "Invalid CalendarSpec component for field second: '60' of type 'number'"],
    [{ hour: '5' as never }, "Invalid CalendarSpec component for field hour: '5' of type 'string'"],
    [
      { month: 'SMARCH' as never },
      "Invalid CalendarSpec component for field month: 'SMARCH' of type 'string'",
    ],
    [{ dayOfWeek: 1 as never }, "Invalid CalendarSpec component for field dayOfWeek: '1' of type 'number'"],
  ])('%j is a TypeError', (calendar, message) => {
    expect(() => encoded(calendar)).toThrow(new TypeError(message));
  });

  test('a spec comes back as it can be sent again', () => {
    const spec = {
      calendars: [{ hour: 6, month: 'MAY' as const }],
      intervals: [{ every: '1 hour' as const, offset: 60_000 }],
      skip: [{ dayOfWeek: 'SUNDAY' as const }],
      startAt: new Date('2026-01-01T00:00:00Z'),
      jitter: '30s' as const,
      timezone: 'Asia/Tokyo',
    };
    const shown = decodeScheduleSpec(encodeScheduleSpec(spec));
    expect(shown).toMatchObject({
      calendars: [
        { hour: [{ start: 6, end: 6, step: 1 }], month: [{ start: 'MAY', end: 'MAY', step: 1 }], year: [] },
      ],
      intervals: [{ every: 3_600_000, offset: 60_000 }],
      skip: [{ dayOfWeek: [{ start: 'SUNDAY', end: 'SUNDAY', step: 1 }] }],
      startAt: spec.startAt,
      jitter: 30_000,
      timezone: 'Asia/Tokyo',
    });
    expect(decodeScheduleSpec(encodeScheduleSpec(shown))).toEqual(shown);
  });

  test('SCHED-5: what was not given is shown as such', () => {
    expect(decodeScheduleSpec(encodeScheduleSpec({ intervals: [{ every: '1 hour' }] }))).toStrictEqual({
      calendars: [],
      intervals: [{ every: 3_600_000, offset: undefined }],
      skip: [],
      startAt: undefined,
      endAt: undefined,
      jitter: undefined,
      timezone: '',
    });
  });

  test('a value out of bounds from elsewhere is a RangeError', () => {
    const wire = { structuredCalendar: [{ month: [{ start: 13 }] }] };
    expect(() => decodeScheduleSpec(wire)).toThrow(RangeError);
  });
});
