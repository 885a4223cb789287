import { describe, expect, it } from 'vitest';
import {
  decodeSearchAttributes,
  decodeTypedSearchAttributes,
  encodeUnifiedSearchAttributes,
  typedSearchAttributePayloadConverter,
} from '../../../src/sdk/common/converter/payload-search-attributes.ts';
import {
  defineSearchAttributeKey,
  type SearchAttributePair,
  type SearchAttributes,
  TypedSearchAttributes,
} from '../../../src/sdk/common/index.ts';

const text = defineSearchAttributeKey('text', 'TEXT');
const keyword = defineSearchAttributeKey('keyword', 'KEYWORD');
const int = defineSearchAttributeKey('int', 'INT');
const double = defineSearchAttributeKey('double', 'DOUBLE');
const bool = defineSearchAttributeKey('bool', 'BOOL');
const datetime = defineSearchAttributeKey('datetime', 'DATETIME');
const keywords = defineSearchAttributeKey('keywords', 'KEYWORD_LIST');

const pairs: SearchAttributePair[] = [
  { key: text, value: 'a b' },
  { key: keyword, value: 'c-9' },
  { key: int, value: 3 },
  { key: double, value: 1.5 },
  { key: bool, value: false },
  { key: datetime, value: new Date(1000) },
  { key: keywords, value: ['x', 'y'] },
];

const utf8 = (value: string) => new TextEncoder().encode(value);
const decoded = (bytes: Uint8Array | null | undefined) => new TextDecoder().decode(bytes ?? undefined);
const payloadOf = (type: string, json: string) => ({
  metadata: { encoding: utf8('json/plain'), type: utf8(type) },
  data: utf8(json),
});

describe('search attributes as payloads', () => {
  it('are plain JSON with their type (SA-1, SA-2)', () => {
    const encoded = encodeUnifiedSearchAttributes(undefined, pairs);
    const shown = Object.entries(encoded).map(([name, { metadata, data }]) => [
      name,
      decoded(metadata?.type),
      decoded(data),
    ]);
    expect(shown).toEqual([
      ['text', 'Text', '"a b"'],
      ['keyword', 'Keyword', '"c-9"'],
      ['int', 'Int', '3'],
      ['double', 'Double', '1.5'],
      ['bool', 'Bool', 'false'],
      ['datetime', 'Datetime', '"1970-01-01T00:00:01.000Z"'],
      ['keywords', 'KeywordList', '["x","y"]'],
    ]);
    expect(decodeTypedSearchAttributes(encoded).getAll()).toEqual(pairs);
  });

  it('typed ones win over those of the deprecated form', () => {
    const encoded = encodeUnifiedSearchAttributes(
      { keyword: ['old'], other: [new Date(0)] },
      new TypedSearchAttributes(pairs),
    );
    expect(decoded(encoded.keyword?.data)).toBe('"c-9"');
    expect(decoded(encoded.other?.data)).toBe('["1970-01-01T00:00:00.000Z"]');
  });

  it('a deletion has no type', () => {
    const encoded = encodeUnifiedSearchAttributes(undefined, [{ key: keyword, value: null }]);
    expect(Object.keys(encoded.keyword?.metadata ?? {})).toEqual(['encoding']);
    expect(decoded(encoded.keyword?.data)).toBe('null');
  });

  it('values must be of their type', () => {
    expect(() => encodeUnifiedSearchAttributes(undefined, [{ key: int, value: 1.5 }])).toThrow(
      'Invalid search attribute value 1.5 for given type INT',
    );
    expect(() => typedSearchAttributePayloadConverter.toPayload('x')).toThrow(
      /^Expect input to be instance of/,
    );
  });

  it.each<[unknown, string]>([
    ['x', 'SearchAttribute value must be an array'],
    [[new Date(0), {}], 'SearchAttribute values must arrays of strings, numbers, booleans, or Dates'],
    [[undefined], 'SearchAttribute array values must be: string | number | boolean | Date'],
    [['x', 1], 'All SearchAttribute array values must be of the same type'],
  ])('the deprecated form refuses %j', (value, message) => {
    expect(() => encodeUnifiedSearchAttributes({ a: value } as SearchAttributes)).toThrow(message);
  });

  it('arrays of one are read as scalars, unknown types and values of another type are left out (SA-2)', () => {
    const fields = {
      one: payloadOf('Int', '[5]'),
      two: payloadOf('Int', '[5, 6]'),
      named: payloadOf('INDEXED_VALUE_TYPE_KEYWORD', '"k"'),
      later: payloadOf('Later', '5'),
      wrong: payloadOf('Int', '"x"'),
      untyped: { metadata: { encoding: utf8('json/plain') }, data: utf8('5') },
    };
    expect(decodeTypedSearchAttributes(fields).getAll()).toEqual([
      { key: { name: 'one', type: 'INT' }, value: 5 },
      { key: { name: 'named', type: 'KEYWORD' }, value: 'k' },
    ]);
  });

  it('the deprecated form is arrays, with Dates, without the empty ones', () => {
    const encoded = {
      ...encodeUnifiedSearchAttributes({ empty: [] }),
      ...encodeUnifiedSearchAttributes(undefined, pairs),
    };
    expect(decodeSearchAttributes(encoded)).toMatchObject({
      int: [3],
      datetime: [new Date(1000)],
      keywords: ['x', 'y'],
    });
    expect(decodeSearchAttributes(encoded)).not.toHaveProperty('empty');
    expect(decodeSearchAttributes(undefined)).toEqual({});
  });
});

