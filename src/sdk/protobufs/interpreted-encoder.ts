/** Messages to bytes, field by field. */
import type * as Protobuf from 'protobufjs/light.js';
import {
  isEnum,
  type ProtobufModule,
  type ReflectedField,
  scalarTypeOf,
  typeTables,
  unknownFields,
} from './reflection.ts';

type Encode = (message: unknown, writer?: Protobuf.Writer, depth?: number) => Protobuf.Writer;
type Write = (value: unknown) => Protobuf.Writer;

/** Wire types: how a field's end is found. */
const LENGTH_DELIMITED = 2;
const GROUP_START = 3;
const GROUP_END = 4;

const tagOf = ({ id }: { id: number }, wireType: number): number => ((id << 3) | wireType) >>> 0;

export function createEncoder(protobuf: ProtobufModule, type: Protobuf.Type): Protobuf.Type['encode'] {
  const { Writer, util } = protobuf;
  // Known fields are written in the order of their numbers.
  const fields = [...type.fieldsArray].sort((one, other) => one.id - other.id) as unknown as ReflectedField[];

  const encode: Encode = (message, writer = Writer.create(), depth = 0) => {
    if (depth > util.recursionLimit) throw new Error('max depth exceeded');
    const members = message as Record<string, unknown>;
    for (const field of fields) {
      const value = members[field.name];
      if (value === undefined || value === null) {
        if (field.required) throw new TypeError(`${field.fullName}: required field is missing`);
        continue;
      }
      if (field.map) writeMap(protobuf, field, value as Record<string, unknown>, writer, depth);
      else if (field.repeated) writeList(protobuf, field, value as ArrayLike<unknown>, writer, depth);
      else if (isPresent(protobuf, field, members, value)) writeOne(protobuf, field, value, writer, depth);
    }
    for (const bytes of unknownFields(message) ?? []) writer.raw(bytes);
    return writer;
  };
  return encode as Protobuf.Type['encode'];
}

/** Fields that know no presence are left out when they hold their default. */
function isPresent(
  protobuf: ProtobufModule,
  field: ReflectedField,
  members: Record<string, unknown>,
  value: unknown,
): boolean {
  if (field.required) return true;
  if (!Object.hasOwn(members, field.name)) return false;
  const scalar = scalarTypeOf(protobuf, field);
  if (field.hasPresence || scalar === undefined) return true;
  if (isEnum(field)) return value !== field.typeDefault;
  if (scalar === 'bytes' || scalar === 'string') return (value as ArrayLike<unknown>).length > 0;
  if (scalar === 'double' || scalar === 'float') return !Object.is(value, 0);
  if (typeof value === 'object') {
    const { low, high } = value as { low: number; high: number };
    return low !== 0 || high !== 0;
  }
  return value !== 0 && value !== false;
}

function writeOne(
  protobuf: ProtobufModule,
  field: ReflectedField,
  value: unknown,
  writer: Protobuf.Writer,
  depth: number,
): void {
  const scalar = scalarTypeOf(protobuf, field);
  if (scalar !== undefined) {
    writer.uint32(tagOf(field, Number(typeTables(protobuf).basic[scalar])));
    writeScalar(writer, scalar, value);
    return;
  }
  const { encode } = (field.resolvedType as Protobuf.Type).setup();
  if (field.delimited) {
    (encode as Encode)(value, writer.uint32(tagOf(field, GROUP_START)), depth + 1);
    writer.uint32(tagOf(field, GROUP_END));
  } else {
    (encode as Encode)(value, writer.uint32(tagOf(field, LENGTH_DELIMITED)).fork(), depth + 1).ldelim();
  }
}

function writeList(
  protobuf: ProtobufModule,
  field: ReflectedField,
  values: ArrayLike<unknown>,
  writer: Protobuf.Writer,
  depth: number,
): void {
  const scalar = scalarTypeOf(protobuf, field);
  if (values.length === 0) return;
  if (scalar === undefined || !field.packed || typeTables(protobuf).packed[scalar] === undefined) {
    for (const value of Array.from(values)) writeOne(protobuf, field, value, writer, depth);
    return;
  }
  writer.uint32(tagOf(field, LENGTH_DELIMITED)).fork();
  for (const value of Array.from(values)) writeScalar(writer, scalar, value);
  writer.ldelim();
}

/** A map is a list of messages with the key as field 1 and the value as field 2. */
function writeMap(
  protobuf: ProtobufModule,
  field: ReflectedField,
  entries: Record<string, unknown>,
  writer: Protobuf.Writer,
  depth: number,
): void {
  const types = typeTables(protobuf);
  const keyType = String(field.keyType);
  const scalar = scalarTypeOf(protobuf, field);
  for (const [key, value] of Object.entries(entries)) {
    writer.uint32(tagOf(field, LENGTH_DELIMITED)).fork();
    writer.uint32(tagOf({ id: 1 }, Number(types.mapKey[keyType])));
    writeScalar(writer, keyType, keyOf(protobuf, keyType, key));
    if (scalar === undefined) {
      const { encode } = (field.resolvedType as Protobuf.Type).setup();
      (encode as Encode)(value, writer.uint32(tagOf({ id: 2 }, LENGTH_DELIMITED)).fork(), depth + 1).ldelim();
    } else {
      writer.uint32(tagOf({ id: 2 }, Number(types.basic[scalar])));
      writeScalar(writer, scalar, value);
    }
    writer.ldelim();
  }
}

/** Keys of an object are strings: a bool is 'true' or 'false', a 64-bit number its eight bytes or its digits. */
function keyOf(protobuf: ProtobufModule, keyType: string, key: string): unknown {
  if (keyType === 'bool') return key === 'true' || key === '1';
  if (keyType === 'string') return key;
  if (typeTables(protobuf).long[keyType] === undefined) return Number(key);
  const isUnsigned = keyType === 'uint64' || keyType === 'fixed64';
  return key.length === 8 && !/^-?\d+$/.test(key) ? protobuf.util.longFromHash(key, isUnsigned) : key;
}

/** `Writer` has a method for each scalar type, of the type's own name. */
function writeScalar(writer: Protobuf.Writer, scalar: string, value: unknown): void {
  const write = (writer as unknown as Record<string, Write | undefined>)[scalar];
  if (write === undefined) throw new TypeError(`protobufjs cannot write a field of type '${scalar}'`);
  write.call(writer, value);
}
