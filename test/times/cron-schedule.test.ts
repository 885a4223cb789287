import { describe, expect, it } from 'vitest';
import { nextCronTime } from '../../src/times/cron-schedule.ts';

/** The next times as ISO text without the seconds that are always zero. */
function times(expression: string, after: string, count = 3): string[] {
  const found: string[] = [];
  let time: number | undefined = Date.parse(after);
  while (found.length < count) {
    time = nextCronTime(expression, time);
    if (time === undefined) break;
    found.push(new Date(time).toISOString().replace(/:00\.000Z$/, 'Z'));
  }
  return found;
}

describe('cron schedules: five fields (CRON-1)', () => {
  it.each([
    ['*/20 * * * *', '2026-01-01T00:00:00Z', ['2026-01-01T00:20Z', '2026-01-01T00:40Z', '2026-01-01T01:00Z']],
    ['5/25 3 * * *', '2026-01-01T00:00:00Z', ['2026-01-01T03:05Z', '2026-01-01T03:30Z', '2026-01-01T03:55Z']],
    [
      '0 9-17/4 * * mon-FRI',
      '2026-01-02T12:00:00Z',
      ['2026-01-02T13:00Z', '2026-01-02T17:00Z', '2026-01-05T09:00Z'],
    ],
    [
      '0 0 1 Jan,jul ?',
      '2026-01-01T00:00:00Z',
      ['2026-07-01T00:00Z', '2027-01-01T00:00Z', '2027-07-01T00:00Z'],
    ],
    ['0 0 29 2 *', '2026-01-01T00:00:00Z', ['2028-02-29T00:00Z', '2032-02-29T00:00Z', '2036-02-29T00:00Z']],
    [
      '59 23 31 12 *',
      '2026-12-31T23:59:00Z',
      ['2027-12-31T23:59Z', '2028-12-31T23:59Z', '2029-12-31T23:59Z'],
    ],
  ])('%s', (expression, after, expected) => {
    expect(times(expression, after)).toEqual(expected);
  });

  it('finds what is strictly later, in whole minutes', () => {
    expect(times('* * * * *', '2026-01-01T00:00:00Z', 1)).toEqual(['2026-01-01T00:01Z']);
    expect(times('* * * * *', '2026-01-01T00:00:59.999Z', 1)).toEqual(['2026-01-01T00:01Z']);
  });

  it('takes either day when both day fields are restricted, a step counting as a restriction', () => {
    expect(times('0 0 13 * 5', '2026-01-01T00:00:00Z', 4)).toEqual([
      '2026-01-02T00:00Z',
      '2026-01-09T00:00Z',
      '2026-01-13T00:00Z',
      '2026-01-16T00:00Z',
    ]);
    expect(times('0 0 */10 * 1', '2026-01-01T00:00:00Z', 3)).toEqual([
      '2026-01-05T00:00Z',
      '2026-01-11T00:00Z',
      '2026-01-12T00:00Z',
    ]);
  });

  it('takes both days when one of the fields is a star', () => {
    expect(times('0 0 13 * *', '2026-01-01T00:00:00Z', 2)).toEqual([
      '2026-01-13T00:00Z',
      '2026-02-13T00:00Z',
    ]);
    expect(times('0 0 */1 * 5', '2026-01-01T00:00:00Z', 2)).toEqual([
      '2026-01-02T00:00Z',
      '2026-01-09T00:00Z',
    ]);
  });

  it('gives up on a day that never comes', () => {
    expect(nextCronTime('0 0 31 2 *', 0)).toBeUndefined();
    expect(nextCronTime('CRON_TZ=Europe/Berlin 0 0 30 2 *', 0)).toBeUndefined();
  });

  it.each([
    '',
    '* * * *',
    '* * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 7',
    '5-1 * * * *',
    '* * * * fri-mon',
    '*/0 * * * *',
    '1-2-3 * * * *',
    '1/2/3 * * * *',
    '*-5 * * * *',
    '-1 * * * *',
    'a * * * *',
    '* * L * *',
    ', * * * *',
    'CRON_TZ=Nowhere/City * * * * *',
    'CRON_TZ=UTC',
    '@fortnightly',
    '@toString',
    '@every',
    '@every 5',
    '@every -5s',
    '@every 5 s',
    '@every 5d',
  ])('refuses "%s"', (expression) => {
    expect(nextCronTime(expression, 0)).toBeUndefined();
  });
});

