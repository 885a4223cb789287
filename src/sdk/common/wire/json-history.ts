/** Histories as JSON documents, `{"events": [...]}`: what the history call returns, what a UI downloads, what replay reads. */

import { EventGroupMarkerSchema, type WireEventGroupMarker } from './event-groups.ts';
import { EVENTS, type EventType, type HistoryEvent } from './events.ts';
import { type DecodeState, decodeField, decodeMessage, snakeCase } from './json-decode.ts';
import { type EncodeState, encodeMessage, type ToJsonOptions } from './json-encode.ts';
import { isObject } from './json-payload.ts';
import { formatTimestamp, parseTimestamp } from './json-time.ts';
import { type Link, LinkSchema } from './links.ts';
import { UserMetadataSchema } from './messages.ts';
import { type FieldMap, i64, list, type MessageField } from './schema.ts';
import { at, expected, WireError } from './wire-error.ts';

type JsonObject = Record<string, unknown>;

interface EventEntry {
  readonly type: EventType;
  readonly jsonType: string;
  readonly member: string;
  readonly schema: MessageField<FieldMap>;
}

export interface HistoryFromJsonOptions {
  /** What error paths begin with. */
  path?: string;
  /** Payloads may stand as their values, as the HTTP API writes them unless asked not to. */
  shorthand?: boolean;
}

const entries: readonly EventEntry[] = (Object.keys(EVENTS) as EventType[]).map((type) => ({
  type,
  ...EVENTS[type],
}));
const entryByType: ReadonlyMap<string, EventEntry> = new Map(entries.map((entry) => [entry.type, entry]));
/** By full name, by the CamelCase name of old histories, and by number. */
const entryByJson: ReadonlyMap<unknown, EventEntry> = new Map(
  entries.flatMap((entry): [unknown, EventEntry][] => [
    [entry.jsonType, entry],
    [entry.type, entry] as const,
    [EVENTS[entry.type].number, entry] as const,
  ]),
);

/** Task IDs only have to grow with event IDs; the reference's begin near here. */
const TASK_ID_BASE = 1_048_576;

const EVENT_GROUPS = list(EventGroupMarkerSchema);
const LINKS = list(LinkSchema);

/** Members of an event that stand beside its attributes. */
const COMMON_MEMBERS = new Set([
  'eventId',
  'eventTime',
  'eventType',
  'taskId',
  'version',
  'workerMayIgnore',
  'userMetadata',
  'eventGroupMarkers',
  'links',
  'principal',
]);

export function eventToJson(event: HistoryEvent, options: ToJsonOptions = {}): JsonObject {
  const entry = entryByType.get(event.eventType);
  if (!entry) return unknownEventToJson(event);
  const state: EncodeState = { shorthand: options.shorthand ?? false, depth: 0 };
  const json = headToJson(event, entry.jsonType);
  if (event.userMetadata)
    json.userMetadata = encodeMember('userMetadata', UserMetadataSchema, event.userMetadata, state);
  if (event.eventGroupMarkers)
    json.eventGroupMarkers = event.eventGroupMarkers.map((marker) =>
      encodeMember('eventGroupMarkers', EventGroupMarkerSchema, marker, state),
    );
  if (event.links) json.links = event.links.map((link) => encodeMember('links', LinkSchema, link, state));
  json[entry.member] = encodeMember(entry.member, entry.schema, event.attributes, state);
  return json;
}

function encodeMember(
  name: string,
  schema: MessageField<FieldMap>,
  value: object,
  state: EncodeState,
): JsonObject {
  try {
    return encodeMessage(schema, value, state);
  } catch (error) {
    throw at(name, error);
  }
}

function headToJson(event: HistoryEvent, jsonType: string): JsonObject {
  return {
    eventId: String(event.eventId),
    eventTime: formatTimestamp(event.eventTime),
    eventType: jsonType,
    taskId: String(TASK_ID_BASE + event.eventId),
    ...(event.workerMayIgnore ? { workerMayIgnore: true } : {}),
  };
}

/** Kept by `eventFromJson` with its members as they came. */
function unknownEventToJson(event: HistoryEvent): JsonObject {
  const { eventType, workerMayIgnore, attributes } = event as { eventType: string } & HistoryEvent;
  if (!workerMayIgnore) throw new WireError('eventType', `unknown event type ${JSON.stringify(eventType)}`);
  return { ...headToJson(event, eventType), ...attributes };
}

