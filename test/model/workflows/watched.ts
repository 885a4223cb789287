/** A run to follow: it counts what it is sent, over several runs. */
import { condition, continueAsNew, defineQuery, defineSignal, setHandler } from 'perdure/workflow';

export const count = defineSignal<[number]>('count');
export const counted = defineQuery<{ total: number }, [unit?: string]>('counted');

export async function counter(total: number, target: number, perRun: number): Promise<number> {
  let current = total;
  let taken = 0;
  setHandler(count, (amount) => {
    current += amount;
    taken += 1;
  });
  setHandler(counted, (unit) => ({ total: current, ...(unit && { unit }) }));
  await condition(() => current >= target || taken >= perRun);
  if (current < target) return await continueAsNew<typeof counter>(current, target, perRun);
  return current;
}
