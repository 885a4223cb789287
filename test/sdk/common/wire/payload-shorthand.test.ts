import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BinaryPayloadConverter } from '../../../../src/sdk/common/converter/encoding-converters.ts';
import { fieldFromJson, fieldToJson, fromJson, toJson } from '../../../../src/sdk/common/wire/json.ts';
import {
  type Payload,
  PayloadSchema,
  type Payloads,
  PayloadsSchema,
} from '../../../../src/sdk/common/wire/messages.ts';
import { StartWorkflowExecutionRequestSchema } from '../../../../src/sdk/common/wire/requests.ts';
import { payload as anyPayload } from './arbitrary.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const shorthand = { shorthand: true };

const plain = (text: string, metadata: Record<string, string> = {}): Payload => ({
  metadata: {
    encoding: utf8('json/plain'),
    ...Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, utf8(value)])),
  },
  data: utf8(text),
});
const value = (content: unknown): Payload => plain(JSON.stringify(content));
const nothing: Payload = { metadata: { encoding: utf8('binary/null') } };
const nothingInJson = { metadata: { encoding: 'YmluYXJ5L251bGw=' } };
const bytes: Payload = { metadata: { encoding: utf8('binary/plain') }, data: new Uint8Array([1, 2, 3]) };
const bytesInJson = { metadata: { encoding: 'YmluYXJ5L3BsYWlu' }, data: 'AQID' };

const write = (...payloads: Payload[]) => fieldToJson(PayloadsSchema, { payloads }, shorthand);
const read = (json: unknown): Payloads | undefined => fieldFromJson(PayloadsSchema, json, shorthand);

describe('payloads without data', () => {
  it.each(['binary/plain', 'binary/protobuf', 'json/plain', 'x/own'])(
    '%s holds no bytes, not nothing',
    (encoding) => {
      const empty: Payload = { metadata: { encoding: utf8(encoding) }, data: new Uint8Array() };
      const json = fieldToJson(PayloadSchema, empty);
      expect(json).not.toHaveProperty('data');
      expect(fieldFromJson(PayloadSchema, json)).toEqual(empty);
    },
  );

  it('binary/null has none', () => {
    expect(fieldFromJson(PayloadSchema, nothingInJson)).toEqual(nothing);
  });

  it('an empty array comes out of its converter as it went in (CONV-1)', () => {
    const converter = new BinaryPayloadConverter();
    const sent = converter.toPayload(new Uint8Array());
    expect(sent).toBeDefined();
    const arrived = fieldFromJson(PayloadSchema, fieldToJson(PayloadSchema, sent as Payload));
    expect(converter.fromPayload(arrived as Payload)).toEqual(new Uint8Array());
  });
});

describe('payload lists: written in shorthand', () => {
  it('is the list of values', () => {
    expect(write(value({ sku: 'A1' }), value(2), value('x'), value([]), value(false))).toEqual([
      { sku: 'A1' },
      2,
      'x',
      [],
      false,
    ]);
  });

  it('undefined and null are both the ordinary form of binary/null', () => {
    expect(write(nothing, value(null))).toEqual([nothingInJson, nothingInJson]);
  });

  it('is an empty list for no payloads', () => {
    expect(write()).toEqual([]);
  });

  it('is in ordinary form as a whole when one payload cannot be short', () => {
    expect(write(value(1), bytes)).toEqual({
      payloads: [{ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'MQ==' }, bytesInJson],
    });
  });

  it.each([
    ['has further metadata', plain('"c-9"', { type: 'Keyword' })],
    ['is not the JSON that it says', plain('{')],
    ['is not UTF-8', { ...plain(''), data: new Uint8Array([0xff]) }],
    ['holds an integer that a double cannot', plain('{"id":12345678901234567890}')],
    ['looks like a payload', value({ metadata: { encoding: 'YQ==' }, data: '' })],
    ['would be read as a protobuf message', value({ _protoMessageType: 'a.B' })],
    ['has no metadata', { data: utf8('1') }],
  ])('a payload cannot be short when it %s', (_name, payload) => {
    expect(write(payload)).toHaveProperty('payloads.length', 1);
    expect(read(write(payload))).toEqual({ payloads: [payload] });
  });

  it('long digits within strings do not matter', () => {
    expect(write(value({ card: '4242424242424242', 'a"4242424242424242': 1 }))).toEqual([
      { card: '4242424242424242', 'a"4242424242424242': 1 },
    ]);
  });

  it('a protobuf message in JSON carries its type', () => {
    const metadata = { encoding: utf8('json/protobuf'), messageType: utf8('a.B') };
    const payload = { metadata, data: utf8('{"x":1}') };
    expect(write(payload)).toEqual([{ x: 1, _protoMessageType: 'a.B' }]);
    expect(read(write(payload))).toEqual({ payloads: [payload] });
  });
});

