/**
 * One run that asks for too much, beside others in the same isolate: they go on meanwhile, and whoever asks for too much is told.
 * What the neighbours wait is measured by `npm run bench:isolation`; here it is only seen that they need not wait for the end.
 */
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/objects/execution/workflow-execution-api.ts';
import type { HistoryEvent } from '../../src/sdk/common/wire/events.ts';
import { payloads, TestWorkflow } from './worker/client.ts';

const LONG_MS = 120_000;
const STEPS = 10;

/** A neighbour has taken all of its steps while `trouble` went on. */
async function expectNeighbourDone(): Promise<void> {
  const neighbour = new TestWorkflow('neighbour');
  await neighbour.start('steps', STEPS);
  expect(await neighbour.value()).toBe(STEPS);
}

async function expectNeighbourDoneFirst(trouble: TestWorkflow): Promise<void> {
  await expectNeighbourDone();
  const { status } = await resultOf(trouble);
  expect(status).toBe('RUNNING');
}

async function resultOf(workflow: TestWorkflow): Promise<RunResult> {
  const reply = await workflow.stub.result(workflow.at, { followRuns: true, waitMs: 0 });
  if (!reply.ok) throw new Error(reply.error.message);
  return reply.value;
}

const has = (eventType: HistoryEvent['eventType']) => (events: HistoryEvent[]) =>
  events.some((event) => event.eventType === eventType);

describe('an endless loop', { timeout: LONG_MS }, () => {
  it('fails its task, its run stays open, and its neighbours go on', async () => {
    const trouble = new TestWorkflow('spins');
    await trouble.start('spins');
    const events = await trouble.until(has('WorkflowTaskFailed'));
    const failed = events.find((event) => event.eventType === 'WorkflowTaskFailed');
    expect(failed?.attributes).toMatchObject({
      failure: { message: expect.stringContaining('look for a loop without end') },
    });
    await expectNeighbourDoneFirst(trouble);
    const description = await trouble.stub.describe(trouble.at);
    expect(description).toMatchObject({
      ok: true,
      value: { pendingWorkflowTask: { attempt: expect.any(Number) } },
    });
    const ended = await trouble.stub.apply(trouble.at, { kind: 'Terminate', reason: 'enough' });
    expect(ended).toMatchObject({ ok: true });
  });
});

describe('a payload of 8 MB', { timeout: LONG_MS }, () => {
  const large = payloads('x'.repeat(8 * 1024 * 1024));

  it('is refused to whoever starts or signals with it, by the name of the limit, and changes nothing', async () => {
    const refused = new TestWorkflow('large');
    const start = { workflowType: 'nap', taskQueue: 'default', input: large, requestId: 'large' };
    expect(await refused.stub.start(refused.at, start)).toMatchObject({
      ok: false,
      error: { code: 'INVALID_ARGUMENT', message: expect.stringMatching(/exceeds.*limit|BlobSize/i) },
    });
    expect(await refused.stub.describe(refused.at)).toMatchObject({
      ok: false,
      error: { code: 'NOT_FOUND' },
    });
    const signalled = new TestWorkflow('signalled');
    await signalled.start('waitForSignals', 1);
    const signal = { kind: 'Signal', signalName: 'proceed', input: large, requestId: 's' } as const;
    expect(await signalled.stub.apply(signalled.at, signal)).toMatchObject({
      ok: false,
      error: { code: 'INVALID_ARGUMENT', message: expect.stringMatching(/exceeds.*limit|BlobSize/i) },
    });
    await expectNeighbourDoneFirst(signalled);
    await signalled.signal('small');
    expect(await signalled.value()).toEqual(['small']);
  });

  it('as a result ends its run, which says why, and nothing beside it', async () => {
    const waiting = new TestWorkflow('waiting');
    await waiting.start('waitForSignals', 1);
    const trouble = new TestWorkflow('swells');
    await trouble.start('swells', 8 * 1024 * 1024);
    const { status, closeEvent } = await trouble.result();
    expect(status).toBe('TERMINATED');
    expect(closeEvent?.attributes).toMatchObject({ reason: expect.stringMatching(/limit/) });
    await expectNeighbourDoneFirst(waiting);
    await waiting.signal('go');
    expect(await waiting.value()).toEqual(['go']);
  });
});

describe('a history of 50,000 events', { timeout: LONG_MS }, () => {
  it('grows while neighbours go on, and ends at the limit, which its run names', async () => {
    const trouble = new TestWorkflow('grows');
    await trouble.start('grows', 60_000);
    await trouble.until((events) => events.length > 1_000);
    await expectNeighbourDone(); // Which of them ends first is the machine's to say: all of these events take less than a second.
    const { status, closeEvent } = await trouble.result();
    expect(status).toBe('TERMINATED');
    expect(closeEvent?.eventId).toBeGreaterThan(50_000);
    expect(closeEvent?.attributes).toMatchObject({ reason: 'Workflow history count exceeds limit.' });
  });
});

describe('2,000 pending activities', { timeout: LONG_MS }, () => {
  it('are worked on while neighbours go on', async () => {
    const trouble = new TestWorkflow('hoards');
    await trouble.start('hoards', 2_000, 200);
    await trouble.until((events) => events.length >= 2_000);
    await expectNeighbourDoneFirst(trouble);
    await trouble.stub.apply(trouble.at, { kind: 'Terminate', reason: 'enough' });
    expect((await trouble.result()).status).toBe('TERMINATED');
  });

  it('are as many as there may be: the task that asks for one more fails and names the limit', async () => {
    const trouble = new TestWorkflow('hoards-more');
    await trouble.start('hoards', 2_001, 0);
    const events = await trouble.until(has('WorkflowTaskFailed'));
    expect(events.at(-1)?.attributes).toMatchObject({
      cause: 'PENDING_ACTIVITIES_LIMIT_EXCEEDED',
      failure: { message: expect.stringMatching(/2000/) },
    });
    await expectNeighbourDoneFirst(trouble);
    await trouble.stub.apply(trouble.at, { kind: 'Terminate', reason: 'enough' });
  });
});
