/** When a schedule acts: clocks that change, days that do not exist, and everything against an oracle that tries every second. */
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import type { WireRange, WireScheduleSpec } from '../../src/sdk/common/wire/schedule-requests.ts';
import { compileSpec } from '../../src/times/compile-spec.ts';
import { scheduleTimes } from '../../src/times/schedule-times.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function times(spec: WireScheduleSpec, from: string, count: number): string[] {
  const compiled = scheduleTimes(compileSpec(spec), 'seed');
  const found: string[] = [];
  let after = Date.parse(from) - 1;
  while (found.length < count) {
    const time = compiled.next(after);
    if (time === undefined) break;
    found.push(new Date(time.nominal).toISOString().replace('.000Z', 'Z'));
    after = time.nominal;
  }
  return found;
}

describe('schedule times: calendars', () => {
  it('SCHED-2: second, minute and hour are 0 and the rest is any, unless they are named', () => {
    expect(times({ calendar: [{}] }, '2026-03-01T00:00:00Z', 2)).toEqual([
      '2026-03-01T00:00:00Z',
      '2026-03-02T00:00:00Z',
    ]);
    expect(times({ structuredCalendar: [{ hour: [{ start: 9 }] }] }, '2026-03-01T00:00:00Z', 2)).toEqual([
      '2026-03-01T09:00:00Z',
      '2026-03-02T09:00:00Z',
    ]);
  });

  it('SCHED-2: a day of the month and a day of the week have to match both', () => {
    const fridays13 = { calendar: [{ dayOfMonth: '13', dayOfWeek: 'FRI' }] };
    expect(times(fridays13, '2026-01-01T00:00:00Z', 4)).toEqual([
      '2026-02-13T00:00:00Z',
      '2026-03-13T00:00:00Z',
      '2026-11-13T00:00:00Z',
      '2027-08-13T00:00:00Z',
    ]);
  });

  it('SCHED-3: names of three and two letters, steps, lists, and Sunday as 0 or 7', () => {
    const spec = { calendar: [{ month: 'feb,DECEMBER', dayOfWeek: 'su-tu', hour: '8-20/6' }] };
    expect(times(spec, '2026-02-01T00:00:00Z', 4)).toEqual([
      '2026-02-01T08:00:00Z',
      '2026-02-01T14:00:00Z',
      '2026-02-01T20:00:00Z',
      '2026-02-02T08:00:00Z',
    ]);
    const sundays = ['2026-02-01T00:00:00Z', '2026-02-08T00:00:00Z'];
    for (const dayOfWeek of ['0', '7', 'Sun'])
      expect(times({ calendar: [{ dayOfWeek }] }, '2026-02-01T00:00:00Z', 2)).toEqual(sundays);
    expect(times({ structuredCalendar: [{ dayOfWeek: [{ start: 7 }] }] }, '2026-02-01T00:00:00Z', 2)).toEqual(
      sundays,
    );
  });

  it('SCHED-3: in structured ranges an end below the start means the start, and step 0 means 1', () => {
    const spec = { structuredCalendar: [{ minute: [{ start: 30, end: 2 }], hour: [{ start: 4, end: 6 }] }] };
    expect(times(spec, '2026-02-01T00:00:00Z', 4)).toEqual([
      '2026-02-01T04:30:00Z',
      '2026-02-01T05:30:00Z',
      '2026-02-01T06:30:00Z',
      '2026-02-02T04:30:00Z',
    ]);
  });

  it('a 29th of February comes every four years, and not in 2100', () => {
    expect(times({ cronString: ['0 12 29 2 *'] }, '2090-01-01T00:00:00Z', 5)).toEqual([
      '2092-02-29T12:00:00Z',
      '2096-02-29T12:00:00Z',
    ]);
  });

  it('the 31st comes in months that have one, the 30th not in February', () => {
    expect(times({ cronString: ['0 0 31 * *'] }, '2026-01-01T00:00:00Z', 4)).toEqual([
      '2026-01-31T00:00:00Z',
      '2026-03-31T00:00:00Z',
      '2026-05-31T00:00:00Z',
      '2026-07-31T00:00:00Z',
    ]);
    expect(times({ cronString: ['0 0 30 2 *'] }, '2026-01-01T00:00:00Z', 1)).toEqual([]);
  });

  it('SCHED-1: years end with 2100', () => {
    expect(times({ cronString: ['0 0 31 12 *'] }, '2099-01-01T00:00:00Z', 5)).toEqual([
      '2099-12-31T00:00:00Z',
      '2100-12-31T00:00:00Z',
    ]);
    expect(times({ cronString: ['0 0 1 1 *'] }, '1980-01-01T00:00:00Z', 1)).toEqual(['2000-01-01T00:00:00Z']);
  });
});

