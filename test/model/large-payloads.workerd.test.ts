/** Payloads in R2: what the Worker stores a client reads, and the other way round. */
import { env } from 'cloudflare:workers';
import type { RuntimeBindings } from 'perdure';
import { type Client, Connection, createPayloadStorage } from 'perdure/client';
import { describe, expect, test } from 'vitest';
import { fetchWorker, options, overHttp } from './worker/clients.ts';
import { relay } from './workflows/relay.ts';

const MIB = 1024 * 1024;
// What the test run binds is a whole R2 bucket, whose list the runtime does not need.
const bucket = (env as RuntimeBindings).PAYLOADS as unknown as R2Bucket;

function client(): Client {
  const connection = Connection.lazy({
    address: 'http://localhost',
    fetch: (input, init) => fetchWorker(input, init),
  });
  return overHttp({
    connection,
    dataConverter: { externalStorage: createPayloadStorage({ connection, thresholdBytes: 16 * 1024 }) },
  });
}

describe('payloads in R2', () => {
  test('go from the client through workflow and activity and back, and history holds references', async () => {
    const text = 'é'.repeat(MIB);
    const started = { ...options('large', 'stored'), args: [text] as [string] };
    const handle = await client().workflow.start(relay, started);
    expect((await handle.result()) === `Hello, ${text}!`).toBe(true);
    const history = await (
      await fetchWorker(`/api/v1/namespaces/default/workflows/${started.workflowId}/history`)
    ).text();
    expect(history.length).toBeLessThan(20_000);
    expect(history.split(btoa('temporal.api.sdk.v1.ExternalStorageReference'))).toHaveLength(1 + 4);
  });

  test('stand under the name of the workflow that stored them', async () => {
    const started = { ...options('owned', 'stored'), args: ['x'.repeat(100_000)] as [string] };
    const handle = await client().workflow.start(relay, started);
    await handle.result();
    const { objects } = await bucket.list({ prefix: 'payloads/default/', include: ['customMetadata'] });
    const mine = objects.filter(({ customMetadata }) => customMetadata?.workflowId === started.workflowId);
    // Argument, the activity's argument and result, the workflow's result.
    expect(mine).toHaveLength(4);
    expect(new Set(mine.map(({ key }) => key.split('/')[2])).size).toBe(1);
  });

  test('of 30 MiB are streamed by the route, which checks them', async () => {
    const bytes = new Uint8Array(30 * MIB).fill(7);
    const digest = btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))));
    // The first half of the SHA-256 of "w".
    const id = '50e721e49c013f00c62cf59f2163542a.00000000-0000-4000-8000-00000000000';
    const put = (last: string, headers: Record<string, string> = {}) =>
      fetchWorker(`/api/v1/namespaces/default/payloads/${id}${last}`, {
        method: 'PUT',
        body: bytes,
        headers: { 'perdure-payload-owner': 'w/', 'content-length': String(bytes.byteLength), ...headers },
      });
    const stored = await put('0', { 'content-digest': `sha-256=:${digest}:` });
    expect(await stored.json()).toEqual({ id: `${id}0`, bytes: bytes.byteLength });
    const found = await fetchWorker(`/api/v1/namespaces/default/payloads/${id}0`);
    expect(found.headers.get('content-length')).toBe(String(bytes.byteLength));
    expect((await found.arrayBuffer()).byteLength).toBe(bytes.byteLength);
    const wrong = await put('1', { 'content-digest': `sha-256=:${btoa('x'.repeat(32))}:` });
    expect(wrong.status).toBe(400);
    expect((await fetchWorker(`/api/v1/namespaces/default/payloads/${id}1`)).status).toBe(404);
    const tooLarge = await put('2', { 'content-length': String(101 * MIB) });
    expect(tooLarge.status).toBe(400);
    expect(await tooLarge.text()).toContain('exceed the limit of 104857600');
  });

  test('are refused where the Worker has no bucket', async () => {
    const { runtime } = await import('./worker/index.ts');
    const answer = await runtime.app.request(
      '/api/v1/namespaces/default/payloads/50e721e49c013f00c62cf59f2163542a.00000000-0000-4000-8000-000000000000',
      {},
      { PERDURE_OPEN: 'true' },
    );
    expect(answer.status).toBe(501);
    expect(await answer.text()).toContain('Bind an R2 bucket');
  });
});
