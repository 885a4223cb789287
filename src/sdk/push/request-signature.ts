/** Whether a pushed request is what it says to be: signed, fresh, and not one that came before. */
import { verifyWebhook } from '../common/webhook-signature.ts';

/** Remembers which requests came, for as long as they are not stale. */
export interface SeenIds {
  /** Notes the ID until then, milliseconds since the epoch; false when it was noted before. */
  note(id: string, until: number): boolean | Promise<boolean>;
}

export interface SignatureChecks {
  keys: readonly Uint8Array<ArrayBuffer>[];
  toleranceMs: number;
  seen: SeenIds;
  now: number;
}

export interface Refusal {
  status: 401 | 409;
  message: string;
}

/** Undefined for a request that may be worked on; its ID is noted then. */
export async function refusalOf(
  headers: Headers,
  body: Uint8Array,
  { keys, toleranceMs, seen, now }: SignatureChecks,
): Promise<Refusal | undefined> {
  const id = headers.get('webhook-id') ?? '';
  const timestamp = headers.get('webhook-timestamp') ?? '';
  const signature = headers.get('webhook-signature') ?? '';
  if (id === '' || timestamp === '' || signature === '')
    return unauthorized(
      'The request is not signed: webhook-id, webhook-timestamp and webhook-signature are needed.',
    );
  const time = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) * 1000 : Number.NaN;
  if (!(Math.abs(now - time) <= toleranceMs))
    return unauthorized('The request is stale, or clocks differ: webhook-timestamp is too far from now.');
  const signed = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  if (!(await verifyWebhook(keys, signed, body)))
    return unauthorized('webhook-signature: made with no key that is known here, or not for this request.');
  // Not sooner: who has no key can fill no memory. A request is stale once this has passed.
  if (await seen.note(id, time + toleranceMs)) return undefined;
  return { status: 409, message: 'The request came before.' };
}

function unauthorized(message: string): Refusal {
  return { status: 401, message };
}
