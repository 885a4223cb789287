import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame, FrameError } from '../../src/objects/storage/binary-frame.ts';
import { EVENT_NAMES } from '../../src/objects/storage/event-names.ts';
import { FrameNames } from '../../src/objects/storage/frame-names.ts';

const text = (value: string) => new TextEncoder().encode(value);
const payload = (data: string, encoding = 'json/plain') => ({
  metadata: { encoding: text(encoding) },
  data: text(data),
});

describe('binary frame: what goes in comes out', () => {
  it('keeps nested bytes, payloads and plain values', () => {
    const value = {
      a: [1, 'x', null, payload('{"b":1}')],
      bytes: text('raw'),
      empty: new Uint8Array(0),
      flag: true,
    };
    expect(decodeFrame(encodeFrame(value).bytes)).toEqual(value);
  });

  it('keeps a payload without data, and one with further metadata', () => {
    const value = [
      { metadata: { encoding: text('binary/null') } },
      { metadata: { encoding: text('json/plain'), messageType: text('T') }, data: text('1') },
      { metadata: { encoding: text('custom/codec') }, data: text('2') },
    ];
    expect(decodeFrame(encodeFrame(value).bytes)).toEqual(value);
  });

  it('does not take an object of the caller for a placeholder', () => {
    const value = { $: [0, 4], other: { $: 'x', bytes: text('y') } };
    expect(decodeFrame(encodeFrame(value).bytes)).toEqual(value);
  });

  it('keeps a key called __proto__ as data', () => {
    const value = JSON.parse('{"__proto__":{"polluted":true}}') as object;
    Object.defineProperty(value, 'bytes', { value: text('z'), enumerable: true });
    const decoded = decodeFrame(encodeFrame(value).bytes) as Record<string, unknown>;
    expect(Object.keys(decoded)).toEqual(['__proto__', 'bytes']);
    expect((decoded as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('round-trips anything that JSON and bytes can say, with short names and without', () => {
    const names = new FrameNames([
      'data',
      'metadata',
      'encoding',
      ...'abcdefghijklmnopqrstuvwxyz',
      'long name',
    ]);
    const tree = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.uint8Array(),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.oneof(fc.string(), fc.constantFrom(...KEYS)), tie('value'), {
          maxKeys: 4,
        }),
      ),
    })).value;
    fc.assert(
      fc.property(tree, (value) => {
        expect(normal(decodeFrame(encodeFrame(value).bytes))).toEqual(normal(value));
        const { bytes } = encodeFrame(value, Number.POSITIVE_INFINITY, names);
        expect(normal(decodeFrame(bytes, undefined, names))).toEqual(normal(value));
      }),
      { numRuns: 300 },
    );
  });
});

/** Names with a short form, keys that look like one, like an escaped one, like a placeholder, like an index. */
const KEYS = [
  '$',
  'data',
  'metadata',
  'long name',
  'a',
  'b',
  'aa',
  '=',
  '=a',
  '==',
  '7',
  '12',
  '345',
  '__proto__',
];

/** Dictionaries from fast-check have a null prototype. */
function normal(value: unknown): unknown {
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(normal);
  return Object.entries(value).map(([key, item]) => [key, normal(item)]);
}

describe('binary frame: size', () => {
  it('adds no more than a few bytes to a payload', () => {
    const one = encodeFrame([payload('x'.repeat(1000))]).bytes.byteLength;
    expect(one).toBeLessThan(1000 + 40);
  });

  it('leaves bytes above the bound out, and asks for them when decoding', () => {
    const large = { metadata: { encoding: text('json/plain') }, data: new Uint8Array(100).fill(7) };
    const frame = encodeFrame({ small: payload('1'), large, raw: new Uint8Array(50) }, 40);
    expect(frame.external.map((bytes) => bytes.byteLength)).toEqual([100, 50]);
    expect(decodeFrame(frame.bytes, (ordinal) => frame.external[ordinal] ?? new Uint8Array())).toEqual({
      small: payload('1'),
      large,
      raw: new Uint8Array(50),
    });
  });
});

describe('binary frame: short names', () => {
  it('are those of the place in the list, for ever', () => {
    const known = { t: 1, workflowTaskCompletedEventId: 2, runId: 3, namespace: 4, summary: 5, unheardOf: 6 };
    const { bytes } = encodeFrame(known, Number.POSITIVE_INFINITY, EVENT_NAMES);
    expect(new TextDecoder().decode(bytes.subarray(5))).toBe(
      '{"a":1,"d":2,"Y":3,"aa":4,"bm":5,"unheardOf":6}',
    );
    expect(bytes[0]).toBe(2);
  });

  it('of a newer release are refused, and so is a named frame where none are known', () => {
    const { bytes } = encodeFrame({ later: 1 }, Number.POSITIVE_INFINITY, new FrameNames(['later']));
    expect(() => decodeFrame(bytes, undefined, new FrameNames([]))).toThrow('unknown name a');
    expect(() => decodeFrame(bytes)).toThrow('version 2');
  });

  it('do not keep frames without them from being read', () => {
    const value = { scheduledEventId: 5, t: 'x' };
    expect(decodeFrame(encodeFrame(value).bytes, undefined, EVENT_NAMES)).toEqual(value);
  });
});

describe('binary frame: bytes that were decoded', () => {
  it('F4: are copies of their own, unless they are most of the frame', () => {
    const { bytes } = encodeFrame({ few: new Uint8Array([1, 2]), many: new Uint8Array(1000).fill(7) });
    const { few, many } = decodeFrame(bytes) as { few: Uint8Array; many: Uint8Array };
    expect(few.buffer).not.toBe(bytes.buffer);
    expect(many.buffer).toBe(bytes.buffer);
    expect([few, many]).toEqual([new Uint8Array([1, 2]), new Uint8Array(1000).fill(7)]);
  });
});

describe('binary frame: damage', () => {
  it('refuses a frame that was cut short', () => {
    const { bytes } = encodeFrame({ data: new Uint8Array(20) });
    expect(() => decodeFrame(bytes.subarray(0, bytes.byteLength - 1))).toThrow(FrameError);
    expect(() => decodeFrame(bytes.subarray(0, 3))).toThrow(FrameError);
  });

  it('refuses a version it does not know', () => {
    const { bytes } = encodeFrame(1);
    bytes[0] = 9;
    expect(() => decodeFrame(bytes)).toThrow('version 9');
  });
});
