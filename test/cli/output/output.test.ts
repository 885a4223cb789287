import { describe, expect, test } from 'vitest';
import { duration, failure, fields, named, payloads, time } from '../../../src/cli/output/formats.ts';
import { type Format, Output } from '../../../src/cli/output/output.ts';
import { blockOf, type Column, type TextOptions, tableOf } from '../../../src/cli/output/table.ts';

const now = Date.parse('2026-11-22T10:00:00Z');
const options: TextOptions = { timeFormat: 'relative', isColored: false, now: () => now };
const encoding = btoa('json/plain');

describe('formats of text', () => {
  test.each([
    ['2026-11-22T09:59:28Z', '32 seconds ago'],
    ['2026-11-22T09:59:59.5Z', 'now'],
    ['2026-11-22T09:58:59Z', '1 minute ago'],
    ['2026-11-20T10:00:00Z', '2 days ago'],
    ['2026-11-22T12:30:00Z', '2 hours from now'],
    ['2028-12-01T00:00:00Z', '2 years from now'],
  ])('%s is %s', (at, text) => expect(time(at, options)).toBe(text));

  test('times are as --time-format says', () => {
    const at = '2026-11-22T09:59:28.123456Z';
    expect(time(at, { ...options, timeFormat: 'iso' })).toBe('2026-11-22T09:59:28Z');
    expect(time(at, { ...options, timeFormat: 'raw' })).toBe(at);
    expect(time(undefined, options)).toBe('');
  });

  test('durations, names of enums, payloads and fields', () => {
    expect(['5400s', '59.5s', '60s', '0s', undefined].map((value) => duration(value, options))).toEqual([
      '1h30m0s',
      '59.5s',
      '1m0s',
      '',
      '',
    ]);
    expect(named('STATUS_')('STATUS_TIMED_OUT', options)).toBe('TimedOut');
    expect(payloads([1, 'a', { b: null }], options)).toBe('1, "a", {"b":null}');
    expect(payloads([{ metadata: { encoding }, data: btoa('"x"') }], options)).toBe('"x"');
    expect(fields({ indexedFields: { A: { metadata: { encoding }, data: btoa('[1]') } } }, options)).toBe(
      '{"A":[1]}',
    );
  });

  test('a failure is shown with its causes, however many', () => {
    const cause = { message: 'inner', applicationFailureInfo: { type: 'Bad', details: [1, 2] } };
    expect(failure({ message: 'outer', cause }, options)).toBe('outer\ncaused by: inner (Bad): 1, 2');
  });
});

describe('tables and blocks', () => {
  const columns: readonly Column[] = [
    ['Id', 'a.id'],
    ['State', 'state'],
  ];

  test('columns are as wide as what is in them', () => {
    const rows = [{ a: { id: 'long-one' }, state: 'x' }, { a: { id: 's' } }];
    expect(tableOf(columns, rows, options)).toBe('  Id        State\n  long-one  x\n  s');
  });

  test('blocks leave out what has no value, and indent further lines', () => {
    expect(blockOf('Title', columns, { a: { id: 'one\ntwo' } }, options)).toBe(
      'Title:\n  Id  one\n      two',
    );
    expect(blockOf('Title', columns, {}, { ...options, isColored: true })).toBe(
      '\u001b[1;35mTitle:\u001b[0m',
    );
  });
});

async function* pages(...all: object[][]) {
  yield* all as Record<string, unknown>[][];
}

describe('listings', () => {
  const list = async (format: Format, ...all: object[][]): Promise<string> => {
    let written = '';
    const out = new Output({ ...options, format }, (text) => {
      written += text;
    });
    await out.list(pages(...all), [['Id', 'id']]);
    return written;
  };

  test('are one JSON array over all pages, empty or not', async () => {
    expect(JSON.parse(await list('json', [{ id: 1 }], [], [{ id: 2 }]))).toEqual([{ id: 1 }, { id: 2 }]);
    expect(JSON.parse(await list('json', []))).toEqual([]);
  });

  test('are a line for each item, a table with one head, or nothing', async () => {
    expect(await list('jsonl', [{ id: 1 }], [{ id: 2 }])).toBe('{"id":1}\n{"id":2}\n');
    expect(await list('text', [{ id: 1 }], [{ id: 2 }])).toBe('  Id\n  1\n  2\n');
    expect(await list('text', [])).toBe('  Id\n');
    expect(await list('none', [{ id: 1 }])).toBe('');
  });
});
