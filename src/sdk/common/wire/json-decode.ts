/**
 * Proto3 JSON to messages. Takes what the reference's readers take: camelCase or snake_case members, enums by name or
 * number, integers as strings or numbers, null for unset. Everything else is a `WireError` with the member's path.
 */
import { decodeBase64 } from './base64.ts';
import { unwrap } from './json-encode.ts';
import {
  checkDepth,
  isObject,
  payloadFromJson,
  payloadFromShorthand,
  payloadsFromJson,
  setMember,
} from './json-payload.ts';
import { parseDuration, parseTimestamp } from './json-time.ts';
import type { AnyField, EnumField, FieldMap, MessageField, ScalarKind } from './schema.ts';
import { at, expected, WireError } from './wire-error.ts';

export interface FromJsonOptions {
  /** Accept payloads written as the values they hold. */
  shorthand?: boolean;
  /**
   * For what callers send: a required member that is absent, null or empty is an error. Otherwise (histories) it gets its
   * zero value, as proto3 leaves zero values out.
   */
  strict?: boolean;
  /** Refuse members that the schema does not know. By default they are ignored. */
  refuseUnknown?: boolean;
  /** What error paths begin with. */
  path?: string;
}

export interface DecodeState {
  readonly shorthand: boolean;
  readonly strict: boolean;
  readonly refuseUnknown: boolean;
  depth: number;
}

/** Levels of messages, and of opaque JSON inside one. */
export const DEPTH_MAX = 100;

type JsonObject = Record<string, unknown>;

interface Member {
  readonly name: string;
  readonly field: AnyField;
  readonly isRequired: boolean;
}

interface MemberTable {
  readonly byJsonName: ReadonlyMap<string, Member>;
  readonly required: readonly Member[];
}

export const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const tables = new WeakMap<MessageField<FieldMap>, MemberTable>();

function tableOf(schema: MessageField<FieldMap>): MemberTable {
  const known = tables.get(schema);
  if (known) return known;
  const members = Object.entries(schema.fields).map(([name, field]) => ({
    name,
    field: unwrap(field),
    isRequired: field.kind === 'required',
  }));
  const table = {
    byJsonName: new Map(
      members.flatMap((member) => [[member.name, member] as const, [snakeCase(member.name), member]]),
    ),
    required: members.filter((member) => member.isRequired),
  };
  tables.set(schema, table);
  return table;
}

export function decodeMessage(schema: MessageField<FieldMap>, json: unknown, state: DecodeState): JsonObject {
  if (!isObject(json)) throw expected('an object', json);
  if (++state.depth > DEPTH_MAX) throw new WireError('', `nested deeper than ${DEPTH_MAX} levels`);
  const table = tableOf(schema);
  const value: JsonObject = {};
  for (const key of Object.keys(json)) {
    const member = table.byJsonName.get(key);
    if (!member) {
      if (state.refuseUnknown) throw new WireError(key, `unknown member of ${schema.name}`);
      continue;
    }
    const item = json[key];
    if (item === null || item === undefined) continue;
    try {
      const decoded = decodeField(member.field, item, state);
      if (decoded !== undefined) value[member.name] = decoded;
    } catch (error) {
      throw at(key, error);
    }
  }
  for (const member of table.required) completeRequired(schema, member, value, state);
  state.depth--;
  return value;
}

function completeRequired(
  schema: MessageField<FieldMap>,
  member: Member,
  value: JsonObject,
  state: DecodeState,
): void {
  const present = value[member.name];
  if (state.strict) {
    if (present === undefined || present === '') {
      throw new WireError(member.name, `required by ${schema.name}, but not set`);
    }
  } else if (present === undefined) {
    const zero = zeroOf(member.field, state);
    if (zero !== undefined) value[member.name] = zero;
  }
}

/** What an absent member means. An unspecified enum has no name in memory and stays absent. */
export function zeroOf(field: AnyField, state: DecodeState): unknown {
  switch (field.kind) {
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'int32':
    case 'int64':
    case 'double':
    case 'duration':
    case 'timestamp':
      return 0;
    case 'bytes':
      return new Uint8Array();
    case 'message':
      return decodeMessage(field, {}, state);
    case 'payload':
    case 'payloads':
    case 'map':
      return {};
    case 'list':
      return [];
    case 'lazy':
      return zeroOf(field.target(), state);
    default:
      return undefined;
  }
}

