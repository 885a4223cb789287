/** A task queue's partition: what breaks when tasks, pollers, deadlines and losses of memory come in another order? */
import { describe, expect, it } from 'vitest';
import type { PollRequest, TaskReference } from '../../src/objects/task-queue-api.ts';
import { partitionOf } from '../../src/objects/task-queue-api.ts';
import { TaskQueueCore } from '../../src/objects/task-queue-core.ts';
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
