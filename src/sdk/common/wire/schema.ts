/**
 * Schemas of wire messages: one description from which come the TypeScript type, the proto3 JSON codec (`json.ts`), and the
 * validation of what callers send.
 *
 * In memory a message is a plain object: int64 is `number`, a duration is a `number` of milliseconds, a timestamp is a
 * `number` of milliseconds since the epoch (fractions keep microseconds), bytes are `Uint8Array`, an enum is its short name
 * (`'START_TO_CLOSE'`, not `'TIMEOUT_TYPE_START_TO_CLOSE'`; unspecified is `undefined`). Unset fields are absent.
 */

export type ScalarKind =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'double'
  | 'duration'
  | 'timestamp'
  | 'bytes'
  | 'json';

export interface ScalarField<T, Kind extends ScalarKind = ScalarKind> {
  readonly kind: Kind;
  /** Type carrier; never set. */
  readonly type?: T;
}

export interface EnumField<Name extends string, Prefix extends string = string> {
  readonly kind: 'enum';
  readonly type?: Name;
  /** What the JSON form puts before each short name, for example `TIMEOUT_TYPE_`. */
  readonly prefix: Prefix;
  /** Short name to wire number. Zero, the unspecified value, is not listed. */
  readonly values: Readonly<Record<Name, number>>;
}

export interface MessageField<Fields extends FieldMap> {
  readonly kind: 'message';
  readonly name: string;
  readonly fields: Fields;
}

/** A payload list or payload, which the HTTP shorthand treats specially. */
export interface PayloadField<T> {
  readonly kind: 'payload' | 'payloads';
  readonly type?: T;
}

export interface ListField<T, Element = AnyField> {
  readonly kind: 'list';
  readonly element: Element;
  readonly type?: T[];
}

export interface MapField<T> {
  readonly kind: 'map';
  readonly element: AnyField;
  readonly type?: Record<string, T>;
}

export interface LazyField<T> {
  readonly kind: 'lazy';
  readonly target: () => AnyField;
  readonly type?: T;
}

/** A field that every well-formed message has. Events read with it missing get the proto zero value; requests are refused. */
export interface RequiredField<F> {
  readonly kind: 'required';
  readonly field: F;
}

export type AnyField =
  | ScalarField<unknown>
  | EnumField<string>
  | MessageField<FieldMap>
  | PayloadField<unknown>
  | ListField<unknown>
  | MapField<unknown>
  | LazyField<unknown>
  | RequiredField<unknown>;

export type FieldMap = { readonly [name: string]: AnyField };

export type InferField<F> =
  F extends RequiredField<infer Inner>
    ? InferField<Inner>
    : F extends MessageField<infer Fields>
      ? InferFields<Fields>
      : F extends { readonly type?: infer T }
        ? Exclude<T, undefined>
        : never;

type RequiredKeys<Fields> = {
  [K in keyof Fields]: Fields[K] extends { kind: 'required' } ? K : never;
}[keyof Fields];

export type InferFields<Fields> = { [K in RequiredKeys<Fields>]: InferField<Fields[K]> } & {
  [K in Exclude<keyof Fields, RequiredKeys<Fields>>]?: InferField<Fields[K]>;
};

/** The in-memory type of a message schema. */
export type Infer<M> =
  M extends MessageField<infer Fields> ? { [K in keyof InferFields<Fields>]: InferFields<Fields>[K] } : never;

const scalar =
  <T>() =>
  <const Kind extends ScalarKind>(kind: Kind): ScalarField<T, Kind> => ({ kind });

export const str = scalar<string>()('string');
export const bool = scalar<boolean>()('bool');
export const i32 = scalar<number>()('int32');
export const i64 = scalar<number>()('int64');
export const double = scalar<number>()('double');
/** Milliseconds in memory, `"1.500s"` in JSON. */
export const dur = scalar<number>()('duration');
/** Milliseconds since the epoch in memory, RFC 3339 in JSON. */
export const time = scalar<number>()('timestamp');
export const bytes = scalar<Uint8Array>()('bytes');
/** Carried as it is: messages that this runtime stores and returns without looking inside. */
export const json = scalar<unknown>()('json');

export function enumeration<Name extends string, const Prefix extends string>(
  prefix: Prefix,
  values: Record<Name, number>,
): EnumField<Name, Prefix> {
  return { kind: 'enum', prefix, values };
}

export function message<const Fields extends FieldMap>(name: string, fields: Fields): MessageField<Fields> {
  return { kind: 'message', name, fields };
}

export function list<F extends AnyField>(element: F): ListField<InferField<F>, F> {
  return { kind: 'list', element };
}

export function map<F extends AnyField>(element: F): MapField<InferField<F>> {
  return { kind: 'map', element };
}

export function lazy<T>(target: () => AnyField): LazyField<T> {
  return { kind: 'lazy', target };
}

export function required<F extends AnyField>(field: F): RequiredField<F> {
  return { kind: 'required', field };
}