describe('payload lists: read in shorthand', () => {
  it('takes values, with null for undefined', () => {
    expect(read([1, 'a', { k: true }, null])).toEqual({
      payloads: [value(1), value('a'), value({ k: true }), nothing],
    });
  });

  it('takes null for unset', () => {
    expect(read(null)).toBeUndefined();
  });

  it('takes the ordinary form, of the list and of single elements', () => {
    expect(read({ payloads: [bytesInJson] })).toEqual({ payloads: [bytes] });
    expect(read([bytesInJson, 5, nothingInJson])).toEqual({ payloads: [bytes, value(5), nothing] });
    expect(read({})).toEqual({});
  });

  it.each([
    ['a further member', { ...bytesInJson, extra: 1 }],
    ['no encoding', { metadata: { type: 'YQ==' }, data: 'AQID' }],
    ['metadata that is not base64', { metadata: { encoding: '%%' }, data: 'AQID' }],
    ['data that is not base64', { metadata: { encoding: 'YmluYXJ5L3BsYWlu' }, data: 'not base64!' }],
    ['no data, and not binary/null', { metadata: { encoding: 'YmluYXJ5L3BsYWlu' } }],
  ])('takes an object that is no payload for a value: %s', (_name, json) => {
    expect(read([json])).toEqual({ payloads: [value(json)] });
  });

  it('refuses what is neither', () => {
    expect(() => read('text')).toThrow('expected a list of values, or {"payloads": [...]}, got "text"');
    expect(() => read({ payloads: [bytesInJson, 5] })).toThrow('payloads[1]: expected a payload');
    expect(() => read({ payloads: [{ metadata: { encoding: 5 } }] })).toThrow(
      'payloads[0].metadata.encoding: expected base64',
    );
  });

  it('refuses values that are nested too deep to be written', () => {
    const deep: unknown = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000));
    expect(() => read([deep])).toThrow('[0]: expected fewer levels of nesting');
  });

  it('keeps a member called __proto__', () => {
    const json: unknown = JSON.parse('[{"__proto__": {"isAdmin": true}}]');
    expect(new TextDecoder().decode(read(json)?.payloads?.[0]?.data ?? undefined)).toBe(
      '{"__proto__":{"isAdmin":true}}',
    );
  });
});

describe('single payloads in shorthand', () => {
  const body = {
    memo: { fields: { note: 'rush', gone: null } },
    searchAttributes: { indexedFields: { CustomerId: 'c-9' } },
  };

  it('are the value: memo, header, search attributes', () => {
    const message = fromJson(StartWorkflowExecutionRequestSchema, body, shorthand);
    expect(message.memo).toEqual({ fields: { note: value('rush'), gone: nothing } });
    expect(message.searchAttributes).toEqual({ indexedFields: { CustomerId: value('c-9') } });
    expect(toJson(StartWorkflowExecutionRequestSchema, message, shorthand)).toMatchObject({
      memo: { fields: { note: 'rush', gone: nothingInJson } },
    });
  });

  it('stay in ordinary form with a type', () => {
    expect(fieldToJson(PayloadSchema, plain('"c-9"', { type: 'Keyword' }), shorthand)).toEqual({
      metadata: { encoding: 'anNvbi9wbGFpbg==', type: 'S2V5d29yZA==' },
      data: 'ImMtOSI=',
    });
  });
});

describe('without shorthand', () => {
  it('only the ordinary form is written and read', () => {
    expect(fieldToJson(PayloadsSchema, { payloads: [value(1)] })).toEqual({
      payloads: [{ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'MQ==' }],
    });
    expect(() => fieldFromJson(PayloadsSchema, [1])).toThrow('expected {"payloads": [...]}, got an array');
  });
});

describe('shorthand round trips', () => {
  it('any list of payloads comes back as it was', () => {
    fc.assert(
      fc.property(fc.array(anyPayload, { maxLength: 3 }), (payloads) => {
        const json: unknown = JSON.parse(JSON.stringify(write(...payloads)));
        expect(read(json)?.payloads ?? []).toEqual(payloads);
      }),
    );
  });

  it('any values come back as they were, null as undefined', () => {
    const values = fc.array(
      fc.jsonValue().filter((content) => content !== null),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(values, (contents) => {
        const payloads = contents.map(value);
        expect(read(JSON.parse(JSON.stringify(write(...payloads))))).toEqual({ payloads });
      }),
    );
  });
});
