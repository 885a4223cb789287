/**
 * Histories of Temporal SDKs from before the flags that they record (NDE-6), and of those that have them. What is expected of
 * each was seen in Temporal's own worker 1.24.0: with each history either all flags replay it or none does.
 */
import { describe, expect, it } from 'vitest';
import { replayHistory } from '../../src/executor/replay.ts';
import { clearTimeoutForWorkflows, setTimeoutForWorkflows } from '../../src/executor/set-timeout.ts';
import { historyFromJson } from '../../src/sdk/common/wire/json-history.ts';
import {
  CancellationScope,
  defineSignal,
  proxyActivities,
  setHandler,
  sleep,
} from '../../src/sdk/workflow/index.ts';
import { bundleOf, type Workflows } from './support/world.ts';

type Event = [type: string, attributes: Record<string, unknown>];

const queue = { name: 'orders', kind: 'TASK_QUEUE_KIND_NORMAL' };
const ALL_FLAGS = { coreUsedFlags: [1, 2, 3], langUsedFlags: [1, 2] };

/** Builds a history event by event; what refers to others does so by what they were called. */
class Recorder {
  readonly events: Event[] = [];
  readonly #metadata: Record<string, unknown>;
  readonly #ids = new Map<string, number>();

  constructor(workflow: string, metadata: Record<string, unknown>) {
    this.#metadata = metadata;
    this.#add('WORKFLOW_EXECUTION_STARTED', {
      workflowType: { name: workflow },
      taskQueue: queue,
      workflowTaskTimeout: '10s',
      originalExecutionRunId: '0190a000-0000-7000-8000-000000000001',
      attempt: 1,
    });
    this.task();
  }

  task(): this {
    const scheduledEventId = this.#add('WORKFLOW_TASK_SCHEDULED', { taskQueue: queue });
    const startedEventId = this.#add('WORKFLOW_TASK_STARTED', { scheduledEventId });
    const sdkMetadata = this.#metadata;
    this.#add('WORKFLOW_TASK_COMPLETED', { scheduledEventId, startedEventId, sdkMetadata });
    return this;
  }

  timer(timerId: string, startToFireTimeout: string): this {
    this.#ids.set(timerId, Number(this.#add('TIMER_STARTED', { timerId, startToFireTimeout })));
    return this;
  }

  fired(timerId: string): this {
    this.#add('TIMER_FIRED', { timerId, startedEventId: this.#ids.get(timerId) });
    return this;
  }

  canceled(timerId: string): this {
    this.#add('TIMER_CANCELED', { timerId, startedEventId: this.#ids.get(timerId) });
    return this;
  }

  signal(signalName: string): this {
    this.#add('WORKFLOW_EXECUTION_SIGNALED', { signalName });
    return this;
  }

  /** Scheduled alone, or with its result. */
  activity(name: string, isCompleted = true): this {
    const attributes = {
      activityId: '1',
      activityType: { name },
      taskQueue: queue,
      startToCloseTimeout: '60s',
    };
    const scheduledEventId = this.#add('ACTIVITY_TASK_SCHEDULED', attributes);
    if (!isCompleted) return this;
    const startedEventId = this.#add('ACTIVITY_TASK_STARTED', { scheduledEventId, attempt: 1 });
    this.#add('ACTIVITY_TASK_COMPLETED', { scheduledEventId, startedEventId });
    return this;
  }

  completed() {
    this.#add('WORKFLOW_EXECUTION_COMPLETED', {});
    return {
      events: this.events.map(([type, attributes], index) => ({
        eventId: String(index + 1),
        eventTime: `2026-01-05T10:00:${String(index).padStart(2, '0')}.000Z`,
        eventType: `EVENT_TYPE_${type}`,
        [`${camel(type)}EventAttributes`]: attributes,
      })),
    };
  }

  #add(type: string, attributes: Record<string, unknown>): string {
    return String(this.events.push([type, attributes]));
  }
}

const camel = (type: string) =>
  type.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const poke = defineSignal('poke');
const { act } = proxyActivities<{ act(): Promise<void> }>({ startToCloseTimeout: '1m' });

