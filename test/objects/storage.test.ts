import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RunBatch, RunChanges, RunSummary } from '../../src/engine/api.ts';
import { SCHEMA_VERSION, StateKind } from '../../src/objects/storage/schema.ts';
import { ExecutionStore } from '../../src/objects/storage/storage.ts';
import { StorageLimitError } from '../../src/objects/storage/storage-limits.ts';
import { PART_BYTES } from '../../src/objects/storage/storage-parts.ts';
import type { HistoryEvent } from '../../src/sdk/common/wire/events.ts';
import { MemoryStorage } from './support/memory-storage.ts';

const summary: RunSummary = {
  runId: 'run-1',
  firstExecutionRunId: 'run-1',
  status: 'RUNNING',
  startTime: 1000,
  visibilityVersion: 1,
  visibilityConfirmed: 0,
  requestIds: [{ requestId: 'request-1', started: true }],
};

function timerFired(eventId: number, timerId = `${eventId}`): HistoryEvent {
  return {
    eventId,
    eventTime: 1000 + eventId,
    eventType: 'TimerFired',
    attributes: { timerId, startedEventId: 1 },
  };
}

function signaled(eventId: number, bytes: number): HistoryEvent {
  const encoding = new TextEncoder().encode('binary/plain');
  const data = new Uint8Array(bytes).map((_, index) => index % 251);
  const input = { payloads: [{ metadata: { encoding }, data }] };
  return {
    eventId,
    eventTime: 1000,
    eventType: 'WorkflowExecutionSignaled',
    attributes: { signalName: 's', input },
  };
}

/** Comparing megabytes one number at a time takes seconds. */
function digests(events: readonly HistoryEvent[]): string[] {
  return events.map((event) =>
    createHash('sha256')
      .update(
        JSON.stringify(event, (_, value) =>
          value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
        ),
      )
      .digest('hex'),
  );
}

function changes(batch?: RunBatch, more: Partial<RunChanges> = {}): RunChanges[] {
  const base: RunChanges = { runSeq: 1, runId: 'run-1', activityRows: [], activityRowsDeleted: [], ...more };
  return [batch === undefined ? base : { ...base, batch }];
}

function opened() {
  const storage = new MemoryStorage();
  const store = new ExecutionStore(storage);
  storage.transaction(() => {
    store.create({ namespace: 'default', workflowId: 'w', retentionMs: 5000 });
    store.commit(changes(undefined, { summary }));
  });
  return { storage, store, again: () => new ExecutionStore(storage) };
}

describe('storage: batches', () => {
  it('gives back the events and notes of every turn, in order', () => {
    const { store, again } = opened();
    store.commit(changes({ firstEventId: 1, events: [timerFired(1), timerFired(2)] }));
    store.commit(changes({ firstEventId: 3, events: [timerFired(3)], notes: { admitted: [2] } }));
    const reader = again();
    reader.open();
    const row = reader.runs.latest();
    expect(row?.summary).toEqual(summary);
    expect([...(row ? reader.load(row).batches : [])]).toEqual([
      { firstEventId: 1, events: [timerFired(1), timerFired(2)] },
      { firstEventId: 3, events: [timerFired(3)], notes: { admitted: [2] } },
    ]);
  });

  it('keeps notes without events apart from the batch that begins at the same event', () => {
    const { store, again } = opened();
    store.commit(changes({ firstEventId: 1, events: [timerFired(1)] }));
    store.commit(changes({ firstEventId: 2, events: [], notes: 'first' }));
    store.commit(changes({ firstEventId: 2, events: [], notes: 'second' }));
    const later = again();
    later.commit(changes({ firstEventId: 2, events: [timerFired(2)] }));
    expect(
      later.history.all(1).map((batch) => [batch.firstEventId, batch.events.length, batch.notes]),
    ).toEqual([
      [1, 1, undefined],
      [2, 0, 'first'],
      [2, 0, 'second'],
      [2, 1, undefined],
    ]);
  });

  it('writes one row for a turn', () => {
    const { storage, store } = opened();
    const before = storage.rowsWritten;
    store.commit(changes({ firstEventId: 1, events: [timerFired(1), signaled(2, 30_000)] }));
    expect(storage.rowsWritten - before).toBe(1);
  });

  it('gives payload bytes above 64 KB rows of their own, in parts above 1.5 MB', () => {
    const { storage, store, again } = opened();
    const events = [signaled(1, 70_000), signaled(2, 2_097_152), signaled(3, 10)];
    const before = storage.rowsWritten;
    store.commit(changes({ firstEventId: 1, events }));
    expect(storage.rowsWritten - before).toBe(1 + 1 + 2);
    expect(digests(again().history.events(1, 1, 3))).toEqual(digests(events));
  });

  it('splits a batch above 1.5 MB over rows and joins it again', () => {
    const { store, again } = opened();
    const events = Array.from({ length: 40 }, (_, index) => signaled(index + 1, 64_000));
    store.commit(changes({ firstEventId: 1, events }));
    store.commit(changes({ firstEventId: 41, events: [timerFired(41)] }));
    const reader = again();
    expect(digests(reader.history.events(1, 1, 100))).toEqual(digests([...events, timerFired(41)]));
    expect(digests(reader.history.events(1, 7, 8))).toEqual(digests(events.slice(6, 8)));
  });
});

