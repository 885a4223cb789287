/** What workflows send each other, delivered until acknowledged. */
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/sdk/common/wire/commands.ts';
import { complete, untilSignals } from './support/deciders.ts';
import { type Decider, start, World } from './support/world.ts';

const startChild = (policy?: 'ABANDON' | 'REQUEST_CANCEL'): Command => ({
  commandType: 'StartChildWorkflowExecution',
  attributes: {
    workflowId: 'child',
    workflowType: { name: 'child' },
    taskQueue: { name: 'default' },
    ...(policy && { parentClosePolicy: policy }),
  },
});

function family(parent: Decider, child: Decider): Decider {
  return (history, task) => (task.workflowId === 'child' ? child(history, task) : parent(history, task));
}

const untilChildIsDone: Decider = (history) => {
  if (history.some((event) => event.eventType === 'ChildWorkflowExecutionCompleted')) return [complete];
  return history.some((event) => event.eventType === 'StartChildWorkflowExecutionInitiated')
    ? []
    : [startChild()];
};

describe('a child', () => {
  it('is started, and its end is told to the parent', async () => {
    const world = new World({ decide: family(untilChildIsDone, untilSignals(0)) });
    const parent = world.object('parent');
    await start(parent);
    await world.advance(1_000);
    expect(await parent.eventTypes()).toEqual(
      expect.arrayContaining(['ChildWorkflowExecutionStarted', 'ChildWorkflowExecutionCompleted']),
    );
    expect((await parent.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
  });

  it('is started once, though the parent is lost between delivery and acknowledgement', async () => {
    const world = new World({ decide: family(untilChildIsDone, untilSignals(1)) });
    const parent = world.object('parent');
    const child = world.object('child');
    const { transaction } = child.storage;
    child.storage.transaction = (work) => {
      const result = transaction.call(child.storage, work) as ReturnType<typeof work>;
      if (child.storage.commits === 1) parent.crash();
      return result;
    };
    await start(parent);
    await world.advance(120_000);
    expect(parent.crashes).toBe(1);
    await child.apply({ kind: 'Signal', signalName: 'go' });
    await world.advance(120_000);
    expect((await child.eventTypes()).filter((type) => type === 'WorkflowExecutionStarted')).toHaveLength(1);
    expect((await parent.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
  });

  it('is started by the alarm alone, when both objects were lost in the middle of the start', async () => {
    const world = new World({ decide: family(untilChildIsDone, untilSignals(0)) });
    const parent = world.object('parent');
    const child = world.object('child');
    const { transaction } = child.storage;
    child.storage.transaction = (work) => {
      if (parent.crashes > 0) return transaction.call(child.storage, work) as ReturnType<typeof work>;
      parent.crash();
      throw new Error('The object was reset.');
    };
    await start(parent);
    await world.advance(120_000);
    expect(parent.crashes).toBe(1);
    expect((await parent.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
  });

  it('is started only after the child of an earlier run with its ID was told to end (O3)', async () => {
    const anew: Decider = (history) => {
      const types = history.map(({ eventType }) => eventType);
      if (types.includes('ChildWorkflowExecutionCompleted')) return [complete];
      const [first] = history;
      const isContinued =
        first?.eventType === 'WorkflowExecutionStarted' &&
        first.attributes.continuedExecutionRunId !== undefined;
      if (!types.includes('StartChildWorkflowExecutionInitiated')) return [startChild()];
      if (isContinued || !types.includes('WorkflowExecutionSignaled')) return [];
      return [{ commandType: 'ContinueAsNewWorkflowExecution', attributes: {} }];
    };
    const world = new World({ decide: family(anew, untilSignals(1)) });
    const parent = world.object('parent');
    const child = world.object('child');
    await start(parent);
    await world.advance(1_000);
    const { transaction } = child.storage;
    let refusals = 0;
    child.storage.transaction = (work) => {
      if (refusals++ < 2) throw new Error('The object is not there for a while.');
      return transaction.call(child.storage, work) as ReturnType<typeof work>;
    };
    await parent.apply({ kind: 'Signal', signalName: 'again' });
    await world.advance(120_000);
    expect(refusals).toBeGreaterThan(1);
    expect(await parent.eventTypes()).toContain('ChildWorkflowExecutionStarted');
    expect(await parent.eventTypes()).not.toContain('StartChildWorkflowExecutionFailed');
  });

  it('whose object cannot be reached is tried again, with growing pauses', async () => {
    const world = new World({ decide: family(untilChildIsDone, untilSignals(0)) });
    const child = world.object('child');
    let refusals = 0;
    const { transaction } = child.storage;
    child.storage.transaction = (work) => {
      if (world.now < Date.UTC(2026, 0, 1) + 20_000) {
        refusals += 1;
        throw new Error('unreachable');
      }
      return transaction.call(child.storage, work) as ReturnType<typeof work>;
    };
    const parent = world.object('parent');
    await start(parent);
    await world.advance(60_000);
    expect(refusals).toBeGreaterThan(2);
    expect(refusals).toBeLessThan(12);
    expect((await parent.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
  });

  it('that is still open is terminated when its parent closes, also through a loss of the parent', async () => {
    const parentDecider: Decider = (history) => {
      if (history.some((event) => event.eventType === 'ChildWorkflowExecutionStarted')) return [complete];
      return history.some((event) => event.eventType === 'StartChildWorkflowExecutionInitiated')
        ? []
        : [startChild()];
    };
    const world = new World({ decide: family(parentDecider, untilSignals(1)) });
    const parent = world.object('parent');
    await start(parent);
    await world.advance(60_000);
    expect((await parent.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
    expect((await world.object('child').eventTypes()).at(-1)).toBe('WorkflowExecutionTerminated');
  });
});

describe('a signal to another workflow', () => {
  const signalOther: Decider = (history) => {
    if (
      history.some((event) =>
        /ExternalWorkflowExecution(Signaled|Failed)|SignalExternal.*Failed/.test(event.eventType),
      )
    )
      return [complete];
    if (history.some((event) => event.eventType === 'SignalExternalWorkflowExecutionInitiated')) return [];
    return [
      {
        commandType: 'SignalExternalWorkflowExecution',
        attributes: { execution: { workflowId: 'child' }, signalName: 'hello' },
      },
    ];
  };

  it('arrives once and is acknowledged', async () => {
    const world = new World({ decide: family(signalOther, untilSignals(1)) });
    await start(world.object('child'));
    await start(world.object('sender'));
    await world.advance(1_000);
    expect((await world.object('sender').eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
    const signals = (await world.object('child').eventTypes()).filter(
      (type) => type === 'WorkflowExecutionSignaled',
    );
    expect(signals).toHaveLength(1);
  });

  it('to nobody fails with its cause', async () => {
    const world = new World({ decide: family(signalOther, untilSignals(1)) });
    await start(world.object('sender'));
    await world.advance(1_000);
    expect(await world.object('sender').eventTypes()).toContain('SignalExternalWorkflowExecutionFailed');
  });
});

describe('what overtakes', () => {
  const cancelChild: Command = {
    commandType: 'RequestCancelExternalWorkflowExecution',
    attributes: { workflowId: 'child', childWorkflowOnly: true },
  };
  const has = (history: Parameters<Decider>[0], type: string) =>
    history.some(({ eventType }) => eventType === type);
  const untilCanceled: Decider = (history) =>
    has(history, 'WorkflowExecutionCancelRequested')
      ? [{ commandType: 'CancelWorkflowExecution', attributes: {} }]
      : [];

  it('CHILD-9: the cancel of a child waits for the child to be started', async () => {
    const parent: Decider = (history) => {
      if (has(history, 'ChildWorkflowExecutionCanceled')) return [complete];
      if (!has(history, 'StartChildWorkflowExecutionInitiated')) return [startChild()];
      const isAsked = has(history, 'RequestCancelExternalWorkflowExecutionInitiated');
      return has(history, 'WorkflowExecutionSignaled') && !isAsked ? [cancelChild] : [];
    };
    const world = new World({ decide: family(parent, untilCanceled) });
    const child = world.object('child');
    const { transaction } = child.storage;
    child.storage.transaction = (work) => {
      if (world.now < Date.UTC(2026, 0, 1) + 20_000) throw new Error('unreachable');
      return transaction.call(child.storage, work) as ReturnType<typeof work>;
    };
    const object = world.object('parent');
    await start(object);
    await object.apply({ kind: 'Signal', signalName: 'cancel it' });
    await world.advance(120_000);
    expect(await object.eventTypes()).not.toContain('RequestCancelExternalWorkflowExecutionFailed');
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
    expect((await child.eventTypes()).at(-1)).toBe('WorkflowExecutionCanceled');
  });

  it.each([
    ['TERMINATE', 'WorkflowExecutionTerminated'],
    ['REQUEST_CANCEL', 'WorkflowExecutionCanceled'],
  ] as const)(
    'CHILD-6: %s reaches a child whose start arrives after the end of its parent',
    async (policy, end) => {
      const decide: Decider = (history) =>
        has(history, 'StartChildWorkflowExecutionInitiated')
          ? []
          : [startChild(policy === 'TERMINATE' ? undefined : policy)];
      const world = new World({ decide: family(decide, untilCanceled) });
      const child = world.object('child');
      const { core } = child;
      const begin = core.start.bind(core);
      core.start = async (...request) => {
        await new Promise<void>((resolve) => void world.after(5_000, resolve));
        return begin(...request);
      };
      const parent = world.object('parent');
      await start(parent);
      await parent.apply({ kind: 'Terminate' });
      await world.advance(300_000);
      expect((await child.eventTypes()).at(-1)).toBe(end);
    },
  );

  it('SIG-2: a signal that is sent again after the end of the run that took it is taken', async () => {
    const world = new World({ decide: untilSignals(1) });
    const object = world.object('root');
    await start(object);
    const signal = (requestId: string) => object.apply({ kind: 'Signal', signalName: 'go', requestId });
    await signal('first');
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
    expect(await signal('first')).toMatchObject({ ok: true, value: { runId: expect.stringMatching(/./) } });
    expect(await signal('second')).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
  });
});

describe('a start that is sent again', () => {
  const continueAsNew: Command = { commandType: 'ContinueAsNewWorkflowExecution', attributes: {} };

  it('START-9: answers with the run that it began, though the chain has gone on and ended', async () => {
    let runs = 0;
    const decide: Decider = () => {
      runs += 1;
      return [runs === 1 ? continueAsNew : complete];
    };
    const world = new World({ decide });
    const object = world.object('root');
    const request = { workflowType: 'test', taskQueue: 'default', requestId: 'once' };
    const first = await object.core.start(object.at, request);
    await world.advance(10_000);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
    object.crash();
    const again = await object.core.start(object.at, request);
    if (!first.ok) throw new Error(first.error.message);
    const { runId, firstExecutionRunId } = first.value;
    const value = { runId, firstExecutionRunId, started: true, status: 'CONTINUED_AS_NEW' };
    expect(again).toEqual({ ok: true, value });
    expect(runs).toBe(2);
  });
});

describe('a reset that is sent again', () => {
  const continueAsNew: Command = { commandType: 'ContinueAsNewWorkflowExecution', attributes: {} };

  it('is done once, though the run that it began has gone on as another', async () => {
    // The first run waits; that of the reset goes on as another, which waits too.
    const decide: Decider = (history) => {
      const isReset = history.some((event) => event.eventType === 'WorkflowTaskFailed');
      return isReset ? [continueAsNew] : [];
    };
    const world = new World({ decide });
    const object = world.object('root');
    await start(object);
    await world.advance(1_000);
    const request = { workflowTaskFinishEventId: 4, requestId: 'once', reason: 'to mend it' };
    const first = await object.core.reset(object.at, request);
    await world.advance(10_000);
    const types = await object.eventTypes();
    expect(types.at(-1)).toBe('WorkflowTaskCompleted');
    object.crash();
    expect(await object.core.reset(object.at, request)).toEqual(first);
    expect(await object.eventTypes()).toEqual(types);
  });
});
