/** Signals, updates and queries: what breaks if a message comes before, with or after the handler it is for? */
import { describe, expect, it } from 'vitest';
import { ApplicationFailure } from '../../src/sdk/common/failure.ts';
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  currentUpdateInfo,
  defineQuery,
  defineSignal,
  defineUpdate,
  getCurrentDetails,
  inWorkflowContext,
  proxyActivities,
  setCurrentDetails,
  setDefaultQueryHandler,
  setDefaultSignalHandler,
  setDefaultUpdateHandler,
  setHandler,
  sleep,
  workflowInfo,
} from '../../src/sdk/workflow/index.ts';
import { decoded, modes, World } from './support/world.ts';

const poke = defineSignal<[string]>('poke');
const other = defineSignal<[string]>('other');
const add = defineUpdate<number, [number]>('add');
const getState = defineQuery<string[], [string?]>('getState');
const { work } = proxyActivities<{ work(): Promise<string> }>({ startToCloseTimeout: '1m' });
const types = (commands: readonly { commandType: string }[]) =>
  commands.map(({ commandType }) => commandType);

describe.each(modes)('signals: $mode', ({ replayEachTask }) => {
  const run = (workflow: (...args: never[]) => unknown) =>
    new World({ workflow }, 'workflow', [], { replayEachTask });

  it('are kept until their handler is set, then handled inside setHandler, by handler and not by arrival (SIG-4, WFT-11)', async () => {
    const world = run(async () => {
      const got: string[] = [];
      setHandler(other, (value) => void got.push(value));
      got.push('between');
      setHandler(poke, (value) => void got.push(value));
      return got;
    });
    world.signal('poke', 'p1');
    world.signal('other', 'o1');
    world.signal('poke', 'p2');
    await world.run();
    expect(world.result).toEqual(['o1', 'between', 'p1', 'p2']);
  });

  it('run their synchronous part before main code that the same task resumes (WFT-11, SIG-6)', async () => {
    const world = run(async () => {
      const got: string[] = [];
      setHandler(poke, async (value) => {
        got.push(value);
        await sleep(1);
        got.push('never');
      });
      await sleep(10);
      got.push('main');
      return got;
    });
    await world.run();
    world.fireTimer();
    world.signal('poke', 'handler');
    await world.run();
    expect(world.result).toEqual(['handler', 'main']);
  });

  it('a default handler gets what has no handler of its own, in order, and what was kept (SIG-4)', async () => {
    const world = run(async () => {
      const got: unknown[] = [];
      setHandler(poke, (value) => void got.push(value));
      setDefaultSignalHandler((name, ...args) => void got.push(name, ...args));
      await condition(() => got.length >= 5);
      setHandler(poke, undefined);
      setDefaultSignalHandler(undefined);
      return got;
    });
    world.signal('unknown', 1);
    await world.run();
    world.signal('else', 2);
    world.signal('poke', 'p');
    await world.run();
    expect(world.result).toEqual(['unknown', 1, 'else', 2, 'p']);
  });

  it('a handler that throws a TemporalFailure fails the run, any other error only the task (SIG-7)', async () => {
    const throwing = (error: () => Error) =>
      run(async () => {
        setHandler(poke, () => {
          throw error();
        });
        await condition(() => false);
      });
    const failing = throwing(() => ApplicationFailure.nonRetryable('bad signal', 'Bad'));
    await failing.run();
    failing.signal('poke', '');
    expect((await failing.run()).commands).toMatchObject([
      {
        commandType: 'FailWorkflowExecution',
        attributes: { failure: { message: 'bad signal', applicationFailureInfo: { type: 'Bad' } } },
      },
    ]);
    const stuck = throwing(() => new TypeError('oops'));
    await stuck.run();
    stuck.signal('poke', '');
    expect(await stuck.runFailing()).toMatchObject({
      cause: 'WORKFLOW_WORKER_UNHANDLED_FAILURE',
      failure: { message: 'oops' },
    });
  });

  it('a handler may continue the run as new (SIG-7)', async () => {
    const world = run(async () => {
      setHandler(poke, async (value) => await continueAsNew(value));
      await condition(() => false);
    });
    await world.run();
    world.signal('poke', 'next');
    const { commands } = await world.run();
    expect(types(commands)).toEqual(['ContinueAsNewWorkflowExecution']);
  });

  it('handlers run in the root scope; those of kept signals in the scope that sets them (SCOPE-1)', async () => {
    const world = run(async () => {
      const got: boolean[] = [];
      const root = CancellationScope.current();
      const scope = new CancellationScope();
      await scope.run(async () =>
        setHandler(poke, () => void got.push(CancellationScope.current() === root)),
      );
      await condition(() => got.length === 2);
      return got;
    });
    world.signal('poke', 'kept');
    await world.run();
    world.signal('poke', 'direct');
    await world.run();
    expect(world.result).toEqual([false, true]);
  });

  it('reserved names cannot be registered, and never reach the default handler (SIG-8)', async () => {
    const register = run(async () => setHandler(defineSignal('__temporal_x'), () => undefined));
    expect((await register.runFailing()).failure.message).toContain("Cannot use signal name: '__temporal_x'");
    const stack = run(async () => setHandler(defineQuery('__stack_trace'), () => ''));
    expect((await stack.runFailing()).failure.message).toContain('which is a reserved name');
    const incoming = run(async () => {
      setDefaultSignalHandler(() => undefined);
      await condition(() => false);
    });
    await incoming.run();
    incoming.signal('__temporal_x');
    expect((await incoming.runFailing()).failure.message).toContain("with reserved prefix: '__temporal_'");
  });

  it('SIG-7: what defines nothing cannot have a handler', async () => {
    const world = run(async () => setHandler({ type: 'event', name: 'x' } as never, 5 as never));
    expect((await world.runFailing()).failure.message).toBe('Invalid definition type: event');
  });

  it('only functions are handlers', async () => {
    const world = run(async () => setHandler(poke, 'no' as never));
    expect((await world.runFailing()).failure.message).toBe(
      "Expected handler to be either a function or 'undefined'. Got: 'string'",
    );
  });

  it('a closing run warns of handlers that still run, unless they are to be abandoned (SIG-9)', async () => {
    const lines: string[] = [];
    const workflow = async (policy: 'ABANDON' | 'WARN_AND_ABANDON') => {
      setHandler(poke, async () => await sleep('1h'), { unfinishedPolicy: policy });
      await sleep(1);
    };
    for (const policy of ['WARN_AND_ABANDON', 'ABANDON']) {
      const log = (level: string, message: string) => void (level === 'warn' && lines.push(message));
      const world = new World({ workflow }, 'workflow', [policy], { replayEachTask, log });
      await world.run();
      world.signal('poke', '');
      world.signal('poke', '');
      await world.run();
      world.fireTimer('1');
      await world.run();
    }
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('[TMPRL1102] Workflow finished while a signal handler was still running.');
    expect(lines[0]).toContain('[{"name":"poke","count":2}]');
  });
});

