/** Between the short names of enums, which users see, and the numbers of the protocol. */
import { ValueError } from './errors.ts';
import type { EnumField } from './wire/schema.ts';

export type EnumEncoder<Name extends string, Prefix extends string> = (
  input: Name | `${Prefix}${Name}` | number | null | undefined,
) => number | undefined;

export type EnumDecoder<Name extends string> = (input: number | null | undefined) => Name | undefined;

export interface EnumNumbers<Name extends string, Prefix extends string> {
  readonly prefix: Prefix;
  readonly values: Readonly<Record<Name, number>>;
}

/**
 * The `encodeX` and `decodeX` of an enum. `encode` takes the short name, the prefixed name or the number; `decode` gives
 * the short name, undefined for 0 (unspecified) and `unknown_N` for a number that is not known yet.
 */
export function makeEnumConverters<Name extends string, const Prefix extends string>(
  { prefix, values }: EnumNumbers<Name, Prefix>,
  { hasUnspecified = true }: { hasUnspecified?: boolean } = {},
): [EnumEncoder<Name, Prefix>, EnumDecoder<Name>] {
  const names = new Map<number, string>(
    Object.entries<number>(values).map(([name, number]) => [number, name]),
  );

  const encode: EnumEncoder<Name, Prefix> = (input) => {
    if (input === null || input === undefined) return undefined;
    if (typeof input === 'number') return input;
    if (typeof input !== 'string')
      throw new ValueError(`Invalid enum value: '${input}' of type ${typeof input}`);
    const name = input.startsWith(prefix) ? input.slice(prefix.length) : input;
    if (hasUnspecified && name === 'UNSPECIFIED') return 0;
    if (!Object.hasOwn(values, name)) throw new ValueError(`Invalid enum value: '${input}'`);
    return values[name as Name];
  };

  const decode: EnumDecoder<Name> = (input) => {
    if (input === null || input === undefined) return undefined;
    if (typeof input !== 'number') {
      throw new ValueError(`Invalid proto enum value: '${input}' of type ${typeof input}`);
    }
    if (hasUnspecified && input === 0) return undefined;
    // A newer server may know more values; passing their number on in the name is better than failing a read.
    return (names.get(input) ?? `unknown_${input}`) as Name;
  };

  return [encode, decode];
}

/** The short name, whichever form it came in; undefined when unspecified. What messages in memory hold. */
export function enumName<Name extends string>(
  field: EnumField<Name>,
  input: string | number | null | undefined,
): Name | undefined {
  if (input === null || input === undefined) return undefined;
  if (typeof input === 'number') {
    return (Object.keys(field.values) as Name[]).find((name) => field.values[name] === input);
  }
  if (typeof input !== 'string')
    throw new ValueError(`Invalid enum value: '${input}' of type ${typeof input}`);
  const name = input.startsWith(field.prefix) ? input.slice(field.prefix.length) : input;
  if (name === 'UNSPECIFIED') return undefined;
  if (!Object.hasOwn(field.values, name)) throw new ValueError(`Invalid enum value: '${input}'`);
  return name as Name;
}
