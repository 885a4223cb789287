/** Search attributes as payloads: always plain JSON, with the attribute's type in the metadata where it is known. */
import { decode, encode } from '../encoding.ts';
import { ValueError } from '../errors.ts';
import type { Payload } from '../interfaces.ts';
import {
  isValidValueForType,
  type SearchAttributePair,
  type SearchAttributes,
  type SearchAttributeUpdatePair,
  TypedSearchAttributes,
  TypedSearchAttributeUpdateValue,
  TypedSearchAttributeValue,
} from '../search-attributes.ts';
import { JsonPayloadConverter, type PayloadConverter } from './payload-converter.ts';
import { mapFromPayloads, mapToPayloads } from './payload-lists.ts';

const jsonConverter = new JsonPayloadConverter();

function checkDates(values: readonly unknown[]): void {
  for (const [index, value] of values.entries()) {
    if (!(value instanceof Date)) {
      throw new ValueError(
        `SearchAttribute values must arrays of strings, numbers, booleans, or Dates. The value ${value} at index ${index} is of type ${typeof value}`,
      );
    }
  }
}

function checkScalars(values: readonly unknown[]): void {
  const [first] = values;
  const firstType = typeof first;
  if (!['string', 'number', 'boolean'].includes(firstType)) {
    throw new ValueError('SearchAttribute array values must be: string | number | boolean | Date');
  }
  for (const [index, value] of values.entries()) {
    if (typeof value !== firstType) {
      throw new ValueError(
        `All SearchAttribute array values must be of the same type. The first value ${first} of type ${firstType} doesn't match value ${value} of type ${typeof value} at index ${index}`,
      );
    }
  }
}

/** The deprecated form: arrays of values of one type. */
export class SearchAttributePayloadConverter implements PayloadConverter {
  toPayload(values: unknown): Payload {
    if (!Array.isArray(values)) throw new ValueError('SearchAttribute value must be an array');
    if (values.length > 0) {
      if (typeof values[0] === 'object') checkDates(values);
      else checkScalars(values);
    }
    const payload = jsonConverter.toPayload(values);
    if (payload === undefined) throw new ValueError('Could not convert search attributes to payloads');
    return payload;
  }

  /** An array, also of a single value; `Date`s for attributes of type Datetime. */
  fromPayload<T>(payload: Payload): T {
    if (payload.metadata === undefined || payload.metadata === null)
      throw new ValueError('Missing payload metadata');
    const value = jsonConverter.fromPayload<unknown>(payload);
    const values: unknown[] = Array.isArray(value) ? value : [value];
    const { type } = payload.metadata;
    const isDatetime = type !== undefined && decode(type) === 'Datetime';
    return (isDatetime ? values.map((time) => new Date(time as string | number)) : values) as T;
  }
}

export const searchAttributePayloadConverter: SearchAttributePayloadConverter =
  new SearchAttributePayloadConverter();

/** The typed form: `TypedSearchAttributeValue`, or `TypedSearchAttributeUpdateValue` whose null deletes. */
export class TypedSearchAttributePayloadConverter implements PayloadConverter {
  toPayload<T>(attribute: T): Payload {
    if (
      !(
        attribute instanceof TypedSearchAttributeValue || attribute instanceof TypedSearchAttributeUpdateValue
      )
    ) {
      throw new ValueError(
        `Expect input to be instance of TypedSearchAttributeValue or TypedSearchAttributeUpdateValue, got: ${JSON.stringify(attribute)}`,
      );
    }
    const { type, value } = attribute;
    if (value !== null && !isValidValueForType(type, value)) {
      throw new ValueError(`Invalid search attribute value ${value} for given type ${type}`);
    }
    const payload = jsonConverter.toPayload(value);
    if (payload === undefined) throw new ValueError('Could not convert typed search attribute to payload');
    // A deletion must not carry a type: that is how servers tell it from a value.
    if (value === null) return payload;
    return {
      ...payload,
      metadata: { ...payload.metadata, type: encode(TypedSearchAttributes.toMetadataType(type)) },
    };
  }

  /** Undefined for attributes without a known type, and for values that are not of it. */
  fromPayload<T>(payload: Payload): T {
    return typedValueOf(payload) as T;
  }
}

function typedValueOf(
  payload: Payload,
): TypedSearchAttributeValue<SearchAttributePair['key']['type']> | undefined {
  if (payload.metadata === undefined || payload.metadata === null)
    throw new ValueError('Missing payload metadata');
  const typeName = payload.metadata.type;
  const type = typeName && TypedSearchAttributes.toSearchAttributeType(decode(typeName));
  if (type === undefined) return undefined;
  let value = jsonConverter.fromPayload<unknown>(payload);
  if (type !== 'KEYWORD_LIST' && Array.isArray(value)) {
    // Older clients send scalars as arrays of one.
    if (value.length > 1) return undefined;
    value = value[0];
  }
  if (type === 'DATETIME' && value) value = new Date(value as string | number);
  return isValidValueForType(type, value) ? new TypedSearchAttributeValue(type, value) : undefined;
}

export const typedSearchAttributePayloadConverter: TypedSearchAttributePayloadConverter =
  new TypedSearchAttributePayloadConverter();

/** Both forms as one record of payloads; the typed form wins where both name an attribute. */
export function encodeUnifiedSearchAttributes(
  searchAttributes?: SearchAttributes,
  typedSearchAttributes?: TypedSearchAttributes | readonly SearchAttributeUpdatePair[],
): Record<string, Payload> {
  return {
    ...(searchAttributes ? mapToPayloads(searchAttributePayloadConverter, searchAttributes) : {}),
    ...(typedSearchAttributes ? encodeTyped(typedSearchAttributes) : {}),
  };
}

function encodeTyped(
  attributes: TypedSearchAttributes | readonly SearchAttributeUpdatePair[],
): Record<string, Payload> {
  // Not by class: it may be of another copy of this library.
  const pairs: readonly SearchAttributeUpdatePair[] =
    'getAll' in attributes ? attributes.getAll() : attributes;
  const values = pairs.map(({ key, value }) => [
    key.name,
    new TypedSearchAttributeUpdateValue(key.type, value),
  ]);
  return mapToPayloads(typedSearchAttributePayloadConverter, Object.fromEntries(values));
}

/** The deprecated form. Attributes without values are left out. */
export function decodeSearchAttributes(
  indexedFields: Record<string, Payload> | undefined | null,
): SearchAttributes {
  const attributes = mapFromPayloads(searchAttributePayloadConverter, indexedFields) ?? {};
  const isSet = ([, values]: [string, unknown]) => Array.isArray(values) && values.length > 0;
  return Object.fromEntries(Object.entries(attributes).filter(isSet)) as SearchAttributes;
}

/** The typed form. Attributes without a known type are left out. */
export function decodeTypedSearchAttributes(
  indexedFields: Record<string, Payload> | undefined | null,
): TypedSearchAttributes {
  const pairs: SearchAttributePair[] = [];
  for (const [name, payload] of Object.entries(indexedFields ?? {})) {
    const attribute = typedValueOf(payload);
    // Type and value belong together: `typedValueOf` has checked it.
    if (attribute)
      pairs.push({ key: { name, type: attribute.type }, value: attribute.value } as SearchAttributePair);
  }
  return new TypedSearchAttributes(pairs);
}
