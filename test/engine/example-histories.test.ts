/** Two histories as Temporal writes them, reproduced by driving the engine: every event, its order, its time and its attributes. */
import { describe, expect, test } from 'vitest';
import type { HistoryEvent } from '../../src/sdk/common/wire/events.ts';
import { activity, args, byToken, cancelTimer, complete, Host, T0, timer } from './support/host.ts';

/** Without what differs from server to server: request IDs and estimated sizes. */
function comparable(events: readonly HistoryEvent[]) {
  return events.map(({ eventId, eventTime, eventType, attributes }) => {
    const { requestId, historySizeBytes, ...rest } = attributes as Record<string, unknown>;
    if (eventType === 'WorkflowTaskStarted') {
      expect(historySizeBytes).toBeGreaterThan(0);
      expect(requestId).toMatch(/^id-/);
      return [eventId, eventTime - T0, eventType, rest];
    }
    if (eventType === 'ActivityTaskStarted') return [eventId, eventTime - T0, eventType, rest];
    return [eventId, eventTime - T0, eventType, attributes];
  });
}

const started = (workflowId: string, type: string, more = {}) => ({
  workflowType: { name: type },
  taskQueue: { name: 'orders', kind: 'NORMAL' },
  workflowExecutionTimeout: 0,
  workflowRunTimeout: 0,
  workflowTaskTimeout: 10_000,
  originalExecutionRunId: 'id-1',
  identity: 'client-1',
  firstExecutionRunId: 'id-1',
  attempt: 1,
  firstWorkflowTaskBackoff: 0,
  header: {},
  workflowId,
  ...more,
});
const scheduledTask = {
  taskQueue: { name: 'orders', kind: 'NORMAL' },
  startToCloseTimeout: 10_000,
  attempt: 1,
};
const startedTask = (scheduledEventId: number) => ({ scheduledEventId, identity: 'worker-1' });
const firstSdkMetadata = {
  coreUsedFlags: [1, 2, 3],
  langUsedFlags: [2],
  sdkName: 'temporal-typescript',
  sdkVersion: '1.24.0',
};
const completedTask = (scheduledEventId: number, sdkMetadata = {}) => ({
  scheduledEventId,
  startedEventId: scheduledEventId + 1,
  identity: 'worker-1',
  sdkMetadata,
  meteringMetadata: {},
});

function host(workflowId: string) {
  const made = new Host({ workflowId });
  const at = (ms: number) => {
    made.now = T0 + ms;
  };
  const finish = (sdkMetadata: object | undefined, ...commands: Parameters<Host['task']>) => {
    const completion = { kind: 'completed', commands, updates: [], queries: [] } as const;
    made.turn((turn) => turn.completeWorkflowTask(sdkMetadata ? { ...completion, sdkMetadata } : completion));
  };
  return { made, at, finish };
}

