/** The functions of `perdure/workflow` as a caller meets them: options, types, errors outside workflows. */
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as wf from '../../../src/sdk/workflow/index.ts';
import { modes, World } from '../../executor/support/world.ts';

interface Activities {
  charge(amount: number): Promise<string>;
  notify(to: string, text?: string): Promise<void>;
  VERSION: string;
}

async function order(_id: string, _amount: number): Promise<{ status: 'done' }> {
  return { status: 'done' };
}
async function noArguments(): Promise<number> {
  return 1;
}

describe('proxyActivities', () => {
  it('wants one of the two close timeouts, at once', () => {
    expect(() => wf.proxyActivities({})).toThrow(
      'Required either scheduleToCloseTimeout or startToCloseTimeout',
    );
    expect(() => wf.proxyActivities(undefined as never)).toThrow('options must be defined');
    expect(() => wf.proxyLocalActivities({ retry: {} })).toThrow(TypeError);
  });

  it('takes only strings for activity types', () => {
    const proxy = wf.proxyActivities({ startToCloseTimeout: 1 }) as unknown as Record<symbol, unknown>;
    expect(() => proxy[Symbol.iterator]).toThrow(
      'Only strings are supported for Activity types, got: Symbol(Symbol.iterator)',
    );
  });

  it.each(modes)(
    'sends every option; executeWithOptions lays others over them: $mode',
    async ({ replayEachTask }) => {
      const { charge } = wf.proxyActivities<Activities>({
        taskQueue: 'payments',
        startToCloseTimeout: '5s',
        scheduleToCloseTimeout: '1m',
        scheduleToStartTimeout: 30_000,
        heartbeatTimeout: '1s',
        retry: { maximumAttempts: 3, initialInterval: '2s', nonRetryableErrorTypes: ['Declined'] },
        summary: 'charges',
        priority: { priorityKey: 2 },
      });
      const workflow = async () => {
        void charge(5);
        void charge.executeWithOptions(
          { startToCloseTimeout: '9s', retry: { maximumAttempts: 1 }, taskQueue: 'queue' },
          [6],
        );
        await wf.condition(() => false);
      };
      const world = new World({ workflow }, 'workflow', [], { replayEachTask });
      const { commands } = await world.run();
      expect(commands).toMatchObject([
        {
          commandType: 'ScheduleActivityTask',
          attributes: {
            activityId: '1',
            activityType: { name: 'charge' },
            taskQueue: { name: 'payments' },
            startToCloseTimeout: 5000,
            scheduleToCloseTimeout: 60_000,
            scheduleToStartTimeout: 30_000,
            heartbeatTimeout: 1000,
            retryPolicy: { maximumAttempts: 3, initialInterval: 2000, nonRetryableErrorTypes: ['Declined'] },
            priority: { priorityKey: 2 },
            header: {},
          },
          userMetadata: { summary: {} },
        },
        {
          attributes: {
            activityId: '2',
            taskQueue: { name: 'queue' },
            startToCloseTimeout: 9000,
            heartbeatTimeout: 1000,
            retryPolicy: { maximumAttempts: 1, initialInterval: 2000 },
            requestEagerExecution: true,
          },
        },
      ]);
      expect(commands[0]?.attributes).not.toHaveProperty('requestEagerExecution');
    },
  );

  it('local ones take options per call too', async () => {
    const { charge } = wf.proxyLocalActivities<Activities>({
      startToCloseTimeout: '5s',
      retry: { maximumAttempts: 1 },
    });
    const world = new World(
      { workflow: async () => await charge.executeWithOptions({ summary: 'now' }, [7]) },
      'workflow',
      [],
      { localActivities: () => (amount: number) => `charged ${amount}` },
    );
    const { commands } = await world.run();
    expect(commands[0]).toMatchObject({ commandType: 'RecordMarker', userMetadata: { summary: {} } });
    expect(world.result).toBe('charged 7');
  });

  it('empty options of the low-level functions are refused', async () => {
    const failing = async (workflow: () => Promise<unknown>) =>
      (await new World({ workflow }, 'workflow').runFailing()).failure.message;
    expect(await failing(async () => await wf.scheduleActivity('x', [], undefined as never))).toBe(
      'Got empty activity options',
    );
    expect(await failing(async () => await wf.scheduleLocalActivity('x', [], undefined as never))).toBe(
      'Got empty activity options',
    );
    expect(await failing(async () => await wf.scheduleActivity('x', [], {}))).toContain('Required either');
  });
});

describe('handlers', () => {
  it('are removed by undefined', async () => {
    const signal = wf.defineSignal('s');
    const query = wf.defineQuery<number>('q');
    const update = wf.defineUpdate<number>('u');
    const workflow = async () => {
      wf.setHandler(signal, () => undefined);
      wf.setHandler(query, () => 1);
      wf.setHandler(update, () => 1);
      wf.setHandler(signal, undefined);
      wf.setHandler(query, undefined);
      wf.setHandler(update, undefined);
      wf.setDefaultQueryHandler(undefined);
      await wf.condition(() => false);
    };
    const world = new World({ workflow }, 'workflow');
    await world.run();
    world.signal('s');
    expect((await world.run({ updates: [world.update('u', 'u')] })).updates).toMatchObject([
      { kind: 'rejected' },
    ]);
    await expect(world.queryValue('q')).rejects.toThrow('did not register a handler for q');
  });

  it('of something that is no definition are refused', async () => {
    const setHandler = wf.setHandler as (definition: unknown, handler: unknown) => void;
    const workflow = async () => setHandler({ type: 'other', name: 'x' }, () => undefined);
    expect((await new World({ workflow }, 'workflow').runFailing()).failure.message).toBe(
      'Invalid definition type: other',
    );
  });
});

