/** Histories that outlive their runs: what is archived, when, and what is left of what is erased. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { StartWorkflowRequest } from '../../src/engine/requests.ts';
import { createHistoryArchive, type HistoryArchive } from '../../src/objects/archive/history-archive.ts';
import { storedElsewhere } from '../../src/objects/archive/stored-elsewhere.ts';
import { defaultNamespace } from '../../src/objects/namespace/namespace-record.ts';
import { toReference } from '../../src/sdk/common/converter/external-payloads.ts';
import { PAYLOAD_DRIVER } from '../../src/sdk/common/converter/payload-storage.ts';
import { bucketKey, newPayloadId } from '../../src/sdk/common/payload-bucket.ts';
import type { Command } from '../../src/sdk/common/wire/commands.ts';
import type { HistoryEvent } from '../../src/sdk/common/wire/events.ts';
import { eventToJson } from '../../src/sdk/common/wire/json.ts';
import { MemoryBucket } from '../../src/sdk/testing/server/memory-bucket.ts';
import { complete, untilSignals } from './support/deciders.ts';
import { start, World, type WorldObject } from './support/world.ts';

const WORKFLOW = { namespace: 'default', workflowId: 'w' };
const RUN = { closeTime: 7, runSeq: 1 };
const BEYOND_RETENTION = 80 * 3_600_000;

let archived: MemoryBucket;
let payloads: MemoryBucket;
let archive: HistoryArchive;
let isArchived: boolean;
/** When payloads are stored. */
let uploadedAt: number;

beforeEach(() => {
  archived = new MemoryBucket();
  payloads = new MemoryBucket(() => uploadedAt);
  uploadedAt = Date.UTC(2026, 0, 1);
  archive = createHistoryArchive(archived);
  isArchived = true;
});

function worldOf(
  decide: ConstructorParameters<typeof World>[0]['decide'],
  buckets = { archive: archived, payloads },
) {
  return new World({
    decide,
    stubs: {
      namespaceSettings: async () => ({ ...defaultNamespace('id', 0), ...(isArchived && { isArchived }) }),
      elsewhere: storedElsewhere(buckets as typeof buckets & { archive: MemoryBucket }),
    },
  });
}

const eventsOf = async (runId?: string): Promise<HistoryEvent[] | undefined> => {
  const found = await archive.find(WORKFLOW, runId);
  if (found === undefined) return undefined;
  const events: HistoryEvent[] = [];
  for await (const { event } of found.events) events.push(event);
  return events;
};

const isEmpty = (object: WorldObject): boolean =>
  object.storage.exec("SELECT name FROM sqlite_master WHERE type = 'table'").length === 0 &&
  object.alarmAt === null;

/** Digests are made outside of the world's time. */
async function isErased(world: World): Promise<boolean> {
  for (let rounds = 1; rounds < 1000 && !isEmpty(world.object('w')); rounds++) {
    await world.settle();
    // A large object is erased in parts, alarm by alarm.
    if (rounds % 100 === 0) await world.advance(3_600_000);
  }
  return isEmpty(world.object('w'));
}

async function storePayload(): Promise<string> {
  const key = bucketKey('default', await newPayloadId({ workflowId: 'w' }));
  await payloads.put(key, new Uint8Array(3));
  return key;
}

async function storedId(): Promise<string> {
  const id = await newPayloadId({ workflowId: 'w' });
  await payloads.put(bucketKey('default', id), new Uint8Array(3));
  return id;
}

const reference = (id: string) =>
  toReference({ driverName: PAYLOAD_DRIVER, claimData: { namespace: 'default', id }, sizeBytes: 3 });
const text = (value: string) => new TextEncoder().encode(value);

