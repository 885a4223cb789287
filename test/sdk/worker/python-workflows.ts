import { ActivityCancellationType, isCancellation, proxyActivities } from 'perdure/workflow';

type Activities = Record<string, (...args: unknown[]) => Promise<unknown>>;

const activities = proxyActivities<Activities>({
  taskQueue: 'python',
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
});

export async function inPython(type: string, ...args: unknown[]): Promise<unknown> {
  return await activities[type]?.(...args);
}

export async function cancelledInPython(): Promise<string> {
  try {
    await activities.count_slowly?.(1000);
    return 'completed';
  } catch (error) {
    return isCancellation(error) ? 'cancelled' : 'failed';
  }
}
