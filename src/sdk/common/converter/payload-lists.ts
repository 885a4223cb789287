/** Conversion of arguments, results and maps of values. */
import { ValueError } from '../errors.ts';
import type { Payload } from '../interfaces.ts';
import type { TypeInfo } from '../type-info.ts';
import { isReference } from './external-payloads.ts';
import { type PayloadConverter, RawValue } from './payload-converter.ts';
import type { SerializationContext } from './serialization-context.ts';

const rawValueTypeInfoBrand = Symbol('rawValueTypeInfo');

/**
 * Type information for values that are to stay payloads.
 *
 * @experimental
 */
export const rawValueTypeInfo: TypeInfo<RawValue> = brandedTypeInfo();

function brandedTypeInfo(): TypeInfo<RawValue> {
  return Object.freeze({ [rawValueTypeInfoBrand]: true } as TypeInfo<RawValue>);
}

function isRawValueTypeInfo(typeInfo: object | undefined): boolean {
  return typeInfo !== undefined && rawValueTypeInfoBrand in typeInfo;
}

/** @experimental */
export function toPayloadWithTypeInfo<T, D = T>(
  converter: PayloadConverter,
  value: T,
  context: SerializationContext | undefined,
  typeInfo: TypeInfo<T, D> | undefined,
): Payload {
  if (isRawValueTypeInfo(typeInfo)) {
    if (!(value instanceof RawValue)) throw new ValueError('RawValue TypeInfo requires a RawValue value');
    return value.payload;
  }
  // Without a transfer converter `D` is `T`.
  const transfer = typeInfo?.transferTypeConverter
    ? typeInfo.transferTypeConverter.toTransferType(value)
    : (value as unknown as D);
  return converter.toPayload(transfer, context, typeInfo?.payloadConverterHint);
}

/** @experimental */
export function fromPayloadWithTypeInfo<T, D = T>(
  converter: PayloadConverter,
  payload: Payload,
  context: SerializationContext | undefined,
  typeInfo: TypeInfo<T, D> | undefined,
): T {
  // The brand says that `T` is RawValue, which the signature cannot. What is too large for workflow code is one as well: it can
  // be passed on, to an activity or as a result, and who gets it there gets the value.
  if (isRawValueTypeInfo(typeInfo) || isReference(payload)) return RawValue.fromPayload(payload) as T;
  const transfer = converter.fromPayload<D>(payload, context, typeInfo?.payloadConverterHint);
  // Without a transfer converter `D` is `T`.
  return typeInfo?.transferTypeConverter
    ? typeInfo.transferTypeConverter.fromTransferType(transfer)
    : (transfer as unknown as T);
}

/** A payload for each value; undefined for no values. */
export function toPayloads(converter: PayloadConverter, ...values: unknown[]): Payload[] | undefined {
  return toPayloadsWithContext(converter, undefined, values);
}

export function toPayloadsWithContext(
  converter: PayloadConverter,
  context: SerializationContext | undefined,
  values: readonly unknown[],
  typeInfo?: readonly TypeInfo[],
): Payload[] | undefined {
  if (values.length === 0) return undefined;
  // As in Temporal: a text has a length too, and is no list of arguments.
  if (!Array.isArray(values)) throw new TypeError('values.map is not a function');
  return Array.from(values, (value, index) =>
    toPayloadWithTypeInfo(converter, value, context, typeInfo?.[index]),
  );
}

/** Converts a value; null and undefined stay as they are. */
export function convertOptionalToPayload(
  payloadConverter: PayloadConverter,
  value: unknown,
  context?: SerializationContext,
): Payload | null | undefined {
  return value === null || value === undefined ? value : payloadConverter.toPayload(value, context);
}

/** Converts each value of a record. */
export function mapToPayloads<K extends string, T = unknown>(
  converter: PayloadConverter,
  map: Record<K, T>,
  context?: SerializationContext,
): Record<K, Payload> {
  const entries = Object.entries(map).map(([key, value]) => [key, converter.toPayload(value, context)]);
  return Object.fromEntries(entries) as Record<K, Payload>;
}

/** The value at an index; undefined where there is none, so that functions may get more arguments over time. */
export function fromPayloadsAtIndex<T, D = T>(
  converter: PayloadConverter,
  index: number,
  payloads?: readonly Payload[] | null,
  context?: SerializationContext,
  typeInfo?: TypeInfo<T, D>,
): T {
  const payload = payloads?.[index];
  // As in Temporal, a missing argument is undefined whatever its type says.
  if (!payload) return undefined as T;
  return fromPayloadWithTypeInfo(converter, payload, context, typeInfo);
}

/** The values of a list of payloads; a missing list has none. */
export function arrayFromPayloads(
  converter: PayloadConverter,
  payloads?: readonly Payload[] | null,
  context?: SerializationContext,
  typeInfo?: readonly TypeInfo[],
): unknown[] {
  if (!payloads) return [];
  return payloads.map((payload, index) =>
    fromPayloadWithTypeInfo(converter, payload, context, typeInfo?.[index]),
  );
}

/** The reverse of `mapToPayloads`; undefined for no map. */
export function mapFromPayloads<K extends string, T = unknown>(
  converter: PayloadConverter,
  map?: Record<K, Payload> | null | undefined,
  context?: SerializationContext,
): Record<K, T> | undefined {
  if (map === null || map === undefined) return undefined;
  const entries = Object.entries<Payload>(map).map(([key, payload]) => [
    key,
    converter.fromPayload<T>(payload, context),
  ]);
  return Object.fromEntries(entries) as Record<K, T>;
}
