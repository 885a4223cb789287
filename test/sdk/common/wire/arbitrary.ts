/** Arbitrary messages of any schema, for property tests. */
import * as fc from 'fast-check';
import type { AnyField, FieldMap, MessageField } from '../../../../src/sdk/common/wire/schema.ts';

const bytes = fc.uint8Array({ maxLength: 20 });
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
/** Own members called `__proto__` are tested apart: fast-check builds its records by assignment. */
const key = text.filter((name) => name !== '__proto__' && name !== '');

export const payload = fc.record(
  {
    metadata: fc.dictionary(key, bytes, { maxKeys: 3 }),
    data: fc.uint8Array({ minLength: 1, maxLength: 40 }),
  },
  { requiredKeys: [] },
);

const payloads = fc.oneof(
  fc.constant({}),
  fc.record({ payloads: fc.array(payload, { minLength: 1, maxLength: 3 }) }),
);

/** Values whose zero is left out in JSON and therefore absent in memory. */
const nonZero = <T>(values: fc.Arbitrary<T>, isZero: (value: T) => boolean): fc.Arbitrary<T> =>
  values.filter((value) => !isZero(value));

/** JSON has no negative zero. */
const throughText = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const milliseconds = fc.integer({ min: -8_000_000_000_000, max: 8_000_000_000_000 });

function memberOf(field: AnyField, depth: number): fc.Arbitrary<unknown> {
  switch (field.kind) {
    case 'string':
      return nonZero(text, (value) => value === '');
    case 'bool':
      return fc.constant(true);
    case 'int32':
      return nonZero(fc.integer(), (value) => value === 0);
    case 'int64':
      return nonZero(fc.maxSafeInteger(), (value) => value === 0);
    case 'double':
      return nonZero(fc.double({ noNaN: true }), (value) => value === 0);
    case 'duration':
      return fc.oneof(milliseconds, fc.constantFrom(0, 0.5, 1500.25, 0.000001, -0.25));
    case 'timestamp':
      return fc.oneof(milliseconds, fc.constantFrom(0, 1_767_607_200_000.125));
    case 'bytes':
      return fc.uint8Array({ minLength: 1, maxLength: 20 });
    case 'json':
      // What is opaque is messages and enums of newer servers, never a bare zero.
      return fc.dictionary(key, fc.jsonValue({ maxDepth: 1 }).map(throughText), { minKeys: 1, maxKeys: 2 });
    case 'enum':
      return fc.constantFrom(...Object.keys(field.values));
    case 'payload':
      return payload;
    case 'payloads':
      return payloads;
    case 'list':
      return fc.array(memberOf(field.element, depth + 1), { minLength: 1, maxLength: 3 });
    case 'map':
      return fc.dictionary(key, memberOf(field.element, depth + 1), { minKeys: 1, maxKeys: 3 });
    case 'message':
      return messageOf(field, depth + 1);
    case 'lazy':
      return messageOf(field.target() as MessageField<FieldMap>, depth + 1);
    case 'required':
      return memberOf(field.field as AnyField, depth);
  }
}

export function messageOf(schema: MessageField<FieldMap>, depth = 0): fc.Arbitrary<Record<string, unknown>> {
  const members: Record<string, fc.Arbitrary<unknown>> = {};
  const requiredKeys: string[] = [];
  for (const [name, field] of Object.entries(schema.fields)) {
    const inner = field.kind === 'required' ? (field.field as AnyField) : field;
    if (inner.kind === 'lazy' && depth > 2) continue;
    members[name] = memberOf(inner, depth);
    if (field.kind === 'required') requiredKeys.push(name);
  }
  return fc.record(members, { requiredKeys, noNullPrototype: true });
}
