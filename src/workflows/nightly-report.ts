/**
 * A report that a schedule starts every night. Each run reports what came since the one before: the schedule hands it that one's
 * result, so nothing is kept anywhere else. A night that failed is made up for by the next, which begins where the last good one
 * ended.
 *
 * ```ts
 * await client.schedule.create({
 *   scheduleId: 'nightly-sales',
 *   spec: { calendars: [{ hour: 2 }], timezone: 'Europe/Berlin' },
 *   action: { type: 'startWorkflow', workflowType: nightlyReport, taskQueue: 'default', args: [{ report: 'sales', recipients: ['ops'] }] },
 *   policies: { overlap: 'SKIP', catchupWindow: '6 hours', pauseOnFailure: true },
 * });
 * ```
 */
import { proxyActivities, workflowInfo } from 'perdure/workflow';
import type { Activities, Notification } from '../activities/index.ts';

export interface ReportRequest {
  /** What it is about; the ledger is read by it. */
  report: string;
  recipients: string[];
  simulate?: Notification['simulate'];
}

export interface ReportResult {
  report: string;
  /** ISO times between which it reports; the beginning is unknown for the first one. */
  from: string | undefined;
  to: string;
  /** How many reports were made so far, this one among them. */
  edition: number;
}

const { notify } = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '100ms', maximumAttempts: 3 },
});

export async function nightlyReport({ report, recipients, simulate }: ReportRequest): Promise<ReportResult> {
  const info = workflowInfo();
  const before = info.lastResult as ReportResult | undefined;
  const result: ReportResult = {
    report,
    from: before?.to,
    to: scheduledTime(info.searchAttributes.TemporalScheduledStartTime) ?? info.startTime.toISOString(),
    edition: (before?.edition ?? 0) + 1,
  };
  for (const recipient of recipients)
    await notify({
      subject: report,
      recipient,
      message: `edition ${result.edition}, since ${result.from ?? 'the beginning'}`,
      ...(simulate && { simulate }),
    });
  return result;
}

/** The nominal time, however late the run began. Without a schedule there is none. */
function scheduledTime(values: readonly unknown[] | undefined): string | undefined {
  const [time] = values ?? [];
  return time instanceof Date ? time.toISOString() : undefined;
}