describe('example histories', () => {
  test('an activity that fails once and succeeds at its second attempt', () => {
    const { made, at, finish } = host('greet-1');
    made.start({ workflowType: 'greetWorkflow', input: args('Ada'), identity: 'client-1' });
    at(12);
    made.beginTask();
    at(30);
    finish(firstSdkMetadata, activity({ activityType: { name: 'greet' }, input: args('Ada') }));
    at(35);
    const [first] = made.admit();
    if (!first) throw new Error('an activity expected');
    at(40);
    const failure = {
      message: 'greeter is busy',
      source: 'TypeScriptSDK',
      stackTrace: 'Error: greeter is busy\n    at greet (activities.ts:3:9)',
      applicationFailureInfo: { type: 'Error' },
    };
    made.apply({ kind: 'ActivityFailed', activity: byToken(first), failure });
    made.advance(1_000);
    const [second] = made.admit();
    if (!second) throw new Error('a second attempt expected');
    at(1_055);
    made.apply({
      kind: 'ActivityCompleted',
      activity: byToken(second),
      result: args('Hello, Ada!'),
      identity: 'worker-1',
    });
    at(1_060);
    made.beginTask();
    at(1_070);
    finish(undefined, complete(args('Hello, Ada!')));
    expect(comparable(made.history())).toEqual([
      [1, 0, 'WorkflowExecutionStarted', started('greet-1', 'greetWorkflow', { input: args('Ada') })],
      [2, 0, 'WorkflowTaskScheduled', scheduledTask],
      [3, 12, 'WorkflowTaskStarted', startedTask(2)],
      [4, 30, 'WorkflowTaskCompleted', completedTask(2, firstSdkMetadata)],
      [
        5,
        30,
        'ActivityTaskScheduled',
        {
          activityId: '1',
          activityType: { name: 'greet' },
          taskQueue: { name: 'orders', kind: 'NORMAL' },
          header: {},
          input: args('Ada'),
          scheduleToCloseTimeout: 0,
          scheduleToStartTimeout: 0,
          startToCloseTimeout: 60_000,
          heartbeatTimeout: 0,
          workflowTaskCompletedEventId: 4,
          retryPolicy: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 100_000 },
        },
      ],
      [
        6,
        1_040,
        'ActivityTaskStarted',
        { scheduledEventId: 5, identity: 'worker-1', attempt: 2, lastFailure: failure },
      ],
      [
        7,
        1_055,
        'ActivityTaskCompleted',
        { result: args('Hello, Ada!'), scheduledEventId: 5, startedEventId: 6, identity: 'worker-1' },
      ],
      [8, 1_055, 'WorkflowTaskScheduled', scheduledTask],
      [9, 1_060, 'WorkflowTaskStarted', startedTask(8)],
      [10, 1_070, 'WorkflowTaskCompleted', completedTask(8)],
      [
        11,
        1_070,
        'WorkflowExecutionCompleted',
        { result: args('Hello, Ada!'), workflowTaskCompletedEventId: 10 },
      ],
    ]);
  });

  test('a condition with a timeout that a signal fulfils, then a sleep', () => {
    const { made, at, finish } = host('approval-7');
    const nothing = { payloads: [{ metadata: { encoding: new TextEncoder().encode('binary/null') } }] };
    made.start({ workflowType: 'approvalWorkflow', identity: 'client-1' });
    at(10);
    made.beginTask();
    at(20);
    finish(firstSdkMetadata, timer('1', 3_600_000));
    at(65_500);
    made.signal('approve', { input: args({ by: 'Grace' }), identity: 'client-1', requestId: 'req-sig-1' });
    at(65_510);
    made.beginTask();
    at(65_525);
    finish(undefined, cancelTimer('1'), timer('2', 5_000));
    at(70_530);
    made.advance(0);
    at(70_536);
    made.beginTask();
    at(70_545);
    finish(undefined, complete(nothing));
    expect(comparable(made.history())).toEqual([
      [1, 0, 'WorkflowExecutionStarted', started('approval-7', 'approvalWorkflow')],
      [2, 0, 'WorkflowTaskScheduled', scheduledTask],
      [3, 10, 'WorkflowTaskStarted', startedTask(2)],
      [4, 20, 'WorkflowTaskCompleted', completedTask(2, firstSdkMetadata)],
      [
        5,
        20,
        'TimerStarted',
        { timerId: '1', startToFireTimeout: 3_600_000, workflowTaskCompletedEventId: 4 },
      ],
      [
        6,
        65_500,
        'WorkflowExecutionSignaled',
        {
          signalName: 'approve',
          input: args({ by: 'Grace' }),
          identity: 'client-1',
          header: {},
          requestId: 'req-sig-1',
        },
      ],
      [7, 65_500, 'WorkflowTaskScheduled', scheduledTask],
      [8, 65_510, 'WorkflowTaskStarted', startedTask(7)],
      [9, 65_525, 'WorkflowTaskCompleted', completedTask(7)],
      [
        10,
        65_525,
        'TimerCanceled',
        { timerId: '1', startedEventId: 5, workflowTaskCompletedEventId: 9, identity: 'worker-1' },
      ],
      [
        11,
        65_525,
        'TimerStarted',
        { timerId: '2', startToFireTimeout: 5_000, workflowTaskCompletedEventId: 9 },
      ],
      [12, 70_530, 'TimerFired', { timerId: '2', startedEventId: 11 }],
      [13, 70_530, 'WorkflowTaskScheduled', scheduledTask],
      [14, 70_536, 'WorkflowTaskStarted', startedTask(13)],
      [15, 70_545, 'WorkflowTaskCompleted', completedTask(13)],
      [16, 70_545, 'WorkflowExecutionCompleted', { result: nothing, workflowTaskCompletedEventId: 15 }],
    ]);
  });
});
