import { Context, cancelled, getClient, heartbeat, sleep } from 'perdure/activity';
import { Client, Connection } from 'perdure/client';
import { ActivityCancellationDetails, CancelledFailure } from 'perdure/common';
import { MockActivityEnvironment } from 'perdure/testing';
import { DefaultLogger } from 'perdure/worker';
import { describe, expect, it } from 'vitest';

const logger = new DefaultLogger('ERROR');

describe('MockActivityEnvironment', () => {
  it('runs a function with its arguments in the context of an activity', async () => {
    const env = new MockActivityEnvironment({ attempt: 2 }, { logger });
    const attempt = async (add: number) => Context.current().info.attempt + add;
    expect(await env.run(attempt, 3)).toBe(5);
  });

  it('lets the function throw what it throws', async () => {
    const env = new MockActivityEnvironment({}, { logger });
    const error = new Error('as it is');
    await expect(env.run(() => Promise.reject(error))).rejects.toBe(error);
  });

  it('emits heartbeats', async () => {
    const env = new MockActivityEnvironment({}, { logger });
    const seen: unknown[] = [];
    env.on('heartbeat', (details) => seen.push(details));
    await env.run(async () => {
      heartbeat(1);
      heartbeat({ page: 2 });
    });
    expect(seen).toEqual([1, { page: 2 }]);
  });

  it('cancels what waits for cancellation, with details', async () => {
    const env = new MockActivityEnvironment({}, { logger });
    env.once('heartbeat', () => env.cancel());
    const run = env.run(async () => {
      heartbeat();
      await cancelled();
    });
    await expect(run).rejects.toThrow(CancelledFailure);
    await expect(run).rejects.toThrow('CANCELLED');
    expect(env.context.cancellationDetails?.cancelRequested).toBe(true);
  });

  it('gives the reason it is told, and stays cancelled', async () => {
    const env = new MockActivityEnvironment({}, { logger });
    env.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }));
    await expect(env.run(() => sleep(10_000))).rejects.toThrow('WORKER_SHUTDOWN');
    expect(env.context.cancellationSignal.aborted).toBe(true);
    expect(env.context.cancellationDetails?.workerShutdown).toBe(true);
  });

  it('puts interceptors around the function', async () => {
    const env = new MockActivityEnvironment(
      {},
      {
        logger,
        interceptors: [
          () => ({ inbound: { execute: async (input, next) => `<${String(await next(input))}>` } }),
        ],
      },
    );
    expect(await env.run(async () => 'inner')).toBe('<inner>');
  });

  it('has no client unless it is given one', async () => {
    const env = new MockActivityEnvironment({}, { logger });
    await expect(env.run(async () => Context.current().client)).rejects.toThrow('No Client available');
  });

  it('ends the calls of its client with the activity', async () => {
    const connection = Connection.lazy({ address: '127.0.0.1:1' });
    const client = new Client({ connection });
    const env = new MockActivityEnvironment({}, { logger, client });
    env.cancel();
    const call = env.run(async () => await getClient().workflow.getHandle('w').describe());
    await expect(call).rejects.toMatchObject({ cause: { code: 1 } });
  });
});
