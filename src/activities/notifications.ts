import { activityInfo, Context, heartbeat, log } from 'perdure/activity';
import type { Simulation } from '../demo/operations.ts';
import type { CallDemoService } from './demo-service.ts';

export interface Notification {
  /** What it is about; the ledger is read by it. */
  subject: string;
  recipient: string;
  message: string;
  simulate?: Simulation;
}

export interface Campaign {
  campaign: string;
  recipients: string[];
  message: string;
  /** Pause between two notifications, in milliseconds. */
  pauseMs?: number;
  simulate?: Simulation;
}

export function notificationActivities(call: CallDemoService) {
  return {
    async notify({ recipient, ...notification }: Notification): Promise<void> {
      const part = `${activityInfo().activityId}/${recipient}`;
      await call('sendNotification', { ...notification, recipient, part });
    },

    /**
     * Notifies one recipient after the other, and says after each how far it has come. An attempt that follows a failed one
     * begins where that one's last heartbeat stood. Gives the number of recipients this attempt did not have to notify again.
     */
    async notifyRecipients({
      campaign,
      recipients,
      message,
      pauseMs = 0,
      simulate,
    }: Campaign): Promise<number> {
      const resumedAt: number = activityInfo().heartbeatDetails ?? 0;
      if (resumedAt > 0) log.info('resuming', { campaign, resumedAt });
      for (const [index, recipient] of recipients.entries()) {
        if (index < resumedAt) continue;
        await call('sendNotification', { subject: campaign, recipient, message, simulate, part: `${index}` });
        heartbeat(index + 1);
        await Context.current().sleep(pauseMs);
      }
      return resumedAt;
    },
  };
}
