import { describe, expect, test } from 'vitest';
import { cancelTimer, complete, given, Host, T0, timer } from './support/host.ts';

const YEAR = 365 * 86_400_000;

describe('timers', () => {
  test('TMR-3 timers due together fire in expiry order and share one task', () => {
    const host = given(timer('slow', 2_000), timer('fast', 1_000), timer('late', 9_000));
    host.advance(3_000);
    const fired = host.history().filter(({ eventType }) => eventType === 'TimerFired');
    expect(fired.map(({ attributes }) => attributes)).toEqual([
      { timerId: 'fast', startedEventId: 6 },
      { timerId: 'slow', startedEventId: 5 },
    ]);
    expect(host.types().slice(-3)).toEqual(['TimerFired', 'TimerFired', 'WorkflowTaskScheduled']);
  });

  test('TMR-3 timers of the same moment fire in the order in which they were started', () => {
    const host = given(timer('b', 1_000), timer('a', 1_000), timer('c', 1_000));
    host.advance(1_000);
    const fired = host.history().filter(({ eventType }) => eventType === 'TimerFired');
    expect(fired.map(({ attributes }) => (attributes as { timerId: string }).timerId)).toEqual([
      'b',
      'a',
      'c',
    ]);
  });

  test('TMR-3 a timer never fires early, and an overdue one fires at once after a reload', () => {
    const host = given(timer('1', 5_000));
    host.advance(4_999);
    expect(host.types()).not.toContain('TimerFired');
    host.reload();
    host.advance(60_000);
    expect(host.types().at(-2)).toBe('TimerFired');
  });

  test('timers from 1 ms to 250 years keep exact deadlines', () => {
    const host = given(timer('long', 300 * YEAR), timer('short', 1));
    expect(host.nextDeadline()).toBe(T0 + 1);
    host.advance(1);
    expect(host.nextDeadline()).toBe(T0 + 250 * YEAR);
    expect(host.history().find(({ eventType }) => eventType === 'TimerStarted')?.attributes).toMatchObject({
      startToFireTimeout: 250 * YEAR,
    });
  });

  test('TMR-4 a cancelled timer never fires, also after a reload', () => {
    const host = given(timer('1', 5_000));
    host.signal('stop');
    host.task(cancelTimer('1'));
    expect(host.last('TimerCanceled')).toEqual({
      timerId: '1',
      startedEventId: 5,
      workflowTaskCompletedEventId: 9,
      identity: 'worker-1',
    });
    expect(host.nextDeadline()).toBeUndefined();
    host.reload();
    host.advance(60_000);
    expect(host.types()).not.toContain('TimerFired');
  });

  test('TMR-2 a timer ID that is open fails the task', () => {
    const host = given(timer('1', 5_000));
    host.signal('go');
    expect(host.task(timer('1', 1))).toMatchObject({ kind: 'refused', cause: 'START_TIMER_DUPLICATE_ID' });
    expect(host.last('WorkflowTaskFailed')).toMatchObject({ cause: 'START_TIMER_DUPLICATE_ID' });
    expect(host.run.timers.size).toBe(1);
  });

  test('a timer ID may be used again once its timer was cancelled in the same task', () => {
    const host = given(timer('1', 5_000));
    host.signal('go');
    expect(host.task(cancelTimer('1'), timer('1', 7_000))).toEqual({ kind: 'accepted', closed: false });
    expect(host.nextDeadline()).toBe(T0 + 7_000);
  });

  test.each([
    ['an empty ID', timer('', 1), 'BAD_START_TIMER_ATTRIBUTES'],
    ['a negative duration', timer('1', -1), 'BAD_START_TIMER_ATTRIBUTES'],
    ['a duration that is no number', timer('1', Number.NaN), 'BAD_START_TIMER_ATTRIBUTES'],
    ['an unknown timer', cancelTimer('9'), 'BAD_CANCEL_TIMER_ATTRIBUTES'],
  ])('%s fails the task and drops all of its commands', (_what, bad, cause) => {
    const host = new Host();
    host.start();
    expect(host.task(timer('good', 5), bad)).toMatchObject({ kind: 'refused', cause });
    expect(host.types()).toEqual([
      'WorkflowExecutionStarted',
      'WorkflowTaskScheduled',
      'WorkflowTaskStarted',
      'WorkflowTaskFailed',
    ]);
  });

  test('WFT-6 cancelling a timer whose firing is still buffered takes the firing back and lets the run close', () => {
    const host = given(timer('1', 5_000));
    host.signal('go');
    host.beginTask();
    host.advance(5_000);
    expect(host.types()).not.toContain('TimerFired');
    expect(host.endTask(cancelTimer('1'), complete())).toEqual({ kind: 'accepted', closed: true });
    expect(host.types().slice(-3)).toEqual([
      'WorkflowTaskCompleted',
      'TimerCanceled',
      'WorkflowExecutionCompleted',
    ]);
  });

  test('a timer started and cancelled by one task leaves both events and no deadline', () => {
    const host = given(timer('1', 5_000), cancelTimer('1'));
    expect(host.types().slice(-2)).toEqual(['TimerStarted', 'TimerCanceled']);
    expect(host.nextDeadline()).toBeUndefined();
  });
});
