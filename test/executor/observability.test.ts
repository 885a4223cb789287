/** Logs, sinks, metrics, interceptors, stack traces: what is seen of workflow code from outside. */
import { describe, expect, it } from 'vitest';
import type { WorkflowInterceptors } from '../../src/executor/interceptors.ts';
import {
  continueAsNew,
  createEventGroup,
  defineQuery,
  defineSignal,
  defineUpdate,
  executeChild,
  getExternalWorkflowHandle,
  getRandomStream,
  log,
  metricMeter,
  proxyActivities,
  proxyLocalActivities,
  proxySinks,
  type Sinks,
  setHandler,
  sleep,
  uuid4,
  workflowInfo,
} from '../../src/sdk/workflow/index.ts';
import { bundleOf, modes, World } from './support/world.ts';

const { work } = proxyActivities<{ work(n?: number): Promise<number> }>({ startToCloseTimeout: '1m' });
const add = defineUpdate<number, [number]>('add');
const poke = defineSignal<[number]>('poke');

describe('facts about the run as text', () => {
  it('JSON leaves out what is only there to be called', async () => {
    const world = new World({ workflow: async () => JSON.stringify(workflowInfo().unsafe) }, 'workflow');
    await world.run();
    expect(JSON.parse(String(world.result))).toEqual({
      isReplaying: false,
      isReplayingHistoryEvents: false,
    });
  });
});

describe.each(modes)('logs and sinks: $mode', ({ replayEachTask }) => {
  it('lines carry the run, are written once, and say how the run went (LOG-4)', async () => {
    const lines: { level: string; message: string; attributes: Record<string | symbol, unknown> }[] = [];
    const workflow = async () => {
      setHandler(add, async (n) => {
        log.warn('in update');
        return n;
      });
      log.info('one', { extra: 1 });
      await sleep(1);
      log.error('two');
      log.trace('three');
    };
    const world = new World({ workflow }, 'workflow', [], {
      replayEachTask,
      log: (level, message, attributes) => lines.push({ level, message, attributes }),
    });
    await world.run({ updates: [world.update('u1', 'add', 1)] });
    world.fireTimer();
    await world.run();
    expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'debug Workflow started',
      'warn in update',
      'info one',
      'error two',
      'trace three',
      'debug Workflow completed',
    ]);
    expect(lines[2]?.attributes).toMatchObject({
      namespace: 'default',
      taskQueue: 'queue',
      workflowId: 'test-workflow',
      runId: world.runId,
      workflowType: 'workflow',
      sdkComponent: 'workflow',
      extra: 1,
    });
    expect(lines[1]?.attributes).toMatchObject({ updateId: 'u1', updateName: 'add' });
    expect(typeof lines[0]?.attributes[Symbol.for('log_timestamp')]).toBe('bigint');
  });

  it('how a run ends: failed at warn, cancelled and continued at debug (LOG-4)', async () => {
    const ends = async (workflow: () => Promise<unknown>, cancel = false) => {
      const lines: string[] = [];
      const world = new World({ workflow }, 'workflow', [], {
        replayEachTask,
        log: (level, message) => lines.push(`${level} ${message}`),
      });
      await world.handle(world.makeTask());
      if (cancel) {
        world.cancel();
        await world.run();
      }
      return lines.at(-1);
    };
    expect(await ends(() => Promise.reject(new TypeError('x')))).toBe('warn Workflow failed');
    expect(await ends(() => continueAsNew())).toBe('debug Workflow continued as new');
    expect(await ends(() => sleep(1), true)).toBe('debug Workflow completed as cancelled');
  });

  interface MySinks extends Sinks {
    mine: { note(value: object): void; always(): void; breaks(): void; missing(): void };
  }
  const { mine } = proxySinks<MySinks>();

  it('sink calls are made after the activation, with copies, and on replay only if asked for (LOG-1, LOG-2)', async () => {
    const calls: unknown[] = [];
    const errors: unknown[] = [];
    const workflow = async () => {
      const value = { n: 1 };
      mine.note(value);
      value.n = 2;
      mine.always();
      mine.breaks();
      mine.missing();
      calls.push('code');
      await sleep(1);
    };
    const world = new World({ workflow }, 'workflow', [], {
      replayEachTask,
      log: (level, message, { ifaceName, fnName, workflowType }) =>
        void (level === 'error' && errors.push([message, ifaceName, fnName, workflowType])),
      sinks: {
        mine: {
          note: { fn: (info, value) => void calls.push([info.workflowId, value]) },
          always: { fn: () => void calls.push('always'), callDuringReplay: true },
          breaks: {
            fn: () => {
              throw new Error('sink');
            },
          },
        },
      },
    });
    await world.run();
    expect(calls).toEqual(['code', ['test-workflow', { n: 1 }], 'always']);
    expect(errors).toEqual([
      ['External sink function threw an error', 'mine', 'breaks', 'workflow'],
      ['Workflow referenced an unregistered external sink', 'mine', 'missing', 'workflow'],
    ]);
    calls.length = 0;
    world.fireTimer();
    await world.run();
    expect(calls).toEqual(replayEachTask ? ['code', 'always'] : []);
  });

  it('logs of a task that failed are written, and again when it is tried again (LOG-3)', async () => {
    const lines: string[] = [];
    const world = new World(
      {
        workflow: async () => {
          log.info('before the bug');
          throw new TypeError('bug');
        },
      },
      'workflow',
      [],
      { replayEachTask, log: (level, message) => void (level === 'info' && lines.push(message)) },
    );
    await world.runFailing();
    await world.runFailing();
    expect(lines).toEqual(['before the bug', 'before the bug']);
  });

  it('metrics are emitted with tags, once', async () => {
    const calls: unknown[][] = [];
    const record = {
      fn: (_info: unknown, ...args: unknown[]) => void calls.push(args),
      callDuringReplay: true,
    };
    const workflow = async () => {
      metricMeter.createCounter('count', 'unit', 'described').add(1, { a: 1 });
      metricMeter.withTags({ b: 2 }).createHistogram('histogram').record(5);
      metricMeter.createGauge('gauge').set(7);
      const negative = [
        () => metricMeter.createCounter('c').add(-1),
        () => metricMeter.createHistogram('h').record(-1),
        () => metricMeter.createGauge('g').set(-1),
      ].map((emit) => {
        try {
          return emit();
        } catch (error) {
          return (error as Error).message;
        }
      });
      await sleep(1);
      return negative;
    };
    const sinks = {
      __temporal_metrics: {
        addMetricCounterValue: record,
        recordMetricHistogramValue: record,
        setMetricGaugeValue: record,
      },
    };
    const world = new World({ workflow }, 'workflow', [], { replayEachTask, sinks });
    await world.run();
    world.fireTimer();
    await world.run();
    expect(calls).toEqual([
      ['count', 'unit', 'described', 1, { workflowType: 'workflow', a: 1 }],
      ['histogram', 'int', undefined, undefined, 5, { workflowType: 'workflow', b: 2 }],
      ['gauge', 'int', undefined, undefined, 7, { workflowType: 'workflow' }],
    ]);
    expect(world.result).toEqual(
      ['Counter', 'Histogram', 'Gauge'].map((kind) => `Metric${kind} value must be non-negative (got -1)`),
    );
  });
});

