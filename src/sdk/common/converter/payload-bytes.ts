/** A payload as bytes: Temporal's protobuf message `Payload { map<string, bytes> metadata = 1; bytes data = 2; }`. */
import { PayloadConverterError } from '../errors.ts';
import type { Payload } from '../interfaces.ts';

const METADATA = 1;
const DATA = 2;
const KEY = 1;
const VALUE = 2;
const LENGTH_DELIMITED = 2;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function payloadToBytes({ metadata, data }: Payload): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const [name, value] of Object.entries(metadata ?? {})) {
    parts.push(...field(METADATA, join([...field(KEY, encoder.encode(name)), ...field(VALUE, value)])));
  }
  if (data && data.byteLength > 0) parts.push(...field(DATA, data));
  return join(parts);
}

export function payloadFromBytes(bytes: Uint8Array): Payload {
  const metadata: Record<string, Uint8Array> = {};
  let data: Uint8Array | undefined;
  for (const [number, content] of fields(bytes)) {
    if (number === METADATA) {
      const entry = new Map(fields(content));
      metadata[decoder.decode(entry.get(KEY))] = entry.get(VALUE) ?? new Uint8Array();
    } else if (number === DATA) {
      data = content;
    }
  }
  return { metadata, data: data ?? new Uint8Array() };
}

/** In pieces: contents can be large, and are copied once. */
function field(number: number, content: Uint8Array): Uint8Array[] {
  return [new Uint8Array([(number << 3) | LENGTH_DELIMITED]), varint(content.byteLength), content];
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return new Uint8Array(bytes);
}

/** The fields of a message in which all are length-delimited, as those of a payload are. */
function* fields(bytes: Uint8Array): Generator<[number, Uint8Array]> {
  let at = 0;
  while (at < bytes.byteLength) {
    const tag = readVarint(bytes, at);
    if ((tag.value & 7) !== LENGTH_DELIMITED) throw malformed();
    const length = readVarint(bytes, tag.end);
    at = length.end + length.value;
    if (at > bytes.byteLength) throw malformed();
    yield [tag.value >>> 3, bytes.subarray(length.end, at)];
  }
}

function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  for (let at = start, factor = 1; at < bytes.byteLength && at < start + 5; at++, factor *= 0x80) {
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, end: at + 1 };
  }
  throw malformed();
}

const malformed = () => new PayloadConverterError('Expected the bytes of a payload, found something else');

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.byteLength;
  }
  return joined;
}
