/** Random numbers that are the same on replay. */
import { maybeContext, requireContext, requireRun, runInContext } from '../../executor/context.ts';
import { fillBytes, type RandomSource, uuid4From } from '../../executor/random.ts';

export { uuid4 } from '../../executor/deterministic-values.ts';

/**
 * A stream of random numbers, the same on replay.
 *
 * @experimental
 */
export interface WorkflowRandomStream {
  /** A number from 0 up to, not including, 1. */
  random(): number;
  uuid4(): string;
  /** Fills `bytes` and returns it. */
  fill(bytes: Uint8Array): Uint8Array;
  /** Runs `fn` with this stream behind `Math.random` and `uuid4`. */
  with<T>(fn: () => T): T;
}

function streamOf(draw: RandomSource): WorkflowRandomStream {
  return {
    random: draw,
    uuid4: () => uuid4From(draw),
    fill: (bytes) => fillBytes(draw, bytes),
    with: (fn) => {
      const context = requireContext('Workflow.workflowRandom may only be used from workflow context.');
      return runInContext({ ...context, random: draw }, fn);
    },
  };
}

/**
 * The run's main stream, which `Math.random` draws from too.
 *
 * @experimental
 */
export const workflowRandom: WorkflowRandomStream = Object.freeze(
  streamOf(() => requireRun('Workflow.workflowRandom may only be used from workflow context.').random.draw()),
);

/**
 * The stream called `name` of the run. Drawing from it moves no other stream: interceptors and libraries use one of their own.
 *
 * @experimental
 */
export function getRandomStream(name: string): WorkflowRandomStream {
  const run = requireRun('Workflow.getRandomStream(...) may only be used from workflow context.');
  return streamOf(() => {
    maybeContext()?.run.assertAlive();
    return run.random.drawFrom(name);
  });
}
