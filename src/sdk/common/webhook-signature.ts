/**
 * Signatures of requests as Standard Webhooks has them: HMAC-SHA256 over ID, time and body, in `webhook-id`,
 * `webhook-timestamp` (seconds) and `webhook-signature`, which holds one `v1,<base64>` for each key, so that keys can change
 * without a gap.
 */
import { decodeBase64, encodeBase64 } from './wire/base64.ts';

const PREFIX = 'whsec_';
const KEY_BYTES_MIN = 24;
const KEY_BYTES_MAX = 64;
/** More signatures than this are not looked at. */
const SIGNATURES_MAX = 10;

export interface SignedHeaders {
  'webhook-id': string;
  'webhook-timestamp': string;
  'webhook-signature': string;
}

/** A key as bytes. Throws a `TypeError` for what is not `whsec_` and 24 to 64 bytes in base64. */
export function webhookKey(secret: string): Uint8Array<ArrayBuffer> {
  const encoded = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : undefined;
  const bytes = encoded === undefined ? undefined : bytesOf(encoded);
  if (bytes === undefined || bytes.length < KEY_BYTES_MIN || bytes.length > KEY_BYTES_MAX) {
    throw new TypeError(
      `A signing secret is '${PREFIX}' followed by ${KEY_BYTES_MIN} to ${KEY_BYTES_MAX} bytes in base64, for example from: ` +
        `echo "${PREFIX}$(openssl rand -base64 32)"`,
    );
  }
  return bytes;
}

function bytesOf(encoded: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = decodeBase64(encoded);
  return bytes && new Uint8Array(bytes);
}

/** Signs with every key, the first being the newest. */
export async function signWebhook(
  keys: readonly Uint8Array<ArrayBuffer>[],
  { id, timestampMs, body }: { id: string; timestampMs: number; body: Uint8Array },
): Promise<SignedHeaders> {
  const timestamp = String(Math.floor(timestampMs / 1000));
  const signed = signedBytes(id, timestamp, body);
  const signatures = await Promise.all(
    keys.map(async (key) => {
      const bytes = await crypto.subtle.sign('HMAC', await hmacKey(key, 'sign'), signed);
      return `v1,${encodeBase64(new Uint8Array(bytes))}`;
    }),
  );
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

/** Whether one of the signatures was made with one of the keys. Times are compared by the caller. */
export async function verifyWebhook(
  keys: readonly Uint8Array<ArrayBuffer>[],
  headers: SignedHeaders,
  body: Uint8Array,
): Promise<boolean> {
  const signed = signedBytes(headers['webhook-id'], headers['webhook-timestamp'], body);
  const signatures = headers['webhook-signature'].split(' ').slice(0, SIGNATURES_MAX);
  for (const signature of signatures) {
    const bytes = signature.startsWith('v1,') ? bytesOf(signature.slice(3)) : undefined;
    if (bytes === undefined) continue;
    for (const key of keys)
      if (await crypto.subtle.verify('HMAC', await hmacKey(key, 'verify'), bytes, signed)) return true;
  }
  return false;
}

function hmacKey(key: Uint8Array<ArrayBuffer>, usage: 'sign' | 'verify') {
  return crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, [usage]);
}

function signedBytes(id: string, timestamp: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`${id}.${timestamp}.`);
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}
