/** What task tokens are made of: fields as JSON, the version of their form first. Opaque to whoever holds them. */

/** Stands first in every token. Readers refuse what they do not know. */
const VERSION = 1;

/** Far above what IDs of 1,000 bytes each can make, escapes included. */
const TOKEN_BYTES_MAX = 32_768;

export type TokenField = string | number;

export function encodeTokenFields(fields: readonly TokenField[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([VERSION, ...fields]));
}

/** Without the version; whatever the sender made of them. Undefined for bytes that are not a token of this version. */
export function decodeTokenFields(bytes: Uint8Array): unknown[] | undefined {
  if (bytes.length > TOKEN_BYTES_MAX) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const fields: unknown = JSON.parse(text);
    return Array.isArray(fields) && fields[0] === VERSION ? fields.slice(1) : undefined;
  } catch {
    // Not JSON, or not text at all: not a token.
    return undefined;
  }
}

export function isTokenCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
