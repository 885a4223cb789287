import { describe, expect, test } from 'vitest';
import { engine } from '../../src/engine/engine.ts';
import { assertNever, InvariantError } from '../../src/engine/errors.ts';
import { ENGINE_FLAGS } from '../../src/engine/flags.ts';
import { MinHeap } from '../../src/engine/heap.ts';
import { estimateBytes, eventBytes, utf8Bytes } from '../../src/engine/size.ts';
import type { EventType, HistoryEvent } from '../../src/sdk/common/wire/events.ts';
import { activity, args, byToken, command, complete, given, Host, json, timer } from './support/host.ts';

/** A history of a run with one of everything open, and what it takes to append to it. */
function stored() {
  const host = given(
    activity(),
    timer('1', 5_000),
    command('StartChildWorkflowExecution', { workflowId: 'kid', workflowType: { name: 'kid' } }),
    command('SignalExternalWorkflowExecution', { execution: { workflowId: 'x' }, signalName: 's' }),
  );
  return { host, run: host.stored(host.run.runId) };
}

function foldWith(eventType: EventType | string, attributes: object, eventId = 9) {
  const { run } = stored();
  const event = { eventId, eventTime: 0, eventType, attributes } as unknown as HistoryEvent;
  return () =>
    engine.foldRun('default', 'wf-1', {
      ...run,
      batches: [...run.batches, { firstEventId: eventId, events: [event] }],
    });
}

describe('impossible history', () => {
  test('is named by workflow, run and event', () => {
    expect(foldWith('TimerFired', { timerId: '9' })).toThrow(
      new InvariantError(
        { workflowId: 'wf-1', runId: 'id-1' },
        9,
        'TimerFired for timer 9, which is not open',
      ),
    );
    expect(foldWith('TimerFired', { timerId: '9' })).toThrow(/workflow wf-1, run id-1, event 9/);
  });

  test.each([
    ['a gap in event IDs', 'MarkerRecorded', { markerName: 'm' }, 11],
    ['a second start', 'WorkflowExecutionStarted', {}],
    ['a timer started twice', 'TimerStarted', { timerId: '1', startToFireTimeout: 1 }],
    ['a cancel of no timer', 'TimerCanceled', { timerId: '9' }],
    ['an activity ID used twice', 'ActivityTaskScheduled', { activityId: '1', taskQueue: { name: 'q' } }],
    ['a start of no activity', 'ActivityTaskStarted', { scheduledEventId: 6 }],
    ['a result of no activity', 'ActivityTaskCompleted', { scheduledEventId: 6 }],
    ['a cancel of no activity', 'ActivityTaskCancelRequested', { scheduledEventId: 6 }],
    ['a close of no child', 'ChildWorkflowExecutionCompleted', { initiatedEventId: 5 }],
    ['a start of no child', 'ChildWorkflowExecutionStarted', { initiatedEventId: 5, workflowExecution: {} }],
    ['an answer to no signal', 'ExternalWorkflowExecutionSignaled', { initiatedEventId: 5 }],
    ['an answer to no cancel', 'ExternalWorkflowExecutionCancelRequested', { initiatedEventId: 8 }],
    ['a start of no task', 'WorkflowTaskStarted', { scheduledEventId: 5 }],
    ['an end of no task', 'WorkflowTaskCompleted', { scheduledEventId: 5 }],
    ['an unpause without a pause', 'WorkflowExecutionUnpaused', {}],
    ['an admitted update without a request', 'WorkflowExecutionUpdateAdmitted', {}],
    ['an accepted update without a request', 'WorkflowExecutionUpdateAccepted', { protocolInstanceId: 'u' }],
    [
      'a completion of no update',
      'WorkflowExecutionUpdateCompleted',
      { meta: { updateId: 'u' }, outcome: {} },
    ],
    ['an event this engine cannot continue from', 'WorkflowPropertiesModifiedExternally', {}],
  ])('%s throws', (_what, eventType, attributes, eventId = 9) => {
    expect(foldWith(eventType, attributes, eventId)).toThrow(InvariantError);
  });

  test('nothing follows the close', () => {
    const host = given(complete());
    const run = host.stored(host.run.runId);
    const attributes = { markerName: 'm', workflowTaskCompletedEventId: 4 };
    const event: HistoryEvent = { eventId: 6, eventTime: 0, eventType: 'MarkerRecorded', attributes };
    const batches = [...run.batches, { firstEventId: 6, events: [event] }];
    expect(() => engine.foldRun('default', 'wf-1', { ...run, batches })).toThrow(/after the run was closed/);
  });

  test('an event type that nobody knows is not passed over', () => {
    expect(foldWith('SomethingNew', {})).toThrow(/Unexpected/);
    expect(() => assertNever({ odd: true } as never)).toThrow('Unexpected {"odd":true}');
  });

  test('events that only carry information fold without effect', () => {
    expect(foldWith('WorkflowExecutionTimeSkippingTransitioned', {})).not.toThrow();
  });

  test('storage that contradicts history throws', () => {
    const { run } = stored();
    const fold = (more: object) => () => engine.foldRun('default', 'wf-1', { ...run, ...more });
    expect(fold({ batches: [] })).toThrow(/no history/);
    expect(fold({ batches: [{ firstEventId: 1, events: [] }] })).toThrow(/empty batch/);
    expect(
      fold({
        batches: [{ firstEventId: 1, events: [{ eventId: 1, eventType: 'TimerFired', attributes: {} }] }],
      }),
    ).toThrow(/history begins with/);
    expect(fold({ activityRows: [{ scheduledEventId: 6, data: {} }] })).toThrow(/no open activity/);
    const noted = [...run.batches].map((batch) => ({
      ...batch,
      notes: { admitted: [6], at: 0, identity: 'w' },
    }));
    expect(fold({ batches: noted })).toThrow(/no open activity/);
  });

  test('a turn is finished once, and only executions of this engine are taken', () => {
    const host = given();
    const turn = engine.beginTurn(host.execution, host.context);
    turn.finish();
    expect(() => turn.finish()).toThrow(InvariantError);
    expect(() =>
      engine.beginTurn({ namespace: 'a', workflowId: 'b', current: undefined }, host.context),
    ).toThrow(TypeError);
  });

  test('a turn in which nothing moved commits nothing', () => {
    const host = given();
    const turn = engine.beginTurn(host.execution, host.context);
    turn.fireDeadlines();
    turn.admitActivities(5);
    expect(turn.finish()).toEqual([]);
  });
});

