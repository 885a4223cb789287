import { describe, expect, test } from 'vitest';
import { decodeBatch, encodeBatch } from '../../src/objects/storage/batch-codec.ts';
import type { Command } from '../../src/sdk/common/wire/commands.ts';
import type { WireEventGroupMarker } from '../../src/sdk/common/wire/event-groups.ts';
import type { HistoryEvent } from '../../src/sdk/common/wire/events.ts';
import { eventFromJson, eventToJson } from '../../src/sdk/common/wire/json.ts';
import { historyFromProto, historyToProto } from '../../src/sdk/common/wire/proto-shape.ts';
import { args, Host } from './support/host.ts';

const group = (id: string): WireEventGroupMarker[] => {
  const [label] = args(`Group ${id}`).payloads ?? [];
  return [{ label: { id, ...(label && { label }) } }];
};
const timer = (timerId: string, more: Partial<Command> = {}) =>
  ({ commandType: 'StartTimer', attributes: { timerId, startToFireTimeout: 1000 }, ...more }) as Command;

function played(): Host {
  const host = new Host();
  host.start();
  host.task(
    timer('1', { eventGroupMarkers: group('a') }),
    timer('2'),
    {
      commandType: 'RecordMarker',
      attributes: { markerName: 'note' },
      eventGroupMarkers: group('b'),
    },
    {
      commandType: 'CompleteWorkflowExecution',
      attributes: {},
      eventGroupMarkers: group('c'),
    },
  );
  return host;
}

describe('event groups', () => {
  test('LOG-6: the event of a command belongs to its groups, and no other event does', () => {
    const host = played();
    const found = host
      .history()
      .filter(({ eventGroupMarkers }) => eventGroupMarkers !== undefined)
      .map(({ eventType, eventGroupMarkers }) => [eventType, eventGroupMarkers?.[0]?.label?.id]);
    expect(found).toEqual([
      ['TimerStarted', 'a'],
      ['MarkerRecorded', 'b'],
      ['WorkflowExecutionCompleted', 'c'],
    ]);
  });

  test('they are kept in storage, in JSON and in the shape of protobuf objects', () => {
    const events = played().history();
    const { bytes } = encodeBatch({ firstEventId: 1, events });
    const external = () => new Uint8Array();
    expect(decodeBatch(1, bytes, external).events).toEqual(events);
    const json = events.map((event) => JSON.parse(JSON.stringify(eventToJson(event))) as object);
    const groupsOf = ({ eventGroupMarkers }: HistoryEvent) => eventGroupMarkers;
    expect(json.map((event) => groupsOf(eventFromJson(event)))).toEqual(events.map(groupsOf));
    expect(JSON.stringify(json)).toContain('"eventGroupMarkers"');
    expect(historyFromProto(historyToProto(events)).map(groupsOf)).toEqual(events.map(groupsOf));
  });
});
