/** A task queue's partition: what breaks when tasks, pollers, deadlines and losses of memory come in another order? */
import { describe, expect, it } from 'vitest';
import type { PollRequest, TaskReference } from '../../src/objects/task-queue/task-queue-api.ts';
import { partitionOf } from '../../src/objects/task-queue/task-queue-api.ts';
import { TaskQueueCore } from '../../src/objects/task-queue/task-queue-core.ts';
import { MemoryStorage } from './support/memory-storage.ts';

class Queue {
  now = 1_000_000;
  readonly storage = new MemoryStorage();
  core = this.#make();
  #timers: { at: number; run: () => void }[] = [];
  #polls = 0;

  #make(): TaskQueueCore {
    return new TaskQueueCore({
      storage: this.storage,
      clock: {
        now: () => this.now,
        after: (ms, run) => {
          const timer = { at: this.now + ms, run };
          this.#timers.push(timer);
          return () => {
            this.#timers = this.#timers.filter((other) => other !== timer);
          };
        },
      },
    });
  }

  /** The object is evicted, and loaded again by the next call. */
  lose(): void {
    this.#timers = [];
    this.core = this.#make();
  }

  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      const next = this.#timers.sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#timers.shift();
      this.now = Math.max(this.now, next.at);
      next.run();
      await Promise.resolve();
    }
    this.now = end;
  }

  poll(workerId: string, options: Partial<PollRequest> = {}) {
    this.#polls += 1;
    return this.core.poll({
      kind: 'workflow',
      pollId: `poll-${this.#polls}`,
      workerId,
      identity: workerId,
      waitMs: 10_000,
      ...options,
    });
  }

  /** What waits at this moment. */
  take(workerId: string, options: Partial<PollRequest> = {}) {
    return this.poll(workerId, { waitMs: 0, ...options });
  }
}

const task = (key: string, more: Partial<TaskReference> = {}): TaskReference => ({
  kind: 'workflow',
  workflowId: 'w',
  runId: 'r',
  key,
  ...more,
});

const keyOf = (answer: Awaited<ReturnType<Queue['poll']>>) =>
  typeof answer === 'object' ? answer.task.key : answer;

describe('a task queue: pollers and tasks', () => {
  it('gives a task to the poller that waits, and writes nothing', async () => {
    const queue = new Queue();
    const poll = queue.poll('a');
    await queue.core.add([task('1')]);
    expect(keyOf(await poll)).toBe('1');
    expect(queue.storage.rowsWritten).toBe(0);
  });

  it('writes nothing for polls without work', async () => {
    const queue = new Queue();
    for (let round = 0; round < 20; round++) {
      const poll = queue.poll('a');
      await queue.advance(10_000);
      expect(await poll).toBeUndefined();
    }
    expect(queue.storage.rowsWritten).toBe(0);
    expect(queue.storage.exec('SELECT name FROM sqlite_master')).toEqual([]);
  });

  it('serves pollers and tasks in the order in which they came', async () => {
    const queue = new Queue();
    const polls = [queue.poll('a'), queue.poll('b')];
    await queue.core.add([task('1'), task('2'), task('3'), task('4')]);
    expect((await Promise.all(polls)).map(keyOf)).toEqual(['1', '2']);
    expect([keyOf(await queue.take('c')), keyOf(await queue.take('c')), await queue.take('c')]).toEqual([
      '3',
      '4',
      undefined,
    ]);
  });

  it('keeps workflow and activity tasks apart', async () => {
    const queue = new Queue();
    await queue.core.add([task('1', { kind: 'activity' })]);
    expect(await queue.take('a')).toBeUndefined();
    expect(keyOf(await queue.take('a', { kind: 'activity' }))).toBe('1');
  });

  it('takes a task that is offered twice for one', async () => {
    const queue = new Queue();
    await queue.core.add([task('1'), task('1')]);
    await queue.core.add([task('1')]);
    expect((await queue.core.describe('workflow')).backlogCount).toBe(1);
  });

  it('keeps what waits when its object is lost', async () => {
    const queue = new Queue();
    await queue.core.add([task('1'), task('2')]);
    queue.lose();
    expect(keyOf(await queue.take('a'))).toBe('1');
    expect(keyOf(await queue.take('a'))).toBe('2');
  });

  it('says who polls, and what waits for how long', async () => {
    const queue = new Queue();
    await queue.take('a');
    await queue.core.add([task('1'), task('2')]);
    await queue.advance(3000);
    const { pollers, backlogCount, backlogAgeMs } = await queue.core.describe('workflow');
    expect(pollers).toEqual([{ identity: 'a', lastAccessTime: 1_000_000 }]);
    expect([backlogCount, backlogAgeMs]).toEqual([2, 3000]);
    await queue.advance(300_000);
    expect((await queue.core.describe('workflow')).pollers).toEqual([]);
  });
});

