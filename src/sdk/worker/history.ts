/** Histories as people have them: ours, Temporal's JSON as its tools write it, or the shape of its protobuf objects. */
import type { HistoryEvent } from '../common/wire/events.ts';
import { historyFromJson } from '../common/wire/json-history.ts';
import { historyFromProto, isProtoHistory, type ProtoHistory } from '../common/wire/proto-shape.ts';

/** What `WorkflowHandle.fetchHistory()` gives. */
export type History = ProtoHistory;

/** The events of a history in any of its shapes. */
export function readHistory(history: unknown): readonly HistoryEvent[] {
  if (typeof history !== 'object' || history === null)
    throw new TypeError(`Expected a non-null history object, got ${typeof history}`);
  if (isEventList(history)) return history;
  if (isProtoHistory(history)) return historyFromProto(history);
  return historyFromAnyJson('history' in history && !('events' in history) ? history.history : history);
}

/**
 * The ordinary form of payloads comes first: what is in it must never be taken for a value. A history that is not in it throughout
 * may be one that the HTTP API wrote, with values in the place of payloads.
 */
function historyFromAnyJson(json: unknown): readonly HistoryEvent[] {
  try {
    return historyFromJson(json);
  } catch (error) {
    try {
      return historyFromJson(json, { shorthand: true });
    } catch {
      throw error;
    }
  }
}

/** Events in memory form: numbers for times, short names for types. */
function isEventList(history: object): history is readonly HistoryEvent[] {
  if (!Array.isArray(history)) return false;
  const [first] = history as { eventType?: unknown; attributes?: unknown }[];
  return first?.eventType === 'WorkflowExecutionStarted' && first.attributes !== undefined;
}
