/** Search attributes: the indexed, typed values by which workflows are found. */
import { makeEnumConverters } from './enum-converters.ts';
import { IndexedValueType } from './wire/messages.ts';

/** @deprecated Use `TypedSearchAttributes`. */
export type SearchAttributeValue = string[] | number[] | boolean[] | Date[];
/** @deprecated Use `TypedSearchAttributes`. */
export type SearchAttributeValueOrReadonly =
  | SearchAttributeValue
  | Readonly<SearchAttributeValue>
  | undefined;
/** @deprecated Use `TypedSearchAttributes`. */
export type SearchAttributes = Record<string, SearchAttributeValueOrReadonly>;

export const SearchAttributeType = {
  TEXT: 'TEXT',
  KEYWORD: 'KEYWORD',
  INT: 'INT',
  DOUBLE: 'DOUBLE',
  BOOL: 'BOOL',
  DATETIME: 'DATETIME',
  KEYWORD_LIST: 'KEYWORD_LIST',
} as const;
export type SearchAttributeType = (typeof SearchAttributeType)[keyof typeof SearchAttributeType];

export const [encodeSearchAttributeIndexedValueType, decodeSearchAttributeIndexedValueType] =
  makeEnumConverters(IndexedValueType);

/** What values an attribute of each type has. */
export interface IndexedValueTypeMapping {
  TEXT: string;
  KEYWORD: string;
  INT: number;
  DOUBLE: number;
  BOOL: boolean;
  DATETIME: Date;
  KEYWORD_LIST: string[];
}

/** The type as payload metadata and queries name it. */
const METADATA_TYPES: Readonly<Record<SearchAttributeType, string>> = {
  TEXT: 'Text',
  KEYWORD: 'Keyword',
  INT: 'Int',
  DOUBLE: 'Double',
  BOOL: 'Bool',
  DATETIME: 'Datetime',
  KEYWORD_LIST: 'KeywordList',
};

const TYPES_BY_METADATA: ReadonlyMap<string, SearchAttributeType> = new Map(
  Object.values(SearchAttributeType).flatMap((type) => [
    [METADATA_TYPES[type], type] as const,
    [`INDEXED_VALUE_TYPE_${type}`, type] as const,
  ]),
);

const isStringArray = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

export function isValidValueForType<T extends SearchAttributeType>(
  type: T,
  value: unknown,
): value is IndexedValueTypeMapping[T] {
  switch (type) {
    case 'TEXT':
    case 'KEYWORD':
      return typeof value === 'string';
    case 'INT':
      return Number.isInteger(value);
    case 'DOUBLE':
      return typeof value === 'number';
    case 'BOOL':
      return typeof value === 'boolean';
    case 'DATETIME':
      return value instanceof Date;
    case 'KEYWORD_LIST':
      return isStringArray(value);
    default:
      return false;
  }
}

/** Name and type of an attribute, made by `defineSearchAttributeKey`. */
export interface SearchAttributeKey<T extends SearchAttributeType> {
  name: string;
  type: T;
}

/**
 * A typed key of a search attribute.
 *
 * ```ts
 * const customerId = defineSearchAttributeKey('CustomerId', 'KEYWORD');
 * upsertSearchAttributes([{ key: customerId, value: 'c-9' }]);
 * ```
 */
export function defineSearchAttributeKey<T extends SearchAttributeType>(
  name: string,
  type: T,
): SearchAttributeKey<T> {
  return { name, type };
}

/** A value with its type, as converters get it. */
export class TypedSearchAttributeValue<T extends SearchAttributeType> {
  readonly type: T;
  readonly value: IndexedValueTypeMapping[T];

  constructor(type: T, value: IndexedValueTypeMapping[T]) {
    this.type = type;
    this.value = value;
  }
}

/** The same in an update, where null deletes. */
export class TypedSearchAttributeUpdateValue<T extends SearchAttributeType> {
  readonly type: T;
  readonly value: IndexedValueTypeMapping[T] | null;

  constructor(type: T, value: IndexedValueTypeMapping[T] | null) {
    this.type = type;
    this.value = value;
  }
}

