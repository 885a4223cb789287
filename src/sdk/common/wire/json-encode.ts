/** Messages to proto3 JSON: camelCase, zero values left out, set messages (durations and times among them) kept. */
import { encodeBase64 } from './base64.ts';
import { payloadsToJson, payloadToJson, payloadToShorthand, setMember } from './json-payload.ts';
import { formatDuration, formatTimestamp } from './json-time.ts';
import type { Payload, Payloads } from './messages.ts';
import type { AnyField, EnumField, FieldMap, MessageField, ScalarKind } from './schema.ts';
import { at, expected, WireError } from './wire-error.ts';

export interface ToJsonOptions {
  /** Write payloads as the values they hold, where that loses nothing. Off in history files. */
  shorthand?: boolean;
}

export interface EncodeState {
  readonly shorthand: boolean;
  depth: number;
}

/** More than any reader accepts; what it stops is a failure that is its own cause. */
const DEPTH_MAX = 1000;

type JsonObject = Record<string, unknown>;
type Entry = readonly [name: string, field: AnyField];

const entriesByMessage = new WeakMap<MessageField<FieldMap>, readonly Entry[]>();

function entriesOf(schema: MessageField<FieldMap>): readonly Entry[] {
  let entries = entriesByMessage.get(schema);
  if (!entries) {
    entries = Object.entries(schema.fields).map(([name, field]) => [name, unwrap(field)]);
    entriesByMessage.set(schema, entries);
  }
  return entries;
}

/** The field without its `required` mark. Lazy fields stay: their target may not exist yet. */
export function unwrap(field: AnyField): AnyField {
  // `RequiredField<unknown>` only ever holds a field: `required()` takes nothing else.
  return field.kind === 'required' ? unwrap(field.field as AnyField) : field;
}

export function encodeMessage(schema: MessageField<FieldMap>, value: object, state: EncodeState): JsonObject {
  if (++state.depth > DEPTH_MAX) throw new WireError('', `nested deeper than ${DEPTH_MAX} messages`);
  const json: JsonObject = {};
  const members = value as JsonObject;
  for (const [name, field] of entriesOf(schema)) {
    const member = members[name];
    if (member === undefined || member === null || isZero(field, member)) continue;
    try {
      json[name] = encodeField(field, member, state);
    } catch (error) {
      throw at(name, error);
    }
  }
  state.depth--;
  return json;
}

/** Whether proto3 JSON leaves the value out. Messages are never zero; durations and times are messages. */
function isZero(field: AnyField, value: unknown): boolean {
  switch (field.kind) {
    case 'string':
      return value === '';
    case 'bool':
      return value === false;
    case 'int32':
    case 'int64':
    case 'double':
      return value === 0;
    case 'bytes':
      return (value as Uint8Array).length === 0;
    case 'list':
      return (value as unknown[]).length === 0;
    case 'map':
      return Object.keys(value as object).length === 0;
    default:
      return false;
  }
}

export function encodeField(field: AnyField, value: unknown, state: EncodeState): unknown {
  switch (field.kind) {
    case 'enum':
      return encodeEnum(field, value);
    case 'message':
      if (typeof value !== 'object' || value === null) throw expected(`a ${field.name}`, value);
      return encodeMessage(field, value, state);
    case 'payload':
      return state.shorthand ? payloadToShorthand(value as Payload) : payloadToJson(value as Payload);
    case 'payloads':
      return payloadsToJson(value as Payloads, state.shorthand);
    case 'list':
      return encodeList(field.element, value, state);
    case 'map':
      return encodeMap(field.element, value, state);
    case 'lazy':
      return encodeField(field.target(), value, state);
    case 'required':
      return encodeField(unwrap(field), value, state);
    default:
      return encodeScalar(field.kind, value);
  }
}

function encodeEnum(field: EnumField<string>, value: unknown): string {
  if (typeof value !== 'string' || !Object.hasOwn(field.values, value)) {
    throw expected(`one of ${Object.keys(field.values).join(', ')}`, value);
  }
  return field.prefix + value;
}

function encodeList(element: AnyField, value: unknown, state: EncodeState): unknown[] {
  if (!Array.isArray(value)) throw expected('an array', value);
  return value.map((item, index) => {
    try {
      return encodeField(element, item, state);
    } catch (error) {
      throw at(index, error);
    }
  });
}

function encodeMap(element: AnyField, value: unknown, state: EncodeState): JsonObject {
  if (typeof value !== 'object' || value === null) throw expected('an object', value);
  const json: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined || item === null) continue;
    try {
      setMember(json, key, encodeField(element, item, state));
    } catch (error) {
      throw at(key, error);
    }
  }
  return json;
}

function encodeScalar(kind: ScalarKind, value: unknown): unknown {
  switch (kind) {
    case 'string':
      if (typeof value !== 'string') throw expected('a string', value);
      return value;
    case 'bool':
      if (typeof value !== 'boolean') throw expected('a boolean', value);
      return value;
    case 'bytes':
      if (!(value instanceof Uint8Array)) throw expected('a Uint8Array', value);
      return encodeBase64(value);
    case 'json':
      return value;
    default:
      if (typeof value !== 'number') throw expected('a number', value);
      return encodeNumber(kind, value);
  }
}

function encodeNumber(kind: 'int32' | 'int64' | 'double' | 'duration' | 'timestamp', value: number): unknown {
  switch (kind) {
    case 'int32':
      if (!Number.isInteger(value)) throw expected('an integer', value);
      return value;
    case 'int64':
      if (!Number.isSafeInteger(value)) throw expected('an integer', value);
      return String(value);
    case 'double':
      return Number.isFinite(value) ? value : String(value);
    case 'duration':
      return formatDuration(value);
    case 'timestamp':
      return formatTimestamp(value);
  }
}
