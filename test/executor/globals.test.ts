/** What workflow code sees in place of the host's globals. */
import { describe, expect, it } from 'vitest';
import { forbidden } from '../../src/executor/forbidden.ts';
import { createEnvironment } from '../../src/executor/globals.ts';
import { replacedGlobals } from '../../src/executor/globals-table.ts';
import { alea, seedOfRun, seedOfStream, uuid4From } from '../../src/executor/random.ts';
import {
  DeterminismViolationError,
  getRandomStream,
  sleep,
  uuid4,
  workflowInfo,
  workflowRandom,
} from '../../src/sdk/workflow/index.ts';
import { type Factory, modes, World } from './support/world.ts';

interface Globals {
  Date: DateConstructor;
  Math: Math;
  crypto: Pick<Crypto, 'randomUUID' | 'getRandomValues' | 'subtle'>;
  performance: { now(): number; timeOrigin: number };
  setTimeout(callback: (...args: never[]) => void, ms?: number, ...args: unknown[]): number;
  clearTimeout(handle: number | undefined): void;
  console: Console;
  globalThis: Record<string, unknown>;
  AbortController: new () => { signal: { aborted: boolean }; abort(): void };
  AbortSignal: { timeout(ms: number): unknown };
  AsyncLocalStorage: new <T>() => { run<R>(value: T, fn: () => R): R; getStore(): T | undefined };
  assert: Record<'ok' | 'strict' | 'strictEqual', (...args: unknown[]) => void> &
    ((...args: unknown[]) => void);
  WeakRef: new (value: object) => unknown;
  FinalizationRegistry: new (callback: () => void) => unknown;
}
const withGlobals =
  (workflow: (globals: Globals) => Promise<unknown>): Factory =>
  (globals) => ({ workflow: () => workflow(globals as unknown as Globals) });

describe('the random stream', () => {
  it('is seeded by SipHash-1-3 of the run ID, and is the Alea stream of those bytes (DET-1)', () => {
    // Taken from Temporal's worker, whose replays of our histories hold these numbers too.
    expect(seedOfRun('0190a000-0000-7000-8000-000000000001')).toEqual([94, 251, 243, 251, 214, 140, 55, 92]);
    expect(seedOfRun('a')).toEqual([113, 155, 80, 185, 164, 240, 233, 243]);
    const draw = alea(seedOfRun('0190a000-0000-7000-8000-000000000001'));
    expect(uuid4From(draw)).toBe('68606f80-8d75-4480-bb06-d7e32b4123d5');
    expect(draw()).toBe(0.20937316259369254);
  });

  it('has independent named streams (DET-4)', () => {
    const seed = seedOfRun('r');
    expect(seedOfStream(seed, 'x').slice(-5)).toEqual([0, 0, 0, 1, 120]);
    expect(alea(seedOfStream(seed, 'x'))()).not.toBe(alea(seedOfStream(seed, 'y'))());
  });
});

