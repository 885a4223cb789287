/** The work that the workers share: steps in small groups, with short waits between them. */
import { proxyActivities, sleep } from 'perdure/workflow';

interface Activities {
  step(index: number): Promise<number>;
}

const GROUP = 4;

/** Gives the indexes of its steps, in order. */
export async function inSteps(taskQueue: string, steps: number): Promise<number[]> {
  const { step } = proxyActivities<Activities>({
    taskQueue,
    // Short: a killed worker's task is given to another after this. A busy machine keeps it.
    startToCloseTimeout: '5s',
    retry: { initialInterval: 100, backoffCoefficient: 1 },
  });
  const done: number[] = [];
  for (let first = 0; first < steps; first += GROUP) {
    const group = Array.from({ length: Math.min(GROUP, steps - first) }, (_, index) => step(first + index));
    done.push(...(await Promise.all(group)));
    if (first % (3 * GROUP) === 0) await sleep(10);
  }
  return done;
}