describe('cron schedules: descriptors (CRON-1)', () => {
  it.each([
    ['@yearly', '2027-01-01T00:00Z'],
    ['@annually', '2027-01-01T00:00Z'],
    ['@monthly', '2026-12-01T00:00Z'],
    ['@weekly', '2026-11-22T00:00Z'],
    ['@daily', '2026-11-22T00:00Z'],
    ['@midnight', '2026-11-22T00:00Z'],
    ['@hourly', '2026-11-21T02:00Z'],
  ])('%s', (expression, expected) => {
    expect(times(expression, '2026-11-21T01:30:00Z', 1)).toEqual([expected]);
  });

  it.each([
    ['@every 1h30m', 5_400_000],
    ['@every 1.5h', 5_400_000],
    ['@every 90s', 90_000],
    ['@every 1m0.9s', 60_000],
    ['@every 10ms', 1_000],
    ['TZ=Asia/Tokyo @every 2s', 2_000],
  ])('%s counts from the second that it is asked in', (expression, delay) => {
    expect(nextCronTime(expression, 10_000_999)).toBe(10_000_000 + delay);
  });
});

describe('cron schedules: time zones (CRON-1)', () => {
  it('reads the clock of the zone in front, UTC without one', () => {
    expect(times('CRON_TZ=Asia/Tokyo 30 4 * * *', '2026-01-01T00:00:00Z', 1)).toEqual(['2026-01-01T19:30Z']);
    expect(times('TZ=Asia/Kolkata 0 12 * * *', '2026-01-01T00:00:00Z', 1)).toEqual(['2026-01-01T06:30Z']);
    expect(times('CRON_TZ=America/New_York @daily', '2026-01-01T00:00:00Z', 1)).toEqual([
      '2026-01-01T05:00Z',
    ]);
    expect(times('30 4 * * *', '2026-01-01T00:00:00Z', 1)).toEqual(['2026-01-01T04:30Z']);
  });

  it('passes over a time that a clock change skips', () => {
    expect(times('CRON_TZ=America/New_York 30 2 * * *', '2026-03-07T00:00:00Z', 3)).toEqual([
      '2026-03-07T07:30Z',
      '2026-03-09T06:30Z',
      '2026-03-10T06:30Z',
    ]);
  });

  it('runs twice at a time that a clock change repeats', () => {
    expect(times('CRON_TZ=America/New_York 30 1 * * *', '2026-10-31T12:00:00Z', 3)).toEqual([
      '2026-11-01T05:30Z',
      '2026-11-01T06:30Z',
      '2026-11-02T06:30Z',
    ]);
  });

  it('keeps midnight on the day after a change', () => {
    expect(times('CRON_TZ=Europe/Berlin 0 0 * * 1', '2026-03-28T12:00:00Z', 1)).toEqual([
      '2026-03-29T22:00Z',
    ]);
    expect(times('CRON_TZ=Europe/Berlin 0 0 * * 1', '2026-10-24T12:00:00Z', 1)).toEqual([
      '2026-10-25T23:00Z',
    ]);
  });

  it('gets past a midnight that does not exist', () => {
    // In Cairo the clock of 2026-04-24 begins at 01:00.
    expect(times('CRON_TZ=Africa/Cairo 0 * 24 4 *', '2026-04-23T12:00:00Z', 2)).toEqual([
      '2026-04-23T22:00Z',
      '2026-04-23T23:00Z',
    ]);
    expect(times('CRON_TZ=Africa/Cairo 0 0 * * *', '2026-04-23T12:00:00Z', 1)).toEqual(['2026-04-24T21:00Z']);
  });
});
