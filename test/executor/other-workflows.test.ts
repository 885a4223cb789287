import { describe, expect, it } from 'vitest';
import {
  ApplicationFailure,
  ChildWorkflowFailure,
  WorkflowExecutionAlreadyStartedError,
} from '../../src/sdk/common/failure.ts';
import { defineSearchAttributeKey } from '../../src/sdk/common/search-attributes.ts';
import {
  CancellationScope,
  ContinueAsNew,
  continueAsNew,
  defineSignal,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  makeContinueAsNewFunc,
  sleep,
  startChild,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '../../src/sdk/workflow/index.ts';
import { decoded, modes, payloads, World } from './support/world.ts';

const types = (commands: readonly { commandType: string }[]) =>
  commands.map(({ commandType }) => commandType);
const poke = defineSignal<[number]>('poke');
async function kid(_n: number): Promise<string> {
  return 'unused';
}

class Parent extends World {
  child(workflowId?: string) {
    const { eventId, attributes } = this.last(
      'StartChildWorkflowExecutionInitiated',
      (one) => workflowId === undefined || one.workflowId === workflowId,
    );
    return {
      initiatedEventId: eventId,
      workflowType: attributes.workflowType,
      workflowExecution: { workflowId: attributes.workflowId, runId: 'kid-run' },
    };
  }

  childStarted(workflowId?: string): void {
    this.add('ChildWorkflowExecutionStarted', this.child(workflowId));
  }

  signaled(): void {
    const { eventId } = this.last('SignalExternalWorkflowExecutionInitiated');
    this.add('ExternalWorkflowExecutionSignaled', { initiatedEventId: eventId, workflowExecution: {} });
  }

  cancelRequested(): void {
    const { eventId } = this.last('RequestCancelExternalWorkflowExecutionInitiated');
    this.add('ExternalWorkflowExecutionCancelRequested', {
      initiatedEventId: eventId,
      workflowExecution: {},
    });
  }
}

describe.each(modes)('child workflows: $mode', ({ replayEachTask }) => {
  const run = (workflow: (...args: never[]) => unknown) =>
    new Parent({ workflow }, 'workflow', [], { replayEachTask });

  it('start with a deterministic UUID, resolve on the start and on the result (CHILD-1, CHILD-2, CHILD-5)', async () => {
    const world = run(async () => {
      const handle = await startChild(kid, {
        args: [1],
        memo: { a: 1 },
        staticSummary: 's',
        workflowRunTimeout: '1h',
      });
      return [handle.workflowId, handle.firstExecutionRunId, await handle.result()];
    });
    const { commands } = await world.run();
    expect(commands).toMatchObject([
      {
        commandType: 'StartChildWorkflowExecution',
        attributes: {
          workflowType: { name: 'kid' },
          taskQueue: { name: 'queue' },
          workflowRunTimeout: 3_600_000,
          memo: { fields: { a: {} } },
          header: {},
        },
        userMetadata: { summary: {} },
      },
    ]);
    world.childStarted();
    await world.run();
    world.add('ChildWorkflowExecutionCompleted', { ...world.child(), result: payloads('grown up') });
    await world.run();
    const { workflowId } = world.child().workflowExecution;
    expect(workflowId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(world.result).toEqual([workflowId, 'kid-run', 'grown up']);
  });

  const outcome = async (options: object = {}) => {
    try {
      return await executeChild<typeof kid>('kid', { workflowId: 'kid-1', args: [1], ...options });
    } catch (error) {
      if (!(error instanceof ChildWorkflowFailure)) throw error;
      const { cause, workflowType, execution, retryState } = error;
      return { cause: cause?.constructor.name, workflowType, id: execution.workflowId, retryState };
    }
  };

  it.each([
    [
      'Failed',
      { failure: { message: 'm', applicationFailureInfo: {} }, retryState: 'RETRY_POLICY_NOT_SET' },
      'ApplicationFailure',
    ],
    ['Canceled', {}, 'CancelledFailure'],
    ['TimedOut', { retryState: 'TIMEOUT' }, 'TimeoutFailure'],
    ['Terminated', {}, 'TerminatedFailure'],
  ] as const)(
    '%s: the result rejects with a ChildWorkflowFailure of that cause (CHILD-3)',
    async (how, extra, cause) => {
      const world = run(async () => await outcome());
      await world.run();
      world.childStarted();
      await world.run();
      world.add(`ChildWorkflowExecution${how}`, { ...world.child(), ...extra } as never);
      await world.run();
      expect(world.result).toMatchObject({ cause, workflowType: 'kid', id: 'kid-1' });
    },
  );

  it('an ID in use rejects with WorkflowExecutionAlreadyStartedError (CHILD-2)', async () => {
    const world = run(async () => {
      const handle = startChild('kid', { workflowId: 'kid-1' });
      return await handle.catch((error) => [
        error instanceof WorkflowExecutionAlreadyStartedError,
        error.workflowId,
      ]);
    });
    await world.run();
    const { initiatedEventId, workflowType } = world.child();
    world.add('StartChildWorkflowExecutionFailed', {
      initiatedEventId,
      workflowType,
      workflowId: 'kid-1',
      cause: 'WORKFLOW_ALREADY_EXISTS',
      workflowTaskCompletedEventId: 4,
    });
    await world.run();
    expect(world.result).toEqual([true, 'kid-1']);
  });

  it('cancelled before it is sent: nothing is sent, start and result reject (CHILD-9, CHILD-10)', async () => {
    const world = run(
      async () =>
        await CancellationScope.cancellable(async () => {
          const result = outcome();
          CancellationScope.current().cancel();
          return await result;
        }),
    );
    const { commands } = await world.run();
    expect(types(commands)).toEqual(['CompleteWorkflowExecution']);
    expect(world.result).toMatchObject({ cause: 'CancelledFailure', retryState: 'NON_RETRYABLE_FAILURE' });
  });

  const cancelled = (cancellationType: string | undefined) => async () => {
    const scope = new CancellationScope();
    const result = scope.run(() => outcome({ cancellationType }));
    await sleep(1);
    scope.cancel();
    const value = await result;
    await sleep(1);
    return value;
  };
  const untilCancelled = async (world: Parent) => {
    await world.run();
    world.childStarted();
    world.fireTimer('1');
    return types((await world.run()).commands);
  };
  const request = 'RequestCancelExternalWorkflowExecution';

  it.each([
    ['ABANDON', ['StartTimer']],
    [undefined, ['StartTimer']],
    ['TRY_CANCEL', [request, 'StartTimer']],
  ])('%s rejects at once; what the child does later is passed over (CHILD-8)', async (type, commands) => {
    const world = run(cancelled(type));
    expect(await untilCancelled(world)).toEqual(commands);
    world.add('ChildWorkflowExecutionCompleted', world.child());
    world.fireTimer('2');
    await world.run();
    expect(world.result).toMatchObject({ cause: 'CancelledFailure' });
  });

  it.each(['WAIT_CANCELLATION_COMPLETED', 'WAIT_CANCELLATION_REQUESTED'])(
    '%s waits for the child to close, which it may do in any way (CHILD-8)',
    async (type) => {
      const world = run(cancelled(type));
      expect(await untilCancelled(world)).toEqual([request]);
      expect(world.last('RequestCancelExternalWorkflowExecutionInitiated').attributes).toMatchObject({
        workflowExecution: { workflowId: 'kid-1', runId: 'kid-run' },
        childWorkflowOnly: true,
      });
      world.cancelRequested();
      world.add('ChildWorkflowExecutionCompleted', { ...world.child(), result: payloads('done anyway') });
      await world.run();
      world.fireTimer('2');
      await world.run();
      expect(world.result).toBe('done anyway');
    },
  );

  it('a detached child may also fail to start', async () => {
    const world = run(async () => {
      const scope = new CancellationScope();
      const result = scope.run(() => outcome({ cancellationType: 'ABANDON' }));
      await sleep(1);
      scope.cancel();
      await sleep(1);
      return await result;
    });
    await world.run();
    world.fireTimer('1');
    await world.run();
    const { initiatedEventId, workflowType } = world.child();
    world.add('StartChildWorkflowExecutionFailed', {
      initiatedEventId,
      workflowType,
      workflowId: 'kid-1',
      cause: 'NAMESPACE_NOT_FOUND',
      workflowTaskCompletedEventId: 4,
    });
    world.fireTimer('2');
    await world.run();
    expect(world.result).toMatchObject({ cause: 'CancelledFailure' });
  });

  it.each(['ABANDON', 'TRY_CANCEL'] as const)(
    'with %s a start that was under way when its scope was cancelled is told of, and the result is cancelled (CHILD-8)',
    async (cancellationType) => {
      const world = run(async () => {
        const scope = new CancellationScope();
        const result = scope.run(async () => {
          const handle = await startChild(kid, { args: [1], workflowId: 'kid-1', cancellationType });
          return await handle
            .result()
            .catch((error: unknown) => [handle.firstExecutionRunId, isCancellation(error)]);
        });
        await sleep(1);
        scope.cancel();
        return await result;
      });
      await world.run();
      world.fireTimer('1');
      await world.run();
      world.childStarted();
      await world.run();
      expect(world.result).toEqual(['kid-run', true]);
    },
  );

  it.each(['ABANDON', 'TRY_CANCEL'] as const)(
    'with %s a start that was under way when its scope was cancelled may still fail',
    async (cancellationType) => {
      const world = run(async () => {
        const scope = new CancellationScope();
        const started = scope.run(() =>
          startChild(kid, { args: [1], workflowId: 'kid-1', cancellationType }).then(
            () => 'started',
            (error: Error) => error.constructor.name,
          ),
        );
        await sleep(1);
        scope.cancel();
        return await started;
      });
      await world.run();
      world.fireTimer('1');
      await world.run();
      const { initiatedEventId, workflowType } = world.child();
      world.add('StartChildWorkflowExecutionFailed', {
        initiatedEventId,
        workflowType,
        workflowId: 'kid-1',
        cause: 'WORKFLOW_ALREADY_EXISTS',
        workflowTaskCompletedEventId: 4,
      });
      await world.run();
      expect(world.result).toBe('WorkflowExecutionAlreadyStartedError');
    },
  );

  it('signals to a child are for children only (CHILD-11)', async () => {
    const world = run(async () => {
      const handle = await startChild(kid, { args: [1], workflowId: 'kid-1' });
      await handle.signal(poke, 5);
      await handle.signalWithOptions('raw', { args: [] });
    });
    await world.run();
    world.childStarted();
    const { commands } = await world.run();
    expect(commands).toMatchObject([
      {
        commandType: 'SignalExternalWorkflowExecution',
        attributes: { execution: { workflowId: 'kid-1' }, signalName: 'poke', childWorkflowOnly: true },
      },
    ]);
    world.signaled();
    await world.run();
    world.signaled();
    await world.run();
    expect(world.types.at(-1)).toBe('WorkflowExecutionCompleted');
  });
});

describe.each(modes)('external workflows: $mode', ({ replayEachTask }) => {
  const run = (workflow: (...args: never[]) => unknown) =>
    new Parent({ workflow }, 'workflow', [], { replayEachTask });
  const caught = (error: unknown) => error instanceof ApplicationFailure && [error.message, error.type];

  it('a signal waits for its delivery, and says why it failed (EXT-1)', async () => {
    const world = run(async () => {
      const handle = getExternalWorkflowHandle('elsewhere', 'run-9');
      await handle.signal('poke', 1);
      return await handle.signalWithOptions('poke', { args: [] }).catch(caught);
    });
    const { commands } = await world.run();
    expect(commands).toMatchObject([
      { attributes: { execution: { workflowId: 'elsewhere', runId: 'run-9' }, signalName: 'poke' } },
    ]);
    world.signaled();
    await world.run();
    world.add('SignalExternalWorkflowExecutionFailed', {
      initiatedEventId: world.last('SignalExternalWorkflowExecutionInitiated').eventId,
      workflowExecution: {},
      cause: 'EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND',
      workflowTaskCompletedEventId: 1,
    });
    await world.run();
    expect(world.result).toEqual([
      'Unable to signal external workflow because it was not found',
      'ExternalWorkflowExecutionNotFound',
    ]);
  });

  it('a signal cancelled before it is sent is dropped; one that is sent is waited for (EXT-3)', async () => {
    const world = run(async () => {
      const handle = getExternalWorkflowHandle('elsewhere');
      const early = new CancellationScope();
      const dropped = early.run(() => handle.signal('a'));
      early.cancel();
      const isCancelled = await dropped.catch(isCancellation);
      const late = new CancellationScope();
      const sent = late.run(() => handle.signal('b'));
      await sleep(1);
      late.cancel();
      await sent;
      return isCancelled;
    });
    expect(types((await world.run()).commands)).toEqual(['SignalExternalWorkflowExecution', 'StartTimer']);
    world.fireTimer();
    expect((await world.run()).commands).toEqual([]);
    world.signaled();
    await world.run();
    expect(world.result).toBe(true);
  });

  it('a cancel request waits for its delivery, and says why it failed (EXT-4)', async () => {
    const world = run(async () => {
      const handle = getExternalWorkflowHandle('elsewhere');
      await handle.cancel();
      return await handle.cancel().catch(caught);
    });
    expect(await world.run()).toMatchObject({ commands: [{ attributes: { workflowId: 'elsewhere' } }] });
    world.cancelRequested();
    await world.run();
    world.add('RequestCancelExternalWorkflowExecutionFailed', {
      initiatedEventId: world.last('RequestCancelExternalWorkflowExecutionInitiated').eventId,
      workflowExecution: {},
      cause: 'EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND',
      workflowTaskCompletedEventId: 1,
    });
    await world.run();
    expect(world.result).toEqual([
      'Unable to cancel external workflow because not found',
      'ExternalWorkflowExecutionNotFound',
    ]);
  });

  it('a cancel request in a cancelled scope makes none, behind the patch that Temporal writes (SCOPE-13)', async () => {
    const world = run(async () => {
      const scope = new CancellationScope();
      scope.cancel();
      return await scope.run(() => getExternalWorkflowHandle('elsewhere').cancel()).catch(isCancellation);
    });
    const { commands } = await world.run();
    expect(types(commands)).toEqual([
      'RecordMarker',
      'UpsertWorkflowSearchAttributes',
      'CompleteWorkflowExecution',
    ]);
    expect(world.result).toBe(true);
  });

  it('news of a request that code never made is nondeterminism (NDE-3)', async () => {
    const world = run(async () => await getExternalWorkflowHandle('elsewhere').signal('poke'));
    await world.run();
    const { eventId } = world.last('SignalExternalWorkflowExecutionInitiated');
    world.add('RequestCancelExternalWorkflowExecutionFailed', {
      initiatedEventId: eventId,
      workflowExecution: {},
      cause: 'NAMESPACE_NOT_FOUND',
      workflowTaskCompletedEventId: 1,
    });
    expect(await world.runFailing()).toMatchObject({ cause: 'NON_DETERMINISTIC_ERROR' });
  });
});

describe.each(modes)('continue-as-new, attributes, info: $mode', ({ replayEachTask }) => {
  const key = defineSearchAttributeKey('CustomKeyword', 'KEYWORD');
  const make = (workflow: (...args: never[]) => unknown, started = {}) =>
    new World({ workflow }, 'workflow', ['in'], { replayEachTask, started });

  it('carries memo of the start, current search attributes and the retry policy (CAN-3)', async () => {
    const world = make(
      async () => {
        upsertMemo({ b: 2 });
        upsertSearchAttributes([{ key, value: 'changed' }]);
        await continueAsNew('again');
      },
      {
        memo: { fields: { a: payloads(1).payloads?.[0] } },
        searchAttributes: { indexedFields: { Other: payloads('x').payloads?.[0] } },
        retryPolicy: { maximumAttempts: 3 },
      },
    );
    const { commands } = await world.run();
    expect(types(commands)).toEqual([
      'ModifyWorkflowProperties',
      'UpsertWorkflowSearchAttributes',
      'ContinueAsNewWorkflowExecution',
    ]);
    const [, , command] = commands;
    if (command?.commandType !== 'ContinueAsNewWorkflowExecution') throw new Error('not continued');
    const { attributes } = command;
    expect(decoded(attributes.input)).toBe('again');
    expect(attributes).toMatchObject({
      workflowType: { name: 'workflow' },
      taskQueue: { name: 'queue' },
      retryPolicy: { maximumAttempts: 3 },
    });
    expect(Object.keys(attributes.memo?.fields ?? {})).toEqual(['a']);
    expect(Object.keys(attributes.searchAttributes?.indexedFields ?? {})).toEqual(['Other', 'CustomKeyword']);
  });

  it('takes options; swallowing the error keeps the run going (CAN-1)', async () => {
    const world = make(async () => {
      const options = {
        workflowType: 'next',
        taskQueue: 'elsewhere',
        workflowRunTimeout: '1h',
        memo: { m: 1 },
      } as const;
      const isContinue = await makeContinueAsNewFunc(options)(1).catch(
        (error) => error instanceof ContinueAsNew,
      );
      if (isContinue) await makeContinueAsNewFunc(options)(2);
    });
    const { commands } = await world.run();
    expect(commands).toMatchObject([
      {
        attributes: {
          workflowType: { name: 'next' },
          taskQueue: { name: 'elsewhere' },
          workflowRunTimeout: 3_600_000,
          memo: { fields: { m: {} } },
        },
      },
    ]);
  });

  it('CAN-1: a type or a task queue of null is that of the run', async () => {
    const world = make(async () => {
      const options = { workflowType: null, taskQueue: null } as never;
      await makeContinueAsNewFunc(options)();
    });
    expect((await world.run()).commands).toMatchObject([
      { attributes: { workflowType: { name: 'workflow' }, taskQueue: { name: 'queue' } } },
    ]);
  });

  it('the first closing command goes last, whatever code still does (WFT-8)', async () => {
    const world = make(async () => {
      void sleep('1h').catch(() => undefined);
      Promise.resolve().then(async () => {
        await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
        await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
        void sleep('2h').catch(() => undefined);
      });
      return 'done';
    });
    const { commands } = await world.run();
    expect(types(commands)).toEqual(['StartTimer', 'StartTimer', 'CompleteWorkflowExecution']);
  });

  it('upserts show at once; null and undefined delete (SA-3, SA-9, SA-10)', async () => {
    const world = make(async () => {
      const seen: unknown[] = [];
      const note = () => {
        const { memo, searchAttributes, typedSearchAttributes } = workflowInfo();
        seen.push([memo, searchAttributes, typedSearchAttributes.get(key) ?? null]);
      };
      note();
      upsertMemo({ a: 1, b: 2 });
      upsertSearchAttributes({ CustomKeyword: ['one'], Empty: [] });
      note();
      upsertMemo({ a: null });
      upsertSearchAttributes([{ key, value: 'two' }]);
      note();
      upsertSearchAttributes([{ key, value: null }]);
      upsertSearchAttributes({ CustomKeyword: [], Number: [7], When: [new Date(0)] });
      note();
      return seen;
    });
    await world.run();
    expect(world.result).toEqual([
      [{}, {}, null],
      [{ a: 1, b: 2 }, { CustomKeyword: ['one'] }, 'one'],
      [{ b: 2 }, { CustomKeyword: ['two'] }, 'two'],
      [{ b: 2 }, { Number: [7], When: ['1970-01-01T00:00:00.000Z'] }, null],
    ]);
  });

  it('refuses upserts of nothing', async () => {
    expect((await make(async () => upsertMemo(null as never)).runFailing()).failure.message).toBe(
      'memo must be a non-null Record',
    );
    const searchAttributes = make(async () => upsertSearchAttributes(null as never));
    expect((await searchAttributes.runFailing()).failure.message).toBe(
      'searchAttributes must be a non-null SearchAttributes',
    );
    const scalar = make(async () => upsertSearchAttributes({ A: 'x' } as never));
    expect((await scalar.runFailing()).failure.message).toBe('SearchAttribute value must be an array');
  });

  it('workflowInfo tells what the started event and the task say (WFT-17)', async () => {
    const world = make(
      async () => {
        const first = workflowInfo();
        await sleep(1);
        const { historyLength, historySize } = workflowInfo();
        return [first, first.historyLength, historyLength, historySize];
      },
      {
        attempt: 2,
        parentWorkflowExecution: { workflowId: 'p', runId: 'pr' },
        parentWorkflowNamespace: 'default',
        rootWorkflowExecution: { workflowId: 'r', runId: 'rr' },
        continuedExecutionRunId: 'before',
        lastCompletionResult: payloads('last'),
        continuedFailure: { message: 'failed before', applicationFailureInfo: {} },
        workflowRunTimeout: 5000,
        workflowExecutionTimeout: 0,
        cronSchedule: '* * * * *',
        memo: { fields: { a: payloads(1).payloads?.[0] } },
      },
    );
    await world.run();
    world.fireTimer();
    await world.run();
    const [info, ...lengths] = world.result as [Record<string, unknown>, ...number[]];
    expect(info).toMatchObject({
      workflowId: 'test-workflow',
      workflowType: 'workflow',
      taskQueue: 'queue',
      namespace: 'default',
      attempt: 2,
      parent: { workflowId: 'p', runId: 'pr', namespace: 'default' },
      root: { workflowId: 'r', runId: 'rr' },
      continuedFromExecutionRunId: 'before',
      lastResult: 'last',
      runTimeoutMs: 5000,
      taskTimeoutMs: 10_000,
      cronSchedule: '* * * * *',
      memo: { a: 1 },
      startTime: '2023-11-14T22:13:20.000Z',
      runStartTime: '2023-11-14T22:13:20.010Z',
      continueAsNewSuggested: false,
    });
    expect(info).toHaveProperty('executionTimeoutMs', 0);
    expect(info).not.toHaveProperty('suggestedContinueAsNewReasons');
    expect(lengths).toEqual([3, 8, 700]);
  });
});
