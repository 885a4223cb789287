/**
 * Payloads in JSON, in the ordinary form `{"metadata": {...}, "data": "..."}` and in the HTTP API's shorthand, where a
 * payload is written as the value it holds.
 *
 * - P1 A list is written short only when every payload in it can be; else the whole list is in the ordinary form. Nothing
 *   is refused for its encoding.
 * - P2 A value is only written short when reading it gives the same value again: not when it holds integers that a double
 *   cannot, nor when it looks like a payload itself. JSON null is the one exception, as in Temporal: it becomes the
 *   ordinary form of binary/null.
 */
import { decodeBase64, encodeBase64, isBase64 } from './base64.ts';
import type { Payload, Payloads } from './messages.ts';
import { at, expected } from './wire-error.ts';

type JsonObject = Record<string, unknown>;

const encoder = new TextEncoder();
const lenientDecoder = new TextDecoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const JSON_PLAIN = 'json/plain';
const BINARY_NULL = 'binary/null';
const JSON_PROTOBUF = 'json/protobuf';
const BINARY_NULL_BASE64 = 'YmluYXJ5L251bGw=';
const BINARY_NULL_BYTES = encoder.encode(BINARY_NULL);
const MESSAGE_TYPE_MEMBER = '_protoMessageType';
/** How deep a value in shorthand may be nested: what `JSON.stringify` recurses into must stay well within the stack. */
const VALUE_DEPTH_MAX = 1000;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Sets a member so that `__proto__` is a member like any other. */
export function setMember<T>(target: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}

/** Throws when `value` is nested deeper than `levels`. */
export function checkDepth(value: unknown, levels: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (levels <= 0) throw expected('fewer levels of nesting', value);
  for (const member of Array.isArray(value) ? value : Object.values(value)) checkDepth(member, levels - 1);
}

/** Encodings are few and repeat in every payload: their base64 is looked up by length and last byte before it is made. */
const knownEncodings = [JSON_PLAIN, BINARY_NULL, JSON_PROTOBUF, 'binary/plain', 'binary/protobuf'].map(
  (name) => ({
    bytes: encoder.encode(name),
    base64: encodeBase64(encoder.encode(name)),
  }),
);

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function metadataToBase64(value: Uint8Array): string {
  for (const known of knownEncodings) if (sameBytes(known.bytes, value)) return known.base64;
  return encodeBase64(value);
}

export function payloadToJson(payload: Payload): JsonObject {
  const json: JsonObject = {};
  if (payload.metadata) {
    const metadata: Record<string, string> = {};
    for (const key of Object.keys(payload.metadata)) {
      const value = payload.metadata[key];
      if (value) setMember(metadata, key, metadataToBase64(value));
    }
    json.metadata = metadata;
  }
  if (payload.data && payload.data.length > 0) json.data = encodeBase64(payload.data);
  return json;
}

function bytesFromJson(value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? decodeBase64(value) : undefined;
  if (!bytes) throw expected('base64', value);
  return bytes;
}

function metadataFromJson(json: unknown): Record<string, Uint8Array> {
  if (!isObject(json)) throw expected('an object', json);
  const metadata: Record<string, Uint8Array> = {};
  for (const [key, value] of Object.entries(json)) {
    try {
      setMember(metadata, key, bytesFromJson(value));
    } catch (error) {
      throw at(key, error);
    }
  }
  return metadata;
}

export function payloadFromJson(json: unknown): Payload {
  if (!isObject(json)) throw expected('a payload, {"metadata": {...}, "data": "..."}', json);
  const payload: Payload = {};
  try {
    if (json.metadata !== undefined && json.metadata !== null)
      payload.metadata = metadataFromJson(json.metadata);
  } catch (error) {
    throw at('metadata', error);
  }
  try {
    if (json.data !== undefined && json.data !== null) payload.data = bytesFromJson(json.data);
  } catch (error) {
    throw at('data', error);
  }
  if (payload.data === undefined && holdsBytes(payload)) payload.data = new Uint8Array();
  return payload;
}

/** No bytes are not written: a payload that is of bytes, an empty array or a message without fields, has none of them. */
function holdsBytes({ metadata }: Payload): boolean {
  const encoding = metadata?.encoding;
  return encoding !== undefined && !sameBytes(encoding, BINARY_NULL_BYTES);
}

const payloadWith = (encoding: string, data?: string): Payload => ({
  metadata: { encoding: encoder.encode(encoding) },
  ...(data === undefined ? {} : { data: encoder.encode(data) }),
});

/** Whether the shorthand reader takes this object for a payload in ordinary form. */
function isOrdinaryForm(json: JsonObject): boolean {
  const keys = Object.keys(json);
  const { metadata, data } = json;
  if (!isObject(metadata) || !Object.hasOwn(metadata, 'encoding')) return false;
  if (!Object.values(metadata).every((value) => typeof value === 'string' && isBase64(value))) return false;
  if (keys.length === 1) return metadata.encoding === BINARY_NULL_BASE64;
  return keys.length === 2 && Object.hasOwn(json, 'data') && typeof data === 'string' && isBase64(data);
}