describe('a task queue: a task that was handed out', () => {
  it('is gone once it is acknowledged', async () => {
    const queue = new Queue();
    await queue.core.add([task('1')]);
    const answer = await queue.take('a');
    if (typeof answer !== 'object') throw new Error('no task');
    await queue.core.acknowledge('workflow', answer.ticket);
    await queue.advance(60_000);
    expect(await queue.take('b')).toBeUndefined();
    queue.lose();
    expect(await queue.take('b')).toBeUndefined();
  });

  it('goes to the next poller when nobody acknowledges it in time', async () => {
    const queue = new Queue();
    const first = queue.poll('a');
    await queue.core.add([task('1')]);
    expect(keyOf(await first)).toBe('1');
    await queue.advance(5000);
    const second = queue.poll('b');
    await queue.advance(5001);
    expect(keyOf(await second)).toBe('1');
  });

  it('goes to the next poller at once when it is released', async () => {
    const queue = new Queue();
    const waiting = queue.poll('b');
    await queue.core.add([task('0')]);
    await waiting;
    const first = queue.poll('a');
    await queue.core.add([task('1')]);
    const answer = await first;
    if (typeof answer !== 'object') throw new Error('no task');
    const second = queue.poll('b');
    await queue.core.release('workflow', answer.ticket);
    expect(keyOf(await second)).toBe('1');
  });

  it('never goes to a poll that was taken back', async () => {
    const queue = new Queue();
    const gone = queue.poll('a', { pollId: 'gone' });
    await queue.core.cancelPoll('workflow', 'gone');
    expect(await gone).toBeUndefined();
    await queue.core.add([task('1')]);
    expect(keyOf(await queue.take('b'))).toBe('1');
  });

  it('never goes to a poll that is taken back before it has come', async () => {
    const queue = new Queue();
    await queue.core.add([task('1')]);
    await queue.core.cancelPoll('workflow', 'early');
    expect(await queue.take('a', { pollId: 'early' })).toBeUndefined();
    expect(keyOf(await queue.take('a'))).toBe('1');
  });
});

describe('a task queue: stickiness', () => {
  it('prefers the worker that has the run in memory', async () => {
    const queue = new Queue();
    const other = queue.poll('other');
    const own = queue.poll('own');
    await queue.core.add([task('1', { stickyTo: 'own' })]);
    expect(keyOf(await own)).toBe('1');
    await queue.advance(10_000);
    expect(await other).toBeUndefined();
  });

  it('falls back to anyone after ten seconds', async () => {
    const queue = new Queue();
    await queue.take('own');
    await queue.core.add([task('1', { stickyTo: 'own' })]);
    expect(await queue.take('other')).toBeUndefined();
    const other = queue.poll('other');
    await queue.advance(9_999);
    await queue.advance(1);
    expect(keyOf(await other)).toBe('1');
  });

  it('falls back after as long as the worker said', async () => {
    const queue = new Queue();
    await queue.take('own');
    await queue.core.add([task('1', { stickyTo: 'own', stickyMs: 500 })]);
    const other = queue.poll('other');
    await queue.advance(499);
    expect(await queue.take('another')).toBeUndefined();
    await queue.advance(1);
    expect(keyOf(await other)).toBe('1');
  });

  it('does not wait for a worker that has not polled lately', async () => {
    const queue = new Queue();
    await queue.take('own');
    await queue.advance(15_000);
    await queue.core.add([task('1', { stickyTo: 'own' })]);
    expect(keyOf(await queue.take('other'))).toBe('1');
  });

  it('gives everything to others when the worker shuts down, and ends its polls', async () => {
    const queue = new Queue();
    await queue.take('own');
    await queue.core.add([task('1', { stickyTo: 'own' })]);
    const activities = queue.poll('own', { kind: 'activity' });
    const other = queue.poll('other');
    await queue.core.forgetWorker('own');
    expect(keyOf(await other)).toBe('1');
    expect(await activities).toBe('shutdown');
    expect(await queue.poll('own')).toBe('shutdown');
  });
});

