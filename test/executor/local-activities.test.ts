import { describe, expect, it } from 'vitest';
import { backoffAfter } from '../../src/executor/local-activity-runner.ts';
import { replayHistory } from '../../src/executor/replay.ts';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  TimeoutFailure,
} from '../../src/sdk/common/failure.ts';
import type { HistoryEvent } from '../../src/sdk/common/wire/events.ts';
import {
  CancellationScope,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
} from '../../src/sdk/workflow/index.ts';
import { bundleOf, modes, World, type WorldOptions } from './support/world.ts';

const types = (commands: readonly { commandType: string }[]) =>
  commands.map(({ commandType }) => commandType);
const { work } = proxyActivities<{ work(): Promise<void> }>({ startToCloseTimeout: '1m' });
interface Local {
  quick(n: number): Promise<number>;
  fails(): Promise<unknown>;
  hangs(): Promise<unknown>;
  slow(): Promise<unknown>;
  other(): Promise<unknown>;
}
const local = (options = {}) => proxyLocalActivities<Local>({ startToCloseTimeout: '5s', ...options });

type Functions = Record<string, (...args: never[]) => unknown>;
const make = (workflow: (...args: never[]) => unknown, functions: Functions, options: WorldOptions = {}) =>
  new World({ workflow }, 'workflow', [], { localActivities: (type) => functions[type], ...options });

function marker(world: World) {
  const { attributes } = world.last('MarkerRecorded');
  const data: unknown = JSON.parse(
    new TextDecoder().decode(attributes.details?.data?.payloads?.[0]?.data ?? undefined),
  );
  return {
    name: attributes.markerName,
    data,
    hasResult: attributes.details?.result !== undefined,
    failure: attributes.failure,
  };
}

