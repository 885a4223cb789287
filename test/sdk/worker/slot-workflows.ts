import { proxyActivities, proxyLocalActivities } from 'perdure/workflow';

interface Activities {
  greet(): Promise<string>;
}
const { greet } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute' });
const { greet: greetHere } = proxyLocalActivities<Activities>({ startToCloseTimeout: '1 minute' });

export async function twoKindsOfActivity(): Promise<string> {
  return `${await greet()} ${await greetHere()}`;
}
