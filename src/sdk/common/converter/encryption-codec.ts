/** Payloads encrypted with AES-GCM, under keys that can be rotated. */
import { PayloadConverterError, ValueError } from '../errors.ts';
import type { Payload } from '../interfaces.ts';
import { payloadFromBytes, payloadToBytes } from './payload-bytes.ts';
import type { PayloadCodec } from './payload-codec.ts';

/** A key of WebCrypto. Not by its global name, which only the declarations of browsers and of Workers have. */
type EncryptionKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

export interface EncryptionCodecOptions {
  /**
   * Keys by ID: 16, 24 or 32 bytes as they are or as base64 text (a secret of the Worker, for instance), or imported for
   * AES-GCM with the usages `encrypt` and `decrypt`.
   */
  keys: Readonly<Record<string, Uint8Array | string | EncryptionKey>>;
  /** Of the key that new payloads are encrypted with. The others decrypt what was encrypted before. */
  currentKeyId: string;
}

const ENCRYPTED = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES: readonly number[] = [16, 24, 32];

/**
 * A payload codec that encrypts with AES-GCM: inputs, results, memo, failure details and all else that codecs see. Search
 * attributes, headers and names stay readable.
 *
 * Give the same keys to clients and to the runtime (or workers). To rotate: add a key everywhere, then name it in
 * `currentKeyId`, and take the old one away when nothing that it encrypted is kept any longer. Payloads that are not encrypted
 * are passed on as they are, so a namespace can move over while its workflows run.
 *
 * Messages and stacks of failures are encrypted as well with a failure converter that encodes them:
 * `new DefaultFailureConverter({ encodeCommonAttributes: true })`.
 *
 * ```ts
 * const codec = createEncryptionCodec({ keys: { 'key-2026': env.PAYLOAD_KEY }, currentKeyId: 'key-2026' });
 * const client = new Client({ address, dataConverter: { payloadCodecs: [codec] } });
 * ```
 *
 * Throws `ValueError` for keys that are none. `decode` rejects with `PayloadConverterError` when a payload's key is missing or
 * wrong, or its data was changed.
 */
export function createEncryptionCodec({ keys, currentKeyId }: EncryptionCodecOptions): PayloadCodec {
  const ids = Object.keys(keys);
  if (!Object.hasOwn(keys, currentKeyId)) {
    throw new ValueError(`currentKeyId: expected one of the keys ${ids.join(', ')}; found ${currentKeyId}`);
  }
  const bytesById = new Map(Object.entries(keys).map(([id, key]) => [id, keyBytes(id, key)]));
  const imported = new Map<string, Promise<EncryptionKey>>();
  // Imported with the first use: a Worker may not do it at top level.
  const keyOf = (id: string): Promise<EncryptionKey> => {
    const source = bytesById.get(id);
    if (source === undefined) {
      const message = `A payload is encrypted with key '${id}', which is not among the keys ${ids.join(', ')}`;
      throw new PayloadConverterError(message);
    }
    const key = imported.get(id) ?? importKey(source);
    imported.set(id, key);
    return key;
  };
  return {
    encode: (payloads) =>
      Promise.all(payloads.map(async (payload) => encrypt(payload, currentKeyId, await keyOf(currentKeyId)))),
    decode: (payloads) =>
      Promise.all(
        payloads.map(async (payload) => {
          const id = keyIdOf(payload);
          return id === undefined ? payload : decrypt(payload, id, await keyOf(id));
        }),
      ),
  };
}

type KeySource = Uint8Array<ArrayBuffer> | EncryptionKey;

function keyBytes(id: string, key: Uint8Array | string | EncryptionKey): KeySource {
  if (typeof key !== 'string' && !(key instanceof Uint8Array)) return key;
  const bytes = typeof key === 'string' ? fromBase64(id, key) : new Uint8Array(key);
  if (KEY_BYTES.includes(bytes.byteLength)) return bytes;
  throw new ValueError(`Key '${id}': expected 16, 24 or 32 bytes, found ${bytes.byteLength}`);
}

function fromBase64(id: string, text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch (error) {
    throw new ValueError(`Key '${id}': expected base64`, error);
  }
}

async function importKey(source: KeySource): Promise<EncryptionKey> {
  if (!(source instanceof Uint8Array)) return source;
  return crypto.subtle.importKey('raw', source, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function keyIdOf({ metadata }: Payload): string | undefined {
  const encoding = metadata?.encoding;
  if (!encoding || decoder.decode(encoding) !== ENCRYPTED) return undefined;
  return decoder.decode(metadata[KEY_ID]);
}

async function encrypt(payload: Payload, keyId: string, key: EncryptionKey): Promise<Payload> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, payloadToBytes(payload));
  const data = new Uint8Array(IV_BYTES + sealed.byteLength);
  data.set(iv);
  data.set(new Uint8Array(sealed), IV_BYTES);
  return { metadata: { encoding: encoder.encode(ENCRYPTED), [KEY_ID]: encoder.encode(keyId) }, data };
}

async function decrypt({ data }: Payload, keyId: string, key: EncryptionKey): Promise<Payload> {
  const bytes = new Uint8Array(data ?? []);
  if (bytes.byteLength < IV_BYTES + TAG_BYTES) throw undecipherable(keyId);
  const iv = bytes.subarray(0, IV_BYTES);
  let plain: ArrayBuffer;
  try {
    plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, bytes.subarray(IV_BYTES));
  } catch (error) {
    throw undecipherable(keyId, error);
  }
  return payloadFromBytes(new Uint8Array(plain));
}

function undecipherable(keyId: string, cause?: unknown): PayloadConverterError {
  const reason = 'the key is another one than it was encrypted with, or its data was changed';
  return new PayloadConverterError(`A payload cannot be decrypted with key '${keyId}': ${reason}`, cause);
}
