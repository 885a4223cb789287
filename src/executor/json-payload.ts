/** Payloads that the runtime itself writes and reads (marker details): plain JSON, whatever converter the user has set. */
import type { Payload } from '../sdk/common/wire/messages.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const JSON_PLAIN = encoder.encode('json/plain');

export function jsonPayload(value: unknown, metadata: Record<string, string> = {}): Payload {
  const extra = Object.entries(metadata).map(([key, text]) => [key, encoder.encode(text)]);
  return {
    metadata: { encoding: JSON_PLAIN, ...Object.fromEntries(extra) },
    data: encoder.encode(JSON.stringify(value)),
  };
}

/** The JSON value in `payload`; undefined when there is none or it is not JSON. */
export function decodeJson(payload: Payload | undefined): unknown {
  if (payload?.data == null) return undefined;
  try {
    return JSON.parse(decoder.decode(payload.data));
  } catch {
    return undefined;
  }
}
