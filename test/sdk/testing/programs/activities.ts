import { Context, sleep } from 'perdure/activity';
import { ApplicationFailure } from 'perdure/common';

export async function refuse(): Promise<void> {
  throw ApplicationFailure.nonRetryable('no', 'Refused', { why: 'because' });
}

export async function fail(): Promise<void> {
  throw new Error('again and again');
}

export async function failOnce(): Promise<number> {
  const { attempt } = Context.current().info;
  if (attempt === 1) throw new Error('once');
  return attempt;
}

export async function hang(): Promise<void> {
  await sleep(60_000);
}
