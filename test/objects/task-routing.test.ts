/** VER-2 to VER-4: which poller gets a task, when versions, routings and losses of memory come in another order? */
import { describe, expect, it } from 'vitest';
import type { PollRequest, TaskReference } from '../../src/objects/task-queue/task-queue-api.ts';
import { TaskQueueCore } from '../../src/objects/task-queue/task-queue-core.ts';
import { rampPosition, type TaskQueueRouting } from '../../src/objects/task-queue/task-routing.ts';
import { MemoryStorage } from './support/memory-storage.ts';

const version = (buildId: string) => ({ deploymentName: 'shop', buildId });
const routing = (revision: number, more: Partial<TaskQueueRouting> = {}): TaskQueueRouting => ({
  revision,
  versions: [version('1'), version('2')],
  ...more,
});

class Queue {
  now = 1_000_000;
  readonly storage = new MemoryStorage();
  core = this.#make();
  #polls = 0;

  #make(): TaskQueueCore {
    return new TaskQueueCore({
      storage: this.storage,
      clock: { now: () => this.now, after: () => () => undefined },
    });
  }

  lose(): void {
    this.core = this.#make();
  }

  /** The key of what a worker of this build gets, if anything waits for it. */
  async take(buildId: string | undefined, more: Partial<PollRequest> = {}): Promise<string | undefined> {
    const answer = await this.poll(buildId, { waitMs: 0, ...more });
    return typeof answer === 'object' ? answer.task.key : answer;
  }

  poll(buildId: string | undefined, more: Partial<PollRequest> = {}) {
    this.#polls += 1;
    const identity = `worker-${buildId ?? ''}`;
    return this.core.poll({
      kind: 'workflow',
      pollId: String(this.#polls),
      workerId: identity,
      identity,
      waitMs: 10_000,
      ...(buildId !== undefined && { deployment: { ...version(buildId), isVersioned: true } }),
      ...more,
    });
  }
}

const task = (key: string, more: Partial<TaskReference> = {}): TaskReference => ({
  kind: 'workflow',
  workflowId: 'w',
  runId: 'r',
  key,
  ...more,
});

