/** What of protobufjs's reflection the interpreter reads, beyond what its declarations show. */
import type * as Protobuf from 'protobufjs/light.js';

/** protobufjs, without the `default` that its declarations give it. */
export type ProtobufModule = Omit<typeof Protobuf, 'default'>;

export interface ReflectedField extends Protobuf.FieldBase {
  /** Of maps. */
  readonly keyType?: string;
  /** Whether "not set" differs from "set to the default". */
  readonly hasPresence: boolean;
  /** Written as a group. */
  readonly delimited: boolean;
  readonly packed: boolean;
  readonly required: boolean;
  /** Settings by the schema's edition. */
  readonly _features: { readonly utf8_validation?: string };
}

interface TypeTables {
  /** Wire types of scalars, of those that can be packed, of 64-bit ones, and of map keys. */
  readonly basic: Readonly<Record<string, number | undefined>>;
  readonly packed: Readonly<Record<string, number | undefined>>;
  readonly long: Readonly<Record<string, number | undefined>>;
  readonly mapKey: Readonly<Record<string, number | undefined>>;
  readonly defaults: Readonly<Record<string, unknown>>;
}

/** protobufjs's tables by type name; its declarations know them by the names that there are. */
export const typeTables = ({ types }: ProtobufModule): TypeTables => types;

/** Whether a field holds an enum's number. Known by name: there may be several copies of protobufjs. */
export function isEnum({ resolvedType }: ReflectedField): boolean {
  return (resolvedType?.constructor as { className?: unknown } | undefined)?.className === 'Enum';
}

/** The wire form of a field's value, or undefined for messages. Enums are numbers. */
export function scalarTypeOf(protobuf: ProtobufModule, field: ReflectedField): string | undefined {
  if (isEnum(field)) return 'int32';
  return typeTables(protobuf).basic[field.type] === undefined ? undefined : field.type;
}

const UNKNOWN = '$unknowns';

/** Fields that the message's type does not know, as they were read. */
export function unknownFields(message: unknown): Uint8Array[] | undefined {
  return (message as Record<string, Uint8Array[] | undefined>)[UNKNOWN];
}

export function keepUnknownField(message: object, bytes: Uint8Array): void {
  const kept = unknownFields(message);
  if (kept) kept.push(bytes);
  else Object.defineProperty(message, UNKNOWN, { value: [bytes], writable: true, configurable: true });
}

/** Sets a member of an object made from foreign keys. */
export function setOwn(target: object, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  else (target as Record<string, unknown>)[key] = value;
}
