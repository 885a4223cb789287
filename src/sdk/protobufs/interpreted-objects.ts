/** Messages from plain objects, and to them. */
import type * as Protobuf from 'protobufjs/light.js';
import { isEnum, type ProtobufModule, type ReflectedField, setOwn, typeTables } from './reflection.ts';

type Members = Record<string, unknown>;
type FromObject = (object: unknown, depth?: number) => Members;
type ToObject = (message: unknown, options?: Protobuf.IConversionOptions, depth?: number) => Members;

export interface Converters {
  fromObject: Protobuf.Type['fromObject'];
  toObject: Protobuf.Type['toObject'];
}

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null;

export function createFromObject(protobuf: ProtobufModule, type: Protobuf.Type): Converters['fromObject'] {
  const { util } = protobuf;
  const fields = type.fieldsArray as unknown as ReflectedField[];

  const fromObject: FromObject = (object, depth = 0) => {
    if (object instanceof type.ctor) return object as Members;
    if (!isObject(object)) throw new TypeError(`${type.fullName}: object expected`);
    if (depth > util.recursionLimit) throw new Error('max depth exceeded');
    const message = new type.ctor() as Members;
    for (const field of fields) {
      const given = object[field.name];
      if (given === undefined || given === null) continue;
      const value = (each: unknown) => fromValue(protobuf, field, each, depth);
      if (field.map) {
        if (!isObject(given)) throw new TypeError(`${field.fullName}: object expected`);
        const entries = {};
        for (const [key, each] of Object.entries(given)) setOwn(entries, key, value(each));
        message[field.name] = entries;
      } else if (field.repeated) {
        if (!Array.isArray(given)) throw new TypeError(`${field.fullName}: array expected`);
        message[field.name] = given.map(value).filter((each) => each !== undefined);
      } else {
        const converted = value(given);
        if (converted !== undefined) message[field.name] = converted;
      }
    }
    return message;
  };
  return fromObject as Converters['fromObject'];
}

/** Undefined for a name or number that an enum does not have. */
function fromValue(protobuf: ProtobufModule, field: ReflectedField, value: unknown, depth: number): unknown {
  const { util } = protobuf;
  if (isEnum(field)) {
    const { values } = field.resolvedType as Protobuf.Enum;
    if (typeof value === 'string') return Object.hasOwn(values, value) ? values[value] : undefined;
    return Number.isInteger(value) ? value : undefined;
  }
  if (field.resolvedType) {
    if (!isObject(value)) throw new TypeError(`${field.fullName}: object expected`);
    return ((field.resolvedType as Protobuf.Type).setup().fromObject as FromObject)(value, depth + 1);
  }
  switch (field.type) {
    case 'double':
    case 'float':
      return Number(value);
    case 'uint32':
    case 'fixed32':
      return Number(value) >>> 0;
    case 'int32':
    case 'sint32':
    case 'sfixed32':
      return Number(value) | 0;
    case 'bytes':
      return typeof value === 'string' ? bytesOfBase64(protobuf, value) : value;
    case 'string':
      return String(value);
    case 'bool':
      return Boolean(value);
    default:
      if (!(field.type in typeTables(protobuf).long)) return value;
      return util.Long ? longOf(util, field, value) : Number(value);
  }
}

const isUnsigned = ({ type }: ReflectedField): boolean => type === 'uint64' || type === 'fixed64';

function longOf(util: ProtobufModule['util'], field: ReflectedField, value: unknown): unknown {
  const Long = util.Long as unknown as {
    fromValue(value: unknown, unsigned: boolean): unknown;
    fromString(text: string, unsigned: boolean): unknown;
  };
  return typeof value === 'bigint'
    ? Long.fromString(String(value), isUnsigned(field))
    : Long.fromValue(value, isUnsigned(field));
}

function bytesOfBase64({ util }: ProtobufModule, text: string): Uint8Array {
  const bytes = new Uint8Array(util.base64.length(text));
  util.base64.decode(text, bytes, 0);
  return bytes;
}

export function createToObject(protobuf: ProtobufModule, type: Protobuf.Type): Converters['toObject'] {
  const { util } = protobuf;
  const fields = [...type.fieldsArray].sort((one, other) => one.id - other.id) as unknown as ReflectedField[];

  const toObject: ToObject = (message, options = {}, depth = 0) => {
    if (depth > util.recursionLimit) throw new Error('max depth exceeded');
    const members = message as Members;
    const object: Members = {};
    for (const field of fields) {
      const { name, partOf } = field;
      const value = Object.hasOwn(members, name) ? members[name] : undefined;
      const convert = (each: unknown) => toValue(protobuf, field, each, options, depth);
      if (field.map) {
        const entries = Object.entries((value ?? {}) as Members);
        if (entries.length > 0 || options.objects || options.defaults) object[name] = {};
        for (const [key, each] of entries)
          setOwn(object[name] as object, mapKeyOf(protobuf, field, key), convert(each));
      } else if (field.repeated) {
        const list = Array.from((value ?? []) as ArrayLike<unknown>);
        if (list.length > 0 || options.arrays || options.defaults) object[name] = list.map(convert);
      } else if (value !== undefined && value !== null) {
        object[name] = convert(value);
        if (partOf && options.oneofs && !(partOf as { isProto3Optional?: boolean }).isProto3Optional)
          object[partOf.name] = name;
      } else if (options.defaults && !partOf) {
        object[name] = field.typeDefault === null ? null : convert(field.typeDefault);
      }
    }
    return object;
  };
  return toObject as Converters['toObject'];
}

function toValue(
  protobuf: ProtobufModule,
  field: ReflectedField,
  value: unknown,
  options: Protobuf.IConversionOptions,
  depth: number,
): unknown {
  if (isEnum(field)) {
    const { valuesById } = field.resolvedType as Protobuf.Enum;
    return options.enums === String ? (valuesById[Number(value)] ?? value) : value;
  }
  if (field.resolvedType) {
    return ((field.resolvedType as Protobuf.Type).setup().toObject as ToObject)(value, options, depth + 1);
  }
  if (field.type === 'bytes') {
    const bytes = value as Uint8Array;
    if (options.bytes === String) return protobuf.util.base64.encode(bytes, 0, bytes.length);
    return options.bytes === Array ? Array.from(bytes) : bytes;
  }
  if (field.type in typeTables(protobuf).long) return toLong(field, value, options.longs);
  if (typeof value === 'number' && !Number.isFinite(value) && options.json) return String(value);
  return value;
}

function toLong(field: ReflectedField, value: unknown, longs: unknown): unknown {
  const text = () => (typeof value === 'object' ? digitsOf(field, value) : String(value));
  if (longs === BigInt) return BigInt(text());
  if (longs === String) return text();
  return longs === Number ? Number(text()) : value;
}

/** In decimal, whether or not there is a Long that could do it. */
function digitsOf(field: ReflectedField, value: unknown): string {
  const { low, high } = value as { low: number; high: number };
  const bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return String(isUnsigned(field) ? BigInt.asUintN(64, bits) : BigInt.asIntN(64, bits));
}

/** 64-bit keys stand in messages as eight characters, and in plain objects as digits. */
function mapKeyOf(protobuf: ProtobufModule, field: ReflectedField, key: string): string {
  const keyType = String(field.keyType);
  if (!(keyType in typeTables(protobuf).long) || /^-?\d+$/.test(key)) return key;
  const unsigned = keyType === 'uint64' || keyType === 'fixed64';
  return String(protobuf.util.longFromHash(key, unsigned));
}
