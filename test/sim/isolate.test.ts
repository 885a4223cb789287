/** What an isolate of the simulation makes of requests to run activities that come when somebody is gone. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ActivityTask, Input } from '../../src/engine/api.ts';
import { decodeActivityOutcome, encodeActivityCall } from '../../src/objects/activity/activity-task-codec.ts';
import { DEFAULT_LEASE_TIMES } from '../../src/objects/object-options.ts';
import { sleep } from '../../src/sdk/activity/index.ts';
import { Faults } from './faults.ts';
import { Isolate, TASK_QUEUE } from './platform/isolate.ts';
import { Scheduler } from './platform/scheduler.ts';
import { installGlobals } from './platform/virtual-globals.ts';
import { Random } from './random.ts';
import { bundleFor } from './simulate.ts';

const DAY_MS = 86_400_000;
const URL_OF_WORK = 'https://activities/activities/work';

let giveBack = () => {};
afterEach(() => giveBack());

let scheduler: Scheduler;
let isolate: Isolate;
let begun: ActivityTask[];
let reported: Input[];

beforeEach(() => {
  scheduler = new Scheduler(new Random(1, 'order'));
  giveBack = installGlobals(scheduler);
  begun = [];
  reported = [];
  isolate = new Isolate({
    name: 'isolate',
    deployment: {
      version: 1,
      bundle: bundleFor({ isNew: false, isBroken: false }),
      development: false,
      activities: { work: () => sleep(DAY_MS) },
      localActivities: () => undefined,
    },
    scheduler,
    faults: new Faults({ seed: 1, rates: {}, max: 0 }),
    random: () => 0.5,
    begun: (task) => begun.push(task),
    report: async (_life, _at, input) => {
      reported.push(input);
      return { ok: false, error: { code: 'NOT_FOUND', message: 'the run is closed' } };
    },
  });
});

function call(): Uint8Array {
  const task: ActivityTask = {
    namespace: 'default',
    workflowId: 'w',
    runId: 'run',
    workflowType: 'program',
    scheduledEventId: 5,
    activityId: '1',
    activityType: 'work',
    taskQueue: TASK_QUEUE,
    attempt: 1,
    stamp: 1,
    scheduledTime: scheduler.wall,
    currentAttemptScheduledTime: scheduler.wall,
    startedTime: scheduler.wall,
    scheduleToCloseTimeout: 0,
    startToCloseTimeout: 2 * DAY_MS,
    heartbeatTimeout: 0,
    retryPolicy: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 100_000 },
  };
  return encodeActivityCall({ task, depth: 1, lease: DEFAULT_LEASE_TIMES });
}

it('that is gone itself runs nothing and sets no timer', async () => {
  isolate.life.end();
  const served = isolate.serveActivity(URL_OF_WORK, call(), new AbortController().signal);
  await expect(served).rejects.toMatchObject({ name: 'NetworkError' });
  expect(begun).toEqual([]);
  expect(scheduler.next()).toBeUndefined();
});

it('tells the handler of a caller that was gone before its request came', async () => {
  const served = isolate.serveActivity(URL_OF_WORK, call(), AbortSignal.abort());
  await scheduler.drain();
  expect(decodeActivityOutcome(await served)).toMatchObject({ kind: 'canceled' });
  expect(begun).toHaveLength(1);
  expect(reported.map(({ kind }) => kind)).toEqual(['ActivityPing', 'ActivityCanceled']);
  expect(scheduler.next()).toBeUndefined();
});