describe('folding an execution', () => {
  test('activities admitted in a turn without events get rows, since notes only come with events', () => {
    const host = given(activity());
    host.admit();
    expect(host.written.activities).toBe(1);
    host.reload();
    expect(host.run.startedActivities.size).toBe(1);
  });

  test('an admission and the end of its attempt in one turn leave nothing to store', () => {
    const host = given(activity());
    host.turn((turn) => {
      const [task] = turn.admitActivities(1);
      if (task) turn.apply({ kind: 'ActivityCompleted', activity: byToken(task), result: args(1) });
    });
    expect(host.written.activities).toBe(0);
  });

  test('no flag changes folding yet', () => {
    expect(ENGINE_FLAGS).toEqual([]);
  });

  test('reloading an execution that never began is no work', () => {
    const host = new Host();
    host.reload();
    expect(host.execution.current).toBeUndefined();
  });
});

describe('small parts', () => {
  test('the heap gives out by time, equal times by rank', () => {
    const heap = new MinHeap<{ time: number; rank: number }>();
    expect(heap.pop()).toBeUndefined();
    const items = Array.from({ length: 200 }, (_, index) => ({ time: (index * 7_919) % 50, rank: index }));
    for (const item of items) heap.push(item);
    expect(heap.size).toBe(200);
    const out = Array.from({ length: 200 }, () => heap.pop());
    expect(out).toEqual([...items].sort((a, b) => a.time - b.time || a.rank - b.rank));
  });

  test('sizes count contents: texts, bytes, numbers, nesting', () => {
    expect(estimateBytes(null)).toBe(0);
    expect(estimateBytes(undefined)).toBe(0);
    expect(estimateBytes(true)).toBe(1);
    expect(estimateBytes({ a: 'xyz', b: [new Uint8Array(5)], c: 1, d: undefined })).toBe(
      3 + 2 + 5 + 2 + 2 + 4 + 2,
    );
    const event: HistoryEvent = {
      eventId: 1,
      eventTime: 0,
      eventType: 'TimerFired',
      attributes: { timerId: '1' },
    };
    expect(eventBytes({ ...event, userMetadata: { summary: json('long summary') } })).toBeGreaterThan(
      eventBytes(event),
    );
  });

  test('UTF-8 lengths are those of the encoder', () => {
    for (const text of ['', 'abc', 'ü', '漢字', '𝒳a', 'aé漢𝒳'])
      expect(utf8Bytes(text)).toBe(new TextEncoder().encode(text).byteLength);
  });
});