describe.each(modes)('local activities: $mode', ({ replayEachTask }) => {
  it('run inside the task; only a marker tells of them (LA-1)', async () => {
    let calls = 0;
    const functions = {
      quick: (n: number) => {
        calls++;
        return n * 2;
      },
    };
    const world = make(
      async () => {
        const first = await local().quick(1);
        await sleep(1);
        return [first, await local({ summary: 'again' }).quick(first)];
      },
      functions,
      { replayEachTask },
    );
    expect(types((await world.run()).commands)).toEqual(['RecordMarker', 'StartTimer']);
    expect(marker(world)).toMatchObject({
      name: 'core_local_activity',
      hasResult: true,
      data: {
        seq: 1,
        attempt: 1,
        activity_id: '1',
        activity_type: 'quick',
        complete_time: { seconds: expect.any(Number) as number, nanos: expect.any(Number) as number },
        backoff: null,
        original_schedule_time: { seconds: 1_700_000_000, nanos: 10_000_000 },
      },
    });
    world.fireTimer();
    await world.run();
    expect(world.result).toEqual([2, 4]);
    expect(calls).toBe(2);
    expect(world.last('MarkerRecorded').userMetadata).toBeUndefined();
  });

  it('one that failed for good arrives bare; timeouts and cancellations inside an ActivityFailure (LA-8)', async () => {
    const functions = {
      fails: () => {
        throw ApplicationFailure.nonRetryable('no', 'No');
      },
      hangs: () => new Promise(() => undefined),
    };
    const caught = (error: unknown) => {
      const { cause } = error as Error;
      return [
        error instanceof ApplicationFailure,
        error instanceof ActivityFailure && cause instanceof TimeoutFailure,
      ];
    };
    const world = make(
      async () => [
        await local().fails().catch(caught),
        await local({ startToCloseTimeout: 5, retry: { maximumAttempts: 1 } })
          .hangs()
          .catch(caught),
        await local({ startToCloseTimeout: undefined, scheduleToCloseTimeout: 5 }).hangs().catch(caught),
      ],
      functions,
      { replayEachTask },
    );
    await world.run();
    await world.run();
    expect(world.events.filter(({ eventType }) => eventType === 'MarkerRecorded')).toHaveLength(3);
    expect(marker(world).failure).toMatchObject({ timeoutFailureInfo: { timeoutType: 'SCHEDULE_TO_CLOSE' } });
    expect(world.types).toContain('WorkflowExecutionCompleted');
    expect(world.result).toEqual([
      [true, false],
      [false, true],
      [false, true],
    ]);
    await replayHistory({
      bundle: bundleOf({
        workflow: async () => [
          await local().fails().catch(caught),
          await local().hangs().catch(caught),
          await local().hangs().catch(caught),
        ],
      }),
      events: world.events,
    });
  });

  it('are tried again after short waits, within the task; retries are reported (LA-2)', async () => {
    let calls = 0;
    const functions = {
      quick: () => {
        calls++;
        if (calls < 3) throw new Error('not yet');
        return calls;
      },
    };
    const world = make(async () => await local({ retry: { initialInterval: 1 } }).quick(0), functions, {
      replayEachTask,
    });
    const completion = await world.run();
    expect(completion.nonfirstLocalActivityExecutionAttempts).toBe(2);
    expect(marker(world)).toMatchObject({ data: { attempt: 3 } });
    expect(world.result).toBe(3);
  });

  it('a wait over the threshold is a durable timer, then a new call with the original schedule time (LA-3)', async () => {
    let calls = 0;
    const functions = {
      quick: () => {
        calls++;
        if (calls < 2) throw new Error('not yet');
        return 'done';
      },
    };
    const workflow = async () =>
      await local({ retry: { initialInterval: '2m' }, localRetryThreshold: '1m' }).quick(0);
    const world = make(workflow, functions, { replayEachTask });
    const { commands } = await world.run();
    expect(types(commands)).toEqual(['RecordMarker', 'StartTimer']);
    expect(commands[1]).toMatchObject({ attributes: { startToFireTimeout: 120_000 } });
    expect(marker(world)).toMatchObject({
      data: { seq: 1, backoff: { seconds: 120, nanos: 0 } },
      failure: { message: 'not yet' },
    });
    world.fireTimer();
    await world.run();
    expect(marker(world)).toMatchObject({
      data: { seq: 2, attempt: 2, original_schedule_time: { seconds: 1_700_000_000, nanos: 10_000_000 } },
    });
    expect(world.result).toBe('done');
    await replayHistory({ bundle: bundleOf({ workflow }), events: world.events });
  });

  it('one that is not registered fails the task, unless there is a default (LA-4)', async () => {
    const world = make(async () => await local().quick(1), {}, { replayEachTask });
    expect((await world.runFailing()).failure.message).toBe(
      "Local activity of type 'quick' not registered on worker",
    );
    const fallback = make(
      async () => await local().quick(1),
      { default: (n: number) => n + 100 },
      { replayEachTask },
    );
    await fallback.run();
    expect(fallback.result).toBe(101);
  });

  it('cancelled in the call: no marker is missing and nothing runs', async () => {
    let calls = 0;
    const world = make(
      async () => {
        const scope = new CancellationScope();
        const promise = scope.run(() => local().quick(1));
        scope.cancel();
        return await promise.catch(isCancellation);
      },
      { quick: () => calls++ },
      { replayEachTask },
    );
    await world.run();
    expect(world.result).toBe(true);
    expect(calls).toBe(0);
  });

  it.each([
    ['TRY_CANCEL', true, 'CANCELLED'],
    ['ABANDON', true, undefined],
    ['WAIT_CANCELLATION_COMPLETED', true, 'CANCELLED'],
  ] as const)(
    '%s: a running one is cancelled through its signal, or left alone (LA-5)',
    async (cancellationType, result, reason) => {
      let told: unknown;
      const wrapLocalActivity: WorldOptions['wrapLocalActivity'] = (task, call) => {
        task.cancellationSignal.addEventListener('abort', () => {
          told = task.cancellationSignal.reason;
        });
        return Promise.race([
          call(task.args),
          new Promise((_, reject) => {
            task.cancellationSignal.addEventListener('abort', () => reject(new CancelledFailure('stopped')));
          }),
        ]);
      };
      const workflow = async () => {
        const scope = new CancellationScope();
        const slow = scope.run(() => local({ cancellationType }).slow());
        await local().quick(1);
        scope.cancel();
        return await slow.catch(isCancellation);
      };
      const functions = { quick: (n: number) => n, slow: () => new Promise(() => undefined) };
      const world = make(workflow, functions, { replayEachTask, wrapLocalActivity });
      await world.run();
      expect(world.result).toBe(result);
      expect(told instanceof CancelledFailure ? told.message : told).toBe(reason);
      expect(marker(world).failure).toMatchObject({ canceledFailureInfo: {} });
      await replayHistory({ bundle: bundleOf({ workflow }), events: world.events });
    },
  );

  it('move workflow time on by as long as they took (WFT-18)', async () => {
    let real = 0;
    const host = { now: () => real };
    const functions = { quick: () => (real += 700) };
    const clock = (globals: Readonly<Record<string, unknown>>) => globals.Date as DateConstructor;
    const world = new World(
      (globals) => ({
        workflow: async () => {
          const before = clock(globals).now();
          await local().quick(1);
          return clock(globals).now() - before;
        },
      }),
      'workflow',
      [],
      { replayEachTask, host, localActivities: (type) => functions[type as 'quick'] },
    );
    await world.run();
    expect(world.result).toBe(700);
  });
});