describe('schedule times: clocks that change', () => {
  const newYork = { timezoneName: 'America/New_York' };

  it('SCHED-6: a local time that summer time skips does not fire', () => {
    const spec = { calendar: [{ hour: '2', minute: '30' }], ...newYork };
    expect(times(spec, '2026-03-07T00:00:00Z', 3)).toEqual([
      '2026-03-07T07:30:00Z',
      '2026-03-09T06:30:00Z',
      '2026-03-10T06:30:00Z',
    ]);
  });

  it('SCHED-6: a local time that comes twice fires twice', () => {
    const spec = { calendar: [{ hour: '1', minute: '30' }], ...newYork };
    expect(times(spec, '2026-10-31T12:00:00Z', 3)).toEqual([
      '2026-11-01T05:30:00Z',
      '2026-11-01T06:30:00Z',
      '2026-11-02T06:30:00Z',
    ]);
  });

  it('a day stays at its local hour across both changes', () => {
    const spec = { calendar: [{ hour: '9' }], timezoneName: 'Europe/Berlin' };
    expect(times(spec, '2026-03-28T00:00:00Z', 2)).toEqual(['2026-03-28T08:00:00Z', '2026-03-29T07:00:00Z']);
    expect(times(spec, '2026-10-24T00:00:00Z', 2)).toEqual(['2026-10-24T07:00:00Z', '2026-10-25T08:00:00Z']);
  });

  it('a change of half an hour, and a change at midnight', () => {
    const lordHowe = { calendar: [{ hour: '2', minute: '*/15' }], timezoneName: 'Australia/Lord_Howe' };
    // 2026-10-04 02:00 becomes 02:30.
    expect(times(lordHowe, '2026-10-03T15:00:00Z', 2)).toEqual([
      '2026-10-03T15:30:00Z',
      '2026-10-03T15:45:00Z',
    ]);
    const cairo = { calendar: [{}], timezoneName: 'Africa/Cairo' };
    // 2026-04-24 00:00 becomes 01:00: this day has no midnight.
    expect(times(cairo, '2026-04-22T12:00:00Z', 2)).toEqual(['2026-04-22T22:00:00Z', '2026-04-24T21:00:00Z']);
  });

  it('a date that a zone left out does not exist', () => {
    const apia = {
      calendar: [{ dayOfMonth: '29-31', month: '12', year: '2011' }],
      timezoneName: 'Pacific/Apia',
    };
    expect(times(apia, '2011-12-01T00:00:00Z', 5)).toEqual(['2011-12-29T10:00:00Z', '2011-12-30T10:00:00Z']);
  });

  it('a date that comes again after its successor has begun', () => {
    // 2025-10-31 01:00 would be no such case; Greenland goes back on 2023-10-28 at 23:00 UTC, 00:00 becoming 23:00.
    const nuuk = { calendar: [{ hour: '*', minute: '*/30' }], timezoneName: 'Asuncion' };
    expect(() => times(nuuk, '2023-10-28T00:00:00Z', 1)).toThrow('unknown time zone "Asuncion"');
    const paraguay = { calendar: [{ hour: '23', minute: '30' }], timezoneName: 'America/Asuncion' };
    // 2024-03-24 00:00 becomes 23:00 of the 23rd.
    expect(times(paraguay, '2024-03-23T12:00:00Z', 3)).toEqual([
      '2024-03-24T02:30:00Z',
      '2024-03-24T03:30:00Z',
      '2024-03-25T03:30:00Z',
    ]);
  });
});

