/**
 * Maintained cron libraries beside ours: what they are good for (an oracle, where grammars and clocks agree) and why none of them
 * reads cron schedules here. A difference that goes away fails a test of the second part: then look at that library again.
 */
import { CronExpressionParser } from 'cron-parser';
import { parseCronExpression } from 'cron-schedule';
import { Cron } from 'croner';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextCronTime } from '../../src/times/cron-schedule.ts';

type Reader = (expression: string, zone: string, after: number, count: number) => number[] | 'refused';

const ours: Reader = (expression, zone, after, count) => {
  const times: number[] = [];
  let time: number | undefined = after;
  while (times.length < count) {
    time = nextCronTime(`CRON_TZ=${zone} ${expression}`, time);
    if (time === undefined) return times.length === 0 ? 'refused' : times;
    times.push(time);
  }
  return times;
};

const readers: Record<'croner' | 'cronParser', Reader> = {
  croner: (expression, timezone, after, count) => {
    try {
      const cron = new Cron(expression, { timezone, mode: '5-part', sloppyRanges: true, paused: true });
      return cron.nextRuns(count, new Date(after)).map(Number);
    } catch {
      return 'refused';
    }
  },
  cronParser: (expression, tz, after, count) => {
    try {
      const times = CronExpressionParser.parse(expression, { tz, currentDate: new Date(after) });
      return Array.from({ length: count }, () => times.next().getTime());
    } catch {
      return 'refused';
    }
  },
};

const JANUARY = Date.UTC(2026, 0);

function part(min: number, max: number, names: readonly string[] = []): fc.Arbitrary<string> {
  const number = fc.integer({ min, max });
  const value = (each: number) => names[each - min] ?? String(each);
  const range = fc.tuple(number, number).map((pair) => pair.toSorted((a, b) => a - b).map(value));
  const step = fc.integer({ min: 1, max: max - min });
  const values = fc.uniqueArray(number, { minLength: 1, maxLength: 4 }).map((each) => each.map(value).join());
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant('*') },
    { weight: 3, arbitrary: values },
    { weight: 1, arbitrary: range.map(([from, to]) => `${from}-${to}`) },
    { weight: 1, arbitrary: step.map((each) => `*/${each}`) },
    {
      weight: 1,
      arbitrary: fc.tuple(range, step).map(([[from, to], each]) => `${from}-${to}/${each}`),
    },
  );
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** Days that each month has: how far a search may go differs, and is not what is compared. */
const expressions = fc
  .tuple(
    part(0, 59),
    part(0, 23),
    part(1, 28),
    part(1, 12, MONTHS),
    part(1, 5, ['MON', 'TUE', 'WED', 'THU', 'FRI']),
  )
  .map((fields) => fields.join(' '));

describe('cron schedules: where maintained libraries read the same', () => {
  it.each(Object.keys(readers) as (keyof typeof readers)[])(
    'CRON-1: the times in UTC, and in a zone whose clock never changes, are those of %s',
    (name) => {
      const moments = fc
        .integer({ min: 0, max: 10 * 365 * 1440 })
        .map((minutes) => JANUARY + minutes * 60_000);
      fc.assert(
        fc.property(
          expressions,
          fc.constantFrom('UTC', 'Asia/Kolkata'),
          moments,
          (expression, zone, after) => {
            // A restricted day beside one that a step leaves open is read in three ways.
            fc.pre(!/\*\/1\b/.test(expression));
            expect(ours(expression, zone, after, 5)).toEqual(readers[name](expression, zone, after, 5));
          },
        ),
        { numRuns: 200 },
      );
    },
  );
});