describe('a task queue: rates', () => {
  it('hands out no more tasks per second than a worker asked for', async () => {
    const queue = new Queue();
    const options: Partial<PollRequest> = { kind: 'activity', maxTasksPerSecond: 10 };
    await queue.core.add(['1', '2', '3'].map((key) => task(key, { kind: 'activity' })));
    const polls = [1, 2, 3].map(() => queue.poll('a', options));
    const given: unknown[] = [];
    for (const poll of polls) void poll.then((answer) => given.push(keyOf(answer)));
    await queue.advance(0);
    await queue.advance(99);
    expect(given).toEqual(['1']);
    await queue.advance(1);
    expect(given).toEqual(['1', '2']);
    await queue.advance(100);
    await Promise.all(polls);
    expect(given).toEqual(['1', '2', '3']);
  });
});

describe('partitionOf', () => {
  it('spreads workflows evenly, each always to the same', () => {
    const partitions = Array.from({ length: 4000 }, (_, index) => partitionOf(`order-${index}`, 4));
    for (const each of [0, 1, 2, 3]) {
      expect(partitions.filter((partition) => partition === each).length).toBeGreaterThan(800);
    }
    expect(partitionOf('order-1', 4)).toBe(partitionOf('order-1', 4));
  });
});

describe('a task queue: priority and fairness', () => {
  const activity = (key: string, priority: TaskReference['priority'] = {}) =>
    task(key, { kind: 'activity', priority });
  const takeAll = async (queue: Queue, count: number) => {
    const taken: unknown[] = [];
    for (let index = 0; index < count; index++)
      taken.push(keyOf(await queue.take('a', { kind: 'activity' })));
    return taken;
  };

  it('TQ-4: lower priority keys go first, 3 by default, and those of one key in order', async () => {
    const queue = new Queue();
    await queue.core.add([
      activity('last', { priorityKey: 5 }),
      activity('usual'),
      activity('third', { priorityKey: 3 }),
      activity('first', { priorityKey: 1 }),
      activity('beyond', { priorityKey: 99 }),
    ]);
    expect(await takeAll(queue, 5)).toEqual(['first', 'usual', 'third', 'last', 'beyond']);
  });

  it('TQ-4: fairness keys take turns, whoever came first with many', async () => {
    const queue = new Queue();
    const many = Array.from({ length: 6 }, (_, index) => activity(`big${index}`, { fairnessKey: 'big' }));
    await queue.core.add([...many, activity('small0', { fairnessKey: 'small' })]);
    expect(await takeAll(queue, 3)).toEqual(['big0', 'small0', 'big1']);
    await queue.core.add([
      activity('late0', { fairnessKey: 'late' }),
      activity('late1', { fairnessKey: 'late' }),
    ]);
    expect(await takeAll(queue, 6)).toEqual(['late0', 'big2', 'late1', 'big3', 'big4', 'big5']);
  });

  it('TQ-4: keys share by weight, and an override outranks what tasks say', async () => {
    const shares = async (queue: Queue) => {
      for (let index = 0; index < 40; index++)
        await queue.core.add([
          activity(`heavy${queue.now}-${index}`, { fairnessKey: 'heavy', fairnessWeight: 3 }),
          activity(`light${queue.now}-${index}`, { fairnessKey: 'light' }),
        ]);
      const taken = await takeAll(queue, 40);
      return taken.filter((key) => String(key).startsWith('heavy')).length;
    };
    expect(await shares(new Queue())).toBe(30);
    const queue = new Queue();
    const update = { identity: 'op', partitions: 1, setFairnessWeights: { heavy: 1 } };
    await queue.core.configure('activity', update);
    expect(await shares(queue)).toBe(20);
    queue.lose();
    expect((await queue.core.describe('activity')).config.fairnessWeights).toEqual({ heavy: 1 });
  });

  it('a task that came back goes before those of its key that never went out', async () => {
    const queue = new Queue();
    await queue.core.add([activity('1'), activity('2'), activity('3')]);
    const first = await queue.take('a', { kind: 'activity' });
    if (typeof first !== 'object') throw new Error('no task');
    await queue.core.release('activity', first.ticket);
    expect(await takeAll(queue, 3)).toEqual(['1', '2', '3']);
  });

  it('says what waits by priority', async () => {
    const queue = new Queue();
    await queue.core.add([activity('1', { priorityKey: 1 }), activity('2'), activity('3')]);
    await queue.advance(2000);
    const { byPriority, addRate } = await queue.core.describe('activity');
    expect(byPriority).toEqual([
      { priority: 1, backlogCount: 1, backlogAgeMs: 2000 },
      { priority: 3, backlogCount: 2, backlogAgeMs: 2000 },
    ]);
    expect(addRate).toBeCloseTo(3 / 30);
  });
});

