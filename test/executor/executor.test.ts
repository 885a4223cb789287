/** The handler as a whole: failures, the cache, replay in the shadow, loops without end, runs that interleave. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { estimateBytes, InstanceCache } from '../../src/executor/instance-cache.ts';
import { installUnhandledRejectionHook } from '../../src/executor/unhandled-rejections.ts';
import { ApplicationFailure } from '../../src/sdk/common/failure.ts';
import {
  CancellationScope,
  condition,
  continueAsNew,
  DeterminismViolationError,
  defineQuery,
  defineSignal,
  defineUpdate,
  executeChild,
  getExternalWorkflowHandle,
  inWorkflowContext,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  setWorkflowOptions,
  sleep,
  upsertMemo,
  upsertSearchAttributes,
  uuid4,
  workflowInfo,
} from '../../src/sdk/workflow/index.ts';
import { bundleOf, modes, World } from './support/world.ts';

const types = (commands: readonly { commandType: string }[]) =>
  commands.map(({ commandType }) => commandType);
const { work } = proxyActivities<{ work(n?: number): Promise<number> }>({ startToCloseTimeout: '1m' });
const poke = defineSignal('poke');

describe.each(modes)('failures: $mode', ({ replayEachTask }) => {
  const run = (workflow: (...args: never[]) => unknown, options = {}) =>
    new World({ workflow }, 'workflow', [], { replayEachTask, ...options });

  it('a TemporalFailure fails the run, with its cause chain (FAIL-1)', async () => {
    const world = run(async () => {
      const cause = new RangeError('inner');
      throw ApplicationFailure.create({ message: 'outer', type: 'Mine', details: [1], cause });
    });
    expect((await world.run()).commands).toMatchObject([
      {
        commandType: 'FailWorkflowExecution',
        attributes: {
          failure: {
            message: 'outer',
            source: 'TypeScriptSDK',
            applicationFailureInfo: { type: 'Mine' },
            cause: { message: 'inner' },
          },
        },
      },
    ]);
  });

  it('a failure from elsewhere goes on as it came (FAIL-4)', async () => {
    const world = run(async () => await work());
    await world.run();
    world.failActivity({
      message: 'theirs',
      source: 'GoSDK',
      stackTrace: 'main.go:1',
      applicationFailureInfo: { type: 'X' },
    });
    expect((await world.run()).commands).toMatchObject([
      {
        attributes: {
          failure: {
            message: 'Activity task failed',
            cause: { message: 'theirs', source: 'GoSDK', stackTrace: 'main.go:1' },
          },
        },
      },
    ]);
  });

  it('any other error fails only the task, with its message and the frames of the author (FAIL-1, FAIL-2)', async () => {
    const world = run(async () => {
      await null;
      throw new TypeError('a bug');
    });
    const { cause, failure } = await world.runFailing();
    expect(cause).toBe('WORKFLOW_WORKER_UNHANDLED_FAILURE');
    expect(failure).toMatchObject({ message: 'a bug', source: 'TypeScriptSDK' });
    expect(failure.stackTrace).toContain('executor.test.ts');
    expect(failure.stackTrace).not.toContain('startWorkflowNextHandler');
    expect((await world.runFailing()).cause).toBe('WORKFLOW_WORKER_UNHANDLED_FAILURE');
  });

  it('something thrown that is no error gives a message with a hint (FAIL-6)', async () => {
    const world = run(async () => {
      throw 'text';
    });
    expect((await world.runFailing()).failure.message).toMatch(/^text \[A non-Error value was thrown/);
  });

  it('configured errors fail the run: by class, by a getter, by name (FAIL-1)', async () => {
    class Mine extends Error {}
    class Sub extends Mine {}
    const byClass = async () => {
      throw new Sub('mine');
    };
    setWorkflowOptions({ failureExceptionTypes: [Mine] }, byClass);
    expect(types((await run(byClass).run()).commands)).toEqual(['FailWorkflowExecution']);
    const byGetter = async () => {
      throw new RangeError('any');
    };
    setWorkflowOptions(
      () => ({ failureExceptionTypes: workflowInfo().attempt === 1 ? [Error] : [] }),
      byGetter,
    );
    expect(types((await run(byGetter).run()).commands)).toEqual(['FailWorkflowExecution']);
    const plain = async () => {
      throw new Sub('mine');
    };
    for (const names of [['Mine'], ['Error']]) {
      const world = run(plain, { workflowFailureErrorTypes: names });
      expect(types((await world.run()).commands)).toEqual(['FailWorkflowExecution']);
    }
    expect((await run(plain, { workflowFailureErrorTypes: ['Other'] }).runFailing()).failure.message).toBe(
      'mine',
    );
  });

  it('a predicate, a result and an argument that cannot be handled fail the task (CONV-5)', async () => {
    const predicate = run(async () => {
      let calls = 0;
      await condition(() => {
        calls++;
        if (calls > 1) throw new RangeError('predicate');
        return false;
      });
    });
    expect((await predicate.runFailing()).failure.message).toBe('predicate');
    expect((await run(async () => 1n).runFailing()).failure).toMatchObject({
      message: 'Unhandled Promise rejection: ValueError: Unable to convert 1 to payload',
      cause: { message: 'Unable to convert 1 to payload' },
    });
    const input = { payloads: [{ metadata: { encoding: new TextEncoder().encode('odd') } }] };
    expect((await run(async () => 1, { started: { input } }).runFailing()).failure.message).toBe(
      'Unknown encoding: odd',
    );
  });

  it.each([undefined, null, 0, '', false])('FAIL-13: %j thrown fails the task', async (thrown) => {
    const world = run(async () => {
      throw thrown;
    });
    expect((await world.runFailing()).failure.message).toMatch(
      new RegExp(`^${String(thrown)} .A non-Error value was thrown`),
    );
  });

  it('an unknown workflow type fails the task; a default export takes any type', async () => {
    const world = new World({ other: async () => 1 }, 'workflow', [], { replayEachTask });
    expect((await world.runFailing()).failure.message).toBe(
      "Failed to initialize workflow of type 'workflow': no such function is exported by the workflow bundle",
    );
    const wrong = new World(() => ({ workflow: 5 }), 'workflow', [], { replayEachTask });
    expect((await wrong.runFailing()).failure.message).toContain("expected a function, but got: 'number'");
    const fallback = new World({ default: async () => workflowInfo().workflowType }, 'anything', [], {
      replayEachTask,
    });
    await fallback.run();
    expect(fallback.result).toBe('anything');
  });
});

describe('rejections that nothing handles', () => {
  // The test runner's own listeners would take them for errors of the tests.
  let others: NodeJS.UnhandledRejectionListener[] = [];
  beforeEach(() => {
    others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    installUnhandledRejectionHook();
    installUnhandledRejectionHook();
    for (const listener of others)
      if (String(listener).includes('failTaskOf')) process.on('unhandledRejection', listener);
  });
  afterEach(() => {
    const ours = process.listeners('unhandledRejection').filter((listener) => !others.includes(listener));
    process.removeAllListeners('unhandledRejection');
    for (const listener of [...others, ...ours]) process.on('unhandledRejection', listener);
    others = process.listeners('unhandledRejection');
  });

  it('fail the task of the run whose code it was, and no other (SCOPE-14)', async () => {
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
    expect(process.listenerCount('unhandledRejection')).toBe(1);
  });

  it('that are handled late in the same turn are none', async () => {
    const world = new World(
      {
        workflow: async () => {
          const late = Promise.reject(new RangeError('handled'));
          for (let turn = 0; turn < 20; turn++) await null;
          return await late.catch((error: Error) => error.message);
        },
      },
      'workflow',
    );
    await world.run();
    expect(world.result).toBe('handled');
  });
});

describe('loops without end', () => {
  const looping = (body: (check: () => void) => unknown, options = {}) =>
    new World((_globals, check) => ({ workflow: async () => await body(check) }), 'workflow', [], {
      fuel: { ticks: 1_000_000, timeMs: 300 },
      ...options,
    });
  const spin = (check: () => void): never => {
    for (;;) check();
  };

  it.each([
    ['a plain loop', spin],
    [
      'one that swallows what it is thrown',
      (check: () => void) => {
        for (;;) {
          check();
          try {
            spin(check);
          } catch {
            // goes on
          }
        }
      },
    ],
    [
      'one that awaits',
      async (check: () => void) => {
        for (;;) {
          check();
          await null;
        }
      },
    ],
    [
      'one that calls workflow functions in its catch',
      async (check: () => void) => {
        try {
          spin(check);
        } catch {
          await sleep(1);
        }
      },
    ],
  ])('%s fails the task as a deadlock; the next attempt starts afresh', async (_name, body) => {
    const world = looping(body);
    const { cause, failure } = await world.runFailing();
    expect(cause).toBe('WORKFLOW_WORKER_UNHANDLED_FAILURE');
    expect(failure.message).toContain(
      "[TMPRL1101] Potential deadlock detected: workflow didn't yield within 300ms",
    );
    expect(failure.message).toContain("workflow 'test-workflow'");
    expect(world.executor.cached.instances).toBe(0);
    await world.runFailing();
  });

  it('the clock ends what ticks slowly', async () => {
    let now = 0;
    const world = looping(
      (check) => {
        for (;;) {
          now += 0.01;
          check();
        }
      },
      { host: { now: () => now }, fuel: { ticks: 1e12, timeMs: 2000 } },
    );
    expect((await world.runFailing()).failure.message).toContain('within 2000ms');
    expect(now).toBeLessThan(5000);
  });

  it('much work that ends is no loop without end, and neighbours are not charged for it', async () => {
    const bundle = bundleOf((_globals, check) => ({
      endless: async () => spin(check),
      busy: async (n: number) => {
        for (let step = 0; step < n; step++) {
          check();
          if (step % 1000 === 0) await null;
        }
        return n;
      },
    }));
    const options = { bundle, fuel: { ticks: 1_000_000, timeMs: 10_000 } };
    const busy = [1, 2, 3].map(
      (n) => new World({}, 'busy', [300_000 * n], { ...options, runId: `busy-${n}` }),
    );
    const endless = new World({}, 'endless', [], { ...options, runId: 'endless' });
    await Promise.all([endless.runFailing(), ...busy.map((world) => world.run())]);
    expect(busy.map(({ result }) => result)).toEqual([300_000, 600_000, 900_000]);
  });
});

describe('the cache of instances', () => {
  const counting = () => {
    const starts = { count: 0 };
    const workflow = async () => {
      starts.count++;
      for (;;) await sleep(1);
    };
    return { starts, workflow };
  };

  it('a kept instance takes the next task without a replay; an evicted one is replayed', async () => {
    const { starts, workflow } = counting();
    const world = new World({ workflow }, 'workflow');
    await world.run();
    world.fireTimer();
    await world.run();
    expect(starts.count).toBe(1);
    expect(world.executor.cached).toMatchObject({ instances: 1 });
    world.executor.evict(world.runId);
    expect(world.executor.cached).toEqual({ instances: 0, bytes: 0 });
    world.fireTimer();
    await world.run();
    expect(starts.count).toBe(2);
  });

  it('an instance that does not stand where the task begins is dropped', async () => {
    const { starts, workflow } = counting();
    const world = new World({ workflow }, 'workflow');
    await world.run();
    world.fireTimer();
    const task = world.makeTask();
    await world.executor.handle({ ...task, previousStartedEventId: 1 });
    expect(starts.count).toBe(2);
  });

  it('a failed task and a closed run leave no instance', async () => {
    let isBroken = true;
    const world = new World(
      {
        workflow: async () => {
          await sleep(1);
          if (isBroken) throw new TypeError('x');
        },
      },
      'workflow',
    );
    await world.run();
    world.fireTimer();
    await world.runFailing();
    expect(world.executor.cached.instances).toBe(0);
    isBroken = false;
    await world.run();
    expect(world.executor.cached.instances).toBe(0);
  });

  it('eviction during a task counts: the instance is not kept', async () => {
    const { workflow } = counting();
    const world = new World({ workflow }, 'workflow');
    const completion = world.executor.handle(world.makeTask());
    world.executor.evict(world.runId);
    expect((await completion).kind).toBe('completed');
    expect(world.executor.cached.instances).toBe(0);
  });

  it('tasks of one run wait for each other', async () => {
    const { starts, workflow } = counting();
    const world = new World({ workflow }, 'workflow');
    await world.run();
    const [first, second] = await Promise.all([
      world.query('__temporal_workflow_metadata'),
      world.query('__temporal_workflow_metadata'),
    ]);
    expect(first).toEqual(second);
    expect(starts.count).toBe(1);
  });

  it('is bounded by count and by bytes, least recently used first out', async () => {
    const { starts, workflow } = counting();
    const bundle = bundleOf({ workflow });
    const { executor } = new World({}, 'workflow', [], { bundle, cache: { instances: 2 } });
    const worlds = ['a', 'b', 'c'].map((runId) => new World({}, 'workflow', [], { bundle, runId }));
    for (const world of worlds) await executor.handle(world.makeTask());
    expect(executor.cached.instances).toBe(2);
    expect(starts.count).toBe(3);
    const small = new World({}, 'workflow', [], { bundle, cache: { bytes: 20_000 } }).executor;
    for (const world of worlds) await small.handle(world.makeTask({ previousStartedEventId: 0 }));
    expect(small.cached.instances).toBe(1);
  });

  it('estimates grow with input, handlers and what is waited for', async () => {
    const cache = new InstanceCache({ instances: 1, bytes: 1e9 });
    expect(cache.take('none')).toBeUndefined();
    const sizes: number[] = [];
    for (const input of ['', 'x'.repeat(10_000)]) {
      const world = new World({ workflow: async (_text: string) => await sleep(1) }, 'workflow', [input]);
      await world.run();
      sizes.push(world.executor.cached.bytes);
    }
    expect((sizes[1] ?? 0) - (sizes[0] ?? 0)).toBe(20_000);
    expect(estimateBytes).toBeTypeOf('function');
  });
});

describe('runs that interleave', () => {
  it('each sees its own context, random stream and clock, and shares no module state', async () => {
    const bundle = bundleOf(() => {
      let count = 0;
      return {
        workflow: async (name: string) => {
          const seen: unknown[] = [];
          for (let step = 0; step < 5; step++) {
            await sleep(1);
            count++;
            seen.push([workflowInfo().runId === name, count]);
            await null;
          }
          return [seen, uuid4()];
        },
      };
    });
    const worlds = Array.from(
      { length: 20 },
      (_, n) => new World({}, 'workflow', [`run-${n}`], { bundle, runId: `run-${n}` }),
    );
    const [first] = worlds;
    const executor = first?.executor;
    await Promise.all(worlds.map((world) => world.run()));
    for (let step = 0; step < 5; step++) {
      for (const world of worlds) world.fireTimer();
      await Promise.all(worlds.map((world) => world.run()));
    }
    const results = worlds.map(({ result }) => result as [[boolean, number][], string]);
    for (const [seen] of results) expect(seen).toEqual([1, 2, 3, 4, 5].map((n) => [true, n]));
    expect(new Set(results.map(([, id]) => id)).size).toBe(20);
    expect(executor?.cached.instances).toBe(0);
    expect(inWorkflowContext()).toBe(false);
  });
});

describe('development', () => {
  const development = { development: true };

  it('replays each task in the shadow: code that differs on replay fails its first task (NDE-1)', async () => {
    let runs = 0;
    const workflow = async () => {
      runs++;
      if (runs === 1) await sleep(1);
      else await work();
    };
    const world = new World({ workflow }, 'workflow', [], development);
    const { cause, failure } = await world.runFailing();
    expect(cause).toBe('NON_DETERMINISTIC_ERROR');
    expect(failure.message).toContain(
      "command ScheduleActivityTask '1' of type 'work', event 5 TimerStarted '1'",
    );
  });

  it('finds commands that only the replay makes, and errors that only the replay meets', async () => {
    let runs = 0;
    const more = async () => {
      runs++;
      if (runs > 1) void sleep(2);
      await sleep(1);
    };
    expect(
      (await new World({ workflow: more }, 'workflow', [], development).runFailing()).failure.message,
    ).toContain("Replay makes a command that the first run did not make: StartTimer '2'");
    runs = 0;
    const throwing = async () => {
      runs++;
      if (runs > 1) throw new TypeError('only then');
      await sleep(1);
    };
    expect(
      (await new World({ workflow: throwing }, 'workflow', [], development).runFailing()).failure.message,
    ).toContain('Replay fails where the first run did not: TypeError: only then');
  });

  it('passes sound code of every kind', async () => {
    const update = defineUpdate<number, [number]>('update');
    const { quick } = proxyLocalActivities<{ quick(): Promise<number> }>({ startToCloseTimeout: '5s' });
    const workflow = async () => {
      let total = 0;
      setHandler(update, async (n) => {
        await sleep(1);
        total += n;
        return total;
      });
      setHandler(poke, () => {
        total += 100;
      });
      upsertMemo({ a: 1 });
      upsertSearchAttributes({ A: ['x'] });
      const scope = new CancellationScope();
      const child = scope
        .run(() => executeChild('kid', { workflowId: 'kid', cancellationType: 'TRY_CANCEL' }))
        .catch(() => 0);
      const activity = scope.run(() => work()).catch(() => 0);
      void getExternalWorkflowHandle('x')
        .signal('s')
        .catch(() => 0);
      void getExternalWorkflowHandle('x')
        .cancel()
        .catch(() => 0);
      await quick();
      await condition(() => total > 0, '1h');
      scope.cancel();
      await Promise.all([child, activity]);
      await continueAsNew();
    };
    const world = new World({ workflow }, 'workflow', [], { ...development, localActivities: () => () => 1 });
    await world.run({ updates: [world.update('u', 'update', 5)] });
    world.fireTimer('1');
    const { commands, updates } = await world.run();
    expect(types(commands)).toEqual([
      'ProtocolMessage',
      'CancelTimer',
      'RequestCancelExternalWorkflowExecution',
      'RequestCancelActivityTask',
      'ContinueAsNewWorkflowExecution',
    ]);
    expect(updates.map(({ kind }) => kind)).toEqual(['completed']);
  });

  it('replays long histories only when they have doubled, and at the end', async () => {
    let replays = 0;
    const workflow = async (n: number) => {
      replays++;
      for (let step = 0; step < n; step++) await sleep(1);
      await condition(() => true);
    };
    const world = new World({ workflow }, 'workflow', [200], development);
    await world.run();
    const at: number[] = [];
    for (let step = 0; step < 200; step++) {
      world.fireTimer();
      const before = replays;
      await world.run();
      if (replays > before) at.push(world.last('WorkflowTaskStarted').eventId);
    }
    const long = at.filter((eventId) => eventId > 200);
    expect(long).toEqual([203, 408, 818, 1003]);
    expect(at.filter((eventId) => eventId <= 200)).toHaveLength(39);
  });

  it('a change to the language itself fails the task and is undone', async () => {
    const workflow = async () => {
      Object.defineProperty(Array.prototype, 'mine', { value: 1, configurable: true });
      const { map } = Array.prototype;
      Object.assign(Array.prototype, { map: (...args: Parameters<typeof map>) => map.apply([], args) });
      await sleep(1);
    };
    const world = new World({ workflow }, 'workflow', [], development);
    const { cause, failure } = await world.runFailing();
    expect(cause).toBe('NON_DETERMINISTIC_ERROR');
    expect(failure.message).toContain('Workflow code changed Array.prototype.mine, Array.prototype.map.');
    expect('mine' in Array.prototype).toBe(false);
  });

  it('so does a change to what it shares with the web platform', async () => {
    const workflow = async () => {
      Object.assign(URL, { seenBy: 'this run' });
      await sleep(1);
    };
    const world = new World({ workflow }, 'workflow', [], development);
    const { failure } = await world.runFailing();
    expect(failure.message).toContain('Workflow code changed URL.seenBy.');
    expect('seenBy' in URL).toBe(false);
  });
});

describe('a task that is not what it should be', () => {
  it('is refused with what was expected', async () => {
    const world = new World({ workflow: async () => 1 }, 'workflow');
    const task = world.makeTask();
    const completion = await world.executor.handle({ ...task, newEvents: task.newEvents.slice(0, -1) });
    expect(completion).toMatchObject({
      kind: 'failed',
      failure: {
        message: expect.stringContaining('must end with its WorkflowTaskStarted event 3') as string,
      },
    });
  });

  it('a query of a run that fails in replay fails with it', async () => {
    let isBroken = false;
    const world = new World(
      {
        workflow: async () => {
          if (isBroken) throw new DeterminismViolationError('broken');
          setHandler(defineQuery<number>('q'), () => 1);
          await sleep(1);
        },
      },
      'workflow',
    );
    await world.run();
    world.executor.evict(world.runId);
    isBroken = true;
    await expect(world.queryValue('q')).rejects.toThrow('Query task failed: broken');
  });
});
