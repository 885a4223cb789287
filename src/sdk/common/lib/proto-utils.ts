/** Histories and payloads between protobuf objects and JSON. */
import type { Payload } from '../interfaces.ts';
import { historyFromJson, historyToJson } from '../wire/json-history.ts';
import { isObject, payloadFromJson, payloadToJson } from '../wire/json-payload.ts';
import { historyFromProto, historyToProto, type ProtoHistory } from '../wire/proto-shape.ts';

/** Payload with metadata and data in Base64. */
export interface JSONPayload {
  metadata?: Record<string, string> | null;
  data?: string | null;
}

/** A history in JSON, as Temporal's tools write it, as protobuf objects. Throws a `TypeError` when it is none. */
export function historyFromJSON(history: unknown): ProtoHistory {
  if (!isObject(history) || !Array.isArray(history.events))
    throw new TypeError('Invalid history, expected an object with an array of events');
  return historyToProto(historyFromJson(history));
}

/** A history, for example what `fetchHistory()` gave, as JSON text that Temporal's tools read. */
export function historyToJSON(history: ProtoHistory): string {
  return JSON.stringify(historyToJson(historyFromProto(history)), null, 2);
}

export function payloadToJSON(payload: Payload): JSONPayload {
  return payloadToJson(payload);
}

export function JSONToPayload(json: JSONPayload): Payload {
  return payloadFromJson(json);
}