describe.each(modes)('updates: $mode', ({ replayEachTask }) => {
  const make = (workflow: (...args: never[]) => unknown, options = {}) =>
    new World({ workflow }, 'workflow', [], { replayEachTask, ...options });
  const counter = async () => {
    let sum = 0;
    setHandler(
      add,
      async (n) => {
        sum += n;
        if (n === 7) await work();
        if (n === 8) throw ApplicationFailure.nonRetryable('eight', 'Eight');
        if (n === 9) throw new TypeError('nine');
        return sum;
      },
      {
        validator: (n) => {
          if (n < 0) throw new Error('negative');
        },
      },
    );
    await condition(() => sum >= 10 && allHandlersFinished());
    return sum;
  };

  it('a simple one is accepted and completed in one task (UPD-7)', async () => {
    const world = make(counter);
    await world.run();
    const { commands, updates } = await world.run({ updates: [world.update('u1', 'add', 3)] });
    expect(types(commands)).toEqual(['ProtocolMessage', 'ProtocolMessage']);
    expect(updates).toMatchObject([
      {
        kind: 'accepted',
        updateId: 'u1',
        messageId: 'u1/request/accept',
        request: { meta: { updateId: 'u1' } },
      },
      { kind: 'completed', updateId: 'u1', messageId: 'u1/request/complete' },
    ]);
    const [, completed] = updates;
    expect(completed?.kind === 'completed' && decoded(completed.outcome.success)).toBe(3);
    await world.run({ updates: [world.update('u2', 'add', 8)] });
    expect((await world.run()).commands).toEqual([]);
  });

  it('one that waits is completed by a later task (UPD-3)', async () => {
    const world = make(counter);
    await world.run({ updates: [world.update('u1', 'add', 7)] });
    world.completeActivity('x');
    const { updates } = await world.run({ updates: [world.update('u2', 'add', 4)] });
    expect(updates.map(({ kind, updateId }) => `${updateId} ${kind}`)).toEqual([
      'u2 accepted',
      'u2 completed',
      'u1 completed',
    ]);
    expect(world.result).toBe(11);
  });

  it('the validator rejects, once and not on replay; so do arguments that cannot be decoded (UPD-4)', async () => {
    const world = make(counter);
    const { commands, updates } = await world.run({ updates: [world.update('u1', 'add', -1)] });
    expect(commands).toEqual([]);
    expect(updates).toMatchObject([{ kind: 'rejected', updateId: 'u1', failure: { message: 'negative' } }]);
    const undecodable = world.update('u2', 'add');
    undecodable.request.input.args = {
      payloads: [{ metadata: { encoding: new TextEncoder().encode('what/ever') } }],
    };
    expect((await world.run({ updates: [undecodable] })).updates).toMatchObject([
      { kind: 'rejected', failure: { message: 'Unknown encoding: what/ever' } },
    ]);
  });

  it('without a handler by the end of the activation it is rejected (UPD-5)', async () => {
    const world = make(async () => {
      await sleep(1);
      setHandler(add, (n) => n);
      await sleep(1);
    });
    const { updates } = await world.run({ updates: [world.update('u1', 'add', 1)] });
    expect(updates).toMatchObject([
      { kind: 'rejected', failure: { message: 'No registered handler for update: add' } },
    ]);
    world.fireTimer();
    const second = await world.run({ updates: [world.update('u2', 'add', 1)] });
    expect(second.updates.map(({ kind }) => kind)).toEqual(['accepted', 'completed']);
  });

  it('a TemporalFailure completes the update with a failure, any other error fails the task (UPD-6)', async () => {
    const world = make(counter);
    const { updates } = await world.run({ updates: [world.update('u1', 'add', 8)] });
    expect(updates[1]).toMatchObject({ kind: 'completed', outcome: { failure: { message: 'eight' } } });
    const failed = await world.runFailing({ updates: [world.update('u2', 'add', 9)] });
    expect(failed).toMatchObject({
      cause: 'WORKFLOW_WORKER_UNHANDLED_FAILURE',
      failure: { message: 'nine' },
    });
  });

  it('signals of the task come first, then updates in the order of admission (UPD-14)', async () => {
    const world = make(async () => {
      const got: string[] = [];
      setHandler(poke, (value) => void got.push(value));
      setHandler(add, (n) => got.push(`u${n}`));
      await condition(() => got.length === 3);
      return got;
    });
    await world.run();
    world.signal('poke', 's');
    await world.run({ updates: [world.update('a', 'add', 1), world.update('b', 'add', 2)] });
    expect(world.result).toEqual(['s', 'u1', 'u2']);
  });

  it('currentUpdateInfo is known in validator and handler, and nowhere else (UPD-16)', async () => {
    const world = make(async () => {
      const seen: unknown[] = [currentUpdateInfo()];
      setHandler(
        add,
        async () => {
          await sleep(1);
          return seen.push({ ...currentUpdateInfo() });
        },
        { validator: (_n) => void (inWorkflowContext() && currentUpdateInfo()?.id === 'u1') },
      );
      await condition(() => seen.length === 2);
      return [seen, currentUpdateInfo()];
    });
    await world.run({ updates: [world.update('u1', 'add', 1)] });
    world.fireTimer();
    await world.run();
    expect(world.result).toEqual([[null, { id: 'u1', name: 'add' }], null]);
  });

  it('a default handler takes any update; its name comes first', async () => {
    const world = make(async () => {
      let name = '';
      setDefaultUpdateHandler((updateName, ...args) => {
        name = `${updateName}(${args})`;
        return name;
      });
      await condition(() => name !== '');
      setDefaultUpdateHandler(undefined);
      return name;
    });
    await world.run({ updates: [world.update('u1', 'anything', 1, 2)] });
    expect(world.result).toBe('anything(1,2)');
  });

  it('a validator that makes commands rejects the update', async () => {
    const world = make(async () => {
      setHandler(add, (n) => n, { validator: (_n) => void sleep(1) });
      await condition(() => false);
    });
    const { commands, updates } = await world.run({ updates: [world.update('u1', 'add', 1)] });
    expect(commands).toEqual([]);
    expect(updates).toMatchObject([
      { kind: 'rejected', failure: { applicationFailureInfo: { type: 'DeterminismViolationError' } } },
    ]);
  });

  it('an update handler left running is warned of with its ID (UPD-15)', async () => {
    const lines: string[] = [];
    const log = (level: string, message: string) => void (level === 'warn' && lines.push(message));
    const world = make(
      async () => {
        setHandler(add, async () => {
          await sleep('1h');
          return 1;
        });
        await sleep(1);
      },
      { log },
    );
    await world.run();
    await world.run({ updates: [world.update('u1', 'add', 1)] });
    world.fireTimer('1');
    await world.run();
    expect(lines[0]).toContain('an update handler was still running');
    expect(lines[0]).toContain('[{"name":"add","id":"u1"}]');
  });

  it('an update that a reset admitted by an event is delivered, and replayed with its acceptance (UPD-19)', async () => {
    const world = make(counter);
    await world.run();
    world.add('WorkflowExecutionUpdateAdmitted', {
      request: world.update('u1', 'add', 4).request,
      origin: 'REAPPLY',
    });
    const { updates } = await world.run();
    expect(updates.map(({ kind }) => kind)).toEqual(['accepted', 'completed']);
    await world.run({ updates: [world.update('u2', 'add', 6)] });
    expect(world.result).toBe(10);
  });
});

