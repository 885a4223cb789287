import { proxyActivities } from 'perdure/workflow';

interface Activities {
  act(name: string): Promise<unknown>;
}

export async function pushed(taskQueue: string, maximumAttempts: number): Promise<unknown> {
  const { act } = proxyActivities<Activities>({
    taskQueue,
    startToCloseTimeout: '30s',
    heartbeatTimeout: '20s',
    retry: { initialInterval: 10, maximumAttempts },
  });
  return await act('hello');
}
