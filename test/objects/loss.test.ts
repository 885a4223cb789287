/**
 * What breaks when the object's memory is lost between any two things it does? Each run is played once undisturbed, and again
 * with a crash at every moment at which something was written.
 */
import { describe, expect, it } from 'vitest';
import type { TaskQueueApi, TaskReference } from '../../src/objects/task-queue/task-queue-api.ts';
import {
  activities,
  inParallel,
  inSequence,
  scheduleActivity,
  startTimer,
  untilSignals,
} from './support/deciders.ts';
import { type Decider, start, World, type WorldObject } from './support/world.ts';

interface Play {
  decide: Decider;
  /** Attempts of each activity that fail before one succeeds. */
  failures?: number;
  signals?: number;
}

type Moment = 'before anything leaves' | 'after effects left';

async function play(
  { decide, failures = 0, signals = 0 }: Play,
  crashAfterCommit = Number.POSITIVE_INFINITY,
  moment: Moment = 'after effects left',
) {
  const world = new World({
    decide,
    activity: async (task) => {
      await new Promise<void>((resolve) => void world.after(2_000, resolve));
      if (task.attempt > failures) return { kind: 'completed', result: { payloads: [] } };
      return { kind: 'failed', failure: { message: 'not yet', applicationFailureInfo: { type: 'NotYet' } } };
    },
  });
  const object = world.object('w');
  crashAt(object, crashAfterCommit, moment);
  const begun = await Promise.race([start(object), world.settle()]);
  // As a client does whose call died: the same request again.
  if (begun?.ok !== true) await start(object);
  for (let index = 0; index < signals; index++) {
    const send = () => object.apply({ kind: 'Signal', signalName: 'proceed', requestId: `${index}` });
    const reply = await Promise.race([send(), world.settle()]);
    if (reply?.ok !== true) await send();
    await world.advance(1_000);
  }
  await world.advance(300_000);
  const attempts = world.dispatched.map((task) => `${task.activityId}/${task.attempt}`);
  return {
    types: await object.eventTypes(),
    attempts,
    commits: object.storage.commits,
    crashes: object.crashes,
  };
}

function crashAt(object: WorldObject, commit: number, moment: Moment): void {
  const { storage } = object;
  const transaction = storage.transaction.bind(storage);
  storage.transaction = (work) => {
    const result = transaction(work);
    if (storage.commits === commit && moment === 'before anything leaves') object.crash();
    if (storage.commits === commit && moment === 'after effects left') setImmediate(() => object.crash());
    return result;
  };
}

const plays: Record<string, Play> = {
  'three activities in sequence': { decide: activities(3) },
  'activities that fail twice': { decide: activities(2), failures: 2 },
  'activities, a timer and activities': {
    decide: inSequence([
      (index) => scheduleActivity(`${index}`),
      (index) => startTimer(`${index}`, 30_000),
      (index) => scheduleActivity(`${index}`),
    ]),
  },
  'five activities in parallel': { decide: inParallel(5) },
  'three signals': { decide: untilSignals(3), signals: 3 },
};

describe.each(Object.entries(plays))('loss of memory: %s', (_, scenario) => {
  it('at any commit, leaves the same history and the same attempts', async () => {
    const undisturbed = await play(scenario);
    expect(undisturbed.types.at(-1)).toBe('WorkflowExecutionCompleted');
    for (let commit = 1; commit <= undisturbed.commits; commit++) {
      const disturbed = await play(scenario, commit);
      expect(disturbed.crashes).toBe(1);
      expect(disturbed.types, `crash after commit ${commit}`).toEqual(undisturbed.types);
      expect(disturbed.attempts, `crash after commit ${commit}`).toEqual(undisturbed.attempts);
    }
  });

  it('between a commit and what it sends, loses the attempt and nothing else', async () => {
    const undisturbed = await play(scenario);
    for (let commit = 1; commit <= undisturbed.commits; commit++) {
      const disturbed = await play(scenario, commit, 'before anything leaves');
      expect(disturbed.crashes).toBe(1);
      expect(disturbed.types, `crash after commit ${commit}`).toEqual(undisturbed.types);
      expect(new Set(disturbed.attempts).size, 'no attempt was sent twice').toBe(disturbed.attempts.length);
    }
  });
});

describe('a task for workers elsewhere', () => {
  it('is offered after the commit that made it due, or by the alarm of that commit if the object is gone between the two', async () => {
    const offered: TaskReference[] = [];
    const add = async (tasks: readonly TaskReference[]) => void offered.push(...tasks);
    const queue = { add } as Pick<TaskQueueApi, 'add'> as TaskQueueApi;
    const world = new World({ decide: untilSignals(0), stubs: { taskQueue: () => queue } });
    const object = world.object('w');
    crashAt(object, 1, 'before anything leaves');
    await Promise.race([start(object, { taskQueue: 'elsewhere' }), world.settle()]);
    expect([object.crashes, offered]).toEqual([1, []]);
    await world.advance(60_000);
    expect(offered).toMatchObject([{ kind: 'workflow', workflowId: 'w' }]);
  });
});
