import { type EnumDecoder, type EnumEncoder, makeEnumConverters } from '../../enum-converters.ts';
import type { Any } from '../../type-helpers.ts';

/**
 * The `encodeX` and `decodeX` of an enum, from a table of short names and numbers. The type parameters are Temporal's, for code
 * that names them; `Names` is the object of strings.
 */
export function makeProtoEnumConverters<
  _Value extends number = number,
  _Enum = Any,
  Key extends string = string,
  Names extends Record<string, Any> = Record<string, Any>,
  const Prefix extends string = string,
  _Unspecified = Any,
>(
  numbers: Record<string, number>,
  prefix: Prefix,
): [
  (input: Names[keyof Names] | Key | `${Prefix}${string}` | number | null | undefined) => _Value | undefined,
  (input: number | null | undefined) => Names[keyof Names] | undefined,
] {
  const { UNSPECIFIED: unspecified, ...values } = numbers;
  const hasUnspecified = unspecified === 0 || numbers[`${prefix}UNSPECIFIED`] === 0;
  const [encode, decode]: [EnumEncoder<string, string>, EnumDecoder<string>] = makeEnumConverters(
    { prefix, values },
    { hasUnspecified },
  );
  // The caller's type parameters name the numbers and strings of the table.
  return [encode as Any, decode as Any];
}