describe.each(modes)('interceptors: $mode', ({ replayEachTask }) => {
  it('see every call in and out, the first outermost', async () => {
    const calls: string[] = [];
    const spy = (prefix: string) =>
      new Proxy({} as Record<string, unknown>, {
        get: (_, method) => (input: unknown, next: (input: unknown) => unknown) => {
          calls.push(`${prefix}${String(method)}`);
          return next(input);
        },
      });
    const interceptors = (name: string) => () =>
      ({
        inbound: [spy(`${name}:`)],
        outbound: [spy(`${name}:`)],
        internals: [spy(`${name}:`)],
      }) as WorkflowInterceptors;
    const { quick } = proxyLocalActivities<{ quick(): Promise<number> }>({ startToCloseTimeout: '5s' });
    const workflow = async () => {
      setHandler(add, (n) => n, { validator: (_n) => undefined });
      setHandler(poke, () => undefined);
      setHandler(defineQuery<number>('q'), () => 1);
      void work().catch(() => 0);
      void executeChild('kid', { workflowId: 'k' }).catch(() => 0);
      void getExternalWorkflowHandle('x')
        .signal('s')
        .catch(() => 0);
      metricMeter.createCounter('c').add(1);
      log.info('line');
      await quick();
      await sleep(1);
      await continueAsNew();
    };
    const world = new World({ workflow }, 'workflow', [], {
      replayEachTask,
      interceptors: [interceptors('a'), interceptors('b')],
      localActivities: () => () => 1,
    });
    world.signal('poke', 1);
    await world.run({ updates: [world.update('u', 'add', 1)], queries: [{ id: 'q', queryType: 'q' }] });
    world.fireTimer();
    await world.run();
    const seen = [...new Set(calls)];
    for (const method of [
      'execute',
      'handleSignal',
      'validateUpdate',
      'handleUpdate',
      'handleQuery',
      'scheduleActivity',
      'scheduleLocalActivity',
      'startTimer',
      'startChildWorkflowExecution',
      'signalWorkflow',
      'continueAsNew',
      'getLogAttributes',
      'getMetricTags',
      'activate',
      'concludeActivation',
      'dispose',
    ]) {
      expect(seen.indexOf(`a:${method}`), method).toBeGreaterThanOrEqual(0);
      expect(seen.indexOf(`b:${method}`), method).toBeGreaterThan(seen.indexOf(`a:${method}`));
    }
  });

  it('are told what kinds of jobs an activation has, under the names of Temporal', async () => {
    const variants: string[][] = [];
    const interceptors = (): WorkflowInterceptors => ({
      internals: [
        {
          activate(input, next) {
            variants.push(input.activation.jobs.map(({ variant }) => variant));
            expect(input.activation.jobs.every((job) => job[job.variant] !== undefined)).toBe(true);
            expect(input.batchIndex).toBe(0);
            next(input);
          },
        },
      ],
    });
    const world = new World({ workflow: () => sleep(5) }, 'workflow', [], { interceptors: [interceptors] });
    world.signal('early');
    await world.run();
    world.signal('poke');
    world.fireTimer();
    await world.run();
    expect(variants).toEqual([
      ['initializeWorkflow', 'signalWorkflow'],
      ['signalWorkflow', 'fireTimer'],
    ]);
  });

  it('may change input and output, and add headers', async () => {
    const interceptors = (): WorkflowInterceptors => ({
      inbound: [{ execute: async (input, next) => `<${await next({ ...input, args: ['changed'] })}>` }],
      outbound: [
        {
          scheduleActivity: (input, next) =>
            next({ ...input, headers: { trace: { data: new Uint8Array([1]) } } }),
          getLogAttributes: (input, next) => ({ ...next(input), mine: 1 }),
        },
      ],
    });
    const world = new World(
      {
        workflow: async (name: string) => {
          await work();
          return name;
        },
      },
      'workflow',
      ['given'],
      { replayEachTask, interceptors: [interceptors] },
    );
    await world.run();
    expect(world.last('ActivityTaskScheduled').attributes.header?.fields).toHaveProperty('trace');
    world.completeActivity();
    await world.run();
    expect(world.result).toBe('<changed>');
  });

  it('DET-1: are asked for attributes of lines on replay too, and may draw random numbers for them', async () => {
    const interceptors = (): WorkflowInterceptors => ({
      outbound: [{ getLogAttributes: (input, next) => ({ ...next(input), id: uuid4() }) }],
    });
    const lines: unknown[] = [];
    let first: string | undefined;
    const world = new World(
      {
        workflow: async () => {
          log.info('one');
          const drawn = uuid4();
          first ??= drawn;
          await sleep(1);
          return drawn === first;
        },
      },
      'workflow',
      [],
      { replayEachTask, interceptors: [interceptors], log: (_level, message) => lines.push(message) },
    );
    await world.run();
    world.fireTimer();
    await world.run();
    expect(world.result).toBe(true);
    expect(lines).toEqual(['Workflow started', 'one', 'Workflow completed']);
  });

  it('a random stream that an interceptor puts in its own way does not reach past next', async () => {
    const interceptors = (): WorkflowInterceptors => ({
      inbound: [{ execute: (input, next) => getRandomStream('plugin').with(() => next(input)) }],
    });
    const withMath = (globals: Readonly<Record<string, unknown>>) => ({
      workflow: async () => (globals.Math as Math).random(),
    });
    const plain = new World(withMath, 'workflow', [], { replayEachTask });
    const intercepted = new World(withMath, 'workflow', [], { replayEachTask, interceptors: [interceptors] });
    await plain.run();
    await intercepted.run();
    expect(intercepted.result).toBe(plain.result);
  });

  it('come from modules of the bundle too; anything but a function is refused', async () => {
    const make = (interceptors: unknown) => ({
      ...bundleOf({ workflow: async () => 'x' }),
      instantiateInterceptors: () => [{ interceptors }, {}],
    });
    const wrap = () => ({
      inbound: [
        { execute: async (input: never, next: (input: never) => Promise<unknown>) => [await next(input)] },
      ],
    });
    const world = new World({}, 'workflow', [], { replayEachTask, bundle: make(wrap) });
    await world.run();
    expect(world.result).toEqual(['x']);
    const wrong = new World({}, 'workflow', [], { replayEachTask, bundle: make('nope') });
    expect((await wrong.runFailing()).failure.message).toContain("expected a function, but got: 'nope'");
  });

  it('a query that an interceptor never answers fails', async () => {
    const interceptors = (): WorkflowInterceptors => ({
      inbound: [{ handleQuery: () => new Promise(() => undefined) }],
    });
    const workflow = async () => {
      setHandler(defineQuery<number>('q'), () => 1);
      await sleep(1);
    };
    const world = new World({ workflow }, 'workflow', [], { replayEachTask, interceptors: [interceptors] });
    await world.run();
    await expect(world.queryValue('q')).rejects.toThrow("Query 'q' was not answered within its activation");
  });
});

describe('event groups', () => {
  it('run what they are given', async () => {
    const world = new World(
      {
        workflow: async () =>
          await createEventGroup('label', { id: 'x' }).withScope(
            async () => await sleep(1).then(() => 'in group'),
          ),
      },
      'workflow',
    );
    await world.run();
    world.fireTimer();
    await world.run();
    expect(world.result).toBe('in group');
  });
});
