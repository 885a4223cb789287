/** Base64 at the speed of the host: `Uint8Array.toBase64` where there is one, Node's Buffer, else `btoa` and `atob`. */

interface BufferLike {
  from(data: ArrayBufferLike, offset: number, length: number): { toString(encoding: 'base64'): string };
  from(text: string, encoding: 'base64'): Uint8Array;
}

interface NativeBase64 {
  toBase64?: (this: Uint8Array) => string;
}

interface NativeFromBase64 {
  fromBase64?: (text: string) => Uint8Array;
}

const nativeEncode = (Uint8Array.prototype as NativeBase64).toBase64;
const nativeDecode = (Uint8Array as NativeFromBase64).fromBase64;
const HostBuffer = (globalThis as { Buffer?: BufferLike }).Buffer;

/** `String.fromCharCode` takes its characters as arguments, of which engines allow a limited number. */
const CHUNK_BYTES = 0x2000;

function encodeWithBtoa(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK_BYTES));
  }
  return btoa(binary);
}

function decodeWithAtob(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Standard alphabet, padded. */
export function encodeBase64(bytes: Uint8Array): string {
  if (nativeEncode) return nativeEncode.call(bytes);
  if (HostBuffer) return HostBuffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  return encodeWithBtoa(bytes);
}

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** Standard or URL-safe alphabet, padded or not. */
export function isBase64(text: string): boolean {
  if (!BASE64.test(text)) return false;
  if (text.endsWith('=')) return text.length % 4 === 0;
  return text.length % 4 !== 1;
}

/** Takes what `isBase64` accepts; undefined for anything else. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (!isBase64(text)) return undefined;
  const standard =
    text.includes('-') || text.includes('_') ? text.replaceAll('-', '+').replaceAll('_', '/') : text;
  if (nativeDecode) return nativeDecode.call(Uint8Array, standard);
  // Copied: small Buffers share one pool, and payloads must own their bytes to be transferred or kept.
  if (HostBuffer) return new Uint8Array(HostBuffer.from(standard, 'base64'));
  return decodeWithAtob(standard);
}
