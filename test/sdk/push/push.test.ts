/** Activities that are pushed to an endpoint: what gets through, what is refused, and what becomes of those that last. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Hono } from 'hono';
import { activityInfo, Context, heartbeat } from 'perdure/activity';
import { WorkflowFailedError } from 'perdure/client';
import { ApplicationFailure } from 'perdure/common';
import { createPushApp, type PushAppOptions } from 'perdure/push';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime, Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushTarget } from '../../../src/objects/activity/activity-push.ts';
import { signWebhook, webhookKey } from '../../../src/sdk/common/webhook-signature.ts';
import { type RunningServer, serve } from '../../../src/sdk/testing/server/http-server.ts';
import { pushed } from './workflows.ts';

const secret = (fill: number) => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
const [OLD, NEW, FOREIGN] = [secret(1), secret(2), secret(3)];
const silent = new DefaultLogger('ERROR', () => undefined);

let env: TestWorkflowEnvironment;
let endpoint: RunningServer;
let app: Hono;
let worker: Worker;
let running: Promise<void>;
let ids = 0;
const requests: Request[] = [];
const senderSecrets = [NEW, OLD];

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  endpoint = await serve(
    (request) => {
      requests.push(request.clone());
      return app.fetch(request);
    },
    { host: '127.0.0.1', port: 0 },
  );
  env = await TestWorkflowEnvironment.createLocal({
    server: {
      push: {
        pushed: { url: `http://${endpoint.address}/`, secrets: () => senderSecrets },
        nowhere: { url: 'http://127.0.0.1:1/', secrets: [NEW] },
      },
    },
  });
  worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: 'workflows',
    workflowsPath: join(import.meta.dirname, 'workflows.ts'),
  });
  running = worker.run();
});

afterAll(async () => {
  worker.shutdown();
  await running;
  await env.teardown();
  await endpoint.close();
  await Runtime.instance().shutdown();
});

function listen(activities: object, options: Partial<PushAppOptions> = {}): void {
  app = createPushApp({ activities, secrets: [NEW], logger: silent, ...options });
  requests.length = 0;
}

const execute = (taskQueue = 'pushed', attempts = 3) =>
  env.client.workflow.execute(pushed, {
    taskQueue: 'workflows',
    workflowId: `pushed-${ids++}`,
    args: [taskQueue, attempts],
  });

async function causeOf(work: Promise<unknown>): Promise<Error | undefined> {
  const error = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WorkflowFailedError);
  return (error as WorkflowFailedError).cause?.cause as Error | undefined;
}

/** The last request once more, with other headers. */
async function repeat(headers: Record<string, string | undefined>): Promise<Response> {
  const last = requests.at(-1)?.clone();
  if (last === undefined) throw new Error('no request');
  const all = new Headers(last.headers);
  for (const [name, value] of Object.entries(headers))
    if (value === undefined) all.delete(name);
    else all.set(name, value);
  return await app.fetch(
    new Request(last.url, { method: 'POST', headers: all, body: await last.arrayBuffer() }),
  );
}

describe('a pushed activity', () => {
  it('runs at the endpoint, with its arguments and its info, and its result comes back', async () => {
    listen({
      async act(name: string) {
        const { taskQueue, attempt, workflowExecution } = activityInfo();
        return [name, taskQueue, attempt, workflowExecution?.workflowId];
      },
    });
    expect(await execute()).toEqual(['hello', 'pushed', 1, `pushed-${ids - 1}`]);
  });

  it('is tried again after a failure, and fails the workflow by one that is not to be retried', async () => {
    let attempts = 0;
    listen({
      async act() {
        attempts += 1;
        if (attempts < 3) throw new Error('not yet');
        throw ApplicationFailure.nonRetryable('never', 'Refused', { why: 1 });
      },
    });
    expect(await causeOf(execute())).toMatchObject({
      message: 'never',
      type: 'Refused',
      details: [{ why: 1 }],
    });
    expect(attempts).toBe(3);
    expect(new Set(requests.map(({ headers }) => headers.get('webhook-id'))).size).toBe(3);
  });

  it('that lasts is acknowledged, heartbeats, and is completed by its token', async () => {
    const answers: number[] = [];
    listen(
      {
        async act() {
          heartbeat('on it');
          await delay(50);
          return typeof Context.current().client?.workflow.start;
        },
      },
      { connection: env.connection, acknowledgeAfter: 5 },
    );
    const inner = app;
    app = {
      fetch: async (request: Request) => {
        const response = await inner.fetch(request);
        answers.push(response.status);
        return response;
      },
    } as Hono;
    expect(await execute()).toBe('function');
    expect(answers).toEqual([202]);
  });

  it('whose endpoint is not reached fails, and says where', async () => {
    const cause = await causeOf(execute('nowhere', 2));
    expect(cause).toMatchObject({ type: 'PushFailed' });
    expect(cause?.message).toMatch(/endpoint of task queue 'nowhere' could not be reached/);
  });

  it('whose endpoint refuses it fails with the answer', async () => {
    listen({ act: async () => 1 }, { secrets: [FOREIGN] });
    expect((await causeOf(execute('pushed', 1)))?.message).toMatch(
      /answered 401: webhook-signature: made with no key/,
    );
  });
});