describe('storage: state that changes without an event', () => {
  it('replaces, shrinks and deletes rows, also those of several parts', () => {
    const { storage, store, again } = opened();
    const large = { details: new Uint8Array(PART_BYTES * 2) };
    store.commit(
      changes(undefined, { activityRows: [{ scheduledEventId: 5, data: large }], volatile: { attempt: 1 } }),
    );
    store.commit(changes(undefined, { activityRows: [{ scheduledEventId: 5, data: { attempt: 2 } }] }));
    const reader = again();
    const run = reader.runs.latest();
    const stored = run && reader.load(run);
    expect([...(stored?.activityRows ?? [])]).toEqual([{ scheduledEventId: 5, data: { attempt: 2 } }]);
    expect(stored?.volatile).toEqual({ attempt: 1 });
    reader.commit(changes(undefined, { activityRowsDeleted: [5], volatile: null }));
    expect(storage.exec('SELECT * FROM state')).toEqual([]);
  });

  it('leaves no part behind when a smaller value is written by a later instance', () => {
    const { store, storage, again } = opened();
    store.state.write(1, StateKind.Volatile, 0, { bytes: new Uint8Array(PART_BYTES * 2) });
    const later = again();
    const row = later.runs.latest();
    if (row) later.load(row);
    later.state.write(1, StateKind.Volatile, 0, { small: true });
    expect(storage.exec<{ n: number }>('SELECT count(*) AS n FROM state')).toEqual([{ n: 1 }]);
    expect(later.state.read(1, StateKind.Volatile, 0)).toEqual({ small: true });
  });
});

describe('storage: what one statement writes', () => {
  const row = (bytes: number) => ({ scheduledEventId: 5, data: { details: new Uint8Array(bytes) } });
  const batch = { firstEventId: 1, events: [timerFired(1)] };

  it.each<[string, RunChanges[], boolean]>([
    ['a batch', changes(batch), true],
    ['a batch with a large payload', changes({ firstEventId: 1, events: [signaled(1, 70_000)] }), false],
    ['the row of an activity', changes(undefined, { activityRows: [row(10)] }), true],
    ['an activity of two parts', changes(undefined, { activityRows: [row(PART_BYTES + 1)] }), false],
    [
      'two activities',
      changes(undefined, { activityRows: [row(1), { ...row(1), scheduledEventId: 6 }] }),
      false,
    ],
    ['a batch and an activity', changes(batch, { activityRows: [row(1)] }), false],
    ['a row that goes', changes(undefined, { activityRowsDeleted: [5] }), false],
    ['a summary', changes(batch, { summary }), false],
    ['nothing', changes(), false],
  ])('%s: %#', (_, written, isOne) => {
    const { storage, store } = opened();
    store.state.write(1, StateKind.Activity, 7, {});
    expect(store.isOneRow(written)).toBe(isOne);
    // `MemoryStorage` refuses more than one statement in what says that it is one.
    storage.transaction(() => store.commit(written), store.isOneRow(written));
  });

  it('is more than one where the table of the row is still to be made, by this instance or a later one', () => {
    const { storage, store, again } = opened();
    const written = changes(undefined, { activityRows: [row(1)] });
    expect([store.isOneRow(written), again().isOneRow(written)]).toEqual([false, false]);
    store.commit(changes(undefined, { activityRowsDeleted: [5], volatile: null }));
    expect(storage.exec("SELECT 1 FROM sqlite_master WHERE name = 'state'")).toEqual([]);
    store.commit(written);
    expect([store.isOneRow(written), again().isOneRow(written)]).toEqual([true, true]);
  });

  it('is more than one where a row of several parts becomes one', () => {
    const { store } = opened();
    store.commit(changes(undefined, { activityRows: [row(PART_BYTES + 1)] }));
    expect(store.isOneRow(changes(undefined, { activityRows: [row(1)] }))).toBe(false);
  });

  it('is what was looked at last, and no earlier value', () => {
    const { store } = opened();
    store.isOneRow(changes(undefined, { activityRows: [row(3)] }));
    store.commit(changes(undefined, { activityRows: [row(7)] }));
    expect(store.state.read(1, StateKind.Activity, 5)).toEqual(row(7).data);
  });
});

describe('storage: schema version', () => {
  it('writes its version with the first commit and opens that state again', () => {
    const { storage, again } = opened();
    expect(storage.exec('SELECT schema_version FROM meta')).toEqual([{ schema_version: SCHEMA_VERSION }]);
    expect(again().open()).toEqual({ namespace: 'default', workflowId: 'w', retentionMs: 5000 });
    expect(new ExecutionStore(new MemoryStorage()).open()).toBeUndefined();
  });

  it('refuses state of a newer release, naming both versions', () => {
    const { storage, again } = opened();
    storage.exec('UPDATE meta SET schema_version = ?', SCHEMA_VERSION + 1);
    expect(() => again().open()).toThrow(`version ${SCHEMA_VERSION + 1}`);
  });
});

describe('storage: limits of the platform', () => {
  it('refuses a value above 2,000,000 bytes, text counted in bytes', () => {
    const storage = new MemoryStorage();
    storage.exec('CREATE TABLE t (v)');
    storage.exec('INSERT INTO t VALUES (?)', new Uint8Array(2_000_000));
    expect(() => storage.exec('INSERT INTO t VALUES (?)', new Uint8Array(2_000_001))).toThrow(
      StorageLimitError,
    );
    expect(() => storage.exec('INSERT INTO t VALUES (?)', 'ä'.repeat(1_000_001))).toThrow('2000002');
  });

  it('refuses more than 100 bindings', () => {
    const storage = new MemoryStorage();
    expect(() => storage.exec('SELECT 1', ...Array.from({ length: 101 }, () => 1))).toThrow('100 values');
  });
});
