/** On real Durable Objects: a run with activities, retries, timers and signals, its object lost at every event. */
import { abortAllDurableObjects, evictDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import type { HistoryEvent } from '../../src/sdk/common/wire/events.ts';
import { begun } from './worker/activities.ts';
import { TestWorkflow } from './worker/client.ts';

const losses = {
  evicted: (workflow: TestWorkflow) => evictDurableObject(workflow.stub),
  aborted: () => abortAllDurableObjects(),
};

const steps = (events: HistoryEvent[]) =>
  events.filter((event) => event.eventType === 'ActivityTaskCompleted').length;
/** The run has done two steps and waits for its signal. */
const isWaiting = (events: HistoryEvent[]) =>
  steps(events) === 2 && events.at(-1)?.eventType === 'WorkflowTaskCompleted';

/** Plays the run, losing the object once the history has `lossAt` events: before or after the signal, never beside it. */
async function play(lossAt: number, signaledAt: number, lose: (workflow: TestWorkflow) => Promise<void>) {
  const workflow = new TestWorkflow('journey');
  await workflow.start('journey', workflow.at.workflowId);
  const loseThere = async () => {
    await workflow.until((events) => events.length >= lossAt);
    await lose(workflow);
  };
  if (lossAt < signaledAt) await loseThere();
  await workflow.until(isWaiting);
  await workflow.retrying(() => workflow.signal('go'));
  if (lossAt >= signaledAt && Number.isFinite(lossAt)) await loseThere();
  const value = await workflow.value();
  const history = await workflow.history();
  const attempts = Object.fromEntries(
    [1, 2, 3, 4].map((index) => [index, begun.get(`${workflow.at.workflowId}-${index}`)]),
  );
  return { value: JSON.stringify(value).replaceAll(workflow.at.workflowId, 'w'), history, attempts };
}

/** What does not depend on which of two things at once came first. */
function shape(history: HistoryEvent[]): string[] {
  return history
    .filter((event) => !event.eventType.startsWith('WorkflowTask'))
    .map((event) => `${event.eventType} ${'attempt' in event.attributes ? event.attributes.attempt : ''}`)
    .sort();
}

describe.each(['evicted', 'aborted'] as const)('a journey whose object is %s', (loss) => {
  it('at any event, ends as it would have without', async () => {
    const undisturbed = await play(Number.POSITIVE_INFINITY, 0, losses[loss]);
    const signaledAt =
      undisturbed.history.findIndex((event) => event.eventType === 'WorkflowExecutionSignaled') + 1;
    expect(undisturbed.value).toBe('["w-1","w-2","go","w-3","w-4"]');
    expect(undisturbed.attempts).toEqual({ 1: 1, 2: 3, 3: 1, 4: 1 });
    for (let lossAt = 2; lossAt < undisturbed.history.length; lossAt += 2) {
      const disturbed = await play(lossAt, signaledAt, losses[loss]);
      expect(disturbed.value, `lost at event ${lossAt}`).toBe(undisturbed.value);
      expect(shape(disturbed.history), `lost at event ${lossAt}`).toEqual(shape(undisturbed.history));
      // An attempt that was recorded and lost before it left counts, and never began.
      for (const [activity, count] of Object.entries(undisturbed.attempts)) {
        expect(disturbed.attempts[activity], `lost at event ${lossAt}`).toBeLessThanOrEqual(count ?? 0);
      }
    }
  }, 60_000);
});

describe('an object that is aborted a few milliseconds after its start', () => {
  it('goes on by itself, whatever it was in the middle of', async () => {
    for (let round = 0; round < 6; round++) {
      const workflow = new TestWorkflow('early-abort');
      await workflow.start('parallel', 4);
      await new Promise((resolve) => setTimeout(resolve, round));
      await abortAllDurableObjects();
      expect(await workflow.value()).toBe(4);
    }
  });
});
