import { describe, expect, it } from 'vitest';
import { decodeBase64, encodeBase64, isBase64 } from '../../../../src/sdk/common/wire/base64.ts';
import { fromJson, toJson, WireError } from '../../../../src/sdk/common/wire/json.ts';
import { FailureSchema, RetryState, TimeoutType } from '../../../../src/sdk/common/wire/messages.ts';
import { StartWorkflowExecutionRequestSchema } from '../../../../src/sdk/common/wire/requests.ts';
import {
  bool,
  bytes,
  double,
  dur,
  i32,
  i64,
  json,
  list,
  map,
  message,
  required,
  str,
  time,
} from '../../../../src/sdk/common/wire/schema.ts';

const Scalars = message('Scalars', { str, bool, i32, i64, double, dur, time, bytes, json });
const Nested = message('Nested', {
  retryState: RetryState,
  states: list(RetryState),
  labels: map(str),
  longFieldName: message('Inner', { timeoutType: TimeoutType, deepName: required(str) }),
});

function errorOf(run: () => unknown): WireError {
  try {
    run();
  } catch (error) {
    if (error instanceof WireError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('toJson: what is left out', () => {
  it('leaves out zero values', () => {
    const zeros = { str: '', bool: false, i32: 0, i64: 0, double: 0, bytes: new Uint8Array() };
    expect(toJson(Scalars, zeros)).toEqual({});
  });

  it('keeps durations and times that were set to zero', () => {
    expect(toJson(Scalars, { dur: 0, time: 0 })).toEqual({ dur: '0s', time: '1970-01-01T00:00:00Z' });
  });

  it('keeps empty messages and leaves out empty lists and maps', () => {
    expect(toJson(Nested, { states: [], labels: {}, longFieldName: { deepName: '' } })).toEqual({
      longFieldName: {},
    });
  });
});

describe('toJson: forms', () => {
  it('writes int64 as text, int32 and double as numbers', () => {
    const value = { i32: 7, i64: 2 ** 53 - 1, double: 1.5 };
    expect(toJson(Scalars, value)).toEqual({ i32: 7, i64: '9007199254740991', double: 1.5 });
  });

  it('writes doubles that JSON has no number for by name', () => {
    expect(toJson(Scalars, { double: Number.NEGATIVE_INFINITY })).toEqual({ double: '-Infinity' });
    expect(toJson(Scalars, { double: Number.NaN })).toEqual({ double: 'NaN' });
  });

  it.each([
    [10_000, '10s'],
    [500, '0.500s'],
    [1.5, '0.001500s'],
    [0.000001, '0.000000001s'],
    [-1500, '-1.500s'],
    [-0, '0s'],
    [999.9999999, '1s'],
    [3_155_760_000_000, '3155760000s'],
    [1331.0000000000002, '1.331s'],
  ])('writes a duration of %d ms as %s', (ms, text) => {
    expect(toJson(Scalars, { dur: ms })).toEqual({ dur: text });
  });

  it.each([
    [1_767_607_200_000, '2026-01-05T10:00:00Z'],
    [1_767_607_200_012, '2026-01-05T10:00:00.012Z'],
    [1_767_607_200_000.125, '2026-01-05T10:00:00.000125Z'],
    [-62_135_596_800_000, '0001-01-01T00:00:00Z'],
    [-1, '1969-12-31T23:59:59.999Z'],
  ])('writes the time %d as %s', (ms, text) => {
    expect(toJson(Scalars, { time: ms })).toEqual({ time: text });
  });

  it('writes enums with their prefix', () => {
    expect(toJson(Nested, { retryState: 'TIMEOUT', states: ['IN_PROGRESS'] })).toEqual({
      retryState: 'RETRY_STATE_TIMEOUT',
      states: ['RETRY_STATE_IN_PROGRESS'],
    });
  });

  it('refuses a value that is not of its schema, with its path', () => {
    const wrong = { longFieldName: { deepName: 'x', timeoutType: 'LATER' } } as never;
    expect(errorOf(() => toJson(Nested, wrong)).path).toBe('longFieldName.timeoutType');
    expect(() => toJson(Scalars, { i64: 1.5 })).toThrow('i64: expected an integer, got 1.5');
    expect(() => toJson(Scalars, { dur: Number.NaN })).toThrow(
      'dur: expected a finite number of milliseconds, got NaN',
    );
  });

  it('stops at a failure that is its own cause', () => {
    const failure: { message: string; cause?: object } = { message: 'x' };
    failure.cause = failure;
    expect(() => toJson(FailureSchema, failure)).toThrow('nested deeper than 1000 messages');
  });
});

describe('fromJson: accepted forms', () => {
  it('takes camelCase and snake_case members', () => {
    const expected = { longFieldName: { deepName: 'x', timeoutType: 'HEARTBEAT' } };
    expect(fromJson(Nested, { longFieldName: { deepName: 'x', timeoutType: 4 } })).toEqual(expected);
    expect(fromJson(Nested, { long_field_name: { deep_name: 'x', timeout_type: 4 } })).toEqual(expected);
  });

  it.each(['RETRY_STATE_RETRY_POLICY_NOT_SET', 'RETRY_POLICY_NOT_SET', 'RetryPolicyNotSet', 5, '5'])(
    'takes the enum form %s',
    (form) => {
      expect(fromJson(Nested, { retryState: form })).toEqual({ retryState: 'RETRY_POLICY_NOT_SET' });
    },
  );

  it.each([0, 'RETRY_STATE_UNSPECIFIED', 'Unspecified', null])(
    'takes the unspecified enum %s as unset',
    (form) => {
      expect(fromJson(Nested, { retryState: form })).toEqual({});
    },
  );

  it('takes integers as text and as numbers', () => {
    expect(fromJson(Scalars, { i32: '7', i64: 9 })).toEqual({ i32: 7, i64: 9 });
    expect(fromJson(Scalars, { i64: '-9007199254740991' })).toEqual({ i64: -9_007_199_254_740_991 });
  });

  it('takes null for unset', () => {
    const nulls = {
      str: null,
      bool: null,
      i32: null,
      i64: null,
      double: null,
      dur: null,
      time: null,
      bytes: null,
    };
    expect(fromJson(Scalars, nulls)).toEqual({});
  });

  it.each([
    ['10s', 10_000],
    ['0.5s', 500],
    ['0.000000001s', 0.000001],
    ['-1.500s', -1500],
    ['1.123456789s', 1123.456789],
    ['-0s', 0],
  ])('reads the duration %s', (text, ms) => {
    expect(fromJson(Scalars, { dur: text })).toEqual({ dur: ms });
  });

  it.each([
    ['2026-01-05T10:00:00Z', 1_767_607_200_000],
    ['2026-01-05T10:00:00.012Z', 1_767_607_200_012],
    ['2026-01-05T10:00:00.1Z', 1_767_607_200_100],
    ['2026-01-05T12:30:00+02:30', 1_767_607_200_000],
    ['2026-01-05t10:00:00z', 1_767_607_200_000],
    ['0001-01-01T00:00:00Z', -62_135_596_800_000],
  ])('reads the time %s', (text, ms) => {
    expect(fromJson(Scalars, { time: text })).toEqual({ time: ms });
  });

  it.each(['+/+/', '-_-_'])('reads bytes in both alphabets: %s', (text) => {
    expect(fromJson(Scalars, { bytes: text })).toEqual({ bytes: new Uint8Array([251, 255, 191]) });
  });

  it('ignores unknown members, unless told to refuse them', () => {
    expect(fromJson(Scalars, { str: 'x', later: 1 })).toEqual({ str: 'x' });
    const error = errorOf(() => fromJson(Scalars, { later: 1 }, { refuseUnknown: true }));
    expect(error.message).toBe('later: unknown member of Scalars');
  });
});

describe('fromJson: refused input', () => {
  it.each([
    [{ str: 5 }, 'str: expected a string, got 5'],
    [{ bool: 'true' }, 'bool: expected true or false, got "true"'],
    [{ i32: 2 ** 31 }, 'i32: expected an integer from -2147483648 to 2147483647, got 2147483648'],
    [{ i32: 1.5 }, 'i32: expected an integer, got 1.5'],
    [{ i64: '1e3' }, 'i64: expected an integer, got "1e3"'],
    [{ i64: '9007199254740993' }, 'i64: expected an integer from -9007199254740991 to 9007199254740991'],
    [{ double: 'much' }, 'double: expected a number, got "much"'],
    [{ dur: 'abc' }, 'dur: expected a duration such as "10s", got "abc"'],
    [{ dur: '1m' }, 'dur: expected a duration such as "10s", got "1m"'],
    [{ dur: 5 }, 'dur: expected a duration such as "10s", got 5'],
    [{ dur: '999999999999s' }, 'dur: expected a duration such as "10s"'],
    [
      { time: '2026-02-30T00:00:00Z' },
      'time: expected a time such as "2026-01-05T10:00:00Z", got "2026-02-30T00:00:00Z"',
    ],
    [{ time: '2026-01-05' }, 'time: expected a time such as'],
    [{ time: '2026-01-05T24:00:01Z' }, 'time: expected a time such as'],
    [{ bytes: '%%' }, 'bytes: expected base64, got "%%"'],
    [{ bytes: 'abcde' }, 'bytes: expected base64, got "abcde"'],
    [{ bytes: 'a=' }, 'bytes: expected base64, got "a="'],
  ])('%j: %s', (input, message) => {
    expect(errorOf(() => fromJson(Scalars, input)).message).toContain(message);
  });

  it.each([
    [{ retryState: 'NEVER' }, 'retryState'],
    [{ retryState: 99 }, 'retryState'],
    [{ states: ['TIMEOUT', 'NEVER'] }, 'states[1]'],
    [{ states: 'TIMEOUT' }, 'states'],
    [{ labels: { a: 'x', b: 1 } }, 'labels.b'],
    [{ labels: ['x'] }, 'labels'],
    [{ longFieldName: 'x' }, 'longFieldName'],
    [{ longFieldName: { deepName: 1 } }, 'longFieldName.deepName'],
  ])('%j is refused at %s', (input, path) => {
    expect(errorOf(() => fromJson(Nested, input)).path).toBe(path);
  });

  it.each([null, undefined, 5, 'text', []])('a message cannot be %s', (input) => {
    expect(errorOf(() => fromJson(Nested, input, { path: 'body' })).path).toBe('body');
  });

  it('names the field of a nested duration', () => {
    const body = { retryPolicy: { initialInterval: 'abc' } };
    expect(errorOf(() => fromJson(StartWorkflowExecutionRequestSchema, body)).message).toBe(
      'retryPolicy.initialInterval: expected a duration such as "10s", got "abc"',
    );
  });

  it('cuts what it shows of a long value', () => {
    expect(errorOf(() => fromJson(Scalars, { dur: 'x'.repeat(5000) })).message.length).toBeLessThan(200);
  });
});

describe('fromJson: required members', () => {
  it('get their zero value in histories', () => {
    expect(fromJson(Nested, { longFieldName: {} })).toEqual({ longFieldName: { deepName: '' } });
  });

  it.each([{}, { deepName: null }, { deepName: '' }])('are demanded of requests: %j', (inner) => {
    const error = errorOf(() => fromJson(Nested, { longFieldName: inner }, { strict: true }));
    expect(error.message).toBe('longFieldName.deepName: required by Inner, but not set');
  });
});

describe('fromJson: hostile input', () => {
  const nested = (levels: number): unknown =>
    JSON.parse(`${'{"cause":'.repeat(levels)}{}${'}'.repeat(levels)}`);

  it('refuses a chain of causes deeper than 100', () => {
    expect(() => fromJson(FailureSchema, nested(99))).not.toThrow();
    expect(() => fromJson(FailureSchema, nested(100))).toThrow('nested deeper than 100 levels');
    expect(() => fromJson(FailureSchema, nested(5000))).toThrow('nested deeper than 100 levels');
  });

  it('refuses opaque JSON deeper than 100', () => {
    const deep = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
    expect(() => fromJson(Scalars, { json: deep(100) })).not.toThrow();
    expect(() => fromJson(Scalars, { json: deep(50_000) })).toThrow('json: expected fewer levels of nesting');
  });

  it('takes __proto__ for a key like any other', () => {
    const input: unknown = JSON.parse(
      '{"labels": {"__proto__": "x", "constructor": "y"}, "__proto__": {"states": []}}',
    );
    const message = fromJson(Nested, input);
    expect(Object.getPrototypeOf(message)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(message.labels)).toBe(Object.prototype);
    expect(JSON.stringify(toJson(Nested, message))).toBe('{"labels":{"__proto__":"x","constructor":"y"}}');
  });

  it('does not take members of Object.prototype for fields or enum names', () => {
    expect(fromJson(Scalars, { toString: 'x', constructor: 'y' })).toEqual({});
    expect(() => fromJson(Nested, { retryState: 'constructor' })).toThrow(WireError);
    expect(() => toJson(Nested, { retryState: 'toString' } as never)).toThrow(WireError);
  });
});

describe('base64', () => {
  it('handles every length and both alphabets, also in views of larger buffers', () => {
    const all = Uint8Array.from({ length: 600 }, (_, index) => (index * 7) % 256);
    for (let length = 0; length < 300; length++) {
      const view = all.subarray(100, 100 + length);
      const text = encodeBase64(view);
      expect(text).toBe(Buffer.from(view).toString('base64'));
      expect(decodeBase64(text)).toEqual(view);
      expect(decodeBase64(Buffer.from(view).toString('base64url'))).toEqual(view);
    }
  });

  it('gives bytes that own their buffer', () => {
    const decoded = decodeBase64('AQID');
    expect(decoded?.buffer.byteLength).toBe(3);
  });

  it.each(['a', 'ab=c', 'abc==', '====', 'a b', 'ä', 'abcd='])('refuses %j', (text) => {
    expect(isBase64(text)).toBe(false);
    expect(decodeBase64(text)).toBeUndefined();
  });
});
