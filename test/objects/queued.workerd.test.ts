/** Activities that go through a Cloudflare Queue, to the consumer in this isolate. */
import {
  createExecutionContext,
  createMessageBatch,
  evictDurableObject,
  getQueueResult,
} from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { activityInfo, Context } from 'perdure/activity';
import { Client } from 'perdure/client';
import { describe, expect, it, vi } from 'vitest';
import { TestWorkflow } from './worker/client.ts';
import { queue, queued } from './worker/index.ts';

// The types do not know the module under test.
const { default: worker } = exports as unknown as { default: { fetch(request: Request): Promise<Response> } };
const client = new Client({ fetch: (input, init) => worker.fetch(new Request(input, init)) });

/** Starts a workflow whose activity does this. */
async function start(name: string, act: () => Promise<unknown>, argument = 'hello', options = {}) {
  queued.act = act;
  const workflow = new TestWorkflow(name);
  await workflow.start('elsewhere', 'queued', argument, options);
  return workflow;
}

describe('an activity that goes through a queue', () => {
  it('runs in its consumer', async () => {
    const workflow = await start('queued', async () => [activityInfo().taskQueue, activityInfo().attempt]);
    expect(await workflow.value()).toEqual(['queued', 1]);
  });

  it('holds no object: its own can be lost, and wakes to the result', async () => {
    let isUnderWay = false;
    let isLost = false;
    const workflow = await start('lost', async () => {
      isUnderWay = true;
      await vi.waitUntil(() => isLost, 10_000);
      Context.current().heartbeat();
      return 'by token';
    });
    await vi.waitUntil(() => isUnderWay);
    // Not before the message has been sent can there be no fetch between the two.
    await evictDurableObject(workflow.stub);
    isLost = true;
    expect(await workflow.value()).toBe('by token');
    expect(await attemptsOf(workflow)).toBe(1);
  });

  it('is tried again after a failure', async () => {
    const workflow = await start('fails', async () => {
      if (activityInfo().attempt === 1) throw new Error('not yet');
      return activityInfo().attempt;
    });
    expect(await workflow.value()).toBe(2);
  });

  it('is cancelled by way of its heartbeats', async () => {
    let isRequested = false;
    let isUnderWay = false;
    let details: unknown;
    const workflow = await start('cancelled', async () => {
      isUnderWay = true;
      const context = Context.current();
      await vi.waitUntil(() => isRequested, 10_000);
      context.heartbeat();
      await context.cancelled.catch(() => undefined);
      details = context.cancellationDetails;
      return await context.cancelled;
    });
    await vi.waitUntil(() => isUnderWay);
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
    const workflow = await start(
      'silent',
      async () => {
        const { attempt } = activityInfo();
        if (attempt === 1) await new Promise((resolve) => setTimeout(resolve, 1_500));
        return attempt;
      },
      'hello',
      { heartbeatTimeout: 1_000 },
    );
    expect(await workflow.value()).toBeGreaterThan(1);
  });

  it('is run at once when it is too large for a message', async () => {
    const workflow = await start('large', async () => 'at once', 'x'.repeat(200_000));
    expect(await workflow.value()).toBe('at once');
  });
});

async function attemptsOf(workflow: TestWorkflow): Promise<number> {
  const started = (await workflow.history()).find(({ eventType }) => eventType === 'ActivityTaskStarted');
  return started?.eventType === 'ActivityTaskStarted' ? (started.attributes.attempt ?? 0) : 0;
}

describe('a message', () => {
  async function deliver(body: unknown, attempts: number) {
    const batch = createMessageBatch('activities', [{ id: 'one', timestamp: new Date(), attempts, body }]);
    const context = createExecutionContext();
    await queue(batch);
    return await getQueueResult(batch, context);
  }

  it('that is no activity task is dropped', async () => {
    for (const body of ['{', '{"taskQueue": "queued"}', 'null', 3]) {
      const { explicitAcks, retryMessages } = await deliver(body, 1);
      expect([explicitAcks, retryMessages]).toEqual([['one'], []]);
    }
  });
});
