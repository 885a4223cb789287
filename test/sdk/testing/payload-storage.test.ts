/** Large payloads: kept by the server, read by client, workflow and activity; history holds references. */
import { join } from 'node:path';
import { Client, Connection, createPayloadStorage, WorkflowFailedError } from 'perdure/client';
import { ApplicationFailure, createEncryptionCodec, type DataConverter } from 'perdure/common';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime, Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as activities from './payload-storage-activities.ts';
import { append, current, echo, keeper, passOn, swap } from './payload-storage-workflows.ts';

const workflowsPath = join(import.meta.dirname, 'payload-storage-workflows.ts');
const MIB = 1024 * 1024;
const text = (bytes: number, of = 'x'): string => of.repeat(bytes);

let env: TestWorkflowEnvironment;
let ids = 0;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  env = await TestWorkflowEnvironment.createLocal();
});

afterAll(async () => {
  await env.teardown();
  await Runtime.instance().shutdown();
});

interface Parts {
  worker: Worker;
  client: Client;
  taskQueue: string;
}

async function parts(dataConverter?: DataConverter): Promise<Parts> {
  const taskQueue = `payloads-${ids++}`;
  const connection = await Connection.connect({ address: env.address });
  const externalStorage = createPayloadStorage({ connection, thresholdBytes: 64 * 1024 });
  const converter = { ...dataConverter, externalStorage };
  return {
    taskQueue,
    client: new Client({ connection, dataConverter: converter }),
    worker: await Worker.create({
      connection: env.nativeConnection,
      taskQueue,
      workflowsPath,
      activities,
      dataConverter: converter,
    }),
  };
}

const start = (taskQueue: string) => ({ taskQueue, workflowId: `w${ids++}` });

describe('payloads kept by the server', () => {
  it('are arguments, signals, updates, queries, results of activities and workflows', async () => {
    const { worker, client, taskQueue } = await parts();
    await worker.runUntil(async () => {
      const handle = await client.workflow.start(keeper, { ...start(taskQueue), args: [text(3 * MIB)] });
      expect(await handle.query(current)).toBe(text(3 * MIB));
      expect(await handle.executeUpdate(swap, { args: [text(MIB, 'y')] })).toBe(text(3 * MIB));
      await handle.signal(append, text(2 * MIB, 'z'));
      expect(await handle.result()).toBe((text(MIB, 'y') + text(2 * MIB, 'z')).repeat(2));
      const { events = [] } = await handle.fetchHistory();
      expect(JSON.stringify(events).length).toBeLessThan(64 * 1024);
    });
  });

  it('carry the details of failures', async () => {
    const { worker, client, taskQueue } = await parts();
    const failed = await worker.runUntil(async () => {
      const handle = await client.workflow.start(keeper, { ...start(taskQueue), args: [`bad${text(MIB)}`] });
      await handle.signal(append, '!');
      return handle.result().catch((error: unknown) => error);
    });
    expect(failed).toBeInstanceOf(WorkflowFailedError);
    const { cause } = failed as WorkflowFailedError;
    expect(cause).toBeInstanceOf(ApplicationFailure);
    expect((cause as ApplicationFailure).details).toEqual([`bad${text(MIB)}!`]);
  });

  it('are input and result of activities without a workflow, and go with them', async () => {
    const owners: string[] = [];
    const connection = await Connection.connect({
      address: env.address,
      fetch: (input, init) => {
        const owner = new Headers(init?.headers).get('perdure-payload-owner');
        if (owner !== null) owners.push(decodeURIComponent(owner));
        return fetch(input, init);
      },
    });
    const { worker, taskQueue } = await parts();
    const externalStorage = createPayloadStorage({ connection, thresholdBytes: 64 * 1024 });
    const { activity } = new Client({ connection, dataConverter: { externalStorage } });
    const id = `a${ids++}`;
    const options = { id, taskQueue, startToCloseTimeout: '1 minute', args: [text(MIB)] } as const;
    const result = await worker.runUntil(activity.execute('enlarge', options));
    expect(result).toBe(text(2 * MIB));
    // Those of the object, which erases them: not those of a workflow that happens to have the ID.
    expect(owners).toEqual([`/_sys/activity/${id}/`]);
  });

  it('are encrypted first where there is a codec', async () => {
    const codec = createEncryptionCodec({ keys: { k: new Uint8Array(32).fill(9) }, currentKeyId: 'k' });
    const { worker, client, taskQueue } = await parts({ payloadCodecs: [codec] });
    const result = await worker.runUntil(
      client.workflow.execute(echo, { ...start(taskQueue), args: [text(MIB)] }),
    );
    expect(result).toBe(text(MIB));
  });

  it('of more than 8 MiB stay references in workflow code, which passes them on', async () => {
    const { worker, client, taskQueue } = await parts();
    await worker.runUntil(async () => {
      const run = (bytes: number) =>
        client.workflow.execute(passOn, { ...start(taskQueue), args: [text(bytes)] });
      expect(await run(7 * MIB)).toEqual({ seen: 'string', bytes: 7 * MIB });
      expect(await run(20 * MIB)).toEqual({ seen: 'RawValue', bytes: 20 * MIB });
      const back = await client.workflow.execute(echo, { ...start(taskQueue), args: [text(9 * MIB)] });
      expect(back === text(9 * MIB)).toBe(true);
    });
  });
});

