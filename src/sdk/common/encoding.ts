/** UTF-8, by the host. */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encode(text: string): Uint8Array {
  return encoder.encode(text);
}

export function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/**
 * A string as UTF-8 bytes.
 *
 * @deprecated Meant for internal use only.
 */
export const u8: (text: string) => Uint8Array = encode;

/**
 * UTF-8 bytes as a string.
 *
 * @deprecated Meant for internal use only.
 */
export const str: (bytes: Uint8Array) => string = decode;
