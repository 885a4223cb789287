/** What becomes of an activity when its object is lost while it runs, in every order of loss and end? */
import { abortAllDurableObjects, evictDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { begun } from './worker/activities.ts';
import { TestWorkflow } from './worker/client.ts';

const isScheduled = (events: { eventType: string }[]) =>
  events.some((event) => event.eventType === 'ActivityTaskScheduled');

describe('an activity that runs while its object is lost', () => {
  it('begins once and its result is recorded, after an abort in its middle', async () => {
    const workflow = new TestWorkflow('abort-middle');
    await workflow.start('long', workflow.at.workflowId, 1_000);
    await workflow.until(isScheduled);
    await abortAllDurableObjects();
    expect(await workflow.value()).toBe(workflow.at.workflowId);
    expect(begun.get(workflow.at.workflowId)).toBe(1);
    const started = (await workflow.history()).find((event) => event.eventType === 'ActivityTaskStarted');
    expect(started?.attributes).toMatchObject({ attempt: 1 });
  });

  it('begins once and its result is recorded, after an eviction in its middle', async () => {
    const workflow = new TestWorkflow('evict-middle');
    await workflow.start('long', workflow.at.workflowId, 1_000);
    await workflow.until(isScheduled);
    await evictDurableObject(workflow.stub);
    expect(await workflow.value()).toBe(workflow.at.workflowId);
    expect(begun.get(workflow.at.workflowId)).toBe(1);
  });
});
