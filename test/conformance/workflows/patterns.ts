/** What teams build out of it: sagas, locks, entities, polling, batches, dispatchers. */
import * as wf from 'perdure/workflow';
import type * as activities from '../worker/activities.ts';

const { record, greet, add, throwsTimes, pause } = wf.proxyActivities<typeof activities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '20ms', maximumAttempts: 5 },
});
const { failNonRetryable } = wf.proxyActivities<typeof activities>({ startToCloseTimeout: '10s' });

// Saga -------------------------------------------------------------------------------------------------------------

class Saga {
  private readonly undo: { name: string; fn: () => Promise<unknown> }[] = [];

  add(name: string, fn: () => Promise<unknown>): void {
    this.undo.unshift({ name, fn });
  }

  async compensate(): Promise<string[]> {
    const failed: string[] = [];
    await wf.CancellationScope.nonCancellable(async () => {
      for (const { name, fn } of this.undo) {
        try {
          await fn();
        } catch (error) {
          wf.log.error('compensation failed', { name, error });
          failed.push(name);
        }
      }
    });
    return failed;
  }
}

export async function trip(key: string, breaks: 'nothing' | 'flight' | 'compensation'): Promise<string> {
  const saga = new Saga();
  try {
    await record(key, 'book hotel');
    saga.add('hotel', () => record(key, 'cancel hotel'));
    await record(key, 'book car');
    saga.add('car', () =>
      breaks === 'compensation' ? failNonRetryable('car desk closed') : record(key, 'cancel car'),
    );
    if (breaks !== 'nothing') await failNonRetryable('no seats');
    await record(key, 'book flight');
    return 'booked';
  } catch (error) {
    const failed = await saga.compensate();
    throw wf.ApplicationFailure.nonRetryable('trip failed', 'TripFailed', failed, wf.rootCause(error));
  }
}

// Mutex ------------------------------------------------------------------------------------------------------------

interface LockRequest {
  requesterId: string;
  signalName: string;
}

export const requestLock = wf.defineSignal<[LockRequest]>('requestLock');
export const releaseLock = wf.defineSignal<[string]>('releaseLock');

/** Hands the lock out in the order of requests, and ends when nobody wants it any more. */
export async function lockKeeper(): Promise<number> {
  const queue: LockRequest[] = [];
  let held: string | undefined;
  let served = 0;
  wf.setHandler(requestLock, (request) => void queue.push(request));
  wf.setHandler(releaseLock, (requesterId) => {
    if (held === requesterId) held = undefined;
  });
  while (queue.length > 0 || (await wf.condition(() => queue.length > 0, '1s'))) {
    const next = queue.shift();
    if (next === undefined) continue;
    held = next.requesterId;
    served += 1;
    await wf.getExternalWorkflowHandle(next.requesterId).signal(next.signalName);
    await wf.condition(() => held === undefined, '5s');
  }
  return served;
}

export async function worksUnderLock(keeperId: string, key: string): Promise<void> {
  const { workflowId } = wf.workflowInfo();
  const acquired = wf.defineSignal('lockAcquired');
  let hasLock = false;
  wf.setHandler(acquired, () => {
    hasLock = true;
  });
  const keeper = wf.getExternalWorkflowHandle(keeperId);
  await keeper.signal(requestLock, { requesterId: workflowId, signalName: 'lockAcquired' });
  await wf.condition(() => hasLock);
  await record(key, 'enter');
  await wf.sleep(20);
  await record(key, 'leave');
  await keeper.signal(releaseLock, workflowId);
}

/** A lock inside one workflow: handlers that must not interleave. */
export const serialized = wf.defineUpdate<number, [number]>('serialized');
export const done = wf.defineSignal('done');

export async function serializes(): Promise<string[]> {
  const journal: string[] = [];
  let tail: Promise<unknown> = Promise.resolve();
  let isDone = false;
  wf.setHandler(serialized, (value) => {
    const work = tail.then(async () => {
      journal.push(`begin ${value}`);
      const sum = await add(value, 1);
      journal.push(`end ${value}`);
      return sum;
    });
    tail = work.catch(() => undefined);
    return work;
  });
  wf.setHandler(done, () => {
    isDone = true;
  });
  await wf.condition(() => isDone && wf.allHandlersFinished());
  return journal;
}

// Entity -----------------------------------------------------------------------------------------------------------

export interface Account {
  balance: number;
  version: number;
}