describe('schedule times: crons', () => {
  it('SCHED-4: five fields, six with a year, seven with seconds', () => {
    expect(times({ cronString: ['15 10 * * *'] }, '2026-01-01T00:00:00Z', 1)).toEqual([
      '2026-01-01T10:15:00Z',
    ]);
    expect(times({ cronString: ['15 10 1 1 * 2030'] }, '2026-01-01T00:00:00Z', 2)).toEqual([
      '2030-01-01T10:15:00Z',
    ]);
    expect(times({ cronString: ['30 15 10 * * * *'] }, '2026-01-01T00:00:00Z', 1)).toEqual([
      '2026-01-01T10:15:30Z',
    ]);
  });

  it('SCHED-4: the @names', () => {
    const first = (name: string) => times({ cronString: [name] }, '2026-02-10T10:30:00Z', 1)[0];
    expect(first('@yearly')).toBe('2027-01-01T00:00:00Z');
    expect(first('@annually')).toBe('2027-01-01T00:00:00Z');
    expect(first('@monthly')).toBe('2026-03-01T00:00:00Z');
    expect(first('@weekly')).toBe('2026-02-15T00:00:00Z');
    expect(first('@daily')).toBe('2026-02-11T00:00:00Z');
    expect(first('@midnight')).toBe('2026-02-11T00:00:00Z');
    expect(first('@hourly')).toBe('2026-02-10T11:00:00Z');
  });

  it('SCHED-4, SCHED-5: @every counts from 1970, with a phase', () => {
    expect(times({ cronString: ['@every 1h30m'] }, '2026-01-01T00:00:00Z', 2)).toEqual([
      '2026-01-01T00:00:00Z',
      '2026-01-01T01:30:00Z',
    ]);
    expect(times({ cronString: ['@every 1d/5h'] }, '2026-01-01T00:00:00Z', 2)).toEqual([
      '2026-01-01T05:00:00Z',
      '2026-01-02T05:00:00Z',
    ]);
  });

  it('SCHED-4: a time zone in front, and a comment behind; compiled to calendars with the text as comment', () => {
    for (const prefix of ['TZ', 'CRON_TZ']) {
      const compiled = compileSpec({ cronString: [`${prefix}=Asia/Tokyo 0 9 * * MON-FRI # work`] });
      expect(compiled.timezoneName).toBe('Asia/Tokyo');
      expect(compiled.structuredCalendar).toEqual([
        {
          second: [{ start: 0, end: 0, step: 1 }],
          minute: [{ start: 0, end: 0, step: 1 }],
          hour: [{ start: 9, end: 9, step: 1 }],
          dayOfMonth: [{ start: 1, end: 31, step: 1 }],
          month: [{ start: 1, end: 12, step: 1 }],
          dayOfWeek: [{ start: 1, end: 5, step: 1 }],
          comment: 'work',
        },
      ]);
      expect(compileSpec(compiled)).toEqual(compiled);
    }
    expect(compileSpec({ cronString: ['@daily'] }).structuredCalendar?.[0]?.comment).toBe('@daily');
    expect(compileSpec({ cronString: ['@every 90s/30s'] })).toEqual({
      interval: [{ interval: 90_000, phase: 30_000 }],
    });
  });

  it.each([
    ['conflicting time zones', { cronString: ['TZ=Asia/Tokyo @daily'], timezoneName: 'UTC' }],
    ['conflicting time zones', { cronString: ['TZ=Asia/Tokyo @daily', 'TZ=Europe/Paris @daily'] }],
    ['unknown time zone', { timezoneName: 'Mars/Olympus' }],
    ['unknown time zone', { timezoneName: '+02:00' }],
    ['timezoneData is not supported', { timezoneData: new Uint8Array([1]) }],
    ['expected 5, 6 or 7 fields, got 4', { cronString: ['0 0 * *'] }],
    ['expected @every or one of', { cronString: ['@fortnightly'] }],
    ['minute "60"', { cronString: ['60 * * * *'] }],
    ['minute "*/0"', { cronString: ['*/0 * * * *'] }],
    ['hour "5-3"', { calendar: [{ hour: '5-3' }] }],
    ['month "ja"', { calendar: [{ month: 'ja' }] }],
    ['dayOfWeek "m"', { calendar: [{ dayOfWeek: 'm' }] }],
    ['year "1999"', { calendar: [{ year: '1999' }] }],
    ['dayOfMonth', { structuredCalendar: [{ dayOfMonth: [{ start: 0 }] }] }],
    ['hour', { structuredCalendar: [{ hour: [{ start: 1, end: 24 }] }] }],
    ['second', { excludeStructuredCalendar: [{ second: [{ start: 60 }] }] }],
    ['expected at least 1s', { interval: [{ interval: 999 }] }],
    ['phase', { interval: [{ interval: 60_000, phase: 60_000 }] }],
    ['expected @every with durations', { cronString: ['@every soon'] }],
    ['exceed the limit', { cronString: Array.from({ length: 1_001 }, () => '@daily') }],
  ])('SCHED-4: a spec is refused with what is wrong: %s', (problem, spec: WireScheduleSpec) => {
    expect(() => compileSpec(spec)).toThrow(/^Invalid schedule spec: /);
    expect(() => compileSpec(spec)).toThrow(problem);
  });
});

