/** Workerd tells of unhandled rejections in its own way: they must still fail the task of the run whose code it was. */
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sleep } from '../../src/sdk/workflow/index.ts';
import { World } from './support/world.ts';

describe('in workerd', () => {
  // The test runner listens too, and would take the rejections for errors of the tests.
  const ofRunner = process.listeners('unhandledRejection');
  beforeEach(() => {
    process.removeAllListeners('unhandledRejection');
  });
  afterEach(() => {
    for (const listener of ofRunner) process.on('unhandledRejection', listener);
  });

  it('a rejection that nothing handles fails the task (SCOPE-14)', async () => {
    const broken = new World(
      {
        workflow: async () => {
          void (async () => {
            await null;
            throw new RangeError('lost');
          })();
          await sleep(1);
        },
      },
      'workflow',
    );
    const sound = new World({ workflow: async () => await sleep(1) }, 'workflow', [], { runId: 'sound' });
    const [failed] = await Promise.all([broken.runFailing(), sound.run()]);
    expect(failed.failure.message).toBe('Unhandled Promise rejection: RangeError: lost');
  });

  it('a whole workflow runs', async () => {
    const world = new World(
      {
        workflow: async () => {
          await sleep(1);
          return 'awake';
        },
      },
      'workflow',
    );
    await world.run();
    world.fireTimer();
    await world.run();
    expect(world.result).toBe('awake');
  });
});