describe('a task queue: limits that an operator sets', () => {
  const of = (key: string, fairnessKey = '') =>
    task(key, { kind: 'activity', priority: { fairnessKey }, timeoutMs: 60_000 });
  const configure = (queue: Queue, update: object) =>
    queue.core.configure('activity', { identity: 'op', partitions: 1, ...update });
  /** A worker that polls from now on; what it gets. */
  const work = (queue: Queue) => {
    const taken: string[] = [];
    const poll = () =>
      void queue.poll('a', { kind: 'activity', maxTasksPerSecond: 1000 }).then((answer) => {
        if (typeof answer === 'object') taken.push(answer.task.key);
        poll();
      });
    poll();
    const until = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 10) {
        await queue.advance(10);
        await Promise.resolve();
      }
      return taken;
    };
    return { until };
  };

  it('TQ-3: a rate outranks that of workers, and each partition keeps to its share', async () => {
    const queue = new Queue();
    await configure(queue, { queueRate: { limit: 20, reason: 'calm' }, partitions: 2 });
    await queue.core.add(Array.from({ length: 30 }, (_, index) => of(`${index}`)));
    const taken = await work(queue).until(1000);
    expect(taken.length).toBeGreaterThanOrEqual(10);
    expect(taken.length).toBeLessThanOrEqual(11);
    const { config } = await queue.core.describe('activity');
    expect(config.queueRate).toEqual({
      limit: 20,
      reason: 'calm',
      updateIdentity: 'op',
      updateTime: 1_000_000,
    });
  });

  it('TQ-3: a rate of 0 pauses the queue until it is taken away, over losses of memory', async () => {
    const queue = new Queue();
    await configure(queue, { queueRate: { limit: 0 } });
    await queue.core.add([of('1')]);
    queue.lose();
    const worker = work(queue);
    expect(await worker.until(1000)).toEqual([]);
    await configure(queue, { queueRate: {} });
    expect(await worker.until(20)).toEqual(['1']);
  });

  it('a rate per key holds back the key that has used it up, and no other', async () => {
    const queue = new Queue();
    await configure(queue, { keyRate: { limit: 1 } });
    await queue.core.add([of('a1', 'a'), of('a2', 'a'), of('b1', 'b')]);
    const worker = work(queue);
    expect(await worker.until(500)).toEqual(['a1', 'b1']);
    expect(await worker.until(600)).toEqual(['a1', 'b1', 'a2']);
  });

  it('a limit on concurrency holds back what the key has too many of, until one ends', async () => {
    const queue = new Queue();
    await configure(queue, { keyConcurrency: { limit: 1 } });
    await queue.core.add([of('a1', 'a'), of('a2', 'a'), of('b1', 'b')]);
    const first = await queue.take('w', { kind: 'activity' });
    const second = await queue.take('w', { kind: 'activity' });
    expect([keyOf(first), keyOf(second)]).toEqual(['a1', 'b1']);
    if (typeof first !== 'object') throw new Error('no task');
    expect(first.task.isCounted).toBe(true);
    await queue.core.acknowledge('activity', first.ticket);
    queue.lose();
    expect(await queue.take('w', { kind: 'activity' })).toBeUndefined();
    const waiting = queue.poll('w', { kind: 'activity' });
    await queue.core.ended('activity', first.ticket);
    expect(keyOf(await waiting)).toBe('a2');
  });

  it('what was never said to have ended counts no longer than its timeout', async () => {
    const queue = new Queue();
    await configure(queue, { keyConcurrency: { limit: 1 } });
    await queue.core.add([of('a1', 'a'), of('a2', 'a')]);
    const first = await queue.take('w', { kind: 'activity' });
    if (typeof first !== 'object') throw new Error('no task');
    await queue.core.acknowledge('activity', first.ticket);
    await queue.advance(59_000);
    expect(await queue.take('w', { kind: 'activity' })).toBeUndefined();
    await queue.advance(1000);
    expect(keyOf(await queue.take('w', { kind: 'activity' }))).toBe('a2');
  });
});