export function historyToJson(
  events: readonly HistoryEvent[],
  options: ToJsonOptions = {},
): { events: JsonObject[] } {
  return {
    events: events.map((event, index) => {
      try {
        return eventToJson(event, options);
      } catch (error) {
        throw at('events', at(index, error));
      }
    }),
  };
}

/** The member under its camelCase or snake_case name. */
function memberOf(json: JsonObject, name: string): unknown {
  return json[name] ?? json[snakeCase(name)] ?? undefined;
}

function decodeMember<T>(json: JsonObject, name: string, decode: (value: unknown) => T): T | undefined {
  const value = memberOf(json, name);
  if (value === undefined) return undefined;
  try {
    return decode(value);
  } catch (error) {
    throw at(name, error);
  }
}

export function eventFromJson(json: unknown, shorthand = false): HistoryEvent {
  if (!isObject(json)) throw expected('an event', json);
  const state: DecodeState = { shorthand, strict: false, refuseUnknown: false, depth: 0 };
  const head = {
    eventId: decodeMember(json, 'eventId', (value) => decodeField(i64, value, state) as number) ?? 0,
    eventTime: decodeMember(json, 'eventTime', parseTimestamp) ?? 0,
  };
  const eventType = memberOf(json, 'eventType');
  const entry = entryByJson.get(eventType);
  const workerMayIgnore = memberOf(json, 'workerMayIgnore') === true;
  if (!entry) return unknownEventFromJson(json, head, eventType, workerMayIgnore);
  const attributes = decodeMember(json, entry.member, (value) => decodeMessage(entry.schema, value, state));
  const userMetadata = decodeMember(json, 'userMetadata', (value) =>
    decodeMessage(UserMetadataSchema, value, state),
  );
  const eventGroupMarkers = decodeMember(
    json,
    'eventGroupMarkers',
    (value) => decodeField(EVENT_GROUPS, value, state) as WireEventGroupMarker[],
  );
  const links = decodeMember(json, 'links', (value) => decodeField(LINKS, value, state) as Link[]);
  // The table pairs each type with its schema, so that the attributes are those of the type.
  return {
    ...head,
    eventType: entry.type,
    attributes: attributes ?? decodeMessage(entry.schema, {}, state),
    ...(userMetadata ? { userMetadata } : {}),
    ...(eventGroupMarkers ? { eventGroupMarkers } : {}),
    ...(links?.length ? { links } : {}),
    ...(workerMayIgnore ? { workerMayIgnore } : {}),
  } as HistoryEvent;
}

/** An event from a newer server. One that workers may ignore is kept as it is, so that writing the history loses nothing. */
function unknownEventFromJson(
  json: JsonObject,
  head: { eventId: number; eventTime: number },
  eventType: unknown,
  workerMayIgnore: boolean,
): HistoryEvent {
  if (!workerMayIgnore || typeof eventType !== 'string') {
    const found =
      eventType === undefined ? 'no event type' : `unknown event type ${JSON.stringify(eventType)}`;
    throw new WireError('eventType', `${found}; only one marked workerMayIgnore can be passed over`);
  }
  const attributes: JsonObject = {};
  for (const [key, value] of Object.entries(json)) if (!COMMON_MEMBERS.has(key)) attributes[key] = value;
  // A type outside the union by intent: `workerMayIgnore` is what tells readers so.
  return { ...head, eventType, attributes, workerMayIgnore: true } as unknown as HistoryEvent;
}

/** Reads `{"events": [...]}`, or the answer of a history call, `{"history": {"events": [...]}}`. */
export function historyFromJson(json: unknown, options: HistoryFromJsonOptions = {}): HistoryEvent[] {
  try {
    if (!isObject(json)) throw expected('a history, {"events": [...]}', json);
    const { events } = isObject(json.history) ? json.history : json;
    return eventsFromJson(events, options.shorthand);
  } catch (error) {
    throw options.path ? at(options.path, error) : error;
  }
}

function eventsFromJson(events: unknown, shorthand = false): HistoryEvent[] {
  if (events === undefined || events === null) return [];
  if (!Array.isArray(events)) throw at('events', expected('an array', events));
  return events.map((event, index) => {
    try {
      return eventFromJson(event, shorthand);
    } catch (error) {
      throw at('events', at(index, error));
    }
  });
}
