/** Links of events: given what a request came of, then the event that it leads to says so, wherever it is kept or shown. */
import { describe, expect, it } from 'vitest';
import { decodeBatch, encodeBatch } from '../../src/objects/storage/batch-codec.ts';
import type { HistoryEvent } from '../../src/sdk/common/wire/events.ts';
import { eventFromJson, eventToJson } from '../../src/sdk/common/wire/json.ts';
import type { Link } from '../../src/sdk/common/wire/links.ts';
import { historyFromProto, historyToProto } from '../../src/sdk/common/wire/proto-shape.ts';
import { complete, Host } from './support/host.ts';

const caller: Link = {
  workflowEvent: {
    namespace: 'callers',
    workflowId: 'caller',
    runId: 'r',
    eventRef: { eventId: 5, eventType: 'NEXUS_OPERATION_SCHEDULED' },
  },
};
const job: Link = { batchJob: { jobId: 'job' } };
const linksOf = ({ links }: HistoryEvent) => links;

function linked(): Host {
  const host = new Host();
  host.start({ links: [caller, job] });
  host.signal('seen', { links: [job] });
  host.beginTask();
  host.signal('buffered', { links: [caller] });
  host.reload();
  host.endTask();
  return host;
}

describe('links of events', () => {
  it('NXS-26: stand with starts and signals, also with those that were buffered', () => {
    const host = linked();
    const found = (eventType: HistoryEvent['eventType']) =>
      host.history().flatMap((event) => (event.eventType === eventType ? [event.links] : []));
    expect(found('WorkflowExecutionStarted')).toEqual([[caller, job]]);
    expect(found('WorkflowExecutionSignaled')).toEqual([[job], [caller]]);
    expect(found('WorkflowTaskScheduled').every((links) => links === undefined)).toBe(true);
  });

  it('NXS-26: of signal-with-start, both events have them', () => {
    const host = new Host();
    const request = { workflowType: 'greet', taskQueue: 'orders', signalName: 'hi', links: [caller] };
    host.turn((turn) => turn.signalWithStart(request));
    expect(host.history().slice(0, 2).map(linksOf)).toEqual([[caller], [caller]]);
  });

  it('count as bytes of history', () => {
    const plain = new Host();
    plain.start();
    const host = new Host();
    host.start({ links: [caller] });
    expect(host.run.historyBytes).toBeGreaterThan(plain.run.historyBytes);
  });

  it('stay with what a reset copies and repeats, and are no links of the next run of a chain', () => {
    const host = linked();
    const base = host.history();
    const point = base.findIndex(({ eventType }) => eventType === 'WorkflowTaskCompleted') + 1;
    host.turn((turn) => turn.reset({ workflowTaskFinishEventId: point, requestId: 'again' }, base));
    expect(host.history().flatMap((event) => event.links ?? [])).toEqual([caller, job, job, caller]);
    const retried = new Host();
    retried.start({ links: [caller], cronSchedule: '* * * * *' });
    retried.advance(60_000);
    retried.task(complete());
    expect(retried.history()[0]).toMatchObject({ attributes: { initiator: 'CRON_SCHEDULE' } });
    expect(retried.history()[0]?.links).toBeUndefined();
  });

  it('are kept in storage, in JSON and in the shape of protobuf objects', () => {
    const events = linked().history();
    const { bytes } = encodeBatch({ firstEventId: 1, events });
    expect(decodeBatch(1, bytes, () => new Uint8Array()).events).toEqual(events);
    const json = events.map((event) => JSON.parse(JSON.stringify(eventToJson(event))) as object);
    expect(json[0]).toMatchObject({
      links: [
        { workflowEvent: { eventRef: { eventId: '5', eventType: 'EVENT_TYPE_NEXUS_OPERATION_SCHEDULED' } } },
        {},
      ],
    });
    expect(json.map((event) => linksOf(eventFromJson(event)))).toEqual(events.map(linksOf));
    expect(historyFromProto(historyToProto(events)).map(linksOf)).toEqual(events.map(linksOf));
  });
});
