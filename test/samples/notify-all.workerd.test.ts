/** The `notifyAll` sample: an attempt that fails in the middle is followed by one that does not begin at the beginning. */
import { WorkflowFailedError } from 'perdure/client';
import { describe, expect, test } from 'vitest';
import type { Campaign } from '../../src/activities/index.ts';
import { notifyAll } from '../../src/workflows/notify-all.ts';
import { client, ledger, milestones, readHistory, taskQueue, uniqueId, untilActivity } from './support.ts';

function startCampaign(campaign: string, recipients: string[], changes: Partial<Campaign> = {}) {
  const input = { campaign, recipients, message: 'news', ...changes };
  return client.workflow.start(notifyAll, { taskQueue, workflowId: campaign, args: [input] });
}

describe('notifyAll', () => {
  test('each recipient is notified, by one activity', async () => {
    const campaign = uniqueId('campaign');
    const handle = await startCampaign(campaign, ['ann', 'bob', 'eve']);
    expect(await handle.result()).toEqual({ campaign, notified: 3, resumedAt: 0 });
    expect((await ledger(campaign)).map(({ recipient }) => recipient)).toEqual(['ann', 'bob', 'eve']);
    expect(milestones(await readHistory(campaign))).toEqual([
      'WorkflowExecutionStarted',
      'ActivityTaskScheduled(notifyRecipients)',
      'ActivityTaskStarted(notifyRecipients)',
      'ActivityTaskCompleted(notifyRecipients)',
      'WorkflowExecutionCompleted',
    ]);
  });

  test('after a failure it resumes at its last heartbeat', async () => {
    const campaign = uniqueId('campaign');
    const handle = await startCampaign(campaign, ['ann', 'bob', 'fail-once-carl', 'eve']);
    expect(await handle.result()).toEqual({ campaign, notified: 4, resumedAt: 2 });
    const happened = (await ledger(campaign)).map(({ recipient, outcome }) => `${recipient} ${outcome}`);
    expect(happened).toEqual([
      'ann done',
      'bob done',
      'fail-once-carl unavailable',
      'fail-once-carl done',
      'eve done',
    ]);
  });

  test('cancelled, it stops between two recipients', async () => {
    const campaign = uniqueId('campaign');
    const recipients = Array.from({ length: 200 }, (_, index) => `customer-${index}`);
    const handle = await startCampaign(campaign, recipients, { pauseMs: 100 });
    await untilActivity(campaign, 'notifyRecipients', 'Scheduled');
    await handle.cancel();
    await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect((await ledger(campaign)).length).toBeLessThan(recipients.length);
    expect(milestones(await readHistory(campaign))).toContain('ActivityTaskCanceled(notifyRecipients)');
  }, 30_000);
});
