/** The workflow of a batch job in an object of its own: what a lost object and a lost page leave of it. */
import { describe, expect, it } from 'vitest';
import { batchWorkflowHandler } from '../../../src/objects/batch/batch-workflow.ts';
import {
  BATCH_TASK_QUEUE,
  type BatchInput,
  type BatchProgress,
  jsonOf,
  jsonPayload,
} from '../../../src/sdk/common/batch.ts';
import { type ActivityHandler, start, World } from '../support/world.ts';
import { jobInput } from './support.ts';

function jobWorld(activity: ActivityHandler): World {
  const world = new World({
    decide: () => [],
    activity,
    options: {
      workflowTaskHandler: (taskQueue) => (taskQueue === BATCH_TASK_QUEUE ? batchWorkflowHandler : undefined),
      servesActivities: (taskQueue) => taskQueue === BATCH_TASK_QUEUE,
    },
  });
  return world;
}

const startJob = (world: World, input: BatchInput) =>
  start(world.object('job'), {
    taskQueue: BATCH_TASK_QUEUE,
    isInternal: true,
    input: { payloads: [jsonPayload(input)] },
    memo: { fields: { reason: jsonPayload('test') } },
  });

const resultOf = async (world: World): Promise<BatchProgress> => {
  const last = (await world.object('job').history()).at(-1);
  if (last?.eventType !== 'WorkflowExecutionCompleted') throw new Error(`ended in ${last?.eventType}`);
  return jsonOf(last.attributes.result?.payloads?.[0]) as BatchProgress;
};

/** Quick pages: what the activity does is stood in for, and each page is one target. */
const counted = (total: number, seen: string[]): ActivityHandler => {
  return (task) => {
    const { progress } = jsonOf(task.input?.payloads?.[0]) as BatchInput;
    seen.push(progress.next ?? 'first');
    const complete = progress.complete + 1;
    const next: BatchProgress = {
      total,
      complete,
      failed: 0,
      next: String(complete),
      isDone: complete === total,
    };
    return { kind: 'completed', result: { payloads: [jsonPayload(next)] } };
  };
};

describe('the workflow of a batch job', () => {
  it('goes from page to page and ends with what became of all', async () => {
    const seen: string[] = [];
    const world = jobWorld(counted(3, seen));
    await startJob(world, jobInput({ visibilityQuery: 'any' }));
    await world.advance(1_000);
    expect(await resultOf(world)).toMatchObject({ total: 3, complete: 3, failed: 0, isDone: true });
    expect(seen).toEqual(['first', '1', '2']);
  });

  it('goes on where it was when its object is lost between pages and within one', async () => {
    const seen: string[] = [];
    const count = counted(6, seen);
    let lost = 0;
    const world = jobWorld(async (task, signal) => {
      const { progress } = jsonOf(task.input?.payloads?.[0]) as BatchInput;
      if ((progress.complete === 2 && lost === 0) || (progress.complete === 4 && lost === 1)) {
        lost += 1;
        world.object('job').crash();
        return new Promise(() => {});
      }
      return count(task, signal);
    });
    await startJob(world, jobInput({ visibilityQuery: 'any' }));
    await world.advance(300_000);
    expect(lost).toBe(2);
    expect(await resultOf(world)).toMatchObject({ complete: 6, isDone: true });
    expect(seen).toEqual(['first', '1', '2', '3', '4', '5']);
  });

  it('continues as new after 100 pages, with its reason and its first beginning', async () => {
    const world = jobWorld(counted(250, []));
    const begun = world.now;
    await startJob(world, jobInput({ visibilityQuery: 'any' }));
    await world.advance(60_000);
    expect(await resultOf(world)).toMatchObject({ total: 250, complete: 250 });
    const described = await world.object('job').core.describe(world.object('job').at);
    if (!described.ok) throw new Error(described.error.message);
    const { memo, execution, firstRunId } = described.value.workflowExecutionInfo;
    expect(firstRunId).not.toBe(execution.runId);
    expect(jsonOf(memo?.fields?.reason)).toBe('test');
    expect(jsonOf(memo?.fields?.startTime)).toBe(begun);
    const { length } = await world.object('job').history();
    expect(length).toBeLessThan(1_000);
  });

  it('a large request continues as new sooner: the history of a run is bounded', async () => {
    const world = jobWorld(counted(12, []));
    const input = { payloads: [{ data: new Uint8Array(700_000) }] };
    await startJob(
      world,
      jobInput({
        visibilityQuery: 'any',
        terminationOperation: undefined as never,
        signalOperation: { signal: 's', input },
      }),
    );
    await world.advance(60_000);
    expect(await resultOf(world)).toMatchObject({ complete: 12 });
    const scheduled = (await world.object('job').eventTypes()).filter(
      (type) => type === 'ActivityTaskScheduled',
    );
    expect(scheduled.length).toBeLessThanOrEqual(4);
  });

  it('a page that fails for good fails the job; a cancelled job ends', async () => {
    const world = jobWorld(() => ({
      kind: 'failed',
      failure: { message: 'broken', applicationFailureInfo: { nonRetryable: true } },
    }));
    await startJob(world, jobInput({ visibilityQuery: 'any' }));
    await world.advance(1_000);
    expect((await world.object('job').eventTypes()).at(-1)).toBe('WorkflowExecutionFailed');
    const other = jobWorld(() => new Promise(() => {}));
    await startJob(other, jobInput({ visibilityQuery: 'any' }));
    await other.advance(1_000);
    await other.object('job').apply({ kind: 'RequestCancel', requestId: 'c' });
    await other.advance(1_000);
    expect((await other.object('job').eventTypes()).at(-1)).toBe('WorkflowExecutionCanceled');
  });
});
