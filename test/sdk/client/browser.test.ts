/** The client as a page has it: one file for a browser, and nothing around it but the names of the web. */
import { createContext, runInContext } from 'node:vm';
import { type BuildResult, build } from 'esbuild';
import { expect, test } from 'vitest';
import { createApp } from '../../../src/routes/app.ts';
import {
  completedEvent,
  fakeExecution,
  fakeNamespaces,
  historyPage,
  OPEN,
  RUN_ID,
} from '../../routes/fake-execution.ts';

const WEB = {
  ...{ URL, URLSearchParams, Headers, Request, Response, TextEncoder, TextDecoder, DOMException },
  ...{ AbortController, AbortSignal, Event, EventTarget, crypto, atob, btoa, console, performance },
  ...{ setTimeout, clearTimeout, queueMicrotask, structuredClone },
};

const PAGE = `
import { Client, Connection, WorkflowFailedError } from './src/sdk/client/index.ts';

export async function page() {
  const connection = Connection.lazy({ address: 'https://perdure.example' });
  const client = new Client({ connection, namespace: 'default' });
  const handle = await connection.withMetadata({ 'x-page': 'orders' }, () =>
    client.workflow.start('order', { taskQueue: 'orders', workflowId: 'order-1', args: [{ sku: 'A1' }] }),
  );
  return { runId: handle.firstExecutionRunId, result: await handle.result(), failed: WorkflowFailedError.name };
}
`;

const bundle = (): Promise<BuildResult<{ write: false }>> =>
  build({
    stdin: { contents: PAGE, resolveDir: `${import.meta.dirname}/../../..`, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'perdure',
    platform: 'browser',
    conditions: ['perdure-source'],
    keepNames: true,
    logLevel: 'silent',
  });

test('a page starts a workflow and has its result', async () => {
  const { api, asked } = fakeExecution({
    history: () => historyPage({ events: [completedEvent(4, 'done')] }),
  });
  const app = createApp({ executions: () => api, namespaces: fakeNamespaces(), version: '0.0.0-test' });
  const headers: (string | null)[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    expect(url).toMatch(/^https:\/\/perdure\.example\//);
    headers.push(new Headers(init.headers).get('x-page'));
    return await app.request(url.replace('perdure.example', 'localhost'), init, OPEN);
  };
  const [file] = (await bundle()).outputFiles;
  const names = createContext({ ...WEB, fetch });
  const found: unknown = await runInContext(`${file?.text}; perdure.page()`, names);
  expect(found).toEqual({ runId: RUN_ID, result: 'done', failed: 'WorkflowFailedError' });
  expect(asked.map(({ method }) => method)).toEqual(['start', 'history']);
  expect(headers).toEqual(['orders', null]);
});
