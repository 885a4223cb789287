import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { isRefused } from '../../../src/sdk/client/retry.ts';
import { httpSender } from '../../../src/sdk/worker/http-sender.ts';
import { NativeConnection } from '../../../src/sdk/worker/index.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(handler: Handler): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function sender() {
  const made = httpSender();
  if (made === undefined) throw new Error('this test runs on Node');
  closing.push(() => made.close());
  return made.send;
}

const echo: Handler = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { method, url, headers } = request;
    const body = Buffer.concat(chunks).toString('utf8');
    response.writeHead(201).end(JSON.stringify({ method, url, headers, body }));
  });
};

describe('a request', () => {
  test('brings method, path, headers and body there, and status and text back', async () => {
    const origin = await serve(echo);
    const answer = await sender()(`${origin}/a?b=1`, {
      method: 'POST',
      headers: { 'x-one': '1' },
      body: 'ä€',
    });
    const seen = JSON.parse(await answer.text());
    expect(answer.status).toBe(201);
    expect(answer.ok).toBe(true);
    expect(seen).toMatchObject({ method: 'POST', url: '/a?b=1', body: 'ä€' });
    expect(seen.headers).toMatchObject({
      'x-one': '1',
      'content-length': '5',
      'accept-encoding': 'gzip, br',
    });
  });

  test('brings bytes there and back', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const origin = await serve((request, response) => request.pipe(response));
    const answer = await sender()(origin, { method: 'PUT', body: bytes });
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes);
  });

  test('keeps its connection for the next', async () => {
    const ports = new Set<number | undefined>();
    const origin = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('{}');
    });
    const send = sender();
    for (let count = 0; count < 3; count++) await (await send(origin, {})).text();
    expect(ports.size).toBe(1);
  });
});

test.each([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
])('an answer packed as %s is unpacked', async (encoding, pack) => {
  const text = JSON.stringify({ events: 'x'.repeat(50_000) });
  const origin = await serve((_, response) =>
    response.writeHead(200, { 'content-encoding': encoding }).end(pack(text)),
  );
  expect(await (await sender()(origin, {})).text()).toBe(text);
});

describe('fails as fetch does', () => {
  const failure = (sent: Promise<unknown>) =>
    sent.then(
      () => undefined,
      (error: unknown) => error,
    );

  test('when nobody listens', async () => {
    const origin = await serve(echo);
    for (const close of closing.splice(0)) close();
    const error = await failure(sender()(origin, {}));
    expect(error).toBeInstanceOf(TypeError);
    expect(isRefused(error)).toBe(true);
  });

  test('when the answer breaks off', async () => {
    const origin = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half', () => response.destroy());
    });
    expect(await failure(sender()(origin, {}))).toBeInstanceOf(TypeError);
  });

  test('when what is packed cannot be unpacked', async () => {
    const origin = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('not packed'),
    );
    expect(await failure(sender()(origin, {}))).toBeInstanceOf(TypeError);
  });

  test('when its caller gives up', async () => {
    const abort = new AbortController();
    const origin = await serve(() => abort.abort());
    expect(await failure(sender()(origin, { signal: abort.signal }))).toBeInstanceOf(TypeError);
  });
});

test('a connection of a worker that finds nobody says so', async () => {
  const origin = await serve(echo);
  for (const close of closing.splice(0)) close();
  await expect(NativeConnection.connect({ address: origin })).rejects.toThrow('Connection refused');
});
