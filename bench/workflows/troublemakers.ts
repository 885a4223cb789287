/** Runs that ask for more than their share, and the neighbour that is measured beside them. */
import { proxyActivities, sleep, upsertMemo } from 'perdure/workflow';

interface Activities {
  pause(ms: number): Promise<void>;
}

const { pause } = proxyActivities<Activities>({ startToCloseTimeout: '5 minutes' });

export async function neighbour(): Promise<string> {
  await pause(0);
  return 'done';
}

export async function spins(): Promise<never> {
  await sleep(1);
  for (;;) Math.sqrt(2);
}

export async function hoards(count: number, ms: number): Promise<number> {
  const done = await Promise.all(Array.from({ length: count }, () => pause(ms)));
  return done.length;
}

/** One event after another, a thousand a task. */
export async function grows(events: number): Promise<void> {
  for (let written = 0; written < events; written += 1_000) {
    for (let note = 0; note < 1_000; note++) upsertMemo({ note: written + note });
    await sleep(1);
  }
}

export async function swells(bytes: number): Promise<string> {
  await sleep(1);
  return 'x'.repeat(bytes);
}