describe('search attributes of other makers', () => {
  it('a time may be a number of milliseconds', () => {
    const fields = { when: payloadOf('Datetime', '1000') };
    expect(decodeSearchAttributes(fields)).toEqual({ when: [new Date(1000)] });
    expect(decodeTypedSearchAttributes(fields).getAll()).toEqual([
      { key: { name: 'when', type: 'DATETIME' }, value: new Date(1000) },
    ]);
  });

  it('typed ones may come from another copy of this library', () => {
    const copy = { getAll: () => pairs } as TypedSearchAttributes;
    expect(encodeUnifiedSearchAttributes(undefined, copy)).toEqual(
      encodeUnifiedSearchAttributes(undefined, new TypedSearchAttributes(pairs)),
    );
  });
});

describe('TypedSearchAttributes', () => {
  it('gives values by key, and none for a key of another type', () => {
    const attributes = new TypedSearchAttributes(pairs);
    expect(attributes.get(keyword)).toBe('c-9');
    expect(attributes.get(datetime)).toEqual(new Date(1000));
    expect(attributes.get(defineSearchAttributeKey('keyword', 'INT'))).toBeUndefined();
    expect(attributes.get(defineSearchAttributeKey('toString', 'TEXT'))).toBeUndefined();
  });

  it('refuses a key twice', () => {
    const twice: SearchAttributePair[] = [
      { key: int, value: 1 },
      { key: int, value: 2 },
    ];
    expect(() => new TypedSearchAttributes(twice)).toThrow('Duplicate search attribute key: int');
  });

  it('updateCopy sets, deletes by key and type, and leaves the original alone', () => {
    const attributes = new TypedSearchAttributes(pairs.slice(0, 3));
    const updated = attributes.updateCopy([
      { key: int, value: 4 },
      { key: keyword, value: null },
      { key: defineSearchAttributeKey('text', 'INT'), value: null },
      { key: bool, value: true },
    ]);
    expect(updated.getAll()).toEqual([
      { key: text, value: 'a b' },
      { key: int, value: 4 },
      { key: bool, value: true },
    ]);
    expect(attributes.getAll()).toEqual(pairs.slice(0, 3));
  });

  it('copy is deep', () => {
    const attributes = new TypedSearchAttributes(pairs);
    attributes.copy().get(keywords)?.push('z');
    attributes.copy().get(datetime)?.setTime(0);
    expect(attributes).toEqual(new TypedSearchAttributes(pairs));
    expect(JSON.parse(JSON.stringify(attributes))).toEqual(JSON.parse(JSON.stringify(pairs)));
  });

  it('differs from one with other values', () => {
    expect(new TypedSearchAttributes(pairs)).not.toEqual(new TypedSearchAttributes(pairs.slice(1)));
  });

  it.each([
    [['2020-01-01'], 'DATETIME'],
    [['abc'], 'TEXT'],
    [[1], 'INT'],
    [[1.5], 'DOUBLE'],
    [[true], 'BOOL'],
    [[new Date(0)], 'DATETIME'],
    [['a', 'b'], 'KEYWORD_LIST'],
    [[1, 2], undefined],
  ])('guesses the type of %j as %s', (value, type) => {
    expect(TypedSearchAttributes.getKeyFromUntyped('a', value as string[])?.type).toBe(type);
  });
});