describe('an endpoint', () => {
  it('takes requests that are signed with any of its keys, so that keys change without a gap', async () => {
    for (const secrets of [[OLD], [OLD, NEW], [NEW]]) {
      listen({ act: async () => 'taken' }, { secrets });
      expect(await execute()).toBe('taken');
    }
  });

  it('refuses what is unsigned, stale, from the future, changed, or signed with another key', async () => {
    let runs = 0;
    listen({ act: async () => (runs += 1) });
    await execute();
    const body = new Uint8Array((await requests.at(-1)?.clone().arrayBuffer()) ?? new ArrayBuffer(0));
    const sign = (ms: number, by = NEW, id = 'other') =>
      signWebhook([webhookKey(by)], { id, timestampMs: Date.now() + ms, body });
    expect((await repeat({ 'webhook-signature': undefined })).status).toBe(401);
    expect((await repeat({ ...(await sign(-301_000)) })).status).toBe(401);
    expect((await repeat({ ...(await sign(301_000)) })).status).toBe(401);
    expect((await repeat({ ...(await sign(0, FOREIGN)) })).status).toBe(401);
    expect((await repeat({ ...(await sign(0)), 'webhook-id': 'third' })).status).toBe(401);
    expect((await repeat({ ...(await sign(0)), 'webhook-timestamp': 'soon' })).status).toBe(401);
    expect(runs).toBe(1);
    expect((await repeat({ ...(await sign(-299_000)) })).status).toBe(200);
    expect(runs).toBe(2);
  });

  it('refuses a request that comes again', async () => {
    let runs = 0;
    listen({ act: async () => (runs += 1) });
    await execute();
    expect((await repeat({})).status).toBe(409);
    expect(runs).toBe(1);
  });

  it('answers 400 to what is signed and no activity task', async () => {
    listen({});
    const body = new TextEncoder().encode('{"taskQueue": 3}');
    const signed = await signWebhook([webhookKey(NEW)], { id: 'x', timestampMs: Date.now(), body });
    const response = await app.fetch(
      new Request('http://endpoint/', { method: 'POST', headers: { ...signed }, body }),
    );
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/taskQueue/);
  });
});

describe('what cannot be safe', () => {
  it('is refused when it is set up', () => {
    expect(() => pushTarget('q', { url: 'http://example.com', secrets: [NEW] })).toThrow(
      /push.url of task queue 'q'/,
    );
    expect(() => pushTarget('q', { url: 'ftp://localhost', secrets: [NEW] })).toThrow(/https/);
    expect(() => pushTarget('q', { url: 'https://example.com', secrets: ['secret'] })).toThrow(/whsec_/);
    expect(() => pushTarget('q', { url: 'https://example.com', secrets: [] })).toThrow(/at least one/);
    expect(() => createPushApp({ activities: {}, secrets: [] })).toThrow(/at least one/);
    expect(() => createPushApp({ activities: {}, secrets: ['whsec_c2hvcnQ='] })).toThrow(/24 to 64 bytes/);
  });

  it('signs as the Standard Webhooks libraries do', async () => {
    // Their published example.
    const key = webhookKey('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    const headers = await signWebhook([key], {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampMs: 1_614_265_330_000,
      body: new TextEncoder().encode('{"test": 2432232314}'),
    });
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });
});
