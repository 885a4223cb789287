import { type ActivityOptions, proxyActivities } from 'perdure/workflow';

interface Activities {
  act(name: string): Promise<unknown>;
}

export type PushedOptions = Pick<ActivityOptions, 'startToCloseTimeout' | 'heartbeatTimeout'> & {
  maximumAttempts: number;
  /** Milliseconds. */
  initialInterval?: number;
};

export async function pushed(taskQueue: string, options: PushedOptions): Promise<unknown> {
  const { maximumAttempts, initialInterval = 10, ...timeouts } = options;
  const { act } = proxyActivities<Activities>({
    taskQueue,
    startToCloseTimeout: '30s',
    heartbeatTimeout: '20s',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { initialInterval, maximumAttempts, maximumInterval: '1000 days' },
    ...timeouts,
  });
  return await act('hello');
}
