/** Workflows that get large values, work with them or only pass them on. */
import {
  ApplicationFailure,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setHandler,
} from 'perdure/workflow';
import type * as activities from './payload-storage-activities.ts';

const { measure, enlarge } = proxyActivities<typeof activities>({
  startToCloseTimeout: '1 minute',
  retry: { maximumAttempts: 1 },
});

export const append = defineSignal<[string]>('append');
export const swap = defineUpdate<string, [string]>('swap');
export const current = defineQuery<string>('current');

/** Keeps a text that grows, and gives it back. */
export async function keeper(text: string): Promise<string> {
  let kept = text;
  let appended = 0;
  setHandler(append, (more) => {
    kept += more;
    appended += 1;
  });
  setHandler(swap, (other) => {
    const before = kept;
    kept = other;
    return before;
  });
  setHandler(current, () => kept);
  await condition(() => appended > 0);
  if (kept.startsWith('bad')) throw ApplicationFailure.nonRetryable('bad text', 'Bad', kept);
  return enlarge(kept);
}

/** What kind of thing workflow code was given, how long an activity found it, and the thing itself. */
export async function passOn(value: unknown): Promise<{ seen: string; bytes: number }> {
  const seen = typeof value === 'object' && value !== null ? value.constructor.name : typeof value;
  return { seen, bytes: await measure(value as string) };
}

/** Gives back what it was given, whatever it is. */
export async function echo(value: unknown): Promise<unknown> {
  return value;
}
