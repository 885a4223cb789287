/** Messages without generated code: the same bytes and objects as protobufjs's own, which is a second copy here. */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import type protobuf from 'protobufjs/light.js';
import type { Root, Type } from 'protobufjs/light.js';
import { describe, expect, it } from 'vitest';
import {
  ProtobufBinaryPayloadConverter,
  ProtobufJsonPayloadConverter,
} from '../../../src/sdk/protobufs/converters.ts';
import { interpretMessages } from '../../../src/sdk/protobufs/interpreted-types.ts';
import { root as patchedRoot, schema } from './root.ts';

/** A copy of protobufjs with state of its own. */
function freshProtobuf(): typeof protobuf {
  const require = createRequire(import.meta.url);
  for (const path of Object.keys(require.cache)) {
    if (path.includes('/protobufjs/')) delete require.cache[path];
  }
  return require('protobufjs/light.js');
}

const compiled = freshProtobuf();
const interpreted = freshProtobuf();
interpretMessages(interpreted);
const orderOf = (root: Root): Type => root.lookupType('acme.orders.Order');
const Compiled = orderOf(compiled.Root.fromJSON(schema));
const Interpreted = orderOf(interpreted.Root.fromJSON(schema));

const key = fc.stringMatching(/^[a-z]{1,3}$/);
const item = fc.record({ sku: fc.string(), quantity: fc.integer({ min: -5, max: 5 }) }, { requiredKeys: [] });
const order = fc.letrec((tie) => ({
  order: fc.record(
    {
      id: fc.string({ unit: 'grapheme' }),
      state: fc.integer({ min: 0, max: 3 }),
      items: fc.array(item, { maxLength: 3 }),
      amount: fc.double({ noNaN: true }),
      tags: fc.dictionary(key, fc.string(), { maxKeys: 3 }),
      lines: fc.dictionary(fc.integer({ min: -3, max: 300 }).map(String), item, { maxKeys: 3 }),
      signature: fc.uint8Array({ maxLength: 8 }),
      numbers: fc.array(fc.integer(), { maxLength: 4 }),
      words: fc.array(fc.string(), { maxLength: 3 }),
      isPaid: fc.boolean(),
      card: fc.string(),
      ratio: fc.float({ noNaN: true }),
      count: fc.nat(),
      states: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 3 }),
      parent: fc.option(tie('order'), { nil: null, maxDepth: 2 }),
    },
    { requiredKeys: [] },
  ),
})).order as fc.Arbitrary<Record<string, unknown>>;

describe('interpreted messages', () => {
  it('are written as compiled ones are', () => {
    fc.assert(
      fc.property(order, (properties) => {
        const expected = Compiled.encode(Compiled.fromObject(properties)).finish();
        const written = Interpreted.encode(Interpreted.fromObject(properties)).finish();
        expect([...written]).toEqual([...expected]);
      }),
    );
  });

  it('are read as compiled ones are, and give the same plain objects', () => {
    const options = [
      {},
      { defaults: true },
      { longs: String, enums: String, bytes: String },
      { oneofs: true, arrays: true },
    ];
    fc.assert(
      fc.property(order, fc.constantFrom(...options), (properties, option) => {
        const bytes = Compiled.encode(Compiled.fromObject(properties)).finish();
        const expected = plain(Compiled.toObject(Compiled.decode(bytes), option));
        expect(plain(Interpreted.toObject(Interpreted.decode(bytes), option))).toEqual(expected);
      }),
    );
  });

  it('keep fields that their type does not know', () => {
    const Newer = compiled.Root.fromJSON({
      nested: { Item: { fields: { sku: { type: 'string', id: 1 }, colour: { type: 'string', id: 9 } } } },
    }).lookupType('Item');
    const Item = interpreted.Root.fromJSON({
      nested: { Item: { fields: { sku: { type: 'string', id: 1 } } } },
    }).lookupType('Item');
    const bytes = Newer.encode({ sku: 'lamp', colour: 'red' }).finish();
    const read = Item.decode(bytes);
    expect(Newer.toObject(Newer.decode(Item.encode(read).finish()))).toEqual({ sku: 'lamp', colour: 'red' });
  });

  it('refuse bytes that end too early, as compiled ones do, and never hang', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const outcome = (type: Type) => {
          try {
            return plain(type.toObject(type.decode(bytes)));
          } catch {
            return 'refused';
          }
        };
        expect(outcome(Interpreted)).toEqual(outcome(Compiled));
      }),
      { numRuns: 500 },
    );
  });

  it('say what an object lacks to be a message', () => {
    expect(() => Interpreted.fromObject({ items: 5 })).toThrow('.acme.orders.Order.items: array expected');
    expect(() => Interpreted.fromObject({ parent: 'x' })).toThrow(
      '.acme.orders.Order.parent: object expected',
    );
    expect(() => Interpreted.fromObject({ tags: 'x' })).toThrow('.acme.orders.Order.tags: object expected');
  });
});

/** Comparable across two copies of the library: Longs and Buffers as what they stand for. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, each: unknown) => {
      if (each instanceof Object && 'type' in each && each.type === 'Buffer' && 'data' in each)
        return each.data;
      if (ArrayBuffer.isView(each)) return Array.from(each as Uint8Array);
      if (Object.is(each, -0)) return '-0';
      return typeof each === 'number' && !Number.isFinite(each) ? String(each) : each;
    }),
  );
}

describe('converters', () => {
  const { Order } = patchedRoot.acme.orders;
  const message = Order.create({ id: 'o-1', signature: new Uint8Array([1, 255]) });

  it.each([
    ['json/protobuf', new ProtobufJsonPayloadConverter(patchedRoot)],
    ['binary/protobuf', new ProtobufBinaryPayloadConverter(patchedRoot)],
  ])('write and read %s, and leave other values to others', (encoding, converter) => {
    const payload = converter.toPayload(message);
    expect(new TextDecoder().decode(payload?.metadata?.encoding ?? undefined)).toBe(encoding);
    expect(converter.fromPayload(payload ?? {})).toMatchObject({
      id: 'o-1',
      signature: new Uint8Array([1, 255]),
    });
    for (const other of [undefined, null, 1, 'text', {}, { $type: {} }, new Uint8Array(1)])
      expect(converter.toPayload(other)).toBeUndefined();
  });

  it('refuse what they cannot read, and say why', () => {
    const payload = new ProtobufJsonPayloadConverter().toPayload(message) ?? {};
    expect(() => new ProtobufJsonPayloadConverter().fromPayload(payload)).toThrow(
      'Unable to deserialize protobuf message without `root` being provided',
    );
    const converter = new ProtobufJsonPayloadConverter(patchedRoot);
    expect(() => converter.fromPayload({ metadata: {}, data: new Uint8Array() })).toThrow('messageType');
    expect(() => converter.fromPayload({ metadata: payload.metadata ?? null })).toThrow(
      'Got payload with no data',
    );
    const messageType = new TextEncoder().encode('acme.orders.Unknown');
    expect(() => converter.fromPayload({ metadata: { messageType }, data: new Uint8Array() })).toThrow(
      'Got a `acme.orders.Unknown` protobuf message but cannot find corresponding message class in `root`',
    );
    expect(() => new ProtobufJsonPayloadConverter({})).toThrow(
      'root must be an instance of a protobufjs Root',
    );
  });
});
