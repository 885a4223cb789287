/** Messages out of query strings, for GET and DELETE: `execution.runId=...&waitNewEvent=true`. */
import { DEPTH_MAX, decodeMessage, type FromJsonOptions, snakeCase } from './json-decode.ts';
import { unwrap } from './json-encode.ts';
import { isObject } from './json-payload.ts';
import type { AnyField, FieldMap, Infer, MessageField } from './schema.ts';
import { at, expected } from './wire-error.ts';

type JsonObject = Record<string, unknown>;

/**
 * Reads a message from a query string. Members of members are joined by dots, repeated keys make lists, an empty value is
 * unset, unknown keys are ignored. `base` holds what came in the path and wins.
 */
export function fromQuery<Fields extends FieldMap>(
  schema: MessageField<Fields>,
  query: URLSearchParams,
  options: Pick<FromJsonOptions, 'strict'> & { base?: JsonObject } = {},
): Infer<MessageField<Fields>> {
  const json: JsonObject = {};
  for (const [key, text] of query) {
    if (text === '') continue;
    const path = key.split('.');
    if (path.length > DEPTH_MAX) continue;
    try {
      setAt(schema, json, path, text);
    } catch (error) {
      throw at(key, error);
    }
  }
  const state = { shorthand: false, strict: options.strict ?? false, refuseUnknown: false, depth: 0 };
  return decodeMessage(schema, merge(json, options.base ?? {}), state) as Infer<MessageField<Fields>>;
}

function merge(json: JsonObject, base: JsonObject): JsonObject {
  const merged = { ...json };
  for (const [key, value] of Object.entries(base)) {
    const existing = merged[key];
    merged[key] = isObject(value) && isObject(existing) ? merge(existing, value) : value;
  }
  return merged;
}

function memberNamed(schema: MessageField<FieldMap>, name: string): [string, AnyField] | undefined {
  const found = Object.entries(schema.fields).find(([key]) => key === name || snakeCase(key) === name);
  return found && [found[0], unwrap(found[1])];
}

function setAt(
  schema: MessageField<FieldMap>,
  json: JsonObject,
  path: readonly string[],
  text: string,
): void {
  const [head = '', ...rest] = path;
  const member = memberNamed(schema, head);
  if (!member) return;
  const [name, field] = member;
  if (field.kind === 'message') {
    const child = json[name];
    const target = isObject(child) ? child : {};
    json[name] = target;
    if (rest.length > 0) setAt(field, target, rest, text);
  } else if (rest.length === 0) {
    json[name] = field.kind === 'list' ? [...listAt(json, name), text] : jsonOf(field, text);
  }
}

const listAt = (json: JsonObject, name: string): readonly unknown[] => {
  const list = json[name];
  return Array.isArray(list) ? list : [];
};

/** Text as the JSON value that the decoder expects; numbers and enums it takes as text. */
function jsonOf(field: AnyField, text: string): unknown {
  if (field.kind !== 'bool') return text;
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw expected('true or false', text);
}
