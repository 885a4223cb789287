import { trace } from '@opentelemetry/api';
import {
  ApplicationFailure,
  condition,
  continueAsNew,
  createNexusServiceClient,
  defineQuery,
  defineSignal,
  defineUpdate,
  log,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  startChild,
  workflowInfo,
} from 'perdure/workflow';
import type { activities } from './activities.ts';
import { service } from './service.ts';

const { greet, fail, completeLater } = proxyActivities<typeof activities>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 1 },
});
const local = proxyLocalActivities<typeof activities>({ startToCloseTimeout: '10s' });

export const proceed = defineSignal('proceed');
export const sum = defineQuery<number>('sum');
export const add = defineUpdate<number, [number]>('add');

/** Waits for the signal of its parent. */
export async function child(): Promise<string> {
  let isTold = false;
  setHandler(proceed, () => {
    isTold = true;
  });
  await condition(() => isTold);
  return await greet('child');
}

/** Calls what can be called. */
export async function parent(): Promise<string[]> {
  const greetings = [await greet('parent'), await local.greet('local')];
  const handle = await startChild(child, { workflowId: `${workflowInfo().workflowId}-child` });
  await handle.signal(proceed);
  return [...greetings, await handle.result()];
}

/** Answers messages, until it is told to go. */
export async function counter(): Promise<number> {
  let total = 0;
  let isTold = false;
  setHandler(sum, () => total);
  setHandler(
    add,
    (by) => {
      total += by;
      return total;
    },
    {
      validator(by) {
        if (by < 0) throw ApplicationFailure.nonRetryable('only more');
      },
    },
  );
  setHandler(proceed, () => {
    isTold = true;
  });
  await condition(() => isTold);
  return total;
}

export async function later(): Promise<string> {
  return await completeLater();
}

export async function waiting(): Promise<void> {
  await condition(() => false);
}

export async function callsService(endpoint: string): Promise<string> {
  return await createNexusServiceClient({ endpoint, service }).executeOperation('greeting', 'you');
}

/** A random number that is drawn after messages have come. */
export async function drawing(): Promise<number> {
  let drawn = 0;
  let isTold = false;
  setHandler(sum, () => drawn);
  setHandler(add, (by) => by, { validator: (_by: number) => undefined });
  setHandler(proceed, () => {
    isTold = true;
  });
  await condition(() => isTold);
  drawn = Math.random();
  return drawn;
}

export async function failing(kind: 'activity' | 'workflow' | 'benign'): Promise<void> {
  if (kind !== 'workflow') return await fail(kind);
  throw ApplicationFailure.nonRetryable('no workflow');
}

export async function twoRuns(runs = 2): Promise<string> {
  if (runs > 1) return await continueAsNew<typeof twoRuns>(runs - 1);
  return 'second';
}

/** Makes a span of its own, and logs in it. */
export async function ownSpan(): Promise<string> {
  return await trace.getTracer('mine').startActiveSpan('packing', async (span) => {
    log.info('in the span');
    const greeting = await greet('inner');
    span.setAttribute('greeting', greeting);
    span.addLink({ context: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 } });
    span.end();
    return greeting;
  });
}