export type SearchAttributePair = {
  [T in SearchAttributeType]: { key: SearchAttributeKey<T>; value: IndexedValueTypeMapping[T] };
}[SearchAttributeType];

/** null deletes the attribute. */
export type SearchAttributeUpdatePair = {
  [T in SearchAttributeType]: { key: SearchAttributeKey<T>; value: IndexedValueTypeMapping[T] | null };
}[SearchAttributeType];

type AnyValue = IndexedValueTypeMapping[SearchAttributeType];

function copyValue(value: AnyValue): AnyValue {
  if (value instanceof Date) return new Date(value);
  return Array.isArray(value) ? [...value] : value;
}

/** Type of a scalar that came without one. */
function typeOfUntyped(value: unknown): SearchAttributeType | undefined {
  switch (typeof value) {
    case 'string':
      return Number.isNaN(Date.parse(value)) ? SearchAttributeType.TEXT : SearchAttributeType.DATETIME;
    case 'number':
      return Number.isInteger(value) ? SearchAttributeType.INT : SearchAttributeType.DOUBLE;
    case 'boolean':
      return SearchAttributeType.BOOL;
    default:
      if (value instanceof Date) return SearchAttributeType.DATETIME;
      return isStringArray(value) ? SearchAttributeType.KEYWORD_LIST : undefined;
  }
}

/** The search attributes of a workflow. Not changed in place: `updateCopy` gives a changed copy. */
export class TypedSearchAttributes {
  private readonly attributes = new Map<string, TypedSearchAttributeValue<SearchAttributeType>>();

  constructor(initialAttributes?: readonly SearchAttributePair[]) {
    for (const { key, value } of initialAttributes ?? []) {
      if (this.attributes.has(key.name)) throw new Error(`Duplicate search attribute key: ${key.name}`);
      this.attributes.set(key.name, new TypedSearchAttributeValue(key.type, value));
    }
  }

  /** The attribute's value; undefined when it is not set or is of another type. */
  get<T extends SearchAttributeType>(key: SearchAttributeKey<T>): IndexedValueTypeMapping[T] | undefined {
    const value: unknown = this.attributes.get(key.name)?.value;
    return isValidValueForType(key.type, value) ? value : undefined;
  }

  /** A deep copy. */
  copy(): TypedSearchAttributes {
    const copy = new TypedSearchAttributes();
    for (const [name, { type, value }] of this.attributes) {
      copy.attributes.set(name, new TypedSearchAttributeValue(type, copyValue(value)));
    }
    return copy;
  }

  /** The form that `JSON.stringify` writes. */
  toJSON(): SearchAttributePair[] {
    return this.getAll();
  }

  /** A copy with the given attributes set, or deleted where the value is null and the type is the attribute's. */
  updateCopy(updates: readonly SearchAttributeUpdatePair[]): TypedSearchAttributes {
    const copy = this.copy();
    for (const { key, value } of updates) {
      if (value !== null) copy.attributes.set(key.name, new TypedSearchAttributeValue(key.type, value));
      else if (copy.attributes.get(key.name)?.type === key.type) copy.attributes.delete(key.name);
    }
    return copy;
  }

  getAll(): SearchAttributePair[] {
    const pairs: SearchAttributePair[] = [];
    for (const [name, { type, value }] of this.attributes) {
      // Key and value are of one type: that is what is checked.
      if (isValidValueForType(type, value)) pairs.push({ key: { name, type }, value } as SearchAttributePair);
    }
    return pairs;
  }

  /** A key for an attribute in the deprecated form, its type guessed from the value. */
  static getKeyFromUntyped(
    key: string,
    value: SearchAttributeValueOrReadonly,
  ): SearchAttributeKey<SearchAttributeType> | undefined {
    if (value === undefined || value === null) return undefined;
    const type = typeOfUntyped(value.length === 1 ? value[0] : value);
    return type && { name: key, type };
  }

  static toMetadataType(type: SearchAttributeType): string {
    const name = METADATA_TYPES[type];
    if (name === undefined) throw new Error(`Unknown search attribute type: ${type}`);
    return name;
  }

  static toSearchAttributeType(type: string): SearchAttributeType | undefined {
    return TYPES_BY_METADATA.get(type);
  }
}
