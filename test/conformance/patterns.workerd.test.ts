/** What teams build out of it: sagas, locks, entities, polling, batches. */
import {
  type ApplicationFailure,
  WithStartWorkflowOperation,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
} from 'perdure/client';
import { describe, expect, test } from 'vitest';
import { client, direct, eventually, failureOf, options, taskQueue, unique } from './support.ts';
import { journal } from './worker/activities.ts';
import * as programs from './workflows/patterns.ts';

describe('sagas', () => {
  test('book, or undo what was booked in reverse', async () => {
    const run = async (breaks: 'nothing' | 'flight' | 'compensation') => {
      const key = unique('trip');
      const outcome = await client.workflow
        .execute(programs.trip, { ...options('trip'), args: [key, breaks] })
        .catch((error: WorkflowFailedError) => (error.cause as ApplicationFailure).details);
      return { outcome, steps: journal.get(key) };
    };
    expect(await run('nothing')).toEqual({
      outcome: 'booked',
      steps: ['book hotel', 'book car', 'book flight'],
    });
    expect(await run('flight')).toEqual({
      outcome: [[], 'no seats'],
      steps: ['book hotel', 'book car', 'cancel car', 'cancel hotel'],
    });
    expect(await run('compensation')).toEqual({
      outcome: [['car'], 'no seats'],
      steps: ['book hotel', 'book car', 'cancel hotel'],
    });
  });
});

describe('locks', () => {
  test('between workflows: nobody enters before the last one has left', async () => {
    const key = unique('locked');
    const keeper = await client.workflow.start(programs.lockKeeper, options('keeper'));
    await Promise.all(
      Array.from({ length: 5 }, () =>
        client.workflow.execute(programs.worksUnderLock, {
          ...options('under-lock'),
          args: [keeper.workflowId, key],
        }),
      ),
    );
    expect(journal.get(key)).toEqual(Array.from({ length: 5 }, () => ['enter', 'leave']).flat());
    expect(await keeper.result()).toBe(5);
  });

  test('between the handlers of one', async () => {
    const handle = await client.workflow.start(programs.serializes, options('serializes'));
    const sums = await Promise.all(
      [1, 2, 3, 4].map((value) => handle.executeUpdate(programs.serialized, { args: [value] })),
    );
    expect(sums).toEqual([2, 3, 4, 5]);
    await handle.signal(programs.done);
    const seen = await handle.result();
    expect(seen).toHaveLength(8);
    for (let at = 0; at < 8; at += 2) expect(seen[at + 1]).toBe(seen[at]?.replace('begin', 'end'));
  });
});

describe('an entity', () => {
  test('takes deposits and withdrawals over many runs, and nothing is lost', async () => {
    const workflowId = unique('account');
    const handle = await client.workflow.start(programs.account, { workflowId, taskQueue, args: [] });
    const current = client.workflow.getHandle(workflowId);
    for (let round = 0; round < 12; round++) {
      await Promise.all([
        current.signal(programs.deposit, 10),
        current.signal(programs.deposit, 5),
        current.signal(programs.deposit, 1),
      ]);
      const left = await current.executeUpdate(programs.withdraw, { args: [6] });
      expect(left).toBe((round + 1) * 10);
    }
    expect(await current.query(programs.balance)).toBe(120);
    const refused = (await failureOf(
      current.executeUpdate(programs.withdraw, { args: [1_000] }),
    )) as WorkflowUpdateFailedError;
    expect(refused.cause).toMatchObject({ type: 'Insufficient' });
    const closed = await current.executeUpdate(programs.closeAccount);
    expect(closed.balance).toBe(120);
    expect(closed.version).toBeGreaterThan(2);
    expect(await handle.result()).toEqual(closed);
    expect(journal.get(workflowId)).toHaveLength(12);
  });

  test('is created by its first message', async () => {
    const workflowId = unique('lazy-account');
    const open = () =>
      new WithStartWorkflowOperation(programs.account, {
        workflowId,
        taskQueue,
        args: [{ balance: 100, version: 0 }],
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
    const results = await Promise.all(
      [10, 20, 30].map((amount) =>
        client.workflow.executeUpdateWithStart(programs.withdraw, {
          args: [amount],
          startWorkflowOperation: open(),
        }),
      ),
    );
    expect(Math.min(...results)).toBe(40);
    await client.workflow.getHandle(workflowId).executeUpdate(programs.closeAccount);
  });
});

describe('polling and batches', () => {
  test('by retries and by loops', async () => {
    expect(await client.workflow.execute(programs.pollsByRetry, { ...options('retry'), args: [5] })).toBe(
      'ok after 5',
    );
    expect(await client.workflow.execute(programs.pollsByLoop, { ...options('loop'), args: [15] })).toBe(15);
  });

  test('in a window, and over children', async () => {
    const at = options('window');
    expect(await client.workflow.execute(programs.slidingWindow, { ...at, args: [60, 7] })).toEqual({
      sum: (60 * 61) / 2,
      widest: 7,
    });
    expect(await client.workflow.execute(programs.mapReduce, { ...options('reduce'), args: [8] })).toBe(
      8 * 55,
    );
  });

  test('hedged calls, reminders, an interpreter', async () => {
    expect(await client.workflow.execute(programs.hedged, options('hedged'))).toBe('Hello, hedge!');
    const key = unique('reminder');
    expect(await client.workflow.execute(programs.reminder, { ...options('r'), args: [key, 30, 3] })).toBe(
      'escalated',
    );
    expect(journal.get(key)).toHaveLength(3);
    const handle = await client.workflow.start(programs.reminder, {
      ...options('r'),
      args: [key, 60_000, 3],
    });
    await handle.signal(programs.acknowledge, 'Ada');
    expect(await handle.result()).toBe('acknowledged by Ada');
    const output = await client.workflow.execute(programs.interpreter, {
      ...options('interpreter'),
      args: [
        [
          { do: 'greet', name: 'a' },
          {
            do: 'parallel',
            steps: [
              { do: 'sleep', ms: 20 },
              { do: 'greet', name: 'b' },
            ],
          },
          { do: 'repeat', times: 3, step: { do: 'greet', name: 'c' } },
        ],
      ],
    });
    expect(output).toEqual(['Hello, a!', 'Hello, b!', 'Hello, c!', 'Hello, c!', 'Hello, c!']);
  });

  test('an arrow function, and one under a second name', async () => {
    expect(await client.workflow.execute(programs.arrowWorkflow, { ...options('arrow'), args: ['x'] })).toBe(
      'Hello, x! ok after 2',
    );
    expect(await client.workflow.execute('renamed', options('renamed'))).toBe('activity');
  });

  test('100 workflows at once', async () => {
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        direct.workflow.execute(programs.arrowWorkflow, { ...options('crowd'), args: [`${index}`] }),
      ),
    );
    expect(new Set(results).size).toBe(100);
    await eventually(() => true);
    expect(WorkflowFailedError.name + WorkflowUpdateFailedError.name).toBeTruthy();
  });
});
