/** On real Durable Objects: an activity without a workflow whose object is lost while it runs, or between its attempts. */
import { abortAllDurableObjects, evictDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import type { StandaloneActivityRequest } from '../../src/engine/requests.ts';
import { standaloneExecutionId } from '../../src/sdk/common/standalone-activity.ts';
import { begun } from './worker/activities.ts';
import { firstValue, payloads, TestWorkflow } from './worker/client.ts';

const losses = {
  evicted: (activity: TestWorkflow) => evictDurableObject(activity.stub),
  aborted: () => abortAllDurableObjects(),
};

async function started(type: string, args: (id: string) => unknown[], more: object = {}) {
  const activity = new TestWorkflow(standaloneExecutionId(type));
  const { workflowId } = activity.at;
  const request: StandaloneActivityRequest = {
    activityId: workflowId,
    input: payloads(...args(workflowId)),
    startToCloseTimeout: 60_000,
    ...more,
  };
  const start = {
    workflowType: type,
    taskQueue: 'default',
    requestId: crypto.randomUUID(),
    activity: request,
  };
  const reply = await activity.retrying(() => activity.stub.start(activity.at, start));
  if (!reply.ok) throw new Error(reply.error.message);
  return { activity, id: workflowId };
}

async function resultOf(activity: TestWorkflow): Promise<unknown> {
  const { status } = await activity.result();
  expect(status).toBe('COMPLETED');
  const completed = (await activity.history()).find((event) => event.eventType === 'ActivityTaskCompleted');
  return completed?.eventType === 'ActivityTaskCompleted'
    ? firstValue(completed.attributes.result)
    : undefined;
}

describe.each(['evicted', 'aborted'] as const)(
  'an activity without a workflow whose object is %s',
  (loss) => {
    it('SAA-3 in the middle of an attempt: it began once and its result is taken', async () => {
      const { activity, id } = await started('slow', (name) => [name, 1_000]);
      await activity.until((events) => events.length >= 2);
      await losses[loss](activity);
      expect(await resultOf(activity)).toBe(id);
      expect(begun.get(id)).toBe(1);
    });

    it('SAA-3 between attempts: the next one comes by its alarm', async () => {
      const { activity, id } = await started('flaky', (name) => [name, 2, 0], {
        retryPolicy: { initialInterval: 200 },
      });
      await activity.until((events) => events.length >= 2);
      await losses[loss](activity);
      expect(await resultOf(activity)).toBe(id);
      expect(begun.get(id)).toBe(3);
    });
  },
);