describe('a namespace with an archive', () => {
  it('keeps the history of a run that is erased, every event of it', async () => {
    const world = worldOf(() => [complete]);
    const object = world.object('w');
    await start(object);
    await world.settle();
    const history = await object.history();
    await world.advance(BEYOND_RETENTION);
    expect(await isErased(world)).toBe(true);
    expect((await eventsOf())?.map((event) => eventToJson(event))).toEqual(
      history.map((event) => eventToJson(event)),
    );
  });

  it('keeps large payloads, which archived histories name', async () => {
    const key = await storePayload();
    const world = worldOf(() => [complete]);
    await start(world.object('w'));
    await world.advance(BEYOND_RETENTION);
    expect(await isErased(world)).toBe(true);
    expect(await payloads.get(key)).not.toBeNull();
  });

  it('erases nothing while the archive is down', async () => {
    const world = worldOf(() => [complete]);
    const object = world.object('w');
    const put = archived.put.bind(archived);
    archived.put = () => Promise.reject(new Error('down'));
    await start(object);
    await world.advance(BEYOND_RETENTION);
    expect(isEmpty(object)).toBe(false);
    expect(world.logs.map(({ message }) => message)).toContain('The alarm failed; it comes again');
    archived.put = put;
    await world.advance(3_600_000);
    expect(await isErased(world)).toBe(true);
    expect((await eventsOf())?.at(-1)?.eventType).toBe('WorkflowExecutionCompleted');
  });

  it('erases nothing where no archive is bound, and says so', async () => {
    const world = worldOf(() => [complete], { payloads } as never);
    const object = world.object('w');
    await start(object);
    await world.advance(BEYOND_RETENTION);
    expect(isEmpty(object)).toBe(false);
    expect(JSON.stringify(world.logs.map(({ attributes }) => String(attributes?.error)))).toContain(
      'under the name ARCHIVE',
    );
  });

  it('keeps each of many runs of a workflow', async () => {
    let runs = 0;
    const world = worldOf(() =>
      ++runs < 45 ? [{ commandType: 'ContinueAsNewWorkflowExecution', attributes: {} }] : [complete],
    );
    await start(world.object('w'));
    await world.advance(120_000);
    await world.advance(BEYOND_RETENTION);
    await world.advance(3_600_000);
    expect(await isErased(world)).toBe(true);
    expect(await archive.count(WORKFLOW)).toBe(45);
    expect((await eventsOf())?.at(-1)?.eventType).toBe('WorkflowExecutionCompleted');
  });
});

