/** Timers, conditions and races. */
import { describe, expect, test } from 'vitest';
import { attributesOf, client, eventTypes, history, milestones, options, recorded } from './support.ts';
import * as programs from './workflows/timers.ts';

const run = (program: () => Promise<unknown>) => client.workflow.execute(program, options(program.name));

describe('sleep', () => {
  test('takes its time, and time in the workflow moves on by it', async () => {
    const at = options('sleeps');
    expect(await client.workflow.execute(programs.sleeps, at)).toBeGreaterThanOrEqual(200);
    expect(await milestones(at.workflowId)).toEqual([
      'WorkflowExecutionStarted',
      'TimerStarted',
      'TimerFired',
      'TimerStarted',
      'TimerFired',
      'WorkflowExecutionCompleted',
    ]);
    const timers = await attributesOf(at.workflowId, 'TimerStarted');
    expect(timers).toMatchObject([
      { timerId: '1', startToFireTimeout: '0.100s', workflowTaskCompletedEventId: '4' },
      { timerId: '2', startToFireTimeout: '0.100s' },
    ]);
    const fired = await attributesOf(at.workflowId, 'TimerFired');
    expect(fired).toMatchObject([{ timerId: '1', startedEventId: '5' }, { timerId: '2' }]);
  });

  test('of nothing, or less, is a millisecond', async () => {
    const at = options('odd');
    await client.workflow.execute(programs.sleepsOddly, at);
    const timers = await attributesOf(at.workflowId, 'TimerStarted');
    expect(timers.map(({ startToFireTimeout }) => startToFireTimeout)).toEqual([
      '0.001s',
      '0.001s',
      '0.001s',
    ]);
  });

  test('carries its summary', async () => {
    const at = options('named');
    await client.workflow.execute(programs.namedSleep, at);
    const started = (await history(at.workflowId)).find(({ eventType }) =>
      eventType.endsWith('TIMER_STARTED'),
    );
    expect(started?.userMetadata).toEqual({ summary: 'a short rest' });
  });

  test('several run side by side, and many fire together', async () => {
    expect(await run(programs.parallelTimers)).toEqual([30, 60, 90]);
    expect(await client.workflow.execute(programs.manyTimers, { ...options('many'), args: [300] })).toBe(300);
  });

  test('cancelled in the task that began it was never there', async () => {
    const at = options('unheard');
    expect(await client.workflow.execute(programs.unheardTimer, at)).toBe(
      'CancelledFailure: Cancellation scope cancelled',
    );
    expect(await milestones(at.workflowId)).toEqual([
      'WorkflowExecutionStarted',
      'WorkflowExecutionCompleted',
    ]);
  });

  test('cancelled later is canceled in history, without another task', async () => {
    const at = options('later');
    expect(await client.workflow.execute(programs.cancelledLater, at)).toContain('CancelledFailure');
    expect(await milestones(at.workflowId)).toEqual([
      'WorkflowExecutionStarted',
      'TimerStarted',
      'TimerStarted',
      'TimerFired',
      'TimerCanceled',
      'WorkflowExecutionCompleted',
    ]);
    const [canceled] = await attributesOf(at.workflowId, 'TimerCanceled');
    expect(canceled).toMatchObject({ timerId: '1', startedEventId: '5' });
  });
});

describe('condition', () => {
  test('waits for a signal, and needs no timer', async () => {
    const handle = await client.workflow.start(programs.waitsFor, options('waits'));
    await handle.signal(programs.go);
    expect(await handle.result()).toBe('gone');
    expect(await milestones(handle.workflowId)).toEqual([
      'WorkflowExecutionStarted',
      'WorkflowExecutionSignaled',
      'WorkflowExecutionCompleted',
    ]);
  });

  test('gives up after its timeout', async () => {
    const at = options('gives-up');
    expect(await client.workflow.execute(programs.waitsWithTimeout, { ...at, args: [50] })).toEqual({
      result: false,
      waited: true,
    });
  });

  test('cancels its timer when it came true before', async () => {
    const handle = await client.workflow.start(programs.waitsWithTimeout, {
      ...options('in-time'),
      args: ['1 hour'],
    });
    await recorded(handle, 'TimerStarted');
    await handle.signal(programs.go);
    expect(await handle.result()).toMatchObject({ result: true });
    expect(await milestones(handle.workflowId)).toEqual([
      'WorkflowExecutionStarted',
      'TimerStarted',
      'WorkflowExecutionSignaled',
      'TimerCanceled',
      'WorkflowExecutionCompleted',
    ]);
  });

  test('that holds already leaves no timer', async () => {
    const at = options('already');
    expect(await client.workflow.execute(programs.trueAtOnce, at)).toEqual([true, true]);
    expect(await eventTypes(at.workflowId)).not.toContain('TimerStarted');
  });

  test('several wake in the order they were made', async () => {
    const handle = await client.workflow.start(programs.conditionsInOrder, options('ordered'));
    await handle.signal(programs.setTo, 2);
    expect(await handle.result()).toEqual(['first', 'second', 'third']);
  });

  test('debounce and a deadline that moves', async () => {
    const bounced = await client.workflow.start(programs.debounce, { ...options('debounce'), args: [150] });
    for (let index = 0; index < 3; index++) await bounced.signal(programs.setTo, index);
    expect(await bounced.result()).toBe(3);
    const moved = await client.workflow.start(programs.movableDeadline, {
      ...options('moves'),
      args: [3_600_000],
    });
    await moved.signal(programs.setTo, 7_200_000);
    await moved.signal(programs.setTo, 30);
    expect(await moved.result()).toBe(2);
  });
});

describe('races', () => {
  test('the first one wins, and the other one stays behind', async () => {
    expect(await run(programs.timerOrActivity)).toBe('timer');
    const at = options('activity-first');
    expect(await client.workflow.execute(programs.activityOrTimer, at)).toBe('activity');
    expect(await milestones(at.workflowId)).toEqual([
      'WorkflowExecutionStarted',
      'TimerStarted',
      'ActivityTaskScheduled',
      'ActivityTaskStarted',
      'ActivityTaskCompleted',
      'WorkflowExecutionCompleted',
    ]);
  });

  test('setTimeout and clearTimeout are timers', async () => {
    expect(await run(programs.timeouts)).toEqual(['with argument', 'last']);
  });

  test('a trigger resolves from a handler, and rejects with its scope', async () => {
    const handle = await client.workflow.start(programs.triggered, options('trigger'));
    await handle.signal(programs.go);
    expect(await handle.result()).toBe('by signal');
    expect(await run(programs.triggerCancelled)).toBe('Cancellation scope cancelled');
  });

  test('time is that of the task', async () => {
    expect(await run(programs.timeStandsStill)).toBe(true);
    expect(await run(programs.startTimes)).toBe(true);
  });
});
