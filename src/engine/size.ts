/** Sizes, estimated cheaply: what limits, `historySizeBytes` and continue-as-new suggestions count. */
import type { HistoryEvent } from '../sdk/common/wire/events.ts';
import type { Failure, Header, Memo, Payload, Payloads } from '../sdk/common/wire/messages.ts';

/** Envelope of one event: IDs, time, type, task ID. */
const EVENT_OVERHEAD_BYTES = 48;
const FIELD_OVERHEAD_BYTES = 2;

/** Bytes of any wire value: contents of strings and byte arrays plus a little for each field. */
export function estimateBytes(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value === 'number') return 4;
  if (typeof value === 'boolean') return 1;
  if (value === null || typeof value !== 'object') return 0;
  if (value instanceof Uint8Array) return value.byteLength;
  let bytes = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (item !== undefined) bytes += FIELD_OVERHEAD_BYTES + estimateBytes(item);
    return bytes;
  }
  for (const key in value) {
    const field = (value as Record<string, unknown>)[key];
    if (field !== undefined) bytes += FIELD_OVERHEAD_BYTES + estimateBytes(field);
  }
  return bytes;
}

export function eventBytes(event: HistoryEvent): number {
  const { userMetadata, eventGroupMarkers, links } = event;
  const metadata = userMetadata === undefined ? 0 : estimateBytes(userMetadata);
  const groups = eventGroupMarkers === undefined ? 0 : estimateBytes(eventGroupMarkers);
  const linked = links === undefined ? 0 : estimateBytes(links);
  return EVENT_OVERHEAD_BYTES + estimateBytes(event.attributes) + metadata + groups + linked;
}

export function payloadBytes(payload: Payload): number {
  let bytes = payload.data?.byteLength ?? 0;
  for (const key in payload.metadata) bytes += key.length + (payload.metadata[key]?.byteLength ?? 0);
  return bytes;
}

export function payloadsBytes(payloads: Payloads | undefined): number {
  let bytes = 0;
  for (const payload of payloads?.payloads ?? []) bytes += payloadBytes(payload);
  return bytes;
}

export function payloadMapBytes(fields: Record<string, Payload> | undefined): number {
  let bytes = 0;
  for (const key in fields) {
    const payload = fields[key];
    if (payload !== undefined) bytes += key.length + payloadBytes(payload);
  }
  return bytes;
}

export const memoBytes = (memo: Memo | undefined): number => payloadMapBytes(memo?.fields);
export const headerBytes = (header: Header | undefined): number => payloadMapBytes(header?.fields);
export const failureBytes = (failure: Failure | undefined): number => estimateBytes(failure);

/** Bytes of the text as UTF-8, without encoding it. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00) {
      bytes += 4;
      index++;
    } else bytes += 3;
  }
  return bytes;
}
