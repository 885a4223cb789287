/**
 * The JSON forms of wire messages: proto3 JSON, as Temporal's HTTP API and history files have it. Nothing else in Perdure
 * knows them.
 *
 * ```ts
 * const request = fromJson(StartWorkflowExecutionRequestSchema, await c.req.json(), { shorthand: true, strict: true });
 * return c.json(toJson(StartWorkflowExecutionResponseSchema, response, { shorthand: true }));
 * ```
 */
import { decodeField, type FromJsonOptions } from './json-decode.ts';
import { encodeField, encodeMessage, type ToJsonOptions } from './json-encode.ts';
import type { AnyField, FieldMap, Infer, InferField, MessageField } from './schema.ts';
import { at } from './wire-error.ts';

export type { FromJsonOptions } from './json-decode.ts';
export type { ToJsonOptions } from './json-encode.ts';
export {
  eventFromJson,
  eventToJson,
  type HistoryFromJsonOptions,
  historyFromJson,
  historyToJson,
} from './json-history.ts';
export { fromQuery } from './json-query.ts';
export { WireError } from './wire-error.ts';

/** A message as a JSON object. Throws `WireError` when the value is not what its schema says. */
export function toJson<Fields extends FieldMap>(
  schema: MessageField<Fields>,
  value: Infer<MessageField<Fields>>,
  options: ToJsonOptions = {},
): Record<string, unknown> {
  // A message is an object by construction of `Infer`, which the compiler cannot see for open `Fields`.
  return encodeMessage(schema, value as object, { shorthand: options.shorthand ?? false, depth: 0 });
}

/** A single field as JSON, for values outside a message: a payload list, a failure. */
export function fieldToJson<F extends AnyField>(
  field: F,
  value: InferField<F>,
  options: ToJsonOptions = {},
): unknown {
  return encodeField(field, value, { shorthand: options.shorthand ?? false, depth: 0 });
}

/** A message out of JSON. Throws `WireError` with the path of the first member that is not what its schema says. */
export function fromJson<Fields extends FieldMap>(
  schema: MessageField<Fields>,
  json: unknown,
  options: FromJsonOptions = {},
): Infer<MessageField<Fields>> {
  return fieldFromJson(schema, json, options) as Infer<MessageField<Fields>>;
}

/** The reverse of `fieldToJson`. Null and undefined give undefined. */
export function fieldFromJson<F extends AnyField>(
  field: F,
  json: unknown,
  options: FromJsonOptions = {},
): InferField<F> | undefined {
  const { shorthand = false, strict = false, refuseUnknown = false, path = '' } = options;
  const isUnset = json === undefined || json === null;
  if (isUnset && field.kind !== 'message') return undefined;
  try {
    // `decodeField` follows the same schema that `InferField` reads.
    return decodeField(field, json, { shorthand, strict, refuseUnknown, depth: 0 }) as InferField<F>;
  } catch (error) {
    throw path === '' ? error : at(path, error);
  }
}
