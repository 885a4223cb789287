/** Bytes to messages, tag by tag. */
import type * as Protobuf from 'protobufjs/light.js';
import {
  isEnum,
  keepUnknownField,
  type ProtobufModule,
  type ReflectedField,
  scalarTypeOf,
  setOwn,
  typeTables,
} from './reflection.ts';

type Members = Record<string, unknown>;
type Decode = (
  reader: Protobuf.Reader | Uint8Array,
  length?: number,
  endTag?: number,
  depth?: number,
  into?: Members,
) => Members;

const LENGTH_DELIMITED = 2;
const GROUP_START = 3;
const GROUP_END = 4;

export function createDecoder(protobuf: ProtobufModule, type: Protobuf.Type): Protobuf.Type['decode'] {
  const { Reader, util } = protobuf;
  const fields = new Map((type.fieldsArray as unknown as ReflectedField[]).map((field) => [field.id, field]));

  const decode: Decode = (source, length, endTag, depth = 0, into) => {
    if (depth > util.recursionLimit) throw new Error('max depth exceeded');
    const reader = source instanceof Reader ? source : Reader.create(source as Uint8Array);
    const end = length === undefined ? reader.len : reader.pos + length;
    if (end > reader.len) throw new RangeError('index out of range');
    const message = into ?? (new type.ctor() as Members);
    let isEnded = false;
    while (!isEnded && reader.pos < end) {
      const start = reader.pos;
      const tag = reader.tag();
      if (tag === endTag) {
        isEnded = true;
        continue;
      }
      const field = fields.get(tag >>> 3);
      if (field && readField(protobuf, field, tag & 7, reader, message, depth)) continue;
      reader.skipType(tag & 7, depth, tag >>> 3);
      keepUnknownField(message, reader.buf.slice(start, reader.pos));
    }
    if (endTag !== undefined && !isEnded) throw new Error('missing end group');
    if (length !== undefined && reader.pos !== end) throw new RangeError('index out of range');
    for (const { name, required } of type.fieldsArray) {
      if (required && !Object.hasOwn(message, name))
        throw new util.ProtocolError(`missing required '${name}'`, { instance: message as never });
    }
    return message;
  };
  return decode as unknown as Protobuf.Type['decode'];
}

/** Whether the field took what follows. A value of another wire form than the field's is unknown to it. */
function readField(
  protobuf: ProtobufModule,
  field: ReflectedField,
  wireType: number,
  reader: Protobuf.Reader,
  message: Members,
  depth: number,
): boolean {
  if (field.map) {
    if (wireType !== LENGTH_DELIMITED) return false;
    readEntry(protobuf, field, reader, message, depth);
    return true;
  }
  const scalar = scalarTypeOf(protobuf, field);
  const isPackable =
    field.repeated && scalar !== undefined && typeTables(protobuf).packed[scalar] !== undefined;
  if (isPackable && wireType === LENGTH_DELIMITED) {
    const end = reader.size() + reader.pos;
    if (end > reader.len) throw new RangeError('index out of range');
    while (reader.pos < end) listOf(message, field).push(readScalar(reader, scalar, field));
    return true;
  }
  if (wireType !== wireTypeOf(protobuf, field, scalar)) return false;
  if (field.repeated) listOf(message, field).push(readValue(field, scalar, reader, depth));
  else setValue(field, message, readValue(field, scalar, reader, depth, message[field.name]));
  return true;
}

function wireTypeOf(protobuf: ProtobufModule, field: ReflectedField, scalar: string | undefined): number {
  if (scalar !== undefined) return Number(typeTables(protobuf).basic[scalar]);
  return field.delimited ? GROUP_START : LENGTH_DELIMITED;
}

/** A default without presence is as good as nothing; the last field of a oneof is the one that is set. */
function setValue(field: ReflectedField, message: Members, value: unknown): void {
  if (!field.hasPresence && !(field.resolvedType && !isEnum(field)) && isDefault(field, value))
    delete message[field.name];
  else message[field.name] = value;
  if (field.partOf) message[field.partOf.name] = field.name;
}

function isDefault(field: ReflectedField, value: unknown): boolean {
  if (value instanceof Uint8Array || typeof value === 'string') return value.length === 0;
  if (typeof value === 'object' && value !== null) {
    const { low, high } = value as { low: number; high: number };
    return low === 0 && high === 0;
  }
  return isEnum(field) ? value === field.typeDefault : Object.is(value, 0) || value === false;
}

function readValue(
  field: ReflectedField,
  scalar: string | undefined,
  reader: Protobuf.Reader,
  depth: number,
  current?: unknown,
): unknown {
  if (scalar !== undefined) return readScalar(reader, scalar, field);
  const decode = (field.resolvedType as Protobuf.Type).setup().decode as unknown as Decode;
  // A message that comes twice is merged. What a message inherits from its prototype is not its own.
  const into = current !== null && typeof current === 'object' ? (current as Members) : undefined;
  return field.delimited
    ? decode(reader, undefined, ((field.id << 3) | GROUP_END) >>> 0, depth + 1, into)
    : decode(reader, reader.size(), undefined, depth + 1, into);
}

function readEntry(
  protobuf: ProtobufModule,
  field: ReflectedField,
  reader: Protobuf.Reader,
  message: Members,
  depth: number,
): void {
  const { util } = protobuf;
  const types = typeTables(protobuf);
  const keyType = String(field.keyType);
  const scalar = scalarTypeOf(protobuf, field);
  const end = reader.size() + reader.pos;
  if (end > reader.len) throw new RangeError('index out of range');
  let key: unknown = types.defaults[keyType] ?? 0;
  let value: unknown =
    scalar === undefined ? new (field.resolvedType as Protobuf.Type).ctor() : types.defaults[scalar];
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag >>> 3 === 1) key = readScalar(reader, keyType, field);
    else if (tag >>> 3 === 2)
      value = readValue(
        Object.create(field, { delimited: { value: false } }) as ReflectedField,
        scalar,
        reader,
        depth,
      );
    else reader.skipType(tag & 7, depth, tag >>> 3);
  }
  if (!Object.hasOwn(message, field.name)) message[field.name] = {};
  const name = typeof key === 'object' ? util.longToHash(key as never) : String(key);
  setOwn(message[field.name] as object, name, value);
}

function listOf(message: Members, { name }: ReflectedField): unknown[] {
  if (!Object.hasOwn(message, name) || !Array.isArray(message[name])) message[name] = [];
  return message[name] as unknown[];
}

/** `Reader` has a method for each scalar type, of the type's own name. */
function readScalar(reader: Protobuf.Reader, scalar: string, { _features }: ReflectedField): unknown {
  if (scalar === 'string' && _features.utf8_validation === 'VERIFY') return reader.stringVerify();
  const read = (reader as unknown as Record<string, (() => unknown) | undefined>)[scalar];
  if (read === undefined) throw new TypeError(`protobufjs cannot read a field of type '${scalar}'`);
  return read.call(reader);
}
