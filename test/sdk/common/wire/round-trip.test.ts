import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../../src/sdk/common/wire/commands.ts';
import { EVENTS, type EventType, type HistoryEvent } from '../../../../src/sdk/common/wire/events.ts';
import { eventFromJson, eventToJson, fromJson, toJson } from '../../../../src/sdk/common/wire/json.ts';
import { historyFromProto, historyToProto } from '../../../../src/sdk/common/wire/proto-shape.ts';
import * as requests from '../../../../src/sdk/common/wire/requests.ts';
import type { FieldMap, MessageField } from '../../../../src/sdk/common/wire/schema.ts';
import { messageOf } from './arbitrary.ts';

const isMessage = (value: unknown): value is MessageField<FieldMap> =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'message';

const requestSchemas = Object.entries(requests).flatMap(([name, value]) =>
  isMessage(value) ? [[name, value] as const] : [],
);
const eventTypes = Object.keys(EVENTS) as EventType[];
const runs = { numRuns: 15 };

/** Through text, as over the network. */
const transmit = (json: unknown): unknown => JSON.parse(JSON.stringify(json));

describe('round trips through JSON', () => {
  it.each(requestSchemas)('%s comes back as it was', (_name, schema) => {
    fc.assert(
      fc.property(messageOf(schema), (message) => {
        expect(
          fromJson(schema, transmit(toJson(schema, message)), { strict: true, refuseUnknown: true }),
        ).toEqual(message);
      }),
      runs,
    );
  });

  it.each(Object.entries(COMMANDS))('the attributes of %s come back as they were', (_name, { schema }) => {
    const wide: MessageField<FieldMap> = schema;
    fc.assert(
      fc.property(messageOf(wide), (message) => {
        expect(fromJson(wide, transmit(toJson(wide, message)), { strict: true })).toEqual(message);
      }),
      runs,
    );
  });

  it.each(eventTypes)('a %s event comes back as it was', (eventType) => {
    const event = eventArbitrary(eventType);
    fc.assert(
      fc.property(event, (value) => {
        expect(eventFromJson(transmit(eventToJson(value)))).toEqual(value);
      }),
      runs,
    );
  });
});

function eventArbitrary(eventType: EventType): fc.Arbitrary<HistoryEvent> {
  return fc
    .record({
      eventId: fc.integer({ min: 1, max: 60_000 }),
      eventTime: fc.integer({ min: 0, max: 4_000_000_000_000 }),
      eventType: fc.constant(eventType),
      attributes: messageOf(EVENTS[eventType].schema),
    })
    .map((event) => event as unknown as HistoryEvent);
}

/** In protobuf an empty map is one that is not set. */
function withoutEmptyMetadata(event: HistoryEvent): unknown {
  return JSON.parse(JSON.stringify(eventToJson(event)), (key, value: unknown) =>
    key === 'metadata' && JSON.stringify(value) === '{}' ? undefined : value,
  );
}

describe('round trips through the shape of protobuf objects', () => {
  it.each(eventTypes)('a %s event comes back as it was', (eventType) => {
    fc.assert(
      fc.property(eventArbitrary(eventType), (event) => {
        const [back] = historyFromProto(historyToProto([event]));
        // Fractions of a millisecond pass through nanoseconds: compare what JSON shows.
        expect(back && withoutEmptyMetadata(back)).toEqual(withoutEmptyMetadata(event));
      }),
      runs,
    );
  });
});
