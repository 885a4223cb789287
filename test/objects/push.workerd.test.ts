/** Activities that real objects push to an endpoint, which runs in this isolate in place of the network. */
import { evictDurableObject } from 'cloudflare:test';
import { exports, waitUntil } from 'cloudflare:workers';
import { activityInfo, Context } from 'perdure/activity';
import { Client } from 'perdure/client';
import { createPushApp, type PushAppOptions } from 'perdure/push';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { TestWorkflow } from './worker/client.ts';
import { PUSH_SECRET, PUSH_URL } from './worker/index.ts';

// The types do not know the module under test.
const { default: worker } = exports as unknown as { default: { fetch(request: Request): Promise<Response> } };
const client = new Client({ fetch: (input, init) => worker.fetch(new Request(input, init)) });
const connection = client.connection;

afterEach(() => void vi.unstubAllGlobals());

/** Has the endpoint run these, and gives the statuses of its answers. */
function listen(activities: object, options: Partial<PushAppOptions> = {}): number[] {
  const answers: number[] = [];
  const app = createPushApp({ activities, secrets: [PUSH_SECRET], ...options });
  vi.stubGlobal('fetch', async (request: Request) => {
    expect(request.url).toBe(PUSH_URL);
    const { headers, signal } = request;
    // As the network does: what arrives is another request.
    const arrived = new Request('https://endpoint.example/', {
      method: 'POST',
      headers,
      body: await request.arrayBuffer(),
      signal,
    });
    const response = await app.fetch(arrived, {}, { waitUntil, passThroughOnException() {}, props: {} });
    answers.push(response.status);
    return response;
  });
  return answers;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('an activity that an object pushes', () => {
  it('runs at the endpoint', async () => {
    const answers = listen({
      act: async (word: string) => [word, activityInfo().taskQueue, activityInfo().attempt],
    });
    const workflow = new TestWorkflow('pushed');
    await workflow.start('elsewhere', 'pushed', 'hello');
    expect(await workflow.value()).toEqual(['hello', 'pushed', 1]);
    expect(answers).toEqual([200]);
  });

  it('is tried again while its endpoint is down', async () => {
    let refusals = 0;
    listen({ act: async () => activityInfo().attempt });
    const up = globalThis.fetch;
    vi.stubGlobal('fetch', async (request: Request) => {
      refusals += 1;
      if (refusals === 3) return await up(request);
      if (refusals === 2) return new Response('busy', { status: 503 });
      throw new TypeError('connection refused');
    });
    const workflow = new TestWorkflow('down');
    await workflow.start('elsewhere', 'pushed', 'hello');
    expect(await workflow.value()).toBe(3);
  });

  it('that is acknowledged holds no object: its own can be lost, and wakes to the result', async () => {
    let isLost = false;
    const answers = listen(
      {
        async act() {
          await vi.waitUntil(() => isLost, 10_000);
          Context.current().heartbeat('lost and found');
          return 'by token';
        },
      },
      { connection, acknowledgeAfter: 5 },
    );
    const workflow = new TestWorkflow('acknowledged');
    await workflow.start('elsewhere', 'pushed', 'hello');
    await vi.waitUntil(() => answers.length > 0);
    await evictDurableObject(workflow.stub);
    isLost = true;
    expect(await workflow.value()).toBe('by token');
    expect(answers).toEqual([202]);
    const types = await workflow.eventTypes();
    expect(types.filter((type) => type.startsWith('ActivityTask'))).toEqual([
      'ActivityTaskScheduled',
      'ActivityTaskStarted',
      'ActivityTaskCompleted',
    ]);
  });

  it('is cancelled by way of its heartbeats', async () => {
    let isRequested = false;
    let details: unknown;
    const answers = listen(
      {
        async act() {
          const context = Context.current();
          await vi.waitUntil(() => isRequested, 10_000);
          context.heartbeat();
          await context.cancelled.catch(() => undefined);
          details = context.cancellationDetails;
          return await context.cancelled;
        },
      },
      { connection, acknowledgeAfter: 5 },
    );
    const workflow = new TestWorkflow('cancelled');
    await workflow.start('elsewhere', 'pushed', 'hello', { heartbeatTimeout: 20_000 });
    await vi.waitUntil(() => answers.length > 0);
    await client.workflow.getHandle(workflow.at.workflowId).cancel();
    await workflow.until((events) =>
      events.some(({ eventType }) => eventType === 'ActivityTaskCancelRequested'),
    );
    isRequested = true;
    const { closeEvent } = await workflow.result();
    expect(closeEvent?.eventType).toBe('WorkflowExecutionCanceled');
    expect(details).toMatchObject({ cancelRequested: true });
  });

  it('is given to its next attempt when its heartbeats stop', async () => {
    listen(
      {
        async act() {
          const { attempt } = activityInfo();
          if (attempt === 1) await pause(5_000);
          return attempt;
        },
      },
      { connection, acknowledgeAfter: 5 },
    );
    const workflow = new TestWorkflow('silent');
    await workflow.start('elsewhere', 'pushed', 'hello', { heartbeatTimeout: 500 });
    expect(await workflow.value()).toBeGreaterThan(1);
  });
});