describe('schedule times: intervals, bounds, exclusions', () => {
  it('SCHED-5: distances from the phase, fractions dropped', () => {
    const spec = { interval: [{ interval: 28 * DAY + 900, phase: 3 * DAY + 5 * HOUR + 23 * 60_000 }] };
    expect(times(spec, '2022-02-01T00:00:00Z', 1)).toEqual(['2022-02-20T05:23:00Z']);
  });

  it('SCHED-1: times of all parts together, each once', () => {
    const spec = {
      cronString: ['0 */6 * * *'],
      calendar: [{ hour: '12' }, { hour: '13' }],
      interval: [{ interval: 12 * HOUR }],
    };
    expect(times(spec, '2026-01-01T06:00:00Z', 4)).toEqual([
      '2026-01-01T06:00:00Z',
      '2026-01-01T12:00:00Z',
      '2026-01-01T13:00:00Z',
      '2026-01-01T18:00:00Z',
    ]);
  });

  it('SCHED-1: start and end belong to the span', () => {
    const spec = {
      interval: [{ interval: HOUR }],
      startTime: Date.parse('2026-01-01T10:00:00Z'),
      endTime: Date.parse('2026-01-01T12:00:00Z'),
    };
    expect(times(spec, '2025-01-01T00:00:00Z', 9)).toEqual([
      '2026-01-01T10:00:00Z',
      '2026-01-01T11:00:00Z',
      '2026-01-01T12:00:00Z',
    ]);
  });

  it('SCHED-1: excluded calendars take times away, in every field', () => {
    const spec = {
      interval: [{ interval: HOUR }],
      excludeCalendar: [{ hour: '*', dayOfWeek: '6,0' }, { hour: '0-22' }],
    };
    expect(times(spec, '2026-01-02T12:00:00Z', 2)).toEqual(['2026-01-02T23:00:00Z', '2026-01-05T23:00:00Z']);
    const off = { interval: [{ interval: HOUR }], excludeCalendar: [{ second: '1', hour: '*' }] };
    expect(times(off, '2026-01-01T00:00:00Z', 1)).toEqual(['2026-01-01T00:00:00Z']);
  });

  it('every second with eleven months excluded is found at once', () => {
    const all = { second: '*', minute: '*', hour: '*' };
    const spec = { interval: [{ interval: SECOND }], excludeCalendar: [{ ...all, month: '1-11' }] };
    expect(times(spec, '2026-01-01T00:00:00Z', 1)).toEqual(['2026-12-01T00:00:00Z']);
  });

  it('a spec that excludes all of its times has none', () => {
    const all = { second: '*', minute: '*', hour: '*' };
    expect(
      times({ interval: [{ interval: SECOND }], excludeCalendar: [all] }, '2026-01-01T00:00:00Z', 1),
    ).toEqual([]);
    expect(times({}, '2026-01-01T00:00:00Z', 1)).toEqual([]);
  });
});

