/** The encryption codec around a whole program: clients and workflow code read, the object and HTTP do not. */

import type { Client } from 'perdure/client';
import { DefaultFailureConverter, type PayloadCodec } from 'perdure/common';
import { describe, expect, test } from 'vitest';
import { eventually, failureOf, fetchWorker, options, overHttp } from './worker/clients.ts';
import { autumnCodec, springCodec, strangerCodec } from './worker/keys.ts';
import { everywhere, finish, remember, remembered, replaceCard } from './workflows/payloads.ts';

const SECRET = 'tarte-tatin';
const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });

const clientWith = (codec: PayloadCodec): Client =>
  overHttp({ dataConverter: { failureConverter, payloadCodecs: [codec] } });

/** The whole history of a workflow as it goes over HTTP, and every payload in it. */
async function stored(workflowId: string, runId: string): Promise<{ text: string; payloads: unknown[] }> {
  const path = `/api/v1/namespaces/default/workflows/${workflowId}/history?execution.runId=${runId}&noPayloadShorthand`;
  const json: unknown = await (await fetchWorker(path)).json();
  const payloads: unknown[] = [];
  const collect = (value: unknown, name = ''): void => {
    if (typeof value !== 'object' || value === null || name === 'searchAttributes') return;
    if ('metadata' in value && 'data' in value) payloads.push(value);
    else for (const [key, member] of Object.entries(value)) collect(member, key);
  };
  collect(json);
  return { text: JSON.stringify(json), payloads };
}

const isEncrypted = (payload: unknown): boolean =>
  atob((payload as { metadata: { encoding: string } }).metadata.encoding) === 'binary/encrypted';

describe('a program whose payloads are encrypted', () => {
  test('CONV-4 history holds ciphertext only, and the client reads all of it', async () => {
    const client = clientWith(autumnCodec);
    const handle = await client.workflow.start(everywhere, {
      ...options('everywhere', 'encrypted'),
      args: [SECRET],
      memo: { given: SECRET },
      staticSummary: `summary of ${SECRET}`,
    });
    await handle.signal(remember, `signal ${SECRET}`);
    expect(await handle.executeUpdate(replaceCard, { args: [`card ${SECRET}`] })).toBe(`card ${SECRET}`);
    const refused = await failureOf(handle.executeUpdate(replaceCard, { args: [`bad ${SECRET}`] }));
    expect(refused.cause).toMatchObject({ message: `refused bad ${SECRET}`, details: [`bad ${SECRET}`] });
    const words = await eventually(async () => {
      const found = await handle.query(remembered, '> ');
      return found.length === 6 && found;
    });
    expect(words).toEqual(
      expect.arrayContaining([
        `> signal ${SECRET}`,
        `> card ${SECRET}`,
        `> charged ${SECRET}`,
        `> Hello, ${SECRET}!`,
        `> child of ${SECRET}`,
        expect.stringContaining(`no money on bad ${SECRET}`),
      ]),
    );
    await handle.signal(finish);
    const first = await eventually(async () => {
      const { text, payloads } = await stored(handle.workflowId, handle.firstExecutionRunId);
      return text.includes('CONTINUED_AS_NEW') && { text, payloads };
    });
    await handle.signal(finish);
    expect(await handle.result()).toEqual([SECRET]);
    const description = await handle.describe();
    expect(description.memo).toEqual({ given: SECRET });
    const second = await stored(handle.workflowId, description.runId);
    for (const { text } of [first, second]) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain(btoa(SECRET).slice(0, 12));
      expect(text).not.toContain('no money');
    }
    // What says which patch and which local activity a marker is stays readable, for whoever replays.
    expect(first.payloads.filter((payload) => !isEncrypted(payload))).toHaveLength(2);
    expect(first.payloads.length).toBeGreaterThan(12);
    expect(second.payloads.filter((payload) => !isEncrypted(payload))).toEqual([]);
  });

  test('goes on across a rotation of keys', async () => {
    const handle = await clientWith(springCodec).workflow.start(everywhere, {
      ...options('rotation', 'encrypted'),
      args: [SECRET, true],
    });
    await handle.signal(remember, 'old key');
    await handle.signal(finish);
    expect(await clientWith(autumnCodec).workflow.getHandle(handle.workflowId).result()).toEqual([
      'old key',
      'undefined',
    ]);
    const error = await failureOf(handle.result());
    expect(error.message).toContain("encrypted with key 'autumn', which is not among the keys spring");
  });

  test('a client with a wrong key is told so, and one without the codec reads nothing', async () => {
    const { workflowId, taskQueue } = options('wrong', 'encrypted');
    const handle = await clientWith(autumnCodec).workflow.start(everywhere, {
      workflowId,
      taskQueue,
      args: [SECRET, true],
    });
    await handle.signal(finish);
    await handle.result();
    const stranger = clientWith(strangerCodec).workflow.getHandle(workflowId);
    expect((await failureOf(stranger.result())).message).toContain("cannot be decrypted with key 'autumn'");
    const plain = overHttp().workflow.getHandle(workflowId);
    expect((await failureOf(plain.result())).message).toContain('Unknown encoding: binary/encrypted');
  });

  test('a start with a wrong key fails the task with the reason, and the run stays open', async () => {
    const handle = await clientWith(strangerCodec).workflow.start(everywhere, {
      ...options('stranger', 'encrypted'),
      args: [SECRET, true],
    });
    const failed = await eventually(async () => {
      const { events } = await handle.fetchHistory();
      return events?.find((event) => event.workflowTaskFailedEventAttributes)
        ?.workflowTaskFailedEventAttributes;
    });
    expect(failed.failure?.message).toContain("cannot be decrypted with key 'autumn'");
    await handle.terminate();
  });
});