describe('cron schedules: why none of the libraries finds the times', () => {
  const march = Date.parse('2026-03-07T12:00:00Z');
  const october = Date.parse('2026-10-31T12:00:00Z');
  const zone = 'America/New_York';

  it.each(Object.entries(readers))(
    'SCHED-6: %s moves a time that the clock skips, and drops one that it repeats',
    (_name, read) => {
      const skipped = ours('30 2 * * *', zone, march, 1);
      expect(skipped).toEqual([Date.parse('2026-03-09T06:30:00Z')]);
      expect(read('30 2 * * *', zone, march, 1)).not.toEqual(skipped);
      const repeated = ours('30 1 * * *', zone, october, 2);
      expect(repeated).toEqual(['2026-11-01T05:30:00Z', '2026-11-01T06:30:00Z'].map(Date.parse));
      expect(read('30 1 * * *', zone, october, 2)).not.toEqual(repeated);
    },
  );
});

describe('cron schedules: why none of the libraries reads the fields', () => {
  it.each(['0 0 * * 7', '0 0 L * *', '0 0 * * 5#2', '0 0 * * sat-sun', '/5 * * * *'])(
    'CRON-1: croner takes "%s", which Temporal refuses',
    (expression) => {
      expect(ours(expression, 'UTC', JANUARY, 1)).toBe('refused');
      expect(readers.croner(expression, 'UTC', JANUARY, 1)).not.toBe('refused');
    },
  );

  it.each(['*/100 * * * *', '0 5/25 * * *', '0 0 * * 1-5/20', '0 0 * * sun-sun'])(
    'CRON-1: croner refuses "%s" or reads it otherwise than Temporal',
    (expression) => {
      const times = ours(expression, 'UTC', JANUARY, 2);
      expect(times).toHaveLength(2);
      expect(readers.croner(expression, 'UTC', JANUARY, 2)).not.toEqual(times);
    },
  );

  it.each(['0 0 * * 7', '0 0 L * *', '0 0 * * 5#2', '0 0 1 1jan *', '* * * * * *'])(
    'CRON-1: cron-parser takes "%s", which Temporal refuses',
    (expression) => {
      expect(ours(expression, 'UTC', JANUARY, 1)).toBe('refused');
      expect(readers.cronParser(expression, 'UTC', JANUARY, 1)).not.toBe('refused');
    },
  );

  it('CRON-1: cron-schedule reads a start with a step as the start alone, and knows no question mark', () => {
    expect(parseCronExpression('5/25 * * * *').minutes).toEqual([5]);
    expect(ours('5/25 * * * *', 'UTC', JANUARY, 2)).toEqual([JANUARY + 5 * 60_000, JANUARY + 30 * 60_000]);
    expect(() => parseCronExpression('0 0 ? * 1')).toThrow(/NaN/);
  });

  it.each(['0 0 * * 7', '5abc * * * *', '0 0 * * 5#2', '0 0 +1 * *', '* * * * * *'])(
    'CRON-1: cron-schedule takes "%s", which Temporal refuses',
    (expression) => {
      expect(ours(expression, 'UTC', JANUARY, 1)).toBe('refused');
      expect(() => parseCronExpression(expression)).not.toThrow();
    },
  );
});

describe('calendars in text: why none of the libraries reads them', () => {
  it.each(['0 0 1 january *', '0 0 * * su', '0 0 * * Wedn'])(
    'SCHED-3: none knows the names of "%s"',
    (expression) => {
      expect(readers.croner(expression, 'UTC', JANUARY, 1)).toBe('refused');
      expect(readers.cronParser(expression, 'UTC', JANUARY, 1)).toBe('refused');
      expect(() => parseCronExpression(expression)).toThrow();
    },
  );

  it('SCHED-4: of ranges, which describe shows, they keep the values alone', () => {
    expect(parseCronExpression('0-59/40 * * * *').minutes).toEqual(
      parseCronExpression('0,40 * * * *').minutes,
    );
    const fields = (text: string) => CronExpressionParser.parse(text).fields.minute.values;
    expect(fields('0-59/40 * * * *')).toEqual(fields('0,40 * * * *'));
  });
});
