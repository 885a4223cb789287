import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readerOf } from '../../../src/cli/command/flags.ts';
import {
  parseDuration,
  parseInteger,
  parseJson,
  parseNumber,
  parsePair,
  parseTime,
} from '../../../src/cli/input/parse.ts';

describe('durations on the command line', () => {
  test.each([
    ['90s', '90s'],
    ['1h30m', '5400s'],
    ['1h30m10.5s', '5410.5s'],
    ['7d', '604800s'],
    ['500ms', '0.5s'],
    ['.5s', '0.5s'],
    ['250us', '0.00025s'],
    ['3ns', '0.000000003s'],
    ['100s', '100s'],
    ['0', '0s'],
    ['0s', '0s'],
  ])('%s is %s', (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  test.each(['', '5', 's', '-1s', '1h 30m', '1x', '1h30', 'Infinitys', '1e3s'])('%j is none', (text) => {
    expect(() => parseDuration(text)).toThrow(
      `expected a duration such as 30s, 5m, 1h30m or 7d, found '${text}'`,
    );
  });

  test('what is longer than the API can say is refused', () =>
    expect(() => parseDuration('99999999999d')).toThrow('longer than any duration may be'));

  test('whole parts add up', () => {
    const part = fc.nat(1000);
    fc.assert(
      fc.property(part, part, part, (hours, minutes, seconds) => {
        expect(parseDuration(`${hours}h${minutes}m${seconds}s`)).toBe(
          `${hours * 3600 + minutes * 60 + seconds}s`,
        );
      }),
    );
  });
});

describe('other values on the command line', () => {
  test('times have a zone', () => {
    expect(parseTime('2026-11-22T10:00:00+02:00')).toBe('2026-11-22T08:00:00.000Z');
    expect(parseTime('2026-11-22T10:00Z')).toBe('2026-11-22T10:00:00.000Z');
    for (const text of ['2026-11-22', '2026-11-22T10:00:00', '2026-13-01T00:00:00Z', 'soon'])
      expect(() => parseTime(text)).toThrow(`with its zone, found '${text}'`);
  });

  test('numbers are of 0 or more', () => {
    expect(parseInteger('12')).toBe(12);
    expect(parseNumber('0.5')).toBe(0.5);
    for (const text of ['-1', '1.5', '', 'x', '99999999999999999999'])
      expect(() => parseInteger(text)).toThrow(text);
    for (const text of ['-1', '', 'x', 'Infinity']) expect(() => parseNumber(text)).toThrow(text);
  });

  test('pairs are parted at the first sign', () => {
    expect(parsePair('a=b=c')).toEqual(['a', 'b=c']);
    expect(parsePair('a=')).toEqual(['a', '']);
    for (const text of ['a', '=a', '']) expect(() => parsePair(text)).toThrow('expected KEY=VALUE');
  });

  test('JSON whose quotes a shell took away is recognised', () => {
    expect(parseJson('{"a":[1]}')).toEqual({ a: [1] });
    expect(() => parseJson('hello you')).toThrow(`A text is written with its quotes: '"hello you"'`);
    expect(() => parseJson('{a:1}')).toThrow("expected JSON, found '{a:1}'");
  });

  test('names are read in any case, with or without dashes', () => {
    const read = readerOf({ BufferOne: 'ONE', not_open: 'NOT_OPEN' });
    for (const text of ['BufferOne', 'bufferone', 'buffer-one', 'BUFFER_ONE']) expect(read(text)).toBe('ONE');
    expect(read('not-open')).toBe('NOT_OPEN');
    expect(() => read('other')).toThrow("expected one of BufferOne, not_open, found 'other'");
  });
});