describe('payloads kept by the server: bad input', () => {
  const request = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`http://${env.address}/api/v1/namespaces/default/payloads/${path}`, init);
    return { status: response.status, message: ((await response.json()) as { message: string }).message };
  };
  const OF_W = '50e721e49c013f00c62cf59f2163542a.00000000-0000-4000-8000-000000000000';
  const put = (headers: Record<string, string>, body = 'abc', id = OF_W) =>
    request(id, { method: 'PUT', body, headers: { 'perdure-payload-owner': 'w/', ...headers } });

  it('is refused with the name of what is wrong', async () => {
    expect(await request('nonsense')).toMatchObject({ status: 400, message: expect.stringMatching(/^id: /) });
    expect(await put({ 'perdure-payload-owner': 'other/' })).toMatchObject({
      status: 400,
      message: expect.stringContaining('was not made for the workflow'),
    });
    expect(await put({ 'content-digest': 'md5=:abc:' })).toMatchObject({
      status: 400,
      message: expect.stringMatching(/^content-digest: /),
    });
    expect(await put({ 'content-digest': `sha-256=:${btoa(text(32))}:` })).toMatchObject({
      status: 400,
      message: expect.stringMatching(/^body: is not what content-digest says/),
    });
    expect(await put({}, '')).toMatchObject({
      status: 400,
      message: expect.stringMatching(/^content-length: /),
    });
    expect(await request(OF_W)).toMatchObject({ status: 404 });
  });

  it('never replaces what is there: a repeated call changes nothing', async () => {
    const id = OF_W.replace(/0$/, '1');
    expect((await put({}, 'first', id)).status).toBe(200);
    expect((await put({}, 'second', id)).status).toBe(200);
    const found = await fetch(`http://${env.address}/api/v1/namespaces/default/payloads/${id}`);
    expect(await found.text()).toBe('first');
  });

  it('of an unknown namespace is not found', async () => {
    const path = `/api/v1/namespaces/nowhere/payloads/${OF_W}`;
    expect((await fetch(`http://${env.address}${path}`)).status).toBe(404);
  });

  it('a payload above the limit is refused before anything is sent', async () => {
    const connection = await Connection.connect({ address: env.address });
    const externalStorage = createPayloadStorage({ connection, thresholdBytes: 10, payloadBytesMax: 1000 });
    const client = new Client({ connection, dataConverter: { externalStorage } });
    await expect(client.workflow.start(echo, { ...start('nobody'), args: [text(1000)] })).rejects.toThrow(
      /exceeds the limit of 1000/,
    );
  });

  it('a reference to a payload of another namespace is not followed', async () => {
    const connection = await Connection.connect({ address: env.address });
    const [driver] = createPayloadStorage({ connection }).drivers;
    if (driver === undefined) throw new Error('there is a driver');
    const payload = { metadata: {}, data: new Uint8Array([1]) };
    const [claim] = await driver.store({ target: { kind: 'workflow', namespace: 'default', id: 'w' } }, [
      payload,
    ]);
    if (claim === undefined) throw new Error('there is a claim');
    const asOther = { target: { kind: 'workflow', namespace: 'other', id: 'w' } } as const;
    await expect(driver.retrieve(asOther, [claim])).rejects.toThrow(/which it may not see/);
    expect(await driver.retrieve({}, [claim])).toEqual([payload]);
  });
});
