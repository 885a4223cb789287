/**
 * Requests of workers by `node:http`, which takes half the processor time of `fetch`: most of what a worker spends on a task is
 * spent on polling for it and reporting it. Answers what `fetch` would, as far as calls ask.
 */
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';
import type { Answer, Send } from '../client/http-gateway.ts';

/** Each poll has a connection of its own, and the calls beside them a few. */
const CONNECTIONS_MAX = 1024;

const UNPACK: Readonly<Record<string, (bytes: Buffer) => Promise<Buffer>>> = {
  br: promisify(brotliDecompress),
  gzip: promisify(gunzip),
};

export interface HttpSender {
  send: Send;
  /** Ends the connections. */
  close(): void;
}

/** Undefined where the host's own `fetch` is as fast, or there is nothing else. */
export function httpSender(): HttpSender | undefined {
  const isNode = typeof process !== 'undefined' && process.versions?.node !== undefined;
  if (!isNode || 'Bun' in globalThis || 'Deno' in globalThis) return undefined;
  const options = { keepAlive: true, maxSockets: CONNECTIONS_MAX, scheduling: 'fifo' } as const;
  const plain = new HttpAgent(options);
  const secure = new HttpsAgent(options);
  return {
    send: (url, init) =>
      url.startsWith('https:')
        ? sendBy(requestHttps, secure, url, init)
        : sendBy(requestHttp, plain, url, init),
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

function sendBy(
  request: typeof requestHttp,
  agent: HttpAgent,
  url: string,
  { method = 'GET', headers, body, signal }: RequestInit,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // As `fetch` says it, whose callers look into the cause.
    const failed = (cause: unknown) => reject(new TypeError('fetch failed', { cause }));
    const bytes = bytesOf(body);
    const outgoing = request(
      url,
      {
        method,
        agent,
        headers: {
          'accept-encoding': 'gzip, br',
          // Sound: the gateway's headers are a record.
          ...(headers as Record<string, string> | undefined),
          ...(bytes && { 'content-length': bytes.length }),
        },
        ...(signal && { signal }),
      },
      (incoming) => void answerOf(incoming).then(resolve, failed),
    );
    outgoing.on('error', failed);
    outgoing.end(bytes);
  });
}

function bytesOf(body: RequestInit['body']): Uint8Array | undefined {
  if (typeof body === 'string') return Buffer.from(body);
  // Sound: the gateway sends text and bytes.
  return body ? (body as Uint8Array) : undefined;
}

/** By events: iterating asynchronously would cost a turn of the event loop for each piece. */
function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => resolve(Buffer.concat(chunks)));
    incoming.on('error', reject);
  });
}

async function answerOf(incoming: IncomingMessage): Promise<Answer> {
  const sent = await bodyOf(incoming);
  const status = incoming.statusCode ?? 0;
  const unpack = UNPACK[incoming.headers['content-encoding'] ?? ''];
  const bytes = unpack ? await unpack(sent) : sent;
  return {
    status,
    ok: status >= 200 && status <= 299,
    text: async () => bytes.toString('utf8'),
    arrayBuffer: async () => new Uint8Array(bytes).buffer,
  };
}
