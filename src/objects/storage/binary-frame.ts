/**
 * Plain data with bytes in it, as one byte string: JSON text, then the bytes as they are. Used for stored batches and state,
 * and for activity tasks on their way to the entrypoint.
 *
 *   version (1 byte) | JSON length (4 bytes, little endian) | JSON | bytes, in the order in which the JSON names them
 *
 * F1 Bytes are never base64. In the JSON stands a placeholder, an object whose only key is `$`; an object of the caller's
 *    that has that key is wrapped, so nothing a caller sends can pass for a placeholder.
 * F2 A payload whose only metadata is a well-known encoding costs one number for it.
 * F3 Bytes longer than `externalAbove` are left out and returned beside the frame, numbered.
 * F4 Decoded bytes are copies of their own: a view of the frame would drag all of it through structured clones. Only bytes that
 *    are most of a frame are a view of it.
 */

import type { FrameNames } from './frame-names.ts';

const PLAIN_VERSION = 1;
/** Keys have short forms (frame-names.ts). */
const NAMED_VERSION = 2;
const HEADER_BYTES = 5;

const Placeholder = { Bytes: 0, Payload: 1, ExternalBytes: 2, ExternalPayload: 3, Escaped: 4 } as const;

/** Append-only: the index is what is stored. */
const ENCODINGS = [
  'json/plain',
  'binary/null',
  'binary/plain',
  'json/protobuf',
  'binary/protobuf',
  'binary/encrypted',
];
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const ENCODING_BYTES = ENCODINGS.map((name) => encoder.encode(name));

export class FrameError extends Error {
  override readonly name = 'FrameError';
}

export interface Frame {
  bytes: Uint8Array<ArrayBuffer>;
  /** What was left out, by number (F3). */
  external: Uint8Array[];
}

interface Packing {
  tail: Uint8Array[];
  tailBytes: number;
  external: Uint8Array[];
  externalAbove: number;
  names: FrameNames | undefined;
}

type Plain = Record<string, unknown>;

export function encodeFrame(
  value: unknown,
  externalAbove = Number.POSITIVE_INFINITY,
  names?: FrameNames,
): Frame {
  const packing: Packing = { tail: [], tailBytes: 0, external: [], externalAbove, names };
  const json = encoder.encode(JSON.stringify(pack(value, packing)) ?? 'null');
  const bytes = new Uint8Array(HEADER_BYTES + json.byteLength + packing.tailBytes);
  bytes[0] = names === undefined ? PLAIN_VERSION : NAMED_VERSION;
  new DataView(bytes.buffer).setUint32(1, json.byteLength, true);
  bytes.set(json, HEADER_BYTES);
  let offset = HEADER_BYTES + json.byteLength;
  for (const part of packing.tail) {
    bytes.set(part, offset);
    offset += part.byteLength;
  }
  return { bytes, external: packing.external };
}

/** The value, or a part of it that holds no bytes, is given back as it is; otherwise a copy with placeholders. */
function pack(value: unknown, packing: Packing): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array)
    return packBytes(value, packing, [Placeholder.Bytes, Placeholder.ExternalBytes]);
  if (Array.isArray(value)) return packArray(value, packing);
  const encoding = wellKnownEncoding(value as Plain);
  if (encoding >= 0) return packPayload((value as { data?: Uint8Array }).data, encoding, packing);
  if (packing.names !== undefined) return packNamed(value as Plain, packing, packing.names);
  return packObject(value as Plain, packing);
}

/** No short form is the key of a placeholder. */
function packNamed(value: Plain, packing: Packing, names: FrameNames): Plain {
  const copy: Plain = {};
  for (const key of Object.keys(value)) setOwn(copy, names.shorten(key), pack(value[key], packing));
  return copy;
}

function packBytes(
  value: Uint8Array,
  packing: Packing,
  [inline, external]: readonly [number, number],
  ...before: number[]
): Plain {
  if (value.byteLength > packing.externalAbove) {
    packing.external.push(value);
    return { $: [external, ...before, packing.external.length - 1] };
  }
  packing.tail.push(value);
  packing.tailBytes += value.byteLength;
  return { $: [inline, ...before, value.byteLength] };
}

function packPayload(data: Uint8Array | null | undefined, encoding: number, packing: Packing): Plain {
  if (data === undefined || data === null) return { $: [Placeholder.Payload, encoding, -1] };
  return packBytes(data, packing, [Placeholder.Payload, Placeholder.ExternalPayload], encoding);
}

function packArray(value: readonly unknown[], packing: Packing): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < value.length; index++) {
    const packed = pack(value[index], packing);
    if (copy === undefined && packed !== value[index]) copy = value.slice(0, index);
    copy?.push(packed);
  }
  return copy ?? value;
}

function packObject(value: Plain, packing: Packing): Plain {
  let copy: Plain | undefined;
  const keys = Object.keys(value);
  for (const key of keys) {
    const packed = pack(value[key], packing);
    if (packed === value[key]) continue;
    copy ??= { ...value };
    setOwn(copy, key, packed);
  }
  const result = copy ?? value;
  if (!Object.hasOwn(value, '$')) return result;
  return { $: [Placeholder.Escaped, keys.map((key) => [key, result[key]])] };
}

