/**
 * Histories in the shape of Temporal's protobuf objects: numbers for enums, `Long` for int64, `{ seconds, nanos }` for times
 * and durations, one `...EventAttributes` member per event. Code that reads what `fetchHistory()` gives expects these.
 * Nothing else here imports `long`; load this module only where such a history is asked for.
 */

import Long from 'long';
import { EventGroupMarkerSchema } from './event-groups.ts';
import { EVENTS, type EventType, type HistoryEvent } from './events.ts';
import { type DecodeState, zeroOf } from './json-decode.ts';
import { unwrap } from './json-encode.ts';
import { isObject, setMember } from './json-payload.ts';
import { LinkSchema } from './links.ts';
import { type FailureSchema, type Payload, type Payloads, UserMetadataSchema } from './messages.ts';
import {
  asBuffer,
  newHistory,
  newHistoryEvent,
  newProtoMessage,
  newProtoTime,
  PayloadMessage,
  PayloadsMessage,
  type ProtoTime,
} from './proto-objects.ts';
import type {
  AnyField,
  EnumField,
  FieldMap,
  LazyField,
  ListField,
  MapField,
  MessageField,
  PayloadField,
  RequiredField,
  ScalarField,
} from './schema.ts';
import { at, expected, WireError } from './wire-error.ts';

export type { ProtoTime } from './proto-objects.ts';

type ProtoScalar<Kind, T> = Kind extends 'int64'
  ? Long
  : Kind extends 'duration' | 'timestamp'
    ? ProtoTime
    : T;

export type ProtoField<F> =
  F extends RequiredField<infer Inner>
    ? ProtoField<Inner>
    : F extends MessageField<infer Fields>
      ? ProtoFields<Fields>
      : F extends EnumField<string>
        ? number
        : F extends PayloadField<infer T>
          ? T
          : F extends LazyField<unknown>
            ? ProtoFailureMessage
            : F extends ListField<unknown, infer Element>
              ? ProtoField<Element>[]
              : F extends MapField<infer T>
                ? Record<string, T>
                : F extends ScalarField<infer T, infer Kind>
                  ? ProtoScalar<Kind, T>
                  : never;

export type ProtoFields<Fields> = { [K in keyof Fields]?: ProtoField<Fields[K]> | null };

/** The only lazy field is the failure. */
export interface ProtoFailureMessage extends ProtoFields<(typeof FailureSchema)['fields']> {}

type ProtoAttributes = {
  [T in EventType as `${Uncapitalize<T>}EventAttributes`]?: ProtoField<(typeof EVENTS)[T]['schema']> | null;
};

export interface ProtoHistoryEvent extends ProtoAttributes {
  eventId?: Long | null;
  eventTime?: ProtoTime | null;
  eventType?: number | null;
  taskId?: Long | null;
  workerMayIgnore?: boolean | null;
  userMetadata?: { summary?: Payload | null; details?: Payload | null } | null;
  eventGroupMarkers?: ProtoField<typeof EventGroupMarkerSchema>[] | null;
  links?: ProtoField<typeof LinkSchema>[] | null;
}

export interface ProtoHistory {
  events?: ProtoHistoryEvent[] | null;
}

type ProtoObject = Record<string, unknown>;

const TASK_ID_BASE = 1_048_576;
const typeByNumber: ReadonlyMap<unknown, EventType> = new Map(
  (Object.keys(EVENTS) as EventType[]).map((type) => [EVENTS[type].number, type]),
);

function timeToProto(name: 'Duration' | 'Timestamp', ms: number): ProtoTime {
  const seconds = Math.floor(ms / 1000);
  const nanos = Math.round((ms - seconds * 1000) * 1e6);
  // Rounding may carry into the next second.
  return nanos === 1e9
    ? newProtoTime(name, Long.fromNumber(seconds + 1), 0)
    : newProtoTime(name, Long.fromNumber(seconds), nanos);
}

/** A message in protobuf's shape. `message` is of the schema's type. */
export function messageToProto(schema: MessageField<FieldMap>, message: object): ProtoObject {
  const proto = newProtoMessage(schema);
  for (const [name, field] of Object.entries(schema.fields)) {
    const value: unknown = Reflect.get(message, name);
    if (value !== undefined && value !== null) proto[name] = toProto(unwrap(field), value);
  }
  return proto;
}

