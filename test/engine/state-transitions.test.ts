/** VIS-15: how often a run's state has changed, as describe and listings count it. */
import { describe, expect, test } from 'vitest';
import { engine } from '../../src/engine/engine.ts';
import { activity, byToken, complete, Host, timer } from './support/host.ts';

const described = (host: Host) =>
  engine.describe(host.run, host.now).workflowExecutionInfo.stateTransitionCount;

/** Started, and its first task completed with these commands: three changes. */
function begun(...commands: Parameters<Host['task']>): Host {
  const host = new Host();
  host.start();
  host.task(...commands);
  return host;
}

describe('state transitions', () => {
  test('VIS-15: of a run without waiting are its start, and begin and end of its task', () => {
    const host = new Host();
    host.start();
    expect(described(host)).toBe(1);
    host.task(complete());
    expect(described(host)).toBe(3);
    expect(engine.visibilityRecord(host.run).info.stateTransitionCount).toBe(3);
  });

  test('VIS-15: what comes from outside is one, with the task that it wakes code by', () => {
    const host = begun(timer('t', 1000));
    host.signal('go');
    expect(described(host)).toBe(4);
    host.task();
    expect(described(host)).toBe(6);
    host.advance(1000);
    expect(described(host)).toBe(7);
  });

  test('VIS-15: each attempt of an activity is two, before history shows it and after', () => {
    const host = begun(activity());
    expect(described(host)).toBe(3);
    const [first] = host.admit();
    expect(described(host)).toBe(4);
    if (first === undefined) throw new Error('no attempt');
    const failure = { message: 'not yet', applicationFailureInfo: {} };
    host.apply({ kind: 'ActivityFailed', activity: byToken(first), failure });
    expect(described(host)).toBe(5);
    host.advance(60_000);
    const [second] = host.admit();
    expect(described(host)).toBe(6);
    if (second === undefined) throw new Error('no second attempt');
    host.apply({ kind: 'ActivityCompleted', activity: byToken(second) });
    expect(described(host)).toBe(7);
  });

  test('VIS-15: is the same after the run was folded from storage', () => {
    const host = begun(activity());
    host.admit();
    host.signal('go');
    const before = described(host);
    host.reload();
    expect(described(host)).toBe(before);
  });
});
