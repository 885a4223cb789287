/** Payloads of up to 8 MiB through the objects, where the variable says so: rows of their own, also after a reload. */
import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { direct, failureOf, fetchWorker, options, overHttp } from './worker/clients.ts';
import { relay } from './workflows/relay.ts';

const MIB = 1024 * 1024;

interface Objects {
  WORKFLOW_EXECUTION: DurableObjectNamespace;
}

describe('payloads through the objects', () => {
  test.each([
    ['over HTTP', overHttp],
    ['from inside the Worker', direct],
  ])('of almost 8 MiB are argument and result of workflow and activity %s', async (_way, clientOf) => {
    const text = 'x'.repeat(8 * MIB - 100);
    const handle = await clientOf().workflow.start(relay, { ...options('wide'), args: [text] });
    expect((await handle.result()) === `Hello, ${text}!`).toBe(true);
    const { WORKFLOW_EXECUTION: objects } = env as unknown as Objects;
    const name = `${encodeURIComponent('default')}/${handle.workflowId}`;
    const stub = objects.getByName(name);
    await evictDurableObject(stub).catch(() => undefined);
    const events = (await handle.fetchHistory()).events ?? [];
    const [input] = events[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    expect(input?.data?.byteLength).toBe(text.length + 2);
    expect(events).toHaveLength(11);
  });

  test('above it are refused with the name of the field, and the namespace says what the limit is', async () => {
    const error = await failureOf(
      overHttp().workflow.start(relay, { ...options('too-wide'), args: ['x'.repeat(8 * MIB)] }),
    );
    expect(String((error.cause as Error | undefined)?.message ?? error.message)).toMatch(
      /input: payload of 83886\d\d bytes exceeds the limit of 8388608/,
    );
    const described = await (await fetchWorker('/api/v1/namespaces/default')).json();
    expect(described).toMatchObject({ namespaceInfo: { limits: { blobSizeLimitError: String(8 * MIB) } } });
  });

  test('a body above twice the limit is refused unread', async () => {
    const body = new Uint8Array(16 * MIB + 1);
    const answer = await fetchWorker('/api/v1/namespaces/default/workflows/none', { method: 'POST', body });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('body: exceeds the limit of 16777216 bytes');
  });
});
