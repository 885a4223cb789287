/** What breaks if a zone's offset, or the moment at which it changes, is not what the time zone database says? */
import { tzScan } from '@date-fns/tz';
import fc from 'fast-check';
import { IANAZone } from 'luxon';
import { describe, expect, it } from 'vitest';
import { timeZone } from '../../src/times/time-zone.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;
const zones = Intl.supportedValuesOf('timeZone');
const years = fc.integer({ min: 2000, max: 2100 });

describe('time zones: every zone of the platform', () => {
  it('SCHED-6: has the offset that another library finds, before, at and after each change of its clock', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), years, (name, year) => {
        const zone = timeZone(name);
        const other = IANAZone.create(name);
        const spans = zone?.spans(Date.UTC(year, 0), Date.UTC(year + 1, 0)) ?? [];
        expect(spans[0]?.from).toBe(Date.UTC(year, 0));
        expect(spans.at(-1)?.to).toBe(Date.UTC(year + 1, 0));
        for (const { from, to, offset } of spans)
          for (const time of [from, from + SECOND, from + 7 * HOUR, to - SECOND].filter(
            (each) => each < to,
          )) {
            expect(zone?.offsetAt(time), `${name} ${new Date(time).toISOString()}`).toBe(offset);
            expect(other.offset(time) * 60_000).toBe(offset);
          }
      }),
      { numRuns: 150 },
    );
  });

  it('has spans of different offsets, one after the other', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), years, (name, year) => {
        const spans = timeZone(name)?.spans(Date.UTC(year, 0), Date.UTC(year + 1, 0)) ?? [];
        for (const [index, span] of spans.entries()) {
          const next = spans[index + 1];
          if (next === undefined) continue;
          expect(next.from).toBe(span.to);
          expect(next.offset).not.toBe(span.offset);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('time zones: names', () => {
  it.each([
    'Nowhere/City',
    '+02:00',
    '-0230',
    '__proto__',
    'constructor',
    'toString',
    'GMT+02:00',
    ' UTC',
    'Europe',
  ])('"%s" is none', (name) => {
    expect(timeZone(name)).toBeUndefined();
  });

  it('are read in any case, and earlier names still hold', () => {
    const july = Date.UTC(2026, 6);
    expect(timeZone('europe/BERLIN')?.offsetAt(july)).toBe(2 * HOUR);
    expect(timeZone('US/Eastern')?.offsetAt(july)).toBe(-4 * HOUR);
    expect(timeZone('')?.offsetAt(july)).toBe(0);
  });
});

describe('time zones: why the search for changes is ours', () => {
  it('that of the library passes over a clock that goes back and forth within a month', () => {
    const [start, end] = [Date.UTC(2040, 9, 19), Date.UTC(2040, 10, 19)];
    expect(timeZone('Asia/Gaza')?.spans(start, end)).toHaveLength(3);
    expect(tzScan('Asia/Gaza', { start: new Date(start), end: new Date(end) })).toEqual([]);
  });

  it('that of the library gives a change at half past as one at the full hour', () => {
    const [start, end] = [Date.UTC(2026, 2, 1), Date.UTC(2026, 4, 1)];
    const change = timeZone('Australia/Lord_Howe')?.spans(start, end)[1]?.from ?? 0;
    expect(new Date(change).toISOString()).toBe('2026-04-04T15:00:00.000Z');
    const scanned = tzScan('Australia/Lord_Howe', { start: new Date(start + HOUR / 2), end: new Date(end) });
    expect(+(scanned[0]?.date ?? 0)).not.toBe(change);
  });
});