describe.each(modes)('queries: $mode', ({ replayEachTask }) => {
  const stateful = async () => {
    const state = ['started'];
    setHandler(getState, (extra) => (extra ? [...state, extra] : state), { description: 'What happened.' });
    setHandler(poke, (value) => void state.push(value));
    setCurrentDetails(`now **${getCurrentDetails()}**`);
    await sleep('1h');
    return state;
  };
  const run = async (workflow: (...args: never[]) => unknown = stateful) => {
    const world = new World({ workflow }, 'workflow', [], { replayEachTask });
    await world.run();
    return world;
  };

  it('see the run as of its last task, take arguments, and write nothing (QRY-1)', async () => {
    const world = await run();
    const before = world.events.length;
    expect(await world.queryValue('getState')).toEqual(['started']);
    world.signal('poke', 'poked');
    await world.run();
    expect(await world.queryValue('getState', 'extra')).toEqual(['started', 'poked', 'extra']);
    world.fireTimer();
    await world.run();
    expect(await world.queryValue('getState')).toEqual(['started', 'poked']);
    expect(world.events.length).toBeGreaterThan(before);
  });

  it('are answered after everything else of the task that carries them (WFT-9)', async () => {
    const world = await run();
    world.signal('poke', 'first');
    const { queries } = await world.run({ queries: [{ id: 'q', queryType: 'getState' }] });
    expect(queries.map((answer) => 'result' in answer && decoded(answer.result))).toEqual([
      ['started', 'first'],
    ]);
  });

  it('an unknown name is answered with the list of registered ones (QRY-6)', async () => {
    const world = await run();
    await expect(world.queryValue('nope')).rejects.toThrow(
      'Workflow did not register a handler for nope. Registered queries: [__stack_trace __enhanced_stack_trace __temporal_workflow_metadata getState]',
    );
  });

  it('fail for a handler that throws, returns a promise, or makes commands (QRY-6, QRY-7)', async () => {
    const world = await run(async () => {
      setHandler(defineQuery('throws'), () => {
        throw new RangeError('no');
      });
      setHandler(defineQuery('waits'), async () => 1 as never);
      setHandler(defineQuery('sleeps'), () => void sleep(1) as never);
      await sleep('1h');
    });
    const answers = await world.query('throws', 'waits', 'sleeps');
    expect(answers.map((answer) => 'failure' in answer && answer.failure.message)).toEqual([
      'no',
      'Query handlers should not return a Promise',
      expect.stringContaining('Workflow commands cannot be made in a query handler'),
    ]);
    expect((await world.run()).commands).toEqual([]);
  });

  it('a default handler gets the name first, but no reserved one (QRY-10)', async () => {
    const world = await run(async () => {
      setDefaultQueryHandler((name, ...args) => [name, ...args]);
      await sleep('1h');
    });
    expect(await world.queryValue('whatever', 1)).toEqual(['whatever', 1]);
    await expect(world.queryValue('__temporal_x')).rejects.toThrow("with reserved prefix: '__temporal_'");
  });

  it('a default handler is a function or undefined; null is refused (QRY-10)', async () => {
    let refused: string[] = [];
    const world = await run(async () => {
      refused = [];
      for (const handler of [null, 5]) {
        try {
          setDefaultQueryHandler(handler as never);
        } catch (error) {
          refused.push((error as Error).message);
        }
      }
      await sleep('1h');
    });
    expect((await world.run()).commands).toEqual([]);
    expect(refused).toEqual([
      "Expected handler to be either a function or 'undefined'. Got: 'object'",
      "Expected handler to be either a function or 'undefined'. Got: 'number'",
    ]);
  });

  it('are live though the run stands in replay (QRY-9)', async () => {
    const world = await run(async () => {
      setHandler(defineQuery<unknown>('flags'), () => workflowInfo().unsafe);
      await sleep('1h');
    });
    expect(await world.queryValue('flags')).toMatchObject({
      isReplaying: true,
      isReplayingHistoryEvents: false,
    });
  });

  it('__temporal_workflow_metadata lists handlers and current details (QRY-8)', async () => {
    const world = await run();
    expect(await world.queryValue('__temporal_workflow_metadata')).toMatchObject({
      definition: {
        type: 'workflow',
        queryDefinitions: [
          { name: '__stack_trace', description: 'Returns a sensible stack trace.' },
          {
            name: '__enhanced_stack_trace',
            description: 'Returns a stack trace annotated with source information.',
          },
          {
            name: '__temporal_workflow_metadata',
            description: 'Returns metadata associated with this workflow.',
          },
          { name: 'getState', description: 'What happened.' },
        ],
        signalDefinitions: [{ name: 'poke' }],
        updateDefinitions: [],
      },
      currentDetails: 'now ****',
    });
  });

  it('see what had been recorded before the run was terminated (QRY-5)', async () => {
    const world = await run();
    world.signal('poke', 'late');
    world.add('WorkflowExecutionTerminated', { reason: 'enough' });
    expect(await world.queryValue('getState')).toEqual(['started', 'late']);
    expect(await world.queryValue('getState')).toEqual(['started', 'late']);
  });
});
