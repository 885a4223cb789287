/** Workflows that ask for more than their share. */
import { proxyActivities, sleep, upsertMemo } from 'perdure/workflow';
import type * as activities from './activities.ts';

const { step } = proxyActivities<typeof activities>({ startToCloseTimeout: '5 minutes' });
const NOTES_AT_ONCE = 1_000;

export async function spins(): Promise<never> {
  await sleep(1);
  for (;;) Math.sqrt(2);
}

/** All at once. */
export async function hoards(count: number, ms: number): Promise<number> {
  const done = await Promise.all(Array.from({ length: count }, (_, index) => step(`hoarded ${index}`, ms)));
  return done.length;
}

/** One event after another, a thousand a task. */
export async function grows(events: number): Promise<void> {
  for (let written = 0; written < events; written += NOTES_AT_ONCE) {
    for (let note = 0; note < NOTES_AT_ONCE; note++) upsertMemo({ note: written + note });
    await sleep(1);
  }
}

export async function swells(bytes: number): Promise<string> {
  await sleep(1);
  return 'x'.repeat(bytes);
}