describe('local activities: tasks that end before them', () => {
  const poke = defineSignal('poke');

  it('a task completes at 80 % of its time and asks for another; the result comes with that (WFT-19, LA-7)', async () => {
    let finish: (value: number) => void = () => undefined;
    const quick = () => new Promise<number>((resolve) => (finish = resolve));
    const world = make(
      async () => await local().quick(1),
      { quick },
      { started: { workflowTaskTimeout: 20 } },
    );
    const first = await world.run();
    expect(first).toMatchObject({ commands: [], forceNewWorkflowTask: true });
    finish(5);
    await new Promise((resolve) => setTimeout(resolve));
    const second = await world.run();
    expect(second.forceNewWorkflowTask).toBeUndefined();
    expect(world.result).toBe(5);
    await replayHistory({
      bundle: bundleOf({ workflow: async () => await local().quick(1) }),
      events: world.events,
    });
  });

  it('after an eviction it runs again: replay found no marker (LA-6)', async () => {
    let calls = 0;
    const quick = async () => {
      calls++;
      if (calls === 1) await new Promise(() => undefined);
      return calls;
    };
    const world = make(
      async () => await local().quick(1),
      { quick },
      { started: { workflowTaskTimeout: 20 }, replayEachTask: true },
    );
    expect((await world.run()).forceNewWorkflowTask).toBe(true);
    await world.run();
    expect(world.result).toBe(2);
  });

  it('a signal is handled while one runs, and its marker replays in its place (LA-7)', async () => {
    let finish: (value: number) => void = () => undefined;
    const quick = () => new Promise<number>((resolve) => (finish = resolve));
    const workflow = async () => {
      const order: unknown[] = [];
      setHandler(poke, () => void order.push('signal'));
      order.push(await local().quick(1));
      await work();
      return order;
    };
    const world = make(workflow, { quick }, { started: { workflowTaskTimeout: 20 } });
    await world.run();
    world.signal('poke');
    await world.run();
    finish(9);
    await new Promise((resolve) => setTimeout(resolve));
    expect(types((await world.run()).commands)).toEqual(['RecordMarker', 'ScheduleActivityTask']);
    world.completeActivity();
    await world.run();
    expect(world.result).toEqual(['signal', 9]);
    await replayHistory({ bundle: bundleOf({ workflow }), events: world.events });
  });

  it.each(['between its tasks', 'in the next task'])(
    'one that ends %s is heard of after what that task brought, on replay too (LA-7)',
    async (ends) => {
      let finish: (value: number) => void = () => undefined;
      const quick = () => new Promise<number>((resolve) => (finish = resolve));
      const workflow = async () => {
        const first = async () => {
          await local().quick(1);
          await sleep(1);
        };
        const second = async () => {
          await work();
          for (let hop = 0; hop < 20; hop++) await undefined;
          await work();
        };
        await Promise.all([first(), second()]);
      };
      const world = make(workflow, { quick }, { started: { workflowTaskTimeout: 50 } });
      expect((await world.run()).forceNewWorkflowTask).toBe(true);
      world.completeActivity();
      const isBetween = ends === 'between its tasks';
      if (isBetween) finish(5);
      await new Promise((resolve) => setTimeout(resolve));
      const running = world.run();
      setTimeout(() => finish(5));
      const [marker, schedule, timer] = ['RecordMarker', 'ScheduleActivityTask', 'StartTimer'];
      expect(types((await running).commands)).toEqual(
        isBetween ? [marker, schedule, timer] : [schedule, marker, timer],
      );
      world.fireTimer();
      world.completeActivity();
      await world.run();
      expect(world.types).toContain('WorkflowExecutionCompleted');
      await replayHistory({ bundle: bundleOf({ workflow }), events: world.events });
    },
  );

  it('two that end at once are heard of one after the other, on replay too (LA-7)', async () => {
    const finishes: ((value: number) => void)[] = [];
    const quick = () => new Promise<number>((resolve) => void finishes.push(resolve));
    const workflow = async () => {
      const slowly = async () => {
        await local().quick(1);
        for (let hop = 0; hop < 20; hop++) await undefined;
        await work();
      };
      const promptly = async () => {
        await local().quick(2);
        await sleep(1);
      };
      await Promise.all([slowly(), promptly()]);
    };
    const world = make(workflow, { quick }, { started: { workflowTaskTimeout: 50 } });
    await world.run();
    for (const finish of finishes) finish(1);
    await new Promise((resolve) => setTimeout(resolve));
    expect(types((await world.run()).commands)).toEqual([
      'RecordMarker',
      'RecordMarker',
      'ScheduleActivityTask',
      'StartTimer',
    ]);
    await replayHistory({ bundle: bundleOf({ workflow }), events: world.events });
  });

  it('one whose run ends before code hears of it leaves its marker, and replays (LA-7)', async () => {
    let finish: (value: number) => void = () => undefined;
    const quick = () => new Promise<number>((resolve) => (finish = resolve));
    const workflow = async () => void (await Promise.race([local().quick(1), work()]));
    const world = make(workflow, { quick }, { started: { workflowTaskTimeout: 20 } });
    await world.run();
    world.completeActivity();
    finish(5);
    await new Promise((resolve) => setTimeout(resolve));
    expect(types((await world.run()).commands)).toEqual(['RecordMarker', 'CompleteWorkflowExecution']);
    await replayHistory({ bundle: bundleOf({ workflow }), events: world.events });
  });

  it('one that a cancel ends replays after what the same cancel ended at once (LA-7)', async () => {
    const note = defineUpdate('note');
    const workflow = async () => {
      setHandler(note, async () => await work());
      await local().quick(1);
    };
    const world = make(
      workflow,
      { quick: () => new Promise<number>(() => undefined) },
      { started: { workflowTaskTimeout: 20 } },
    );
    await world.run();
    await world.run({ updates: [world.update('u', 'note')] });
    world.cancel();
    const { commands } = await world.run();
    expect(types(commands)).toEqual([
      'RecordMarker',
      'RequestCancelActivityTask',
      'ProtocolMessage',
      'CancelWorkflowExecution',
    ]);
    await replayHistory({ bundle: bundleOf({ workflow }), events: world.events });
  });

  it('an evicted run drops its executions', async () => {
    let signal: AbortSignal | undefined;
    const world = make(
      async () => await local().quick(1),
      { quick: () => new Promise(() => undefined) },
      {
        started: { workflowTaskTimeout: 10 },
        wrapLocalActivity: (task, call) => {
          signal = task.cancellationSignal;
          return call(task.args);
        },
      },
    );
    await world.run();
    world.executor.evict(world.runId);
    expect(signal?.aborted).toBe(true);
  });
});

