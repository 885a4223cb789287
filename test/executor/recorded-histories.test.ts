/** Histories in Temporal's JSON, as its server writes them, replayed here. */
import { describe, expect, it } from 'vitest';
import { replayHistory } from '../../src/executor/replay.ts';
import { historyFromJson } from '../../src/sdk/common/wire/json-history.ts';
import { condition, defineSignal, proxyActivities, setHandler, sleep } from '../../src/sdk/workflow/index.ts';
import { bundleOf, type Workflows } from './support/world.ts';

const json = (value: unknown) => ({
  metadata: { encoding: btoa('json/plain') },
  data: btoa(JSON.stringify(value)),
});
const queue = { name: 'orders', kind: 'TASK_QUEUE_KIND_NORMAL' };

/** Events in the JSON form, numbered and a second apart; each is [type, member, attributes]. */
function document(...events: [string, Record<string, unknown>][]) {
  return {
    events: events.map(([type, attributes], index) => ({
      eventId: String(index + 1),
      eventTime: `2026-01-05T10:00:${String(index).padStart(2, '0')}.000Z`,
      eventType: `EVENT_TYPE_${type}`,
      taskId: String(1048579 + index),
      [`${type.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())}EventAttributes`]:
        attributes,
    })),
  };
}

const started = (name: string): [string, Record<string, unknown>] => [
  'WORKFLOW_EXECUTION_STARTED',
  {
    workflowType: { name },
    taskQueue: queue,
    input: { payloads: [json('Ada')] },
    workflowTaskTimeout: '10s',
    originalExecutionRunId: '0190a000-0000-7000-8000-000000000001',
    firstExecutionRunId: '0190a000-0000-7000-8000-000000000001',
    attempt: 1,
    header: {},
  },
];
const scheduled: [string, Record<string, unknown>] = [
  'WORKFLOW_TASK_SCHEDULED',
  { taskQueue: queue, startToCloseTimeout: '10s', attempt: 1 },
];
const taskStarted = (scheduledEventId: string): [string, Record<string, unknown>] => [
  'WORKFLOW_TASK_STARTED',
  { scheduledEventId },
];
const taskCompleted = (
  scheduledEventId: string,
  startedEventId: string,
  sdkMetadata = {},
): [string, Record<string, unknown>] => [
  'WORKFLOW_TASK_COMPLETED',
  { scheduledEventId, startedEventId, sdkMetadata, meteringMetadata: {} },
];
const metadata = {
  coreUsedFlags: [1, 2, 3],
  langUsedFlags: [2],
  sdkName: 'temporal-typescript',
  sdkVersion: '1.24.0',
};

const { greet } = proxyActivities<{ greet(name: string): Promise<string> }>({ startToCloseTimeout: '60s' });
const approve = defineSignal<[{ by: string }]>('approve');
const workflows: Workflows = {
  greetWorkflow: async (name: string) => await greet(name),
  approvalWorkflow: async () => {
    let by = '';
    setHandler(approve, (approval) => {
      by = approval.by;
    });
    await condition(() => by !== '', '1 hour');
    await sleep('5s');
  },
};

describe("histories in Temporal's JSON", () => {
  const greeting = document(
    started('greetWorkflow'),
    scheduled,
    taskStarted('2'),
    taskCompleted('2', '3', metadata),
    [
      'ACTIVITY_TASK_SCHEDULED',
      {
        activityId: '1',
        activityType: { name: 'greet' },
        taskQueue: queue,
        input: { payloads: [json('Ada')] },
        startToCloseTimeout: '60s',
        workflowTaskCompletedEventId: '4',
      },
    ],
    [
      'ACTIVITY_TASK_STARTED',
      {
        scheduledEventId: '5',
        attempt: 2,
        lastFailure: { message: 'busy', applicationFailureInfo: { type: 'Error' } },
      },
    ],
    [
      'ACTIVITY_TASK_COMPLETED',
      { result: { payloads: [json('Hello, Ada!')] }, scheduledEventId: '5', startedEventId: '6' },
    ],
    scheduled,
    taskStarted('8'),
    taskCompleted('8', '9'),
    [
      'WORKFLOW_EXECUTION_COMPLETED',
      { result: { payloads: [json('Hello, Ada!')] }, workflowTaskCompletedEventId: '10' },
    ],
  );

  it('of an activity that was retried', async () => {
    await replayHistory({ bundle: bundleOf(workflows), events: historyFromJson(greeting) });
  });

  it('of a signal that cancels the timer of a condition, with tasks that failed and timed out in between', async () => {
    const events = historyFromJson(
      document(
        started('approvalWorkflow'),
        scheduled,
        taskStarted('2'),
        [
          'WORKFLOW_TASK_TIMED_OUT',
          { scheduledEventId: '2', startedEventId: '3', timeoutType: 'TIMEOUT_TYPE_START_TO_CLOSE' },
        ],
        scheduled,
        taskStarted('5'),
        taskCompleted('5', '6', metadata),
        ['TIMER_STARTED', { timerId: '1', startToFireTimeout: '3600s', workflowTaskCompletedEventId: '7' }],
        [
          'WORKFLOW_EXECUTION_SIGNALED',
          { signalName: 'approve', input: { payloads: [json({ by: 'Grace' })] } },
        ],
        scheduled,
        taskStarted('10'),
        [
          'WORKFLOW_TASK_FAILED',
          {
            scheduledEventId: '10',
            startedEventId: '11',
            cause: 'WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE',
            failure: { message: 'bug' },
          },
        ],
        scheduled,
        taskStarted('13'),
        taskCompleted('13', '14'),
        ['TIMER_CANCELED', { timerId: '1', startedEventId: '8', workflowTaskCompletedEventId: '15' }],
        ['TIMER_STARTED', { timerId: '2', startToFireTimeout: '5s', workflowTaskCompletedEventId: '15' }],
        ['TIMER_FIRED', { timerId: '2', startedEventId: '17' }],
        scheduled,
        taskStarted('19'),
        taskCompleted('19', '20'),
        [
          'WORKFLOW_EXECUTION_COMPLETED',
          {
            result: { payloads: [{ metadata: { encoding: btoa('binary/null') } }] },
            workflowTaskCompletedEventId: '21',
          },
        ],
      ),
    );
    await replayHistory({ bundle: bundleOf(workflows), events });
  });

  it('of code that has changed since', async () => {
    const changed: Workflows = { greetWorkflow: async () => await sleep(1) };
    await expect(
      replayHistory({ bundle: bundleOf(changed), events: historyFromJson(greeting) }),
    ).rejects.toThrow(
      "StartTimer command does not handle this event: ActivityTaskScheduled (command StartTimer '1', event 5 ActivityTaskScheduled '1' of type 'greet')",
    );
  });
});