describe('what is erased', () => {
  it('VIS-13: leaves no row and no payload after retention, without an archive', async () => {
    isArchived = false;
    const key = await storePayload();
    const world = worldOf(() => [complete]);
    await start(world.object('w'));
    await world.advance(BEYOND_RETENTION);
    expect(await isErased(world)).toBe(true);
    expect(await payloads.get(key)).toBeNull();
    expect(await archive.count(WORKFLOW)).toBe(0);
  });

  it('E3: leaves the payloads of a start that is on its way', async () => {
    const world = worldOf(untilSignals(1), { payloads } as never);
    const object = world.object('w');
    const old = await storePayload();
    await start(object);
    await world.settle();
    uploadedAt = world.now + 1;
    const young = await storePayload();
    await object.core.delete(object.at);
    expect(await isErased(world)).toBe(true);
    expect(await payloads.get(old)).toBeNull();
    expect(await payloads.get(young)).not.toBeNull();
  });

  describe('E3: of large payloads that a workflow has passed on', () => {
    const clientsOnly = {};
    const external = {
      workflowExecution: { workflowId: 'sender', runId: 's' },
      initiatedEventId: 5,
      childWorkflowOnly: false,
      requestId: 's:5',
    };
    const parent = { workflowId: 'p', runId: 'pr' };
    const toParent = {
      parent: { namespace: 'default', execution: parent, initiatedEventId: 5, root: parent },
    };
    const toCallback = { completionCallbacks: [{ nexus: { url: 'https://example.com/', header: {} } }] };
    const toSchedule = {
      searchAttributes: {
        indexedFields: {
          TemporalScheduledById: {
            metadata: { encoding: text('json/plain'), type: text('Keyword') },
            data: text('"nightly"'),
          },
        },
      },
    };
    beforeEach(() => {
      isArchived = false;
    });

    const isKept = async (id: string) => (await payloads.get(bucketKey('default', id))) !== null;

    /** Erased by retention, or by a call. */
    async function erase(world: World, how: 'retention' | 'delete'): Promise<void> {
      const object = world.object('w');
      await world.settle();
      if (how === 'delete') await object.core.delete(object.at);
      await world.advance(how === 'delete' ? 60_000 : BEYOND_RETENTION);
      expect(await isErased(world)).toBe(true);
    }

    it.each([
      // Whose history names the input too.
      ['retention', 'a parent', toParent, { result: true, input: true }],
      ['delete', 'a parent', toParent, { result: true, input: true }],
      ['retention', 'whoever has a callback', toCallback, { result: true, input: false }],
      // Its next run is started with the same input.
      ['retention', 'its schedule', toSchedule, { result: true, input: true }],
      ['retention', 'clients alone', clientsOnly, { result: false, input: false }],
      ['delete', 'clients alone', clientsOnly, { result: false, input: false }],
    ] satisfies [
      how: 'retention' | 'delete',
      who: string,
      request: Partial<StartWorkflowRequest>,
      kept: { result: boolean; input: boolean },
    ][])('%s: the result that %s gets', async (how, _who, request, kept) => {
      const [result, input] = [await storedId(), await storedId()];
      const world = worldOf(() => [
        {
          commandType: 'CompleteWorkflowExecution',
          attributes: { result: { payloads: [reference(result)] } },
        },
      ]);
      await start(world.object('w'), { ...request, input: { payloads: [reference(input)] } });
      await erase(world, how);
      expect({ result: await isKept(result), input: await isKept(input) }).toEqual(kept);
    });

    it.each([
      ['another workflow', { external }, true],
      ['a client', {}, false],
    ])('a signal of %s', async (_who, sender, kept) => {
      const id = await storedId();
      const world = worldOf(untilSignals(1));
      const object = world.object('w');
      await start(object);
      await object.apply({
        kind: 'Signal',
        signalName: 's',
        input: { payloads: [reference(id)] },
        ...sender,
      });
      await erase(world, 'retention');
      expect(await isKept(id)).toBe(kept);
    });

    it('inputs of children and of signals, of runs that were erased earlier too', async () => {
      const ids = await Promise.all([storedId(), storedId(), storedId()]);
      const [ofChild = {}, ofSignal = {}, own = {}] = ids.map((id) => ({ payloads: [reference(id)] }));
      let tasks = 0;
      const world = worldOf((): Command[] => {
        tasks += 1;
        if (tasks === 1) {
          return [
            {
              commandType: 'StartChildWorkflowExecution',
              attributes: {
                workflowId: 'child',
                workflowType: { name: 'test' },
                taskQueue: { name: 'nobody' },
                input: ofChild,
                parentClosePolicy: 'ABANDON',
              },
            },
            {
              commandType: 'SignalExternalWorkflowExecution',
              attributes: { execution: { workflowId: 'other' }, signalName: 's', input: ofSignal },
            },
          ];
        }
        if (tasks === 2) return [];
        if (tasks === 3)
          return [{ commandType: 'ContinueAsNewWorkflowExecution', attributes: { input: own } }];
        return tasks === 4
          ? [
              {
                commandType: 'StartTimer',
                attributes: { timerId: '1', startToFireTimeout: 2 * BEYOND_RETENTION },
              },
            ]
          : [complete];
      });
      await start(world.object('w'));
      await world.advance(BEYOND_RETENTION);
      await world.settle();
      expect(await world.object('w').core.describe(world.object('w').at)).toMatchObject({ ok: true });
      await world.advance(2 * BEYOND_RETENTION);
      await world.advance(BEYOND_RETENTION);
      expect(await isErased(world)).toBe(true);
      expect(await Promise.all(ids.map(isKept))).toEqual([true, true, false]);
    });
  });

  it('END-5: leaves nothing when it was deleted, not in the archive either', async () => {
    const key = await storePayload();
    const world = worldOf(untilSignals(1));
    const object = world.object('w');
    await start(object);
    await world.settle();
    expect(await object.core.delete(object.at)).toMatchObject({ ok: true });
    await world.advance(60_000);
    expect(await isErased(world)).toBe(true);
    expect(await archive.count(WORKFLOW)).toBe(0);
    expect(await payloads.get(key)).toBeNull();
  });
});