export const deposit = wf.defineSignal<[number]>('deposit');
export const withdraw = wf.defineUpdate<number, [number]>('withdraw');
export const balance = wf.defineQuery<number>('balance');
export const closeAccount = wf.defineUpdate<Account>('closeAccount');

export async function account(state: Account = { balance: 0, version: 0 }): Promise<Account> {
  let isClosed = false;
  let handled = 0;
  wf.setHandler(deposit, (amount) => {
    state.balance += amount;
    handled += 1;
  });
  wf.setHandler(balance, () => state.balance);
  wf.setHandler(
    withdraw,
    async (amount) => {
      state.balance -= amount;
      handled += 1;
      await record(wf.workflowInfo().workflowId, `withdraw ${amount}`);
      return state.balance;
    },
    {
      validator: (amount) => {
        if (amount > state.balance)
          throw wf.ApplicationFailure.nonRetryable('insufficient funds', 'Insufficient');
      },
    },
  );
  wf.setHandler(closeAccount, () => {
    isClosed = true;
    return state;
  });
  await wf.condition(() => isClosed || handled >= 10);
  await wf.condition(wf.allHandlersFinished);
  if (isClosed) return state;
  return await wf.continueAsNew<typeof account>({ balance: state.balance, version: state.version + 1 });
}

// Polling ----------------------------------------------------------------------------------------------------------

export async function pollsByRetry(times: number): Promise<string> {
  const { throwsTimes: poll } = wf.proxyActivities<typeof activities>({
    startToCloseTimeout: '2s',
    retry: { initialInterval: '20ms', backoffCoefficient: 1 },
  });
  return await poll(times);
}

export async function pollsByLoop(times: number): Promise<number> {
  for (let round = 1; ; round++) {
    const value = await add(round, 0);
    if (value >= times) return round;
    await wf.sleep(5);
  }
}

// Batches ----------------------------------------------------------------------------------------------------------

/** At most `width` at a time. */
export async function slidingWindow(total: number, width: number): Promise<{ sum: number; widest: number }> {
  let running = 0;
  let widest = 0;
  let next = 0;
  let sum = 0;
  const worker = async () => {
    while (next < total) {
      const mine = next++;
      running += 1;
      widest = Math.max(widest, running);
      const value = await add(mine, 1);
      sum += value;
      running -= 1;
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return { sum, widest };
}

export async function mapReduce(parts: number): Promise<number> {
  const sums = await Promise.all(
    Array.from({ length: parts }, (_, part) =>
      wf.executeChild(slidingWindow, { args: [10, 2 + (part % 2)] }),
    ),
  );
  return sums.reduce((total, { sum }) => total + sum, 0);
}

/** The first of two that answers; the other one is cancelled. */
export async function hedged(): Promise<string> {
  const scope = new wf.CancellationScope();
  try {
    return await scope.run(() =>
      Promise.race([pause(5_000).then(() => 'slow'), wf.sleep(50).then(() => greet('hedge'))]),
    );
  } finally {
    scope.cancel();
  }
}

/** A reminder that repeats until it is acknowledged or escalated. */
export const acknowledge = wf.defineSignal<[by: string]>('acknowledge');

export async function reminder(key: string, everyMs: number, times: number): Promise<string> {
  let by: string | undefined;
  wf.setHandler(acknowledge, (who) => {
    by = who;
  });
  for (let sent = 1; sent <= times; sent++) {
    await record(key, `reminder ${sent}`);
    if (await wf.condition(() => by !== undefined, everyMs)) return `acknowledged by ${by}`;
  }
  return 'escalated';
}

export const arrowWorkflow = async (name: string): Promise<string> => {
  const [one, two] = await Promise.all([greet(name), throwsTimes(2)]);
  return `${one} ${two}`;
};

/** Interprets a list of steps: a small workflow language. */
export type Step =
  | { do: 'greet'; name: string }
  | { do: 'sleep'; ms: number }
  | { do: 'parallel'; steps: Step[] }
  | { do: 'repeat'; times: number; step: Step };

export async function interpreter(steps: Step[]): Promise<string[]> {
  const output: string[] = [];
  const run = async (step: Step): Promise<void> => {
    switch (step.do) {
      case 'greet':
        output.push(await greet(step.name));
        return;
      case 'sleep':
        return await wf.sleep(step.ms);
      case 'parallel':
        await Promise.all(step.steps.map(run));
        return;
      case 'repeat':
        for (let time = 0; time < step.times; time++) await run(step.step);
    }
  };
  for (const step of steps) await run(step);
  return output;
}