describe('a task queue: versions', () => {
  it('VER-2: without a current version its tasks are for workers that name none', async () => {
    const queue = new Queue();
    await queue.core.add([task('a')]);
    expect(await queue.take('1')).toBeUndefined();
    expect(await queue.take(undefined)).toBe('a');
  });

  it('VER-2: a worker that says its version but does not want to be told apart gets what has none', async () => {
    const queue = new Queue();
    await queue.core.add([task('a')]);
    expect(await queue.take(undefined, { deployment: { ...version('1'), isVersioned: false } })).toBe('a');
  });

  it('VER-2: what waits moves to the version that becomes current, and what a waiting poller takes at once is not stored', async () => {
    const queue = new Queue();
    await queue.core.add([task('a'), task('b')]);
    const waiting = queue.poll('1');
    await queue.core.route('workflow', routing(1, { current: version('1') }));
    expect(await waiting).toMatchObject({ task: { key: 'a' } });
    expect(await queue.take(undefined)).toBeUndefined();
    expect(await queue.take('1')).toBe('b');
    await queue.core.route('workflow', routing(2, { current: version('2') }));
    const stored = queue.storage.rowsWritten;
    const next = queue.poll('2');
    await queue.core.add([task('c')]);
    expect(await next).toMatchObject({ task: { key: 'c' } });
    expect(queue.storage.rowsWritten).toBe(stored);
  });

  it('VER-3: a pinned task waits for its version, whatever is current', async () => {
    const queue = new Queue();
    await queue.core.route('workflow', routing(1, { current: version('2') }));
    await queue.core.add([task('pinned', { pinnedTo: 'shop:1' }), task('free')]);
    expect(await queue.take('2')).toBe('free');
    expect(await queue.take('2')).toBeUndefined();
    expect(await queue.take('1')).toBe('pinned');
  });

  it('VER-3: an activity is pinned only where workers of that version have polled', async () => {
    const queue = new Queue();
    const activity = (key: string, pinnedTo: string) => task(key, { kind: 'activity', pinnedTo });
    await queue.core.route('activity', routing(1, { current: version('2') }));
    await queue.core.add([activity('here', 'shop:1'), activity('elsewhere', 'shop:7')]);
    const take = (buildId: string) => queue.take(buildId, { kind: 'activity' });
    expect(await take('2')).toBe('elsewhere');
    expect(await take('2')).toBeUndefined();
    expect(await take('1')).toBe('here');
  });

  it('keeps the routing and what waits by it when its object is lost', async () => {
    const queue = new Queue();
    await queue.core.route('workflow', routing(1, { current: version('2') }));
    await queue.core.add([task('a')]);
    queue.lose();
    expect(await queue.take(undefined)).toBeUndefined();
    expect(await queue.take('1')).toBeUndefined();
    expect(await queue.take('2')).toBe('a');
  });

  it('V3: takes no earlier routing for a later one, and learns of a later one from polls', async () => {
    const queue = new Queue();
    await queue.core.route('workflow', routing(5, { current: version('2') }));
    await queue.core.route('workflow', routing(4, { current: version('1') }));
    await queue.core.add([task('a'), task('b')]);
    expect(await queue.take('2')).toBe('a');
    const later = routing(6, { current: version('1') });
    expect(await queue.take('1', { routing: later })).toBe('b');
    const { routing: known } = await queue.core.describe('workflow');
    expect(known).toEqual(later);
    const { rowsWritten } = queue.storage;
    await queue.take('1', { routing: { ...later, revision: 7 } });
    expect(queue.storage.rowsWritten).toBe(rowsWritten);
  });

  it('is sticky to a worker of the version that the task goes to, and to no other', async () => {
    const queue = new Queue();
    await queue.core.route('workflow', routing(1, { current: version('1') }));
    await queue.take('1');
    await queue.core.add([task('mine', { stickyTo: 'worker-1' })]);
    expect(await queue.take('1', { workerId: 'another' })).toBeUndefined();
    await queue.core.route('workflow', routing(2, { current: version('2') }));
    expect(await queue.take('1')).toBeUndefined();
    expect(await queue.take('2')).toBe('mine');
    await queue.core.add([task('next', { stickyTo: 'worker-1' })]);
    expect(await queue.take('2')).toBe('next');
  });

  it('says how much waits for each version', async () => {
    const queue = new Queue();
    await queue.core.route('workflow', routing(1, { current: version('2') }));
    await queue.core.add([task('a'), task('b', { pinnedTo: 'shop:1' }), task('c', { pinnedTo: 'shop:1' })]);
    const { byVersion } = await queue.core.describe('workflow');
    expect(byVersion.map((each) => [each.version, each.backlogCount])).toEqual([
      ['shop:2', 1],
      ['shop:1', 2],
    ]);
  });
});

describe('a task queue: ramping', () => {
  it('VER-4: the share of workflow IDs is the percentage, the same ones each time, and grows without taking any back', () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => `order-${index}`);
    const share = (percentage: number) => new Set(ids.filter((id) => rampPosition(id) < percentage));
    for (const percentage of [5, 20, 50, 90])
      expect(Math.abs(share(percentage).size / 100 - percentage)).toBeLessThan(2);
    const larger = share(30);
    expect([...share(10)].every((id) => larger.has(id))).toBe(true);
    expect([share(0).size, share(100).size]).toEqual([0, 10_000]);
  });

  it('VER-4: sends that share to the ramping version and the rest to the current one', async () => {
    const queue = new Queue();
    const ramping = { version: version('2'), percentage: 30 };
    await queue.core.route('workflow', routing(1, { current: version('1'), ramping }));
    const ids = Array.from({ length: 200 }, (_, index) => `order-${index}`);
    await queue.core.add(ids.map((workflowId) => task(workflowId, { workflowId })));
    const ramped: (string | undefined)[] = [];
    for (let key = await queue.take('2'); key !== undefined; key = await queue.take('2')) ramped.push(key);
    expect(ramped.sort()).toEqual(ids.filter((id) => rampPosition(id) < 30).sort());
    expect(await queue.take('1')).not.toBeUndefined();
  });

  it('VER-4: a ramp to workers without a version', async () => {
    const queue = new Queue();
    await queue.core.route('workflow', routing(1, { current: version('1'), ramping: { percentage: 100 } }));
    await queue.core.add([task('a')]);
    expect(await queue.take('1')).toBeUndefined();
    expect(await queue.take(undefined)).toBe('a');
  });
});
