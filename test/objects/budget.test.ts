/** What one invocation may do, and how the rest gets to the alarm. */
import { describe, expect, it } from 'vitest';
import { InvocationBudget, InvocationBudgetError } from '../../src/objects/execution/invocation-budget.ts';
import { activities, inParallel } from './support/deciders.ts';
import { start, World } from './support/world.ts';

const limits = { hopsMax: 6, dispatchesMax: 500, cpuMsMax: 10_000 };

describe('the budget of an invocation', () => {
  it('throws at the first call above it', () => {
    const budget = new InvocationBudget({ ...limits, dispatchesMax: 2 });
    budget.begin(0);
    budget.spendDispatch('one');
    budget.spendDispatch('two');
    expect(() => budget.spendDispatch('three')).toThrow(InvocationBudgetError);
    budget.begin(0);
    expect(() => budget.spendDispatch('one of the next')).not.toThrow();
  });

  it('leaves nothing to a chain that is too deep', () => {
    const budget = new InvocationBudget(limits);
    budget.begin(6);
    expect(budget.dispatchesLeft).toBe(0);
    expect(() => budget.spendDispatch('deeper')).toThrow('depth 6');
  });
});

describe('work beyond the budget', () => {
  it('of a deep chain leaves from the alarm, at once', async () => {
    const world = new World({ decide: activities(1) });
    const object = world.object('w');
    const request = { workflowType: 'test', taskQueue: 'default', requestId: 'start' };
    await object.core.start({ ...object.at, depth: 6 }, request);
    expect(world.dispatched).toHaveLength(0);
    expect(object.alarmAt).toBe(world.now);
    await world.settle();
    expect(world.dispatched).toHaveLength(1);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
  });

  it('of 1,200 parallel activities leaves in portions, all of it in the end, each once', async () => {
    const world = new World({
      decide: inParallel(1_200),
      options: { dispatchWindow: 2_000, invocation: { ...limits, dispatchesMax: 500 } },
    });
    const object = world.object('w');
    await start(object);
    expect(world.dispatched.length).toBeLessThanOrEqual(500);
    await world.settle();
    expect(new Set(world.dispatched.map((task) => task.activityId)).size).toBe(1_200);
    expect(world.dispatched).toHaveLength(1_200);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
  });

  it('of many steps in sequence goes from alarm to alarm without waiting', async () => {
    const world = new World({
      decide: activities(120),
      options: { invocation: { ...limits, dispatchesMax: 25 } },
    });
    const object = world.object('w');
    const from = world.now;
    await start(object);
    for (
      let round = 0;
      round < 20 && (await object.eventTypes()).at(-1) !== 'WorkflowExecutionCompleted';
      round++
    ) {
      await world.settle();
    }
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
    expect(world.now).toBe(from);
  });
});