describe('local activities: replay against changed code', () => {
  const history = async (): Promise<HistoryEvent[]> => {
    const world = make(async () => await local().quick(1), { quick: () => 1 });
    await world.run();
    return world.events;
  };
  const replay = async (workflow: (...args: never[]) => unknown) =>
    await replayHistory({ bundle: bundleOf({ workflow }), events: await history() });

  it('finds another type, and a marker without a call (NDE-1)', async () => {
    await expect(replay(async () => await local().other())).rejects.toThrow(
      "records a local activity, but local activity '1' of type 'other' was called",
    );
    await expect(replay(async () => await sleep(1))).rejects.toThrow(
      'records a local activity, but no local activity was called',
    );
  });
});

describe('backoffAfter', () => {
  const failed = (info: object = {}) => ({ applicationFailureInfo: { type: 'Boom', ...info } });

  it('doubles from a second to a hundred, without end (LA-2)', () => {
    expect([1, 2, 3, 8, 50].map((attempt) => backoffAfter(failed(), attempt, undefined))).toEqual([
      1000, 2000, 4000, 100_000, 100_000,
    ]);
  });

  it('stops at the maximum of attempts, for non-retryable failures, and for listed types whatever their case (LA-2)', () => {
    expect(backoffAfter(failed(), 3, { maximumAttempts: 3 })).toBeUndefined();
    expect(backoffAfter(failed({ nonRetryable: true }), 1, undefined)).toBeUndefined();
    expect(backoffAfter(failed(), 1, { nonRetryableErrorTypes: ['bOOm'] })).toBeUndefined();
  });

  it('honours nextRetryDelay (LA-2)', () => {
    expect(backoffAfter(failed({ nextRetryDelay: 77 }), 1, undefined)).toBe(77);
  });
});
