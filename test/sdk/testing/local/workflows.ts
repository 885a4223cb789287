import { proxyActivities } from 'perdure/workflow';

const { greet } = proxyActivities<{ greet(name: string): Promise<string> }>({ startToCloseTimeout: '1m' });

export async function greets(name: string): Promise<string> {
  return await greet(name);
}