describe('schedule times: jitter', () => {
  const spec = compileSpec({ interval: [{ interval: HOUR }], jitter: 10 * 60_000 });

  it('SCHED-7: is the same for a schedule and a time, differs between them, and stays below its bound', () => {
    const [mine, again, other] = ['a', 'a', 'b'].map((seed) => scheduleTimes(spec, seed));
    const from = Date.parse('2026-01-01T00:00:00Z');
    const delays = new Set<number>();
    for (let index = 0; index < 500; index++) {
      const time = mine?.next(from + index * HOUR - 1);
      expect(time).toEqual(again?.next(from + index * HOUR - 1));
      const delay = (time?.actual ?? 0) - (time?.nominal ?? 0);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThan(10 * 60_000);
      delays.add(delay);
      if (index === 0) expect(other?.next(from - 1)?.actual).not.toBe(time?.actual);
    }
    // Spread over its ten minutes: each of them sees some of the 500.
    expect(new Set([...delays].map((delay) => Math.floor(delay / 60_000))).size).toBe(10);
  });

  it('SCHED-7: stays below the gap to the next time', () => {
    const dense = scheduleTimes(compileSpec({ interval: [{ interval: 2 * SECOND }], jitter: DAY }), 'x');
    let time = dense.next(0);
    for (let index = 0; index < 500 && time !== undefined; index++) {
      expect(time.actual - time.nominal).toBeLessThan(2 * SECOND);
      time = dense.next(time.nominal);
    }
  });

  it('SCHED-20: times between two moments are those that act between them', () => {
    const jittered = scheduleTimes(spec, 'a');
    const from = Date.parse('2026-01-01T00:30:00Z');
    const first = jittered.next(from);
    expect(jittered.between(from, from + 5 * HOUR, 1_000)).toHaveLength(5);
    expect(jittered.between(first?.actual ?? 0, first?.actual ?? 0, 10)).toEqual([first]);
    expect(jittered.between((first?.actual ?? 0) + 1, (first?.actual ?? 0) + 1, 10)).toEqual([]);
    expect(jittered.between(from, from + 5 * HOUR, 2)).toHaveLength(2);
  });

  it('the last time that has acted is found as by walking', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3 * DAY }),
        fc.integer({ min: 1, max: 7_200 }),
        fc.integer({ min: 0, max: 2 * HOUR }),
        (ahead, everySeconds, jitter) => {
          const compiled = scheduleTimes(
            compileSpec({ interval: [{ interval: everySeconds * SECOND }], jitter }),
            'walk',
          );
          const start = Date.parse('2026-05-05T05:05:05Z');
          const now = start + Math.min(ahead, everySeconds * 200 * SECOND);
          let walked: number | undefined;
          let time = compiled.next(start);
          while (time !== undefined && time.actual <= now) {
            walked = time.nominal;
            time = compiled.next(time.nominal);
          }
          expect(compiled.lastUntil(start, now)).toBe(walked);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('schedule times: against an oracle that tries every half minute', () => {
  /** Moments around which clocks change, or nothing does. */
  const windows: [zone: string, around: string][] = [
    ['America/New_York', '2026-03-08T07:00:00Z'],
    ['America/New_York', '2026-11-01T06:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
    ['Africa/Cairo', '2026-04-23T22:00:00Z'],
    ['America/Asuncion', '2024-03-24T03:00:00Z'],
    ['Pacific/Apia', '2011-12-30T10:00:00Z'],
    ['Asia/Kathmandu', '2026-06-01T00:00:00Z'],
    ['UTC', '2028-02-29T00:00:00Z'],
  ];
  const ranges = (min: number, max: number): fc.Arbitrary<WireRange[]> =>
    fc.array(
      fc.record({
        start: fc.integer({ min, max }),
        end: fc.integer({ min, max }),
        step: fc.integer({ min: 0, max: 7 }),
      }),
      { minLength: 1, maxLength: 3 },
    );
  const calendar = fc.record(
    {
      second: fc.constantFrom<WireRange[][]>(
        [{ start: 0, end: 59, step: 30 }],
        [{ start: 30, end: 30, step: 1 }],
      ),
      minute: ranges(0, 59),
      hour: ranges(0, 23),
      dayOfMonth: ranges(1, 31),
      month: ranges(1, 12),
      dayOfWeek: ranges(0, 6),
    },
    { requiredKeys: ['minute', 'hour'] },
  );

  const has = (list: WireRange[] | undefined, value: number, otherwise: boolean): boolean =>
    list === undefined
      ? otherwise
      : list.some(({ start = 0, end = 0, step = 0 }) => {
          const last = Math.max(start, end);
          return value >= start && value <= last && (value - start) % Math.max(step, 1) === 0;
        });

  it('finds the same times', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...windows),
        calendar,
        fc.option(calendar),
        ([zone, around], wanted, skipped) => {
          const middle = Date.parse(around);
          const [from, to] = [middle - 30 * HOUR, middle + 30 * HOUR];
          const matches = (spec: typeof wanted, at: DateTime): boolean =>
            has(spec.second, at.second, at.second === 0) &&
            has(spec.minute, at.minute, false) &&
            has(spec.hour, at.hour, false) &&
            has(spec.dayOfMonth, at.day, true) &&
            has(spec.month, at.month, true) &&
            has(spec.dayOfWeek, at.weekday % 7, true);
          const expected: number[] = [];
          for (let at = from; at <= to; at += 30 * SECOND) {
            const shown = DateTime.fromMillis(at, { zone });
            if (matches(wanted, shown) && !(skipped && matches(skipped, shown))) expected.push(at);
          }
          const compiled = scheduleTimes(
            compileSpec({
              structuredCalendar: [wanted],
              timezoneName: zone,
              ...(skipped && { excludeStructuredCalendar: [skipped] }),
            }),
            '',
          );
          expect(compiled.between(from, to, 10_000).map(({ nominal }) => nominal)).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);
});
