/**
 * One long activity that notifies many recipients. It says after each how far it has come, so that a further attempt goes on
 * from there, and an attempt that falls silent is noticed after the heartbeat timeout instead of at the end of the day.
 */
import { ActivityCancellationType, proxyActivities } from 'perdure/workflow';
import type { Activities, Campaign } from '../activities/index.ts';

export interface NotifyAllResult {
  campaign: string;
  notified: number;
  /** How many recipients the last attempt found done. 0 when the first one went through. */
  resumedAt: number;
}

const { notifyRecipients } = proxyActivities<Activities>({
  startToCloseTimeout: '1 day',
  heartbeatTimeout: '10s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '500ms', maximumInterval: '10s' },
});

export async function notifyAll(campaign: Campaign): Promise<NotifyAllResult> {
  const resumedAt = await notifyRecipients(campaign);
  return { campaign: campaign.campaign, notified: campaign.recipients.length, resumedAt };
}