const workflows: Workflows = {
  async signalAndTimer() {
    const log: string[] = [];
    setHandler(poke, async () => {
      for (let turns = 0; turns < 4; turns++) await Promise.resolve();
      log.push('handled');
    });
    await sleep(1000).then(() => log.push('timer'));
    if (log[0] === 'handled') await sleep(2000);
    else await act();
  },
  async limited() {
    await CancellationScope.withTimeout('1h', () => sleep(1000));
    await sleep(2000);
  },
  async cleared() {
    const handle = setTimeoutForWorkflows(() => undefined, 5000);
    await sleep(1000);
    clearTimeoutForWorkflows(handle);
    await sleep(2000);
  },
  async shielded() {
    const outer = new CancellationScope({ cancellable: false });
    const inside = outer.run(() => new CancellationScope().run(() => sleep(60_000)).catch(() => act()));
    await sleep(1000);
    outer.cancel();
    await inside;
  },
  async afterClose() {
    void Promise.resolve()
      .then(() => Promise.resolve())
      .then(() => {
        void sleep(5000);
        void act();
      });
  },
  async renamed() {
    await act();
  },
};

type Recording = (history: Recorder) => Recorder;

/** What code does, by name; as the old SDKs recorded it, and as those with the flags do. */
const cases: [title: string, workflow: string, old: Recording, now: Recording][] = [
  [
    'a signal, and all that follows from it, came before the other jobs of its task',
    'signalAndTimer',
    (history) => history.timer('1', '1s').signal('poke').fired('1').task().timer('2', '2s').fired('2').task(),
    (history) => history.timer('1', '1s').signal('poke').fired('1').task().activity('act').task(),
  ],
  [
    'the timer of withTimeout outlived the function',
    'limited',
    (history) =>
      history.timer('1', '3600s').timer('2', '1s').fired('2').task().timer('3', '2s').fired('3').task(),
    (history) =>
      history
        .timer('1', '3600s')
        .timer('2', '1s')
        .fired('2')
        .task()
        .canceled('1')
        .timer('3', '2s')
        .fired('3')
        .task(),
  ],
  [
    'clearTimeout cancelled at once and used up a timer number',
    'cleared',
    (history) =>
      history
        .timer('1', '5s')
        .timer('2', '1s')
        .fired('2')
        .task()
        .canceled('1')
        .timer('4', '2s')
        .fired('4')
        .task(),
    (history) =>
      history
        .timer('1', '5s')
        .timer('2', '1s')
        .fired('2')
        .task()
        .timer('3', '2s')
        .canceled('1')
        .fired('3')
        .task(),
  ],
  [
    'a request to cancel went through a scope that is not cancellable',
    'shielded',
    (history) =>
      history.timer('1', '60s').timer('2', '1s').fired('2').task().canceled('1').activity('act').task(),
    (history) => history.timer('1', '60s').timer('2', '1s').fired('2').task().fired('1').task(),
  ],
  [
    'what was commanded after the end of the workflow was dropped',
    'afterClose',
    (history) => history,
    (history) => history.timer('1', '5s').activity('act', false),
  ],
];

const replay = (workflow: string, metadata: Record<string, unknown>, record: Recording) =>
  replayHistory({
    bundle: bundleOf(workflows),
    events: historyFromJson(record(new Recorder(workflow, metadata)).completed()),
  });

describe('histories without flags', () => {
  it.each(cases)('NDE-6: %s', async (_title, workflow, old, now) => {
    await replay(workflow, {}, old);
    await expect(replay(workflow, {}, now)).rejects.toThrow('Nondeterminism error');
    await replay(workflow, ALL_FLAGS, now);
    await expect(replay(workflow, ALL_FLAGS, old)).rejects.toThrow('Nondeterminism error');
  });

  it('NDE-6, NDE-1: the type of an activity is compared where the flag for it is recorded', async () => {
    const record: Recording = (history) => history.activity('hadAnotherName').task();
    await replay('renamed', {}, record);
    await expect(replay('renamed', ALL_FLAGS, record)).rejects.toThrow(
      "Activity type of scheduled event 'hadAnotherName' does not match activity type of activity command 'act'",
    );
  });
});
