/** The `approval` sample: an answer in time, one way or the other, or none; and who is told what on the way. */
import type { WorkflowFailedError } from 'perdure/client';
import { describe, expect, test } from 'vitest';
import { type ApprovalInput, approval, approve, getApprovalStatus } from '../../src/workflows/approval.ts';
import { client, ledger, milestones, readHistory, taskQueue, uniqueId, untilActivity } from './support.ts';

function startApproval(input: ApprovalInput) {
  return client.workflow.start(approval, { taskQueue, workflowId: input.subject, args: [input] });
}

async function told(subject: string): Promise<(string | undefined)[]> {
  const entries = await ledger(subject);
  return entries.filter(({ outcome }) => outcome === 'done').map(({ recipient }) => recipient);
}

describe('approval: someone answers', () => {
  test.each([
    [true, 'approved'],
    [false, 'rejected'],
  ] as const)('%s: %s, and the timers are gone', async (answer, status) => {
    const subject = uniqueId('approval');
    const handle = await startApproval({ subject });
    await untilActivity(subject, 'notify', 'Completed');
    expect(await handle.query(getApprovalStatus)).toBe('waiting');
    await handle.signal(approve, answer);
    expect(await handle.result()).toEqual({ status });
    const history = milestones(await readHistory(subject));
    expect(history.filter((name) => name.startsWith('TimerCanceled'))).toHaveLength(2);
    expect(await told(subject)).toEqual(['approver']);
  });

  test('an answer that is no answer is ignored', async () => {
    const subject = uniqueId('approval');
    const handle = await startApproval({ subject });
    await handle.signal('approve', 'maybe');
    await handle.signal(approve, true);
    expect(await handle.result()).toEqual({ status: 'approved' });
  });
});

describe('approval: nobody answers', () => {
  test('a reminder, an escalation, then rejection', async () => {
    const subject = uniqueId('approval');
    const handle = await startApproval({ subject, timeout: 800 });
    expect(await handle.result()).toEqual({ status: 'auto_rejected' });
    expect(await told(subject)).toEqual(['approver', 'approver', 'manager']);
    const fired = milestones(await readHistory(subject)).filter((name) => name === 'TimerFired');
    expect(fired).toHaveLength(3);
  });

  test('a reminder that cannot be sent does not keep the request open', async () => {
    const subject = uniqueId('approval');
    const simulate = { sendNotification: { failures: 100 } };
    const handle = await startApproval({ subject, timeout: '500ms', simulate });
    expect(await handle.result()).toEqual({ status: 'auto_rejected' });
  });
});

describe('approval: a timeout that is none', () => {
  test.each(['soon', '-5s', 0])('%s fails the run', async (timeout) => {
    const subject = uniqueId('approval');
    const input = { subject, timeout } as ApprovalInput; // What a caller without types may send.
    const failed = await (await startApproval(input)).result().catch((error: unknown) => error);
    expect((failed as WorkflowFailedError).cause).toMatchObject({ type: 'InvalidTimeout' });
  });
});
