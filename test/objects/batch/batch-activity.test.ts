/** One page of a batch job, in virtual time: its rate, what counts as done, and what a second attempt does. */
import { MockActivityEnvironment } from 'perdure/testing';
import { DefaultLogger } from 'perdure/worker';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { workOnBatchPage } from '../../../src/objects/batch/batch-activity.ts';
import { RpcError } from '../../../src/sdk/client/rpc-error.ts';
import type { BatchInput, BatchProgress } from '../../../src/sdk/common/batch.ts';
import { FakeService, jobInput } from './support.ts';

const QUERY = "ExecutionStatus = 'Running'";
const logged: string[] = [];
const logger = new DefaultLogger('WARN', ({ message }) => void logged.push(message));

/** Every page of a job, one after the other. */
async function runJob(service: FakeService, input: BatchInput): Promise<BatchProgress[]> {
  const pages: BatchProgress[] = [];
  for (let progress = input.progress; !progress.isDone; ) {
    progress = await onePage(service, { ...input, progress });
    pages.push(progress);
  }
  return pages;
}

async function onePage(
  service: FakeService,
  input: BatchInput,
  heartbeatDetails?: unknown,
): Promise<BatchProgress> {
  const env = new MockActivityEnvironment(
    { namespace: 'default', heartbeatDetails },
    { client: service.client, logger },
  );
  const page: Promise<BatchProgress> = env.run(workOnBatchPage, input);
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  const over = page.then(end, end);
  while (!isOver) await Promise.race([over, vi.advanceTimersByTimeAsync(1_000)]);
  return page;
}

beforeEach(() => {
  logged.length = 0;
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Operations begun within any second. */
function busiestSecond(service: FakeService): number {
  const times = service.terminated.map(({ at }) => at).sort((a, b) => a - b);
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
}

describe('a batch job, page by page', () => {
  it('BATCH-2: works on all that a query finds, 50 a second', async () => {
    const service = new FakeService(175);
    const pages = await runJob(service, jobInput({ visibilityQuery: QUERY }));
    expect(service.open).toEqual([]);
    expect(pages.at(-1)).toMatchObject({ total: 175, complete: 175, failed: 0, isDone: true });
    expect(pages.map(({ complete }) => complete)).toEqual([50, 100, 150, 175]);
    expect(busiestSecond(service)).toBeLessThanOrEqual(51);
  });

  it('BATCH-2: works as slowly as it is told, also from one page to the next', async () => {
    const service = new FakeService(25);
    const begun = Date.now();
    await runJob(service, jobInput({ visibilityQuery: QUERY, maxOperationsPerSecond: 2 }));
    expect(service.open).toEqual([]);
    expect(busiestSecond(service)).toBeLessThanOrEqual(2);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(12_000);
  });

  it('BATCH-2: has one every 100 s at the least rate', async () => {
    const service = new FakeService(3);
    const executions = service.open.map((workflowId) => ({ workflowId }));
    const pages = await runJob(service, jobInput({ executions, maxOperationsPerSecond: 0.01 }));
    expect(pages).toHaveLength(3);
    const [first = 0, second = 0, third = 0] = service.terminated.map(({ at }) => at);
    expect([second - first, third - second]).toEqual([100_000, 100_000]);
  });

  it('BATCH-4: counts what has closed or is gone as done', async () => {
    const service = new FakeService(2);
    const executions = ['w-0000', 'closed', 'w-0001', 'gone'].map((workflowId) => ({ workflowId }));
    const pages = await runJob(service, jobInput({ executions }));
    expect(pages.at(-1)).toMatchObject({ total: 4, complete: 4, failed: 0 });
  });

  it('BATCH-2: tries a workflow that cannot be reached up to 50 times, and counts it as failed then', async () => {
    const service = new FakeService(3);
    const unavailable = () => new RpcError('UNAVAILABLE', 'cannot be reached');
    service.problems.set('w-0000', Array.from({ length: 49 }, unavailable));
    service.problems.set('w-0001', Array.from({ length: 60 }, unavailable));
    const pages = await runJob(service, jobInput({ visibilityQuery: QUERY }));
    expect(pages.at(-1)).toMatchObject({ total: 3, complete: 2, failed: 1 });
    expect(service.calls).toBe(50 + 50 + 1);
    expect(logged).toHaveLength(1);
  });

  it('counts what the service refuses as failed at once, and says so in the log', async () => {
    const service = new FakeService(2);
    service.problems.set('w-0001', [new RpcError('INVALID_ARGUMENT', 'no')]);
    const pages = await runJob(service, jobInput({ visibilityQuery: QUERY }));
    expect(pages.at(-1)).toMatchObject({ complete: 1, failed: 1 });
    expect(service.calls).toBe(2);
    expect(logged).toEqual(['A batch job could not work on a workflow']);
  });

  it('acts on its own namespace, whatever its input says', async () => {
    const service = new FakeService(1);
    await runJob(service, jobInput({ namespace: 'another', visibilityQuery: QUERY }));
    expect(service.terminated).toMatchObject([{ namespace: 'default' }]);
  });

  it('a second attempt works on the page of the first, and counts each of its workflows once', async () => {
    const service = new FakeService(80);
    const input = jobInput({ visibilityQuery: QUERY });
    let page: unknown;
    const lost = new MockActivityEnvironment({ namespace: 'default' }, { client: service.client, logger });
    lost.on('heartbeat', (details) => {
      page = structuredClone(details);
    });
    service.onTerminate = () => {
      if (service.terminated.length === 20) lost.cancel();
    };
    const first = expect(lost.run(workOnBatchPage, input)).rejects.toThrow();
    await vi.advanceTimersByTimeAsync(10_000);
    await first;
    expect(service.terminated.length).toBeLessThan(50);
    const progress = await onePage(service, input, page);
    expect(progress).toMatchObject({ total: 80, complete: 50, failed: 0, isDone: false });
    expect(service.open).toHaveLength(30);
    expect(await onePage(service, { ...input, progress })).toMatchObject({
      total: 80,
      complete: 80,
      isDone: true,
    });
    expect(service.terminated).toHaveLength(80);
  });
});
