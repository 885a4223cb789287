/** What a turn costs must not depend on how much is pending or how long history is. Bounds are loose; ratios are what counts. */
import { describe, expect, test } from 'vitest';
import { engine } from '../../src/engine/engine.ts';
import { activity, byToken, Host } from './support/host.ts';

function silent(): Host {
  const host = new Host({ limits: { historyEventsMax: 1_000_000, suggestContinueAsNewEvents: 1_000_000 } });
  host.checksFold = false;
  return host;
}

/** One step of a sequential workflow: a result comes in, the task runs, the next activity is admitted. Returns microseconds. */
function step(host: Host): number {
  const [task] = engine.pendingWork(host.execution).startedActivities;
  if (task === undefined) throw new Error('an activity expected');
  host.now += 10;
  const begun = performance.now();
  const turn = engine.beginTurn(host.execution, host.context);
  turn.apply({ kind: 'ActivityCompleted', activity: byToken(task) });
  turn.startWorkflowTask();
  turn.completeWorkflowTask({ kind: 'completed', commands: [activity()], updates: [], queries: [] });
  turn.admitActivities(10);
  turn.newWork();
  const changes = turn.finish();
  engine.nextDeadline(host.execution);
  const spent = performance.now() - begun;
  host.commit(changes);
  return spent * 1_000;
}

function begin(): Host {
  const host = silent();
  host.start();
  host.turn((turn) => {
    turn.startWorkflowTask();
    turn.completeWorkflowTask({ kind: 'completed', commands: [activity()], updates: [], queries: [] });
    turn.admitActivities(10);
  });
  return host;
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

describe('cost', () => {
  test('a step writes one batch and nothing else', () => {
    const host = begin();
    const before = { ...host.written };
    step(host);
    expect(host.written).toEqual({ ...before, batches: before.batches + 1 });
  });

  test('a step at 10,000 events costs what one at 100 does', () => {
    const host = begin();
    const costs = Array.from({ length: 1_700 }, () => step(host));
    expect(host.run.nextEventId).toBeGreaterThan(10_000);
    const early = median(costs.slice(50, 250));
    const late = median(costs.slice(-200));
    expect(late).toBeLessThan(Math.max(4 * early, 200));
  });

  test('with 2,000 activities pending an input costs what it does with few', () => {
    const costOf = (count: number) => {
      const host = silent();
      host.start();
      const commands = Array.from({ length: count }, (_, index) =>
        activity({ activityId: `a${index}`, heartbeatTimeout: 5_000 }),
      );
      const tasks = host.turn((turn) => {
        turn.startWorkflowTask();
        turn.completeWorkflowTask({ kind: 'completed', commands, updates: [], queries: [] });
        return turn.admitActivities(count);
      });
      const costs = tasks.map((task) => {
        host.now += 1;
        const begun = performance.now();
        const turn = engine.beginTurn(host.execution, host.context);
        turn.apply({ kind: 'ActivityHeartbeat', activity: byToken(task) });
        turn.apply({ kind: 'ActivityCompleted', activity: byToken(task) });
        turn.startWorkflowTask();
        turn.completeWorkflowTask({ kind: 'completed', commands: [], updates: [], queries: [] });
        turn.newWork();
        turn.finish();
        engine.nextDeadline(host.execution);
        return (performance.now() - begun) * 1_000;
      });
      expect(host.run.activities.size).toBe(0);
      return median(costs.slice(-100));
    };
    const few = costOf(150);
    expect(costOf(2_000)).toBeLessThan(Math.max(5 * few, 300));
  });
});