/** The value in protobuf's shape. `value` is a message in memory, therefore of its field's type. */
function toProto(field: AnyField, value: unknown): unknown {
  switch (field.kind) {
    case 'enum':
      return field.values[String(value)] ?? 0;
    case 'message':
      return messageToProto(field, value as object);
    case 'payload':
      return messageToProto(PayloadMessage, value as object);
    case 'payloads':
      return messageToProto(PayloadsMessage, value as object);
    case 'list':
      return (value as unknown[]).map((item) => toProto(field.element, item));
    case 'map':
      return mapEntries(value as ProtoObject, (item) => toProto(field.element, item));
    case 'lazy':
      return toProto(field.target(), value);
    case 'required':
      return toProto(unwrap(field), value);
    case 'int64':
      return Long.fromNumber(value as number);
    case 'duration':
      return timeToProto('Duration', value as number);
    case 'timestamp':
      return timeToProto('Timestamp', value as number);
    case 'bytes':
      return asBuffer(value as Uint8Array);
    default:
      return value;
  }
}

function mapEntries(map: ProtoObject, change: (item: unknown) => unknown): ProtoObject {
  const changed: ProtoObject = {};
  for (const [key, item] of Object.entries(map)) setMember(changed, key, change(item));
  return changed;
}

/** A history as Temporal's client gives it. */
export function historyToProto(
  events: readonly HistoryEvent[],
): ProtoHistory & { events: ProtoHistoryEvent[] } {
  return Object.assign(newHistory(), { events: events.map(eventToProto) });
}

function eventToProto(event: HistoryEvent): ProtoHistoryEvent {
  const definition = EVENTS[event.eventType];
  if (!definition) throw new WireError('eventType', `unknown event type ${JSON.stringify(event.eventType)}`);
  const { eventId, eventTime, userMetadata, eventGroupMarkers, links } = event;
  return Object.assign(newHistoryEvent(), {
    eventId: Long.fromNumber(eventId),
    eventTime: timeToProto('Timestamp', eventTime),
    eventType: definition.number,
    taskId: Long.fromNumber(TASK_ID_BASE + eventId),
    ...(userMetadata ? { userMetadata: messageToProto(UserMetadataSchema, userMetadata) } : {}),
    ...(eventGroupMarkers && {
      eventGroupMarkers: eventGroupMarkers.map((marker) => messageToProto(EventGroupMarkerSchema, marker)),
    }),
    ...(links && { links: links.map((link) => messageToProto(LinkSchema, link)) }),
    [definition.member]: messageToProto(definition.schema, event.attributes),
  });
}

const numberOf = (value: unknown): number => {
  const number = isObject(value) && typeof value.toNumber === 'function' ? value.toNumber() : value;
  if (typeof number === 'string' && /^-?\d+$/.test(number)) return Number(number);
  if (typeof number !== 'number' || !Number.isSafeInteger(number))
    throw expected('a Long or an integer', value);
  return number;
};

function timeFromProto(value: unknown): number {
  if (!isObject(value)) throw expected('{ seconds, nanos }', value);
  return numberOf(value.seconds ?? 0) * 1000 + numberOf(value.nanos ?? 0) / 1e6;
}

function enumFromProto(field: EnumField<string>, value: unknown): string | undefined {
  if (value === 0) return undefined;
  const name = Object.keys(field.values).find((key) => field.values[key] === value);
  if (name === undefined) throw expected('a known enum number', value);
  return name;
}

/** Protobuf objects show zero for what is not set; in memory that is absent. */
const isUnset = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === 0 ||
  value === false ||
  ((Array.isArray(value) || value instanceof Uint8Array) && value.length === 0) ||
  (Long.isLong(value) && value.isZero());

const newState = (): DecodeState => ({ shorthand: false, strict: false, refuseUnknown: false, depth: 0 });

/** The reverse of `messageToProto`. */
export function messageFromProto(schema: MessageField<FieldMap>, proto: unknown): ProtoObject {
  if (!isObject(proto)) throw expected(`a ${schema.name}`, proto);
  const message: ProtoObject = {};
  for (const [name, field] of Object.entries(schema.fields)) {
    try {
      const value = isUnset(proto[name]) ? undefined : fromProto(unwrap(field), proto[name]);
      const orZero =
        value === undefined && field.kind === 'required' ? zeroOf(unwrap(field), newState()) : value;
      if (orZero !== undefined) message[name] = orZero;
    } catch (error) {
      throw at(name, error);
    }
  }
  return message;
}

