/**
 * The events of one turn as bytes. An event ID is not written (they count up from the batch's first), a time is the distance
 * from the batch's first, a type is its number, a name of a member its place in a list (event-names.ts).
 */

import type { RunBatch } from '../../engine/api.ts';
import { EVENTS, type EventType, type HistoryEvent } from '../../sdk/common/wire/events.ts';
import { decodeFrame, encodeFrame, type Frame, FrameError } from './binary-frame.ts';
import { EVENT_NAMES } from './event-names.ts';

/** Payload bytes above this have rows of their own. */
export const EXTERNAL_PAYLOAD_BYTES = 64 * 1024;

type StoredEvent = [
  type: number,
  time: number,
  attributes: unknown,
  userMetadata?: unknown,
  mayIgnore?: boolean,
  eventGroupMarkers?: unknown,
  links?: unknown,
];

interface StoredBatch {
  /** Time of the first event. */
  t: number;
  e: StoredEvent[];
  n?: unknown;
}

const TYPE_BY_NUMBER = new Map<number, EventType>(
  (Object.keys(EVENTS) as EventType[]).map((type) => [EVENTS[type].number, type]),
);

export function encodeBatch(batch: RunBatch): Frame {
  const base = batch.events[0]?.eventTime ?? 0;
  const stored: StoredBatch = {
    t: base,
    e: batch.events.map((event, index) => storedEvent(batch, event, index, base)),
  };
  if (batch.notes !== undefined) stored.n = batch.notes;
  return encodeFrame(stored, EXTERNAL_PAYLOAD_BYTES, EVENT_NAMES);
}

function storedEvent(batch: RunBatch, event: HistoryEvent, index: number, base: number): StoredEvent {
  if (event.eventId !== batch.firstEventId + index) {
    throw new FrameError(
      `Event IDs of a batch count up by one: expected ${batch.firstEventId + index}, found ${event.eventId} (${event.eventType}).`,
    );
  }
  const stored: StoredEvent = [EVENTS[event.eventType].number, event.eventTime - base, event.attributes];
  const { userMetadata, workerMayIgnore = false, eventGroupMarkers, links } = event;
  if (userMetadata !== undefined || workerMayIgnore || eventGroupMarkers || links)
    stored.push(userMetadata ?? null);
  if (workerMayIgnore || eventGroupMarkers || links) stored.push(workerMayIgnore);
  if (eventGroupMarkers || links) stored.push(eventGroupMarkers ?? null);
  if (links) stored.push(links);
  return stored;
}

export function decodeBatch(
  firstEventId: number,
  bytes: Uint8Array,
  external: (ordinal: number) => Uint8Array,
): RunBatch {
  const stored = decodeFrame(bytes, external, EVENT_NAMES) as StoredBatch;
  const events = stored.e.map((event, index) => eventOf(event, firstEventId + index, stored.t));
  return stored.n === undefined ? { firstEventId, events } : { firstEventId, events, notes: stored.n };
}

function eventOf(stored: StoredEvent, eventId: number, base: number): HistoryEvent {
  const [number, time, attributes, userMetadata, mayIgnore, eventGroupMarkers, links] = stored;
  const eventType = TYPE_BY_NUMBER.get(number);
  if (eventType === undefined)
    throw new FrameError(`Event ${eventId} has unknown type ${number}: written by a newer release?`);
  const event: Record<string, unknown> = { eventId, eventTime: base + time, eventType, attributes };
  if (userMetadata) event.userMetadata = userMetadata;
  if (mayIgnore) event.workerMayIgnore = true;
  if (eventGroupMarkers) event.eventGroupMarkers = eventGroupMarkers;
  if (links) event.links = links;
  // Sound: what is decoded here was encoded from a HistoryEvent of that type by `encodeBatch`.
  return event as unknown as HistoryEvent;
}