/** Index of the encoding of a payload that has no other metadata and no other field; -1 for anything else. */
function wellKnownEncoding(value: Plain): number {
  const metadata = value.metadata;
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return -1;
  for (const key of Object.keys(value)) if (key !== 'metadata' && key !== 'data') return -1;
  if (value.data !== undefined && value.data !== null && !(value.data instanceof Uint8Array)) return -1;
  const names = Object.keys(metadata);
  const encoding = (metadata as Plain).encoding;
  if (names.length !== 1 || !(encoding instanceof Uint8Array)) return -1;
  return ENCODING_BYTES.findIndex((known) => equalBytes(known, encoding));
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  for (let index = 0; index < a.byteLength; index++) if (a[index] !== b[index]) return false;
  return true;
}

function setOwn(target: Plain, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}

interface Unpacking {
  bytes: Uint8Array;
  offset: number;
  external: (ordinal: number) => Uint8Array;
  names: FrameNames | undefined;
}

const noExternal = (ordinal: number): never => {
  throw new FrameError(`A frame refers to bytes number ${ordinal} outside it, and none were given.`);
};

export function decodeFrame(
  bytes: Uint8Array,
  external: (ordinal: number) => Uint8Array = noExternal,
  names?: FrameNames,
): unknown {
  const isNamed = names !== undefined && bytes[0] === NAMED_VERSION;
  if (bytes.byteLength < HEADER_BYTES || !(isNamed || bytes[0] === PLAIN_VERSION)) {
    const expected = names === undefined ? PLAIN_VERSION : `${PLAIN_VERSION} or ${NAMED_VERSION}`;
    throw new FrameError(
      `Expected a frame of version ${expected}, found ${bytes.byteLength} bytes, version ${bytes[0]}.`,
    );
  }
  const jsonBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1, true);
  const offset = HEADER_BYTES + jsonBytes;
  if (offset > bytes.byteLength)
    throw new FrameError(`A frame of ${bytes.byteLength} bytes names ${offset}: cut short.`);
  const unpacking: Unpacking = { bytes, offset, external, names: isNamed ? names : undefined };
  return unpack(parse(decoder.decode(bytes.subarray(HEADER_BYTES, offset))), unpacking);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new FrameError('A frame holds what is no JSON: damaged.', { cause });
  }
}

/** Fills placeholders in place. Order of visits is the order of packing, which is the order of the bytes. */
function unpack(value: unknown, unpacking: Unpacking): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      if (typeof item === 'object' && item !== null) value[index] = unpack(item, unpacking);
    }
    return value;
  }
  const plain = value as Plain;
  const placeholder = plain.$;
  if (placeholder !== undefined) return fill(placeholder, unpacking);
  if (unpacking.names !== undefined) return unpackNamed(plain, unpacking, unpacking.names);
  for (const key of Object.keys(plain)) {
    const item = plain[key];
    if (typeof item === 'object' && item !== null) {
      const filled = unpack(item, unpacking);
      if (filled !== item) setOwn(plain, key, filled);
    }
  }
  return plain;
}

function unpackNamed(plain: Plain, unpacking: Unpacking, names: FrameNames): Plain {
  const result: Plain = {};
  for (const short of Object.keys(plain)) {
    const key = names.restore(short);
    if (key === undefined)
      throw new FrameError(`A frame holds the unknown name ${short}: written by a newer release?`);
    setOwn(result, key, unpack(plain[short], unpacking));
  }
  return result;
}

function fill(placeholder: unknown, unpacking: Unpacking): unknown {
  if (!Array.isArray(placeholder)) throw new FrameError('A frame holds a placeholder that is none: damaged.');
  const [kind, first, second] = placeholder as [number, number, number];
  switch (kind) {
    case Placeholder.Bytes:
      return take(first, unpacking);
    case Placeholder.ExternalBytes:
      return unpacking.external(first);
    case Placeholder.Payload:
      return payload(first, second < 0 ? undefined : take(second, unpacking));
    case Placeholder.ExternalPayload:
      return payload(first, unpacking.external(second));
    case Placeholder.Escaped:
      return unwrap(placeholder[1], unpacking);
    default:
      throw new FrameError(
        `A frame holds a placeholder of unknown kind ${kind}: written by a newer release?`,
      );
  }
}

function take(length: number, unpacking: Unpacking): Uint8Array {
  const end = unpacking.offset + length;
  if (!Number.isInteger(length) || length < 0)
    throw new FrameError(`A frame names ${String(length)} bytes: damaged.`);
  if (end > unpacking.bytes.byteLength) throw new FrameError(`A frame ends before byte ${end}: cut short.`);
  const isMost = length * 2 > unpacking.bytes.buffer.byteLength;
  const bytes = isMost
    ? unpacking.bytes.subarray(unpacking.offset, end)
    : unpacking.bytes.slice(unpacking.offset, end);
  unpacking.offset = end;
  return bytes;
}

function payload(encoding: number, data: Uint8Array | undefined): unknown {
  const name = ENCODING_BYTES[encoding];
  if (name === undefined)
    throw new FrameError(`A frame names encoding ${encoding}: written by a newer release?`);
  const metadata = { encoding: name.slice() };
  return data === undefined ? { metadata } : { metadata, data };
}

function unwrap(entries: unknown, unpacking: Unpacking): Plain {
  const result: Plain = {};
  if (!isEntries(entries)) throw new FrameError('A frame holds an object without its members: damaged.');
  for (const [key, value] of entries) setOwn(result, key, unpack(value, unpacking));
  return result;
}

function isEntries(value: unknown): value is [string, unknown][] {
  return Array.isArray(value) && value.every((entry) => Array.isArray(entry) && typeof entry[0] === 'string');
}