export function decodeField(field: AnyField, json: unknown, state: DecodeState): unknown {
  switch (field.kind) {
    case 'enum':
      return decodeEnum(field, json);
    case 'message':
      return decodeMessage(field, json, state);
    case 'payload':
      return state.shorthand ? payloadFromShorthand(json) : payloadFromJson(json);
    case 'payloads':
      return payloadsFromJson(json, state.shorthand);
    case 'list':
      return decodeList(field.element, json, state);
    case 'map':
      return decodeMap(field.element, json, state);
    case 'lazy':
      return decodeField(field.target(), json, state);
    case 'required':
      return decodeField(unwrap(field), json, state);
    default:
      return decodeScalar(field.kind, json);
  }
}

function decodeList(element: AnyField, json: unknown, state: DecodeState): unknown[] {
  if (!Array.isArray(json)) throw expected('an array', json);
  return json.map((item, index) => {
    try {
      const decoded = decodeField(element, item, state);
      if (decoded === undefined) throw expected('a value', item);
      return decoded;
    } catch (error) {
      throw at(index, error);
    }
  });
}

function decodeMap(element: AnyField, json: unknown, state: DecodeState): JsonObject {
  if (!isObject(json)) throw expected('an object', json);
  const value: JsonObject = {};
  const isNullMeaningful = element.kind === 'payload' && state.shorthand;
  for (const [key, item] of Object.entries(json)) {
    if (item === null && !isNullMeaningful) continue;
    try {
      const decoded = decodeField(element, item, state);
      if (decoded !== undefined) setMember<unknown>(value, key, decoded);
    } catch (error) {
      throw at(key, error);
    }
  }
  return value;
}

const enumTables = new WeakMap<EnumField<string>, ReadonlyMap<unknown, string | undefined>>();

/** `RETRY_POLICY_NOT_SET` as old histories write it: `RetryPolicyNotSet`. */
const camelName = (name: string): string =>
  name.toLowerCase().replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function enumTableOf(field: EnumField<string>): ReadonlyMap<unknown, string | undefined> {
  const known = enumTables.get(field);
  if (known) return known;
  const table = new Map<unknown, string | undefined>();
  const add = (name: string, number: number, value: string | undefined) => {
    for (const key of [field.prefix + name, name, camelName(name), number, String(number)])
      table.set(key, value);
  };
  add('UNSPECIFIED', 0, undefined);
  for (const [name, number] of Object.entries(field.values)) add(name, number, name);
  enumTables.set(field, table);
  return table;
}

function decodeEnum(field: EnumField<string>, json: unknown): string | undefined {
  const table = enumTableOf(field);
  if (!table.has(json)) {
    const names = Object.keys(field.values).map((name) => field.prefix + name);
    throw expected(`one of ${names.join(', ')}`, json);
  }
  return table.get(json);
}

function decodeScalar(kind: ScalarKind, json: unknown): unknown {
  switch (kind) {
    case 'string':
      if (typeof json !== 'string') throw expected('a string', json);
      return json;
    case 'bool':
      if (typeof json !== 'boolean') throw expected('true or false', json);
      return json;
    case 'int32':
      return decodeInteger(json, -(2 ** 31), 2 ** 31 - 1);
    case 'int64':
      return decodeInteger(json, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    case 'double':
      return decodeDouble(json);
    case 'duration':
      return parseDuration(json);
    case 'timestamp':
      return parseTimestamp(json);
    case 'bytes':
      return decodeBytes(json);
    case 'json':
      checkDepth(json, DEPTH_MAX);
      return json;
  }
}

const INTEGER = /^-?\d{1,19}$/;
const DOUBLE = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const DOUBLE_NAMES: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

function decodeInteger(json: unknown, min: number, max: number): number {
  const value = typeof json === 'string' && INTEGER.test(json) ? Number(json) : json;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw expected('an integer', json);
  if (value < min || value > max) throw expected(`an integer from ${min} to ${max}`, json);
  return value === 0 ? 0 : value;
}

function decodeDouble(json: unknown): number {
  if (typeof json === 'number') return json;
  const named = DOUBLE_NAMES.get(json);
  if (named !== undefined) return named;
  if (typeof json !== 'string' || !DOUBLE.test(json)) throw expected('a number', json);
  return Number(json);
}

function decodeBytes(json: unknown): Uint8Array {
  const bytes = typeof json === 'string' ? decodeBase64(json) : undefined;
  if (!bytes) throw expected('base64', json);
  return bytes;
}