describe('the archive', () => {
  const event = (eventId: number, bytes: number): HistoryEvent =>
    ({
      eventId,
      eventTime: eventId,
      eventType: 'WorkflowExecutionSignaled',
      attributes: {
        signalName: 's',
        input: { payloads: [{ data: new Uint8Array(bytes).fill(eventId % 250) }] },
      },
    }) as HistoryEvent;

  const dataOf = (each: HistoryEvent): Uint8Array =>
    each.eventType === 'WorkflowExecutionSignaled'
      ? (each.attributes.input?.payloads?.[0]?.data ?? new Uint8Array())
      : new Uint8Array();

  async function* pages(count: number, bytes: number) {
    for (let eventId = 1; eventId <= count; eventId++) yield [event(eventId, bytes)];
  }

  it('stores a long history in parts, and gives it back as it was', async () => {
    await archive.store({ ...WORKFLOW, ...RUN, runId: 'long' }, pages(40, 700_000));
    const found = await archive.find(WORKFLOW, 'long');
    let count = 0;
    for await (const { event: each } of found?.events ?? []) {
      count += 1;
      // As bytes: a comparison element by element takes a second each.
      expect(Buffer.from(dataOf(each)).equals(dataOf(event(count, 700_000)))).toBe(true);
      expect(each.eventId).toBe(count);
    }
    expect(count).toBe(40);
  });

  it('finds what was archived last, and one run by its ID', async () => {
    for (const [runSeq, runId] of ['first', 'second'].entries())
      await archive.store({ ...WORKFLOW, runId, closeTime: 7, runSeq }, pages(1, 1));
    expect((await archive.find(WORKFLOW))?.runId).toBe('second');
    expect((await archive.find(WORKFLOW, 'first'))?.runId).toBe('first');
    expect(await archive.find(WORKFLOW, 'third')).toBeUndefined();
    expect(await archive.find({ ...WORKFLOW, workflowId: 'other' })).toBeUndefined();
  });

  it('keeps workflows apart whose names are long, odd or begin alike', async () => {
    const names = ['a', 'a/b', 'a%2Fb', 'x'.repeat(1000), `${'x'.repeat(999)}y`, '=ü', '😀'];
    for (const workflowId of names)
      await archive.store(
        { ...RUN, namespace: 'n', workflowId, runId: `run of ${names.indexOf(workflowId)}` },
        pages(1, 1),
      );
    for (const workflowId of names) {
      const workflow = { namespace: 'n', workflowId };
      expect((await archive.find(workflow))?.runId).toBe(`run of ${names.indexOf(workflowId)}`);
      expect(await archive.erase(workflow)).toBe(1);
      expect(await archive.find(workflow)).toBeUndefined();
    }
  });

  it('a store that fails midway leaves nothing', async () => {
    async function* failing() {
      yield [event(1, 9_000_000)];
      throw new Error('lost');
    }
    await expect(archive.store({ ...WORKFLOW, ...RUN, runId: 'r' }, failing())).rejects.toThrow('lost');
    expect(await archive.find(WORKFLOW, 'r')).toBeUndefined();
  });
});