describe.each(modes)('globals: $mode', ({ replayEachTask }) => {
  const run = async (workflow: (globals: Globals) => Promise<unknown>, options = {}) => {
    const world = new World(withGlobals(workflow), 'workflow', [], { replayEachTask, ...options });
    await world.run();
    return world;
  };

  it('Math.random, crypto and uuid4 draw from one stream, the same on replay (DET-1)', async () => {
    const world = await run(async ({ Math: math, crypto }) => {
      const draw = () => [
        math.random(),
        uuid4(),
        crypto.randomUUID(),
        workflowRandom.random(),
        [...crypto.getRandomValues(new Uint16Array(2))],
      ];
      const first = draw();
      await sleep(1);
      return [first, draw()];
    });
    world.fireTimer();
    await world.run();
    const source = alea(seedOfRun(world.runId));
    const expected = () => {
      const values = [source(), uuid4From(source), uuid4From(source), source()];
      const bytes = Uint8Array.from({ length: 4 }, () => Math.floor(source() * 256));
      return [...values, [...new Uint16Array(bytes.buffer)]];
    };
    expect(world.result).toEqual([expected(), expected()]);
  });

  it('named streams move no other, and can stand behind Math.random for a while (DET-4)', async () => {
    const world = await run(async ({ Math: math }) => {
      const stream = getRandomStream('mine');
      const inside = stream.with(() => [math.random(), workflowRandom.with(() => math.random())]);
      return [
        math.random(),
        stream.random(),
        ...inside,
        stream.uuid4().length,
        stream.fill(new Uint8Array(2)).length,
        workflowRandom.uuid4().length,
        workflowRandom.fill(new Uint8Array(1)).length,
      ];
    });
    const main = alea(seedOfRun(world.runId));
    const mine = alea(seedOfStream(seedOfRun(world.runId), 'mine'));
    const [mineFirst, mainFirst] = [mine(), main()];
    expect(world.result).toEqual([main(), mine(), mineFirst, mainFirst, 36, 2, 36, 1]);
  });

  it('a reset goes on under a new seed (DET-2)', async () => {
    const world = await run(async ({ Math: math }) => {
      const before = math.random();
      await sleep(1);
      return [before, math.random()];
    });
    const scheduledEventId = world.add('WorkflowTaskScheduled', { taskQueue: { name: 'queue' }, attempt: 1 });
    const startedEventId = world.add('WorkflowTaskStarted', { scheduledEventId });
    world.add('WorkflowTaskFailed', {
      scheduledEventId,
      startedEventId,
      cause: 'RESET_WORKFLOW',
      newRunId: 'reset-run',
    });
    world.fireTimer();
    await world.run();
    expect(world.result).toEqual([alea(seedOfRun(world.runId))(), alea(seedOfRun('reset-run'))()]);
  });

  it('Date stands at the time of the task, also constructed, called and subclassed (DET-5, WFT-18)', async () => {
    const world = await run(async ({ Date: WorkflowDate }) => {
      class Stamp extends WorkflowDate {
        get year() {
          return this.getUTCFullYear();
        }
      }
      const stamp = new Stamp();
      const times = [
        WorkflowDate.now(),
        new WorkflowDate().getTime(),
        stamp.getTime(),
        Reflect.construct(WorkflowDate, []).getTime(),
      ];
      return [
        times,
        stamp instanceof Stamp && stamp instanceof WorkflowDate && stamp.year,
        new WorkflowDate(0) instanceof WorkflowDate,
        WorkflowDate() === new WorkflowDate().toString(),
        WorkflowDate.UTC(2020, 0),
        Object.getOwnPropertyDescriptor(WorkflowDate, 'now')?.value === WorkflowDate.now,
        workflowInfo().startTime instanceof WorkflowDate,
      ];
    });
    const now = 1_700_000_000_010;
    expect(world.result).toEqual([[now, now, now, now], 2023, true, true, Date.UTC(2020, 0), true, true]);
  });

  it('setTimeout is a durable timer with a number for a handle; clearTimeout cancels it (TMR-6)', async () => {
    const world = new World(
      withGlobals(async ({ setTimeout, clearTimeout }) => {
        const fired: unknown[] = [];
        const first = setTimeout((value: string) => fired.push(value), 1000, 'first');
        const second = setTimeout(() => fired.push('second'), 0);
        clearTimeout(first);
        clearTimeout(undefined);
        clearTimeout(99);
        const third = setTimeout(() => fired.push('third'));
        await sleep(5);
        clearTimeout(third);
        return [first, second, third, fired];
      }),
      'workflow',
      [],
      { replayEachTask },
    );
    const { commands } = await world.run();
    expect(commands.map((command) => command.attributes)).toEqual([
      { timerId: '2', startToFireTimeout: 1 },
      { timerId: '3', startToFireTimeout: 1 },
      { timerId: '4', startToFireTimeout: 5 },
    ]);
    world.fireTimer('2');
    world.fireTimer('4');
    await world.run();
    expect(world.result).toEqual([1, 2, 3, ['second']]);
    expect(world.types.slice(-2)).toEqual(['TimerCanceled', 'WorkflowExecutionCompleted']);
  });

  it('performance counts from the start of the run', async () => {
    const world = await run(async ({ performance }) => {
      await sleep(1000);
      return [performance.now(), performance.timeOrigin];
    });
    world.fireTimer();
    await world.run();
    expect(world.result).toEqual([1010, 1_700_000_000_010]);
  });

  it('every name that the bundler leaves to the executor has a value; pure ones stand on globalThis too', async () => {
    const { globals } = createEnvironment({});
    expect(replacedGlobals.filter((name) => globals[name] === undefined)).toEqual([]);
    const { TextEncoder, URL, structuredClone } = globals.globalThis as Record<string, unknown>;
    expect([typeof TextEncoder, typeof URL, typeof structuredClone]).toEqual([
      'function',
      'function',
      'function',
    ]);
    const world = await run(async ({ AbortController, Math: math, AsyncLocalStorage, assert }) => {
      const controller = new AbortController();
      controller.abort();
      const storage = new AsyncLocalStorage<string>();
      assert(true);
      return [
        controller.signal.aborted,
        math.max(1, 2),
        await storage.run('kept', async () => storage.getStore()),
      ];
    });
    expect(world.result).toEqual([true, 2, 'kept']);
  });

  it('assert says what was false without looking at any source', async () => {
    const world = await run(async ({ assert }) => {
      const messages: string[] = [];
      for (const fails of [
        () => assert(false),
        () => assert.ok(null),
        () => assert.strict(0),
        () => assert(false, 'said so'),
        () => assert.strictEqual(1, 2, 'not the same'),
      ]) {
        try {
          fails();
        } catch (error) {
          messages.push(`${(error as Error).name} ${(error as Error).message.split('\n')[0]}`);
        }
      }
      return messages;
    });
    expect(world.result).toEqual([
      'AssertionError false == true',
      'AssertionError null == true',
      'AssertionError 0 == true',
      'AssertionError said so',
      'AssertionError not the same',
    ]);
  });

  it.each([
    [
      'WeakRef',
      (globals: Globals) => new globals.WeakRef({}),
      'WeakRef cannot be used in Workflows because v8 GC is non-deterministic',
    ],
    [
      'FinalizationRegistry',
      (globals: Globals) => new globals.FinalizationRegistry(() => 0),
      'FinalizationRegistry cannot be used in Workflows',
    ],
    [
      'AbortSignal.timeout',
      (globals: Globals) => globals.AbortSignal.timeout(5),
      'AbortSignal.timeout is not available in workflow code',
    ],
    [
      'crypto.subtle',
      (globals: Globals) => globals.crypto.subtle,
      'crypto.subtle is not available in workflow code',
    ],
    [
      'fetch',
      () => forbidden('fetch'),
      'fetch is not available in workflow code, whose every step must be repeatable: move the request to an activity',
    ],
    ['anything else', () => forbidden('scheduler2'), 'do it in an activity and pass the result in'],
  ])('%s throws and fails the task (NDE-5)', async (_name, use, message) => {
    const world = new World(
      withGlobals(async (globals) => void use(globals)),
      'workflow',
      [],
      { replayEachTask },
    );
    const { cause, failure } = await world.runFailing();
    expect(cause).toBe('WORKFLOW_WORKER_UNHANDLED_FAILURE');
    expect(failure.message).toContain(message);
  });

  it('what one run sets on globalThis no other sees, and shared values cannot be changed', async () => {
    const attempts = async (globals: Globals) => {
      const mine = globals.globalThis as unknown as Record<string, unknown>;
      const before = mine.shared;
      mine.shared = 'mine';
      const errors = [
        () => Object.assign(globals.Math, { random: () => 4 }),
        () => Object.assign(globals.Date, { now: () => 4 }),
        () => Object.assign(globals.crypto, { randomUUID: () => '4' }),
        () => Object.assign(globals.console, { log: () => 4 }),
        () => Object.assign(globals.AbortSignal, { any: 4 }),
        () => Object.assign(globals.AbortController, { mine: 4 }),
        () => Object.assign(globals.assert, { mine: 4 }),
        () =>
          Reflect.deleteProperty(globals.Date, 'now') ||
          Reflect.setPrototypeOf(globals.Date, null) ||
          Reflect.defineProperty(globals.Date, 'x', { value: 1 }),
      ].map((change) => {
        try {
          return change();
        } catch (error) {
          return error instanceof TypeError;
        }
      });
      return [before, errors, mine.globalThis === mine, typeof mine.Array, typeof mine.fetch];
    };
    const expected = [null, [true, true, true, true, true, true, true, false], true, 'function', 'undefined'];
    expect((await run(attempts)).result).toEqual(expected);
    expect((await run(attempts)).result).toEqual(expected);
  });

  it('console writes to the workflow logger, not on replay', async () => {
    const lines: [string, string][] = [];
    const log = (level: string, message: string) => void (level !== 'debug' && lines.push([level, message]));
    const world = await run(
      async ({ console }) => {
        const circular: Record<string, unknown> = {};
        circular.self = circular;
        console.log('hello', { a: 1 }, undefined, circular);
        console.error(Object.assign(new Error('bad'), { stack: 'Error: bad' }));
        await sleep(1);
        console.warn('later');
      },
      { log },
    );
    world.fireTimer();
    await world.run();
    expect(lines).toEqual([
      ['info', '[workflow(test-workflow)] hello {"a":1} undefined [object Object]'],
      ['error', '[workflow(test-workflow)] Error: bad'],
      ['warn', '[workflow(test-workflow)] later'],
    ]);
  });
});

describe('globals: outside workflows', () => {
  it('uuid4 draws ordinary random numbers (DET-3)', () => {
    expect(uuid4()).not.toBe(uuid4());
  });

  it('the rest needs a workflow', () => {
    const { globals } = createEnvironment({});
    const { Math: workflowMath, Date: workflowDate } = globals as unknown as Globals;
    expect(() => workflowMath.random()).toThrow(
      'Workflow random APIs may only be used from workflow context.',
    );
    expect(() => new workflowDate()).toThrow('Workflow uninitialized');
    expect(() => forbidden('fetch')).toThrow(DeterminismViolationError);
    expect(() => workflowRandom.random()).toThrow(
      'Workflow.workflowRandom may only be used from workflow context.',
    );
  });
});