export function payloadFromShorthand(json: unknown): Payload {
  if (json === null || json === undefined) return payloadWith(BINARY_NULL);
  if (isObject(json)) {
    if (isOrdinaryForm(json)) return payloadFromJson(json);
    if (typeof json[MESSAGE_TYPE_MEMBER] === 'string') return protobufFromShorthand(json);
  }
  checkDepth(json, VALUE_DEPTH_MAX);
  return payloadWith(JSON_PLAIN, JSON.stringify(json));
}

function protobufFromShorthand(json: JsonObject): Payload {
  checkDepth(json, VALUE_DEPTH_MAX);
  const { [MESSAGE_TYPE_MEMBER]: messageType, ...value } = json;
  const payload = payloadWith(JSON_PROTOBUF, JSON.stringify(value));
  return {
    ...payload,
    metadata: { ...payload.metadata, messageType: encoder.encode(String(messageType)) },
  };
}

const STRING_LITERALS = /"(?:[^"\\]|\\.)*"/g;
const LONG_NUMBER = /\d{16,}/;

/** Whether a JSON text holds a number that may not survive as a double. */
const hasLongNumber = (text: string): boolean =>
  LONG_NUMBER.test(text) && LONG_NUMBER.test(text.replaceAll(STRING_LITERALS, '""'));

function parseData(payload: Payload): { value: unknown } | undefined {
  try {
    const text = decoder.decode(payload.data ?? new Uint8Array());
    return hasLongNumber(text) ? undefined : { value: JSON.parse(text) };
  } catch {
    // Not what its encoding says it is: the caller writes the bytes as they are, in the ordinary form.
    return undefined;
  }
}

const NULL_FORM: JsonObject = { metadata: { encoding: BINARY_NULL_BASE64 } };

function plainToShorthand(payload: Payload): { value: unknown } | undefined {
  const parsed = parseData(payload);
  if (!parsed) return undefined;
  if (parsed.value === null) return { value: NULL_FORM };
  if (!isObject(parsed.value)) return parsed;
  const isAmbiguous = isOrdinaryForm(parsed.value) || Object.hasOwn(parsed.value, MESSAGE_TYPE_MEMBER);
  return isAmbiguous ? undefined : parsed;
}

function protobufToShorthand(payload: Payload, messageType: Uint8Array): { value: unknown } | undefined {
  const parsed = parseData(payload);
  if (!parsed || !isObject(parsed.value)) return undefined;
  return { value: { ...parsed.value, [MESSAGE_TYPE_MEMBER]: decoder.decode(messageType) } };
}

/** The payload's value, if it can stand for the payload. */
function shorten(payload: Payload): { value: unknown } | undefined {
  const metadata = payload.metadata ?? {};
  const keys = Object.keys(metadata);
  const encoding = metadata.encoding ? lenientDecoder.decode(metadata.encoding) : undefined;
  if (keys.length === 1 && encoding === JSON_PLAIN) return plainToShorthand(payload);
  if (keys.length === 1 && encoding === BINARY_NULL) return { value: NULL_FORM };
  if (keys.length === 2 && encoding === JSON_PROTOBUF && metadata.messageType) {
    return protobufToShorthand(payload, metadata.messageType);
  }
  return undefined;
}

export function payloadToShorthand(payload: Payload): unknown {
  const short = shorten(payload);
  return short ? short.value : payloadToJson(payload);
}

export function payloadsToJson(payloads: Payloads, shorthand: boolean): unknown {
  const elements = payloads.payloads ?? [];
  if (shorthand) {
    const values: unknown[] = [];
    for (const payload of elements) {
      const short = shorten(payload);
      if (!short) break;
      values.push(short.value);
    }
    if (values.length === elements.length) return values;
  }
  return elements.length === 0 ? {} : { payloads: elements.map(payloadToJson) };
}

function listFromJson(json: readonly unknown[], read: (element: unknown) => Payload): Payload[] {
  return json.map((element, index) => {
    try {
      return read(element);
    } catch (error) {
      throw at(index, error);
    }
  });
}

export function payloadsFromJson(json: unknown, shorthand: boolean): Payloads {
  if (shorthand && Array.isArray(json)) return { payloads: listFromJson(json, payloadFromShorthand) };
  if (!isObject(json)) {
    throw expected(shorthand ? 'a list of values, or {"payloads": [...]}' : '{"payloads": [...]}', json);
  }
  const list = json.payloads;
  if (list === undefined || list === null) return {};
  try {
    if (!Array.isArray(list)) throw expected('an array', list);
    return { payloads: listFromJson(list, payloadFromJson) };
  } catch (error) {
    throw at('payloads', error);
  }
}
