/** A client whose `fetch` is the routes, over a fake object. */
import { createApp } from '../../../src/routes/app.ts';
import type { RouteBindings } from '../../../src/routes/settings.ts';
import { Client, type ClientOptions } from '../../../src/sdk/client/index.ts';
import {
  type FakeExecution,
  fakeExecution,
  fakeNamespaces,
  OPEN,
  type Replies,
} from '../../routes/fake-execution.ts';

export interface ClientUnderTest {
  client: Client;
  execution: FakeExecution;
  /** What went over the wire. */
  requests: { method: string; path: string; headers: Headers; body: unknown }[];
}

export interface OverHttpOptions extends ClientOptions {
  bindings?: RouteBindings;
  apiKey?: string;
  /** Fails this many requests on the way before any arrives. */
  lost?: number;
}

export function clientOverHttp(replies: Replies = {}, options: OverHttpOptions = {}): ClientUnderTest {
  const { bindings = OPEN, lost = 0, ...clientOptions } = options;
  const execution = fakeExecution(replies);
  const app = createApp({
    executions: () => execution.api,
    namespaces: fakeNamespaces(),
    version: '0.0.0-test',
  });
  const requests: ClientUnderTest['requests'] = [];
  const send = async (url: string, init: RequestInit): Promise<Response> => {
    const { pathname, search } = new URL(url);
    requests.push({
      method: String(init.method),
      path: pathname + search,
      headers: new Headers(init.headers as Record<string, string>),
      body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
    });
    if (requests.length <= lost) throw new TypeError('fetch failed');
    init.signal?.throwIfAborted();
    const response = app.request(url, init, bindings);
    return await Promise.race([response, aborted(init.signal ?? undefined)]);
  };
  const client = new Client({ address: 'localhost', fetch: send, identity: 'tester', ...clientOptions });
  return { client, execution, requests };
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
  });
}
