/**
 * Objects as protobufjs makes them: what a message does not set reads as its zero value, from the prototype; lists and maps are
 * always there; `toJSON` gives names for enums, text for int64 and Base64 for bytes. Two messages name the member that is set.
 */

import Long from 'long';
import { encodeBase64 } from './base64.ts';
import { EventGroupMarkerSchema } from './event-groups.ts';
import { EVENTS } from './events.ts';
import { unwrap } from './json-encode.ts';
import { isObject, setMember } from './json-payload.ts';
import { UserMetadataSchema } from './messages.ts';
import {
  type AnyField,
  bool,
  bytes,
  type EnumField,
  enumeration,
  type FieldMap,
  i64,
  list,
  type MessageField,
  map,
  message,
  time,
} from './schema.ts';

type ProtoObject = Record<string, unknown>;

/** A protobuf timestamp or duration. */
export interface ProtoTime {
  seconds: Long;
  nanos: number;
}

/** What payloads are besides their own kind of field. */
export const PayloadMessage = message('Payload', { metadata: map(bytes), data: bytes });
export const PayloadsMessage = message('Payloads', { payloads: list(PayloadMessage) });

/** In Node bytes are Buffers, over the same memory: their `toString()` gives text. */
export function asBuffer(value: Uint8Array): Uint8Array {
  return typeof Buffer === 'undefined' || Buffer.isBuffer(value)
    ? value
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

interface Shape {
  readonly prototype: object;
  /** What every object has of its own. */
  readonly lists: readonly string[];
  readonly maps: readonly string[];
}

const shapes = new WeakMap<MessageField<FieldMap>, Shape>();

/** An object of the message, with nothing set. */
export function newProtoMessage(schema: MessageField<FieldMap>): ProtoObject {
  const { prototype, lists, maps } = shapeOf(schema);
  const proto: ProtoObject = Object.create(prototype);
  for (const name of lists) proto[name] = [];
  for (const name of maps) proto[name] = {};
  return proto;
}

function shapeOf(schema: MessageField<FieldMap>): Shape {
  let shape = shapes.get(schema);
  if (!shape) {
    const fields = Object.entries(schema.fields).map(([name, field]) => [name, unwrap(field)] as const);
    shape = {
      prototype: prototypeOf(schema, fields),
      lists: fields.flatMap(([name, { kind }]) => (kind === 'list' ? [name] : [])),
      maps: fields.flatMap(([name, { kind }]) => (kind === 'map' ? [name] : [])),
    };
    shapes.set(schema, shape);
  }
  return shape;
}

/** Named for the message, so that it shows in logs. */
function namedPrototype(name: string): object {
  return { [name]: class {} }[name]?.prototype ?? {};
}

function prototypeOf(
  schema: MessageField<FieldMap>,
  fields: readonly (readonly [string, AnyField])[],
): object {
  const prototype = namedPrototype(schema.name);
  for (const [name, field] of fields) setMember(prototype as ProtoObject, name, zeroOf(field));
  const [oneof, suffix] = ONEOFS[schema.name] ?? [];
  if (oneof !== undefined && suffix !== undefined) {
    Object.defineProperty(prototype, oneof, {
      get(this: ProtoObject) {
        return Object.keys(this).find((name) => name.endsWith(suffix) && this[name] !== null);
      },
    });
  }
  Object.defineProperty(prototype, 'toJSON', {
    value(this: ProtoObject) {
      return messageToJson(schema, this);
    },
  });
  return prototype;
}

/** By message: the name of the oneof that code reads, and how its members' names end. */
const ONEOFS: Readonly<Record<string, readonly [string, string]>> = {
  HistoryEvent: ['attributes', 'EventAttributes'],
  Failure: ['failureInfo', 'FailureInfo'],
};

/** What a field that is not set reads as. Messages are null, times among them. */
function zeroOf(field: AnyField): unknown {
  switch (field.kind) {
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'int32':
    case 'double':
    case 'enum':
      return 0;
    case 'int64':
      return Long.ZERO;
    case 'bytes':
      return asBuffer(new Uint8Array());
    case 'list':
      return [];
    case 'map':
      return {};
    default:
      return null;
  }
}

function messageToJson(schema: MessageField<FieldMap>, proto: ProtoObject): ProtoObject {
  const json: ProtoObject = {};
  for (const [name, field] of Object.entries(schema.fields)) {
    const value = Object.hasOwn(proto, name) ? proto[name] : undefined;
    if (value === undefined || value === null || isEmpty(value)) continue;
    json[name] = fieldToJson(unwrap(field), value);
  }
  return json;
}

const isEmpty = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;

/** Messages, times and payloads within have a `toJSON` of their own. */
function fieldToJson(field: AnyField, value: unknown): unknown {
  switch (field.kind) {
    case 'enum':
      return enumToJson(field, value);
    case 'bytes':
      return value instanceof Uint8Array ? encodeBase64(value) : value;
    case 'int64':
      return String(value);
    case 'double':
      return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
    case 'list':
      return Array.isArray(value) ? value.map((item) => fieldToJson(field.element, item)) : value;
    case 'map': {
      const json: ProtoObject = {};
      for (const [key, item] of Object.entries(value ?? {}))
        setMember(json, key, fieldToJson(field.element, item));
      return json;
    }
    default:
      return value;
  }
}

function enumToJson({ prefix, values }: EnumField<string>, value: unknown): unknown {
  const name = value === 0 ? 'UNSPECIFIED' : Object.keys(values).find((key) => values[key] === value);
  return name === undefined ? value : prefix + name;
}

const timePrototypes = { Duration: timePrototype('Duration'), Timestamp: timePrototype('Timestamp') };

function timePrototype(name: string): object {
  return Object.defineProperty(namedPrototype(name), 'toJSON', {
    value(this: ProtoTime) {
      return { seconds: String(this.seconds), ...(this.nanos === 0 ? {} : { nanos: this.nanos }) };
    },
  });
}

export function newProtoTime(name: 'Duration' | 'Timestamp', seconds: Long, nanos: number): ProtoTime {
  return Object.assign(Object.create(timePrototypes[name]), { seconds, nanos });
}

const EventTypeEnum = enumeration(
  '',
  Object.fromEntries(Object.values(EVENTS).map(({ jsonType, number }) => [jsonType, number])),
);

const HistoryEventSchema = message('HistoryEvent', {
  eventId: i64,
  eventTime: time,
  eventType: EventTypeEnum,
  version: i64,
  taskId: i64,
  workerMayIgnore: bool,
  userMetadata: UserMetadataSchema,
  eventGroupMarkers: list(EventGroupMarkerSchema),
  ...Object.fromEntries(Object.values(EVENTS).map(({ member, schema }) => [member, schema])),
});

const HistorySchema = message('History', { events: list(HistoryEventSchema) });

export const newHistoryEvent = (): ProtoObject => newProtoMessage(HistoryEventSchema);
export const newHistory = (): ProtoObject => newProtoMessage(HistorySchema);