describe('outside of a workflow', () => {
  it.each<[string, () => unknown, string]>([
    ['sleep', () => wf.sleep(1), 'Workflow.sleep(...) may only be used from a Workflow Execution'],
    [
      'workflowInfo',
      () => wf.workflowInfo(),
      'Workflow.workflowInfo(...) may only be used from a Workflow Execution.',
    ],
    [
      'setHandler',
      () => wf.setHandler(wf.defineSignal('s'), () => undefined),
      'Workflow.setHandler(...) may only be used from a Workflow Execution.',
    ],
    [
      'patched',
      () => wf.patched('p'),
      'Workflow.patch(...) and Workflow.deprecatePatch may only be used from a Workflow Execution.',
    ],
    ['log', () => wf.log.info('x'), 'Workflow.log(...) may only be used from workflow context.'],
    [
      'proxySinks',
      () => wf.proxySinks<{ a: { b(): void } }>().a.b(),
      'Proxied sinks functions may only be used from a Workflow Execution.',
    ],
    [
      'getExternalWorkflowHandle',
      () => wf.getExternalWorkflowHandle('x'),
      'Consider using Client.workflow.getHandle(...) instead.',
    ],
    [
      'makeContinueAsNewFunc',
      () => wf.makeContinueAsNewFunc(),
      'may only be used from a Workflow Execution.',
    ],
    ['CancellationScope', () => wf.CancellationScope.current(), 'Workflow uninitialized'],
    [
      'metricMeter',
      () => wf.metricMeter.createCounter('c'),
      "Workflow's `metricMeter` can only be used while in Workflow Context",
    ],
    [
      'getRandomStream',
      () => wf.getRandomStream('x'),
      'Workflow.getRandomStream(...) may only be used from workflow context.',
    ],
  ])('%s is an IllegalStateError', (_name, call, message) => {
    expect(call).toThrow(wf.IllegalStateError);
    expect(call).toThrow(message);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['condition', () => wf.condition(() => true)],
    ['startChild', () => wf.startChild(noArguments)],
    ['executeChild', () => wf.executeChild(noArguments)],
    ['activities', () => wf.proxyLocalActivities<Activities>({ startToCloseTimeout: 1 }).charge(1)],
  ])('%s rejects', async (_name, call) => {
    await expect(call()).rejects.toThrow(wf.IllegalStateError);
  });

  it('inWorkflowContext is false, and definitions can be made', () => {
    expect(wf.inWorkflowContext()).toBe(false);
    expect(wf.defineSignal('s')).toEqual({ type: 'signal', name: 's' });
    expect(wf.stackTraceQuery).toEqual({ type: 'query', name: '__stack_trace' });
  });
});

describe('types', () => {
  it('infer as in the package that code comes from', () => {
    const proxy = wf.proxyActivities<Activities>({ startToCloseTimeout: 1 });
    expectTypeOf(proxy.charge).toBeCallableWith(1);
    expectTypeOf(proxy.charge).returns.resolves.toBeString();
    expectTypeOf(proxy.charge.executeWithOptions).returns.resolves.toBeString();
    expectTypeOf(proxy.VERSION).toEqualTypeOf<typeof wf.NotAnActivityMethod>();
    expectTypeOf(wf.condition(() => true, 5).catch(() => false)).resolves.toBeBoolean();
    expectTypeOf<typeof wf.sleep>()
      .parameter(0)
      .toEqualTypeOf<wf.WorkflowDurationOptions['workflowRunTimeout'] & {}>();
    expectTypeOf(wf.defineUpdate<number, [string]>('u')).toMatchTypeOf<{ type: 'update'; name: string }>();
    const execute = () => wf.executeChild(order, { args: ['a', 1] });
    expectTypeOf(execute).returns.resolves.toEqualTypeOf<{ status: 'done' }>();
    expectTypeOf<wf.ChildWorkflowHandle<typeof order>['result']>().returns.resolves.toEqualTypeOf<{
      status: 'done';
    }>();
    expectTypeOf<ReturnType<typeof wf.continueAsNew<typeof order>>>().resolves.toBeNever();
    expectTypeOf<Parameters<typeof wf.continueAsNew<typeof order>>>().toEqualTypeOf<[string, number]>();
  });

  it('of children want arguments where there are parameters', () => {
    const use = () => {
      void wf.startChild(order, { args: ['a', 1] });
      void wf.startChild(noArguments);
      void wf.executeChild('order', { args: ['a', 1], workflowId: 'x' });
      // @ts-expect-error the arguments are missing
      void wf.executeChild(order);
      // @ts-expect-error the arguments are of another type
      void wf.executeChild(order, { args: [1, 'a'] });
    };
    expect(use).toBeTypeOf('function');
  });

  it('of handlers follow the definition', () => {
    const use = () => {
      wf.setHandler(wf.defineQuery<string>('q'), () => 'x');
      wf.setHandler(wf.defineSignal<[number]>('s'), async (n) => void n.toFixed());
      wf.setHandler(wf.defineUpdate<string, [number]>('u'), async (n) => n.toFixed(), {
        validator: (n) => void n.toFixed(),
      });
      // @ts-expect-error a query handler is not asynchronous
      wf.setHandler(wf.defineQuery<string>('q'), async () => 'x');
      // @ts-expect-error the argument is a number
      wf.setHandler(wf.defineSignal<[number]>('s'), (text: string) => void text);
    };
    expect(use).toBeTypeOf('function');
  });
});
