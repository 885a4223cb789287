import { describe, expect, it } from 'vitest';
import {
  arrayFromPayloads,
  BinaryPayloadConverter,
  CompositePayloadConverter,
  defaultPayloadConverter as converter,
  convertOptionalToPayload,
  fromPayloadsAtIndex,
  fromPayloadWithTypeInfo,
  JsonPayloadConverter,
  mapFromPayloads,
  mapToPayloads,
  type Payload,
  PayloadConverterError,
  RawValue,
  rawValueTypeInfo,
  type TypeInfo,
  toPayloads,
  toPayloadWithTypeInfo,
  UndefinedPayloadConverter,
  ValueError,
} from '../../../../src/sdk/common/index.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const encodingOf = (payload: Payload) => new TextDecoder().decode(payload.metadata?.encoding);

describe('the default converter (CONV-1)', () => {
  it.each<[unknown, string]>([
    [undefined, 'binary/null'],
    [new Uint8Array([1, 2]), 'binary/plain'],
    [null, 'json/plain'],
    ['text', 'json/plain'],
    [{ a: [1, { b: true }] }, 'json/plain'],
    [0, 'json/plain'],
  ])('%j is %s and comes back', (value, encoding) => {
    const payload = converter.toPayload(value);
    expect(encodingOf(payload)).toBe(encoding);
    expect(converter.fromPayload(payload)).toEqual(value);
  });

  it('gives a Date as text', () => {
    expect(converter.fromPayload(converter.toPayload(new Date(0)))).toBe('1970-01-01T00:00:00.000Z');
  });

  const cycle: { self?: object } = {};
  cycle.self = cycle;

  it.each([[5n], [cycle], [() => 1], [Symbol('s')]])('%s cannot be converted', (value) => {
    expect(() => converter.toPayload(value)).toThrow(ValueError);
    expect(() => converter.toPayload(value)).toThrow(/^Unable to convert .* to payload$/s);
  });

  it.each<[Payload, string]>([
    [{}, 'Missing payload metadata'],
    [{ metadata: {} }, 'Unknown encoding: '],
    [{ metadata: { encoding: utf8('x/y') } }, 'Unknown encoding: x/y'],
    [{ metadata: { encoding: utf8('json/plain') } }, 'Got payload with no data'],
  ])('%j cannot be read (CONV-5)', (payload, message) => {
    expect(() => converter.fromPayload(payload)).toThrow(new ValueError(message));
  });

  it('reads bytes as a plain Uint8Array, whatever view they come in', () => {
    const data = Buffer.from('abc');
    const read = converter.fromPayload<Uint8Array>({ metadata: { encoding: utf8('binary/plain') }, data });
    expect(read.constructor).toBe(Uint8Array);
    expect([...read]).toEqual([97, 98, 99]);
  });
});

describe('composite converters', () => {
  it('take the first that converts', () => {
    const composite = new CompositePayloadConverter(new JsonPayloadConverter(), new BinaryPayloadConverter());
    expect(encodingOf(composite.toPayload(new Uint8Array([1])))).toBe('json/plain');
    expect(() => composite.toPayload(undefined)).toThrow('Unable to convert undefined to payload');
    expect(() => composite.fromPayload(converter.toPayload(undefined))).toThrow(
      'Unknown encoding: binary/null',
    );
  });

  it('are of at least one', () => {
    expect(() => new CompositePayloadConverter()).toThrow(PayloadConverterError);
  });

  it('pass hints only to those that know them', () => {
    class Hinted extends JsonPayloadConverter {
      validateConverterHint = (hint: { converter: string }) => hint.converter === 'special';
    }
    const composite = new CompositePayloadConverter(new UndefinedPayloadConverter(), new Hinted());
    const hint = { converter: 'special' };
    expect(composite.fromPayload(composite.toPayload(5, undefined, hint), undefined, hint)).toBe(5);
    expect(() => composite.toPayload(5, undefined, { converter: 'other' })).toThrow(
      "No payload converter supports converter hint 'other'",
    );
    expect(() => composite.fromPayload(composite.toPayload(5), undefined, { converter: 'other' })).toThrow(
      "Payload encoding 'json/plain' does not support converter hint 'other'",
    );
  });
});

describe('raw values', () => {
  const payload: Payload = { metadata: { encoding: utf8('custom') }, data: utf8('x') };

  it('pass unchanged (CONV-6)', () => {
    expect(converter.toPayload(RawValue.fromPayload(payload))).toBe(payload);
    expect(toPayloads(converter, RawValue.fromPayload(payload), 1)?.[0]).toBe(payload);
    expect(new RawValue({ a: 1 }).payload).toEqual(converter.toPayload({ a: 1 }));
  });

  it('are what a function gets whose type information says so', () => {
    const read = fromPayloadWithTypeInfo(converter, payload, undefined, rawValueTypeInfo);
    expect(read).toBeInstanceOf(RawValue);
    expect(read.payload).toBe(payload);
    expect(toPayloadWithTypeInfo(converter, read, undefined, rawValueTypeInfo)).toBe(payload);
    expect(() =>
      toPayloadWithTypeInfo<unknown>(converter, 5, undefined, rawValueTypeInfo as TypeInfo),
    ).toThrow('RawValue TypeInfo requires a RawValue value');
  });
});

describe('lists and maps of values', () => {
  it('no values are no list (CONV-3)', () => {
    expect(toPayloads(converter)).toBeUndefined();
    expect(arrayFromPayloads(converter, undefined)).toEqual([]);
    expect(arrayFromPayloads(converter, null)).toEqual([]);
  });

  it('trailing undefined is sent (CONV-3)', () => {
    const payloads = toPayloads(converter, 1, undefined);
    expect(payloads?.map(encodingOf)).toEqual(['json/plain', 'binary/null']);
    expect(arrayFromPayloads(converter, payloads)).toEqual([1, undefined]);
  });

  it('a missing argument is undefined', () => {
    const payloads = toPayloads(converter, 'a');
    expect(fromPayloadsAtIndex(converter, 0, payloads)).toBe('a');
    expect(fromPayloadsAtIndex(converter, 1, payloads)).toBeUndefined();
    expect(fromPayloadsAtIndex(converter, 0, null)).toBeUndefined();
  });

  it('maps keep their keys', () => {
    const map = mapToPayloads(converter, { a: 1, b: undefined });
    expect(mapFromPayloads(converter, map)).toEqual({ a: 1, b: undefined });
    expect(mapFromPayloads(converter, undefined)).toBeUndefined();
  });

  it('optional values stay null or undefined', () => {
    expect(convertOptionalToPayload(converter, null)).toBeNull();
    expect(convertOptionalToPayload(converter, undefined)).toBeUndefined();
    expect(convertOptionalToPayload(converter, 0)).toEqual(converter.toPayload(0));
  });

  it('type information converts to and from the transfer type', () => {
    const dates: TypeInfo<Date, string> = {
      transferTypeConverter: {
        toTransferType: (date) => date.toISOString(),
        fromTransferType: (text) => new Date(text),
      },
    };
    const payload = toPayloadWithTypeInfo(converter, new Date(5), undefined, dates);
    expect(fromPayloadWithTypeInfo(converter, payload, undefined, dates)).toEqual(new Date(5));
  });
});
