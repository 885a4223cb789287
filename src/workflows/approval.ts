/**
 * Waits for a person. Whoever should approve is asked, reminded at half time, and at three quarters someone else is told;
 * without an answer in time the request is rejected.
 */
import ms from 'ms';
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  isCancellation,
  log,
  proxyActivities,
  setHandler,
  sleep,
} from 'perdure/workflow';
import type { Activities, Notification } from '../activities/index.ts';

export interface ApprovalInput {
  subject: string;
  /** How long to wait for an answer: `'24h'`, `'2 days'`, or milliseconds. */
  timeout?: ms.StringValue | number;
  simulate?: Notification['simulate'];
}

export interface ApprovalResult {
  status: 'approved' | 'rejected' | 'auto_rejected';
}

export const approve = defineSignal<[approved: boolean]>('approve');
export const getApprovalStatus = defineQuery<ApprovalResult['status'] | 'waiting'>('getStatus');

const { notify } = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '500ms', maximumInterval: '10s' },
});

export async function approval({
  subject,
  timeout = '24h',
  simulate,
}: ApprovalInput): Promise<ApprovalResult> {
  const timeoutMs = inMilliseconds(timeout);
  let answer: boolean | undefined;
  let status: ApprovalResult['status'] | 'waiting' = 'waiting';
  setHandler(getApprovalStatus, () => status);
  setHandler(approve, (approved) => {
    if (typeof approved === 'boolean') answer ??= approved;
  });

  const tell = (recipient: string, message: string) => notify({ subject, recipient, message, simulate });
  const reminders = new CancellationScope();
  const reminding = reminders.run(async () => {
    await tell('approver', `Please approve: ${subject}`);
    await sleep(timeoutMs / 2);
    await tell('approver', `Still waiting for your approval: ${subject}`);
    await sleep(timeoutMs / 4);
    await tell('manager', `Nobody has answered yet: ${subject}`);
  });
  const reminded = reminding.catch((error) => {
    if (!isCancellation(error)) log.error('a reminder could not be sent', { subject, error: String(error) });
  });

  await condition(() => answer !== undefined, timeoutMs);
  reminders.cancel();
  await reminded;
  status = answer === undefined ? 'auto_rejected' : answer ? 'approved' : 'rejected';
  return { status };
}

function inMilliseconds(timeout: ms.StringValue | number): number {
  const value = typeof timeout === 'number' ? timeout : ms(timeout);
  if (value > 0) return value;
  throw ApplicationFailure.nonRetryable(
    `timeout: a duration like '24h', found '${timeout}'`,
    'InvalidTimeout',
  );
}
