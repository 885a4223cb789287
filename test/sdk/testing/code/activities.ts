/** Activities that fail in every way, and that answer a request to cancel in every way. */
import {
  ApplicationFailure,
  activityInfo,
  CancelledFailure,
  Context,
  cancellationSignal,
  cancelled,
  getClient,
  heartbeat,
  sleep,
} from 'perdure/activity';
import { ApplicationFailureCategory } from 'perdure/common';

class HouseError extends Error {}

export const failing = {
  async plain() {
    throw new Error('plain message');
  },
  async ofClass() {
    throw new HouseError('of a class');
  },
  async application() {
    throw ApplicationFailure.create({
      message: 'app',
      type: 'T',
      details: [1, { a: 'b' }],
      cause: new Error('inner'),
    });
  },
  async nonRetryable() {
    throw ApplicationFailure.nonRetryable('never', 'N', 'd');
  },
  async benign() {
    throw ApplicationFailure.create({ message: 'harmless', category: ApplicationFailureCategory.BENIGN });
  },
  async withCause() {
    throw new TypeError('outer', { cause: new RangeError('inner') });
  },
  async text() {
    throw 'a text';
  },
  async object() {
    throw { a: 1 };
  },
  async cancelledUnasked() {
    throw new CancelledFailure('nobody asked');
  },
  async unconvertible() {
    return 5n as never;
  },
  async silent() {
    heartbeat({ at: 1 });
    await sleep('1h');
  },
  async hangs() {
    await sleep('1h');
  },
};

/** Tells the workflow that it runs, and heartbeats until `run` has settled. */
async function beating<T>(run: (context: Context) => Promise<T>): Promise<T> {
  const context = Context.current();
  const { workflowExecution } = activityInfo();
  await getClient()
    .workflow.getHandle(workflowExecution?.workflowId ?? '')
    .signal('running');
  const timer = setInterval(() => context.heartbeat(), 20);
  return await run(context).finally(() => clearInterval(timer));
}

const untilCancelled = <T>(answer: () => T): Promise<T> =>
  beating(async ({ cancelled }) => await cancelled.catch(answer));

export const answering = {
  rethrows: () => beating(async ({ cancelled }) => await cancelled),
  sleeps: () => beating(async () => await sleep('1h')),
  returns: () => untilCancelled(() => 'returned'),
  fails: () =>
    untilCancelled(() => {
      throw new Error('another error');
    }),
  aborts: () =>
    beating(
      () =>
        new Promise<void>((_, reject) => {
          const error = Object.assign(new Error('aborted'), { name: 'AbortError' });
          cancellationSignal().addEventListener('abort', () => reject(error));
        }),
    ),
  tells: () =>
    beating(async () => {
      await cancelled().catch(() => undefined);
      throw new CancelledFailure('mine', ['a detail']);
    }),
};

export const activities = { ...failing, ...answering, echo: async <T>(value: T): Promise<T> => value };
