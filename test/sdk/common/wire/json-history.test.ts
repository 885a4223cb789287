import { describe, expect, it } from 'vitest';
import type { HistoryEvent } from '../../../../src/sdk/common/wire/events.ts';
import { EVENTS } from '../../../../src/sdk/common/wire/events.ts';
import { historyFromJson, historyToJson } from '../../../../src/sdk/common/wire/json.ts';
import {
  historyFromProto,
  historyToProto,
  isProtoHistory,
} from '../../../../src/sdk/common/wire/proto-shape.ts';
import activity from './histories/activity.json' with { type: 'json' };
import timerAndSignal from './histories/timer-and-signal.json' with { type: 'json' };

const histories = [
  ['an activity with a retry', activity],
  ['a timer and a signal', timerAndSignal],
] as const;

/** Task IDs are ours, and whole seconds are written without a fraction. */
function comparable(history: { events: readonly object[] }): unknown {
  return JSON.parse(JSON.stringify(history), (key, value: unknown) => {
    if (key === 'taskId') return undefined;
    return typeof value === 'string' ? value.replace(/\.000Z$/, 'Z') : value;
  });
}

describe('histories as JSON', () => {
  it.each(histories)('%s reads and writes to equal JSON, members in the same order', (_name, history) => {
    const written = historyToJson(historyFromJson(history));
    expect(JSON.stringify(comparable(written))).toBe(JSON.stringify(comparable(history)));
  });

  it('task IDs grow with event IDs', () => {
    const ids = historyToJson(historyFromJson(activity)).events.map((event) => Number(event.taskId));
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('reads an event in memory form', () => {
    expect(historyFromJson(timerAndSignal)[4]).toEqual({
      eventId: 5,
      eventTime: Date.parse('2026-01-05T10:00:00.020Z'),
      eventType: 'TimerStarted',
      attributes: { timerId: '1', startToFireTimeout: 3_600_000, workflowTaskCompletedEventId: 4 },
    });
  });

  it.each([
    ['camelCase short names', { eventType: 'TimerFired', timerFiredEventAttributes: { timerId: 'a' } }],
    ['numbers', { eventType: 18, timerFiredEventAttributes: { timerId: 'a' } }],
    ['snake_case', { event_type: 'EVENT_TYPE_TIMER_FIRED', timer_fired_event_attributes: { timer_id: 'a' } }],
  ])('reads old and foreign forms: %s', (_name, event) => {
    expect(historyFromJson({ events: [{ eventId: 1, ...event }] })).toMatchObject([
      { eventType: 'TimerFired', attributes: { timerId: 'a' } },
    ]);
  });

  it('reads enums of old histories', () => {
    const started = { taskQueue: { name: 'q', kind: 'Normal' }, initiator: 'CronSchedule' };
    const [event] = historyFromJson({
      events: [
        {
          eventId: 1,
          eventType: 'WorkflowExecutionStarted',
          workflowExecutionStartedEventAttributes: started,
        },
      ],
    });
    expect(event?.attributes).toMatchObject({
      taskQueue: { name: 'q', kind: 'NORMAL' },
      initiator: 'CRON_SCHEDULE',
    });
  });

  it('reads the answer of a history call', () => {
    expect(historyFromJson({ history: activity, nextPageToken: 'x' })).toHaveLength(11);
    expect(historyFromJson({ history: {} })).toEqual([]);
    expect(historyFromJson({})).toEqual([]);
  });

  it('names the place of a fault', () => {
    const events = [
      { eventId: 1, eventType: 'TimerFired' },
      { eventId: 2, eventTime: 'noon', eventType: 'TimerFired' },
    ];
    expect(() => historyFromJson({ events })).toThrow('events[1].eventTime: expected a time such as');
    expect(() => historyFromJson([], { path: 'history' })).toThrow(
      'history: expected a history, {"events": [...]}',
    );
    expect(() => historyFromJson({ events: {} })).toThrow('events: expected an array, got an object');
  });

  it('refuses an event of an unknown type (NDE-7)', () => {
    expect(() => historyFromJson({ events: [{ eventId: 1, eventType: 'EVENT_TYPE_LATER' }] })).toThrow(
      'events[0].eventType: unknown event type "EVENT_TYPE_LATER"; only one marked workerMayIgnore can be passed over',
    );
    expect(() => historyFromJson({ events: [{ eventId: 1 }] })).toThrow('events[0].eventType: no event type');
  });

  it('keeps an event of an unknown type that may be ignored (NDE-7)', () => {
    const event = {
      eventId: '1',
      eventTime: '2026-01-05T10:00:00Z',
      eventType: 'EVENT_TYPE_LATER',
      workerMayIgnore: true,
      laterEventAttributes: { what: 'ever' },
    };
    const [read] = historyFromJson({ events: [event] });
    expect(read).toMatchObject({ eventId: 1, eventType: 'EVENT_TYPE_LATER', workerMayIgnore: true });
    expect(comparable(historyToJson(read ? [read] : []))).toEqual({ events: [event] });
  });

  it('keeps user metadata', () => {
    const metadata = { encoding: new TextEncoder().encode('json/plain') };
    const event: HistoryEvent = {
      eventId: 1,
      eventTime: 0,
      eventType: 'TimerFired',
      attributes: { timerId: '1' },
      userMetadata: { summary: { metadata, data: new TextEncoder().encode('"nap"') } },
    };
    expect(historyFromJson(historyToJson([event]))).toEqual([event]);
  });
});

describe('histories in the shape of protobuf objects', () => {
  it.each(histories)('%s comes back as it was', (_name, history) => {
    const events = historyFromJson(history);
    expect(historyFromProto(historyToProto(events))).toEqual(events);
  });

  it('has Longs, numbers for enums, and seconds with nanos', () => {
    const { events } = historyToProto(historyFromJson(timerAndSignal));
    const timer = events[4];
    expect(timer?.eventType).toBe(17);
    expect(timer?.eventId?.toNumber()).toBe(5);
    expect(timer?.eventTime?.nanos).toBe(20_000_000);
    expect(timer?.timerStartedEventAttributes?.startToFireTimeout?.seconds.toNumber()).toBe(3600);
    expect(timer?.timerStartedEventAttributes?.workflowTaskCompletedEventId?.toNumber()).toBe(4);
    expect(events[0]?.workflowExecutionStartedEventAttributes?.taskQueue?.kind).toBe(1);
  });

  it('is told from JSON', () => {
    expect(isProtoHistory(historyToProto(historyFromJson(activity)))).toBe(true);
    expect(isProtoHistory(activity)).toBe(false);
    expect(isProtoHistory(undefined)).toBe(false);
  });

  it('takes zero for what is not set, as protobuf objects show it', () => {
    const started = { scheduledEventId: 2, identity: '', suggestContinueAsNew: false, requestId: null };
    const event = { eventId: 3, eventType: 6, workflowTaskStartedEventAttributes: started };
    expect(historyFromProto({ events: [event] })[0]?.attributes).toEqual({ scheduledEventId: 2 });
  });

  it('names the place of a fault', () => {
    const event = { eventId: 3, eventType: 6, workflowTaskStartedEventAttributes: { scheduledEventId: 'x' } };
    expect(() => historyFromProto({ events: [event] })).toThrow(
      'events[0].workflowTaskStartedEventAttributes.scheduledEventId: expected a Long or an integer, got "x"',
    );
    expect(() => historyFromProto({ events: [{ eventType: 99 }] })).toThrow('events[0].eventType');
  });
});

describe('the table of events', () => {
  it('has one number, one JSON name and one member per type, all of one stem', () => {
    const definitions = Object.entries(EVENTS);
    expect(new Set(definitions.map(([, definition]) => definition.number)).size).toBe(definitions.length);
    for (const [type, { jsonType, member }] of definitions) {
      expect(member).toBe(`${type[0]?.toLowerCase()}${type.slice(1)}EventAttributes`);
      expect(jsonType).toBe(`EVENT_TYPE${type.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`);
    }
  });
});