function fromProto(field: AnyField, value: unknown): unknown {
  switch (field.kind) {
    case 'enum':
      return enumFromProto(field, value);
    case 'message':
      return messageFromProto(field, value);
    case 'payload':
      return payloadFromProto(value);
    case 'payloads':
      return payloadsFromProto(value);
    case 'list':
      if (!Array.isArray(value)) throw expected('an array', value);
      return value.map((item) => fromProto(field.element, item));
    case 'map':
      if (!isObject(value)) throw expected('an object', value);
      return Object.keys(value).length === 0
        ? undefined
        : mapEntries(value, (item) => fromProto(field.element, item));
    case 'lazy':
      return fromProto(field.target(), value);
    case 'required':
      return fromProto(unwrap(field), value);
    case 'int64':
      return numberOf(value);
    case 'duration':
    case 'timestamp':
      return timeFromProto(value);
    case 'string':
      return isFieldMask(value) ? value.paths.map(inCamelCase).join(',') : value;
    default:
      return value;
  }
}

/** The one message that is text in JSON: `{ paths: ['start_to_close_timeout'] }` is `startToCloseTimeout`. */
function isFieldMask(value: unknown): value is { paths: string[] } {
  return (
    isObject(value) && Array.isArray(value.paths) && value.paths.every((path) => typeof path === 'string')
  );
}

const inCamelCase = (path: string): string =>
  path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

function bytesFromProto(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw expected('a Uint8Array', value);
  return new Uint8Array(value.buffer, value.byteOffset, value.length);
}

function payloadFromProto(value: unknown): Payload {
  if (!isObject(value)) throw expected('a payload', value);
  const { metadata, data } = value;
  const payload: Payload = {};
  if (isObject(metadata) && Object.keys(metadata).length > 0) {
    payload.metadata = {};
    for (const [key, item] of Object.entries(metadata))
      setMember(payload.metadata, key, bytesFromProto(item));
  }
  if (data !== undefined && data !== null) {
    const bytes = bytesFromProto(data);
    if (bytes.length > 0) payload.data = bytes;
  }
  return payload;
}

function payloadsFromProto(value: unknown): Payloads {
  if (!isObject(value)) throw expected('a payload list', value);
  const { payloads } = value;
  return Array.isArray(payloads) && payloads.length > 0 ? { payloads: payloads.map(payloadFromProto) } : {};
}

/** Whether a history is in protobuf's shape, and not a JSON document: its event types are numbers beside Longs. */
export function isProtoHistory(history: unknown): history is ProtoHistory {
  if (!isObject(history) || !Array.isArray(history.events)) return false;
  const [first]: unknown[] = history.events;
  return isObject(first) && typeof first.eventType === 'number' && typeof first.eventTime !== 'string';
}

/** The reverse of `historyToProto`; also takes the objects of Temporal's own packages. */
export function historyFromProto(history: unknown): HistoryEvent[] {
  if (!isObject(history)) throw expected('a history, { events: [...] }', history);
  const events = history.events ?? [];
  if (!Array.isArray(events)) throw at('events', expected('an array', events));
  return events.map((event, index) => {
    try {
      return eventFromProto(event);
    } catch (error) {
      throw at('events', at(index, error));
    }
  });
}

function eventFromProto(event: unknown): HistoryEvent {
  if (!isObject(event)) throw expected('an event', event);
  const type = typeByNumber.get(event.eventType);
  if (type === undefined) throw at('eventType', expected('a known event type', event.eventType));
  const { member, schema } = EVENTS[type];
  try {
    // The table pairs each type with its schema, so that the attributes are those of the type.
    return {
      eventId: numberOf(event.eventId ?? 0),
      eventTime: isUnset(event.eventTime) ? 0 : timeFromProto(event.eventTime),
      eventType: type,
      attributes: messageFromProto(schema, event[member] ?? {}),
      ...(event.userMetadata
        ? { userMetadata: messageFromProto(UserMetadataSchema, event.userMetadata) }
        : {}),
      ...(Array.isArray(event.eventGroupMarkers) && event.eventGroupMarkers.length > 0
        ? {
            eventGroupMarkers: event.eventGroupMarkers.map((marker) =>
              messageFromProto(EventGroupMarkerSchema, marker),
            ),
          }
        : {}),
      ...(Array.isArray(event.links) && event.links.length > 0
        ? { links: event.links.map((link) => messageFromProto(LinkSchema, link)) }
        : {}),
      ...(event.workerMayIgnore === true ? { workerMayIgnore: true } : {}),
    } as HistoryEvent;
  } catch (error) {
    throw at(member, error);
  }
}
