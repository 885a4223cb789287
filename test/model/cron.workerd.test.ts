/** Cron chains on real objects, their alarms included. */
import type { WorkflowHandle } from 'perdure/client';
import { describe, expect, test } from 'vitest';
import { direct, failureOf, options, overHttp } from './worker/clients.ts';
import { tick, tickUntilTold } from './workflows/cron.ts';

const client = overHttp();

/** The runs of a chain so far, by their first events. */
async function runsOf(handle: WorkflowHandle, firstRunId: string, count: number) {
  const runs = [];
  let runId: string | undefined = firstRunId;
  while (runId !== undefined && runs.length < count) {
    const ofRun: WorkflowHandle = client.workflow.getHandle(handle.workflowId, runId, { followRuns: false });
    await ofRun.result().catch(() => undefined);
    const { events = [] } = await ofRun.fetchHistory();
    const started = events?.[0]?.workflowExecutionStartedEventAttributes;
    const close = events?.at(-1);
    const closed =
      close?.workflowExecutionCompletedEventAttributes ?? close?.workflowExecutionFailedEventAttributes;
    runs.push({ started, closed, description: await ofRun.describe() });
    runId = closed?.newExecutionRunId ?? undefined;
  }
  return runs;
}

describe('a cron schedule', () => {
  test('CRON-2, CRON-3, CRON-4, CRON-6, CRON-7 runs follow each other and hand on results and failures', async () => {
    const handle = await client.workflow.start(tick, {
      ...options('tick'),
      cronSchedule: '@every 1s',
      args: [2],
    });
    const runs = await runsOf(handle, handle.firstExecutionRunId, 3);
    await handle.terminate();
    const [first, second, third] = runs;
    expect(first?.started).toMatchObject({
      initiator: expect.anything(),
      cronSchedule: '@every 1s',
      attempt: 1,
    });
    expect(Number(first?.started?.firstWorkflowTaskBackoff?.seconds)).toBe(1);
    expect(first?.description.status.name).toBe('COMPLETED');
    expect(second?.description.status.name).toBe('FAILED');
    expect(second?.started?.continuedExecutionRunId).toBe(handle.firstExecutionRunId);
    expect(second?.started?.lastCompletionResult?.payloads).toHaveLength(1);
    expect(third?.started?.attempt).toBe(1);
    expect(third?.started?.continuedFailure?.message).toBe('off beat');
    const result = await client.workflow
      .getHandle<typeof tick>(handle.workflowId, third?.description.runId, { followRuns: false })
      .result();
    expect(result).toEqual({ count: 2, attempt: 1, failure: 'off beat' });
    const { startTime, executionTime } = first?.description ?? {};
    const delay = (executionTime?.getTime() ?? 0) - (startTime?.getTime() ?? 0);
    expect(delay).toBe(1_000);
  });

  test('CRON-5 ends with a cancellation and with a termination', async () => {
    for (const [end, status] of [
      ['cancel', 'CANCELLED'],
      ['terminate', 'TERMINATED'],
    ] as const) {
      const handle = await client.workflow.start(tickUntilTold, {
        ...options('stopped'),
        cronSchedule: '@every 1s',
      });
      await handle[end]();
      await failureOf(handle.result());
      expect((await handle.describe()).status.name).toBe(status);
    }
  });

  test.each(['nonsense', '* * * *', '0 0 31 2 *', 'CRON_TZ=Nowhere/City * * * * *'])(
    'CRON-1 a start with "%s" is refused',
    async (cronSchedule) => {
      for (const each of [client, direct()]) {
        const error = await failureOf(each.workflow.start(tick, { ...options('refused'), cronSchedule }));
        expect(`${error.message} ${(error.cause as Error | undefined)?.message}`).toContain('CronSchedule');
      }
    },
  );

  test('CRON-1 the next time of five fields in a zone is the execution time', async () => {
    const handle = await client.workflow.start(tick, {
      ...options('yearly'),
      cronSchedule: 'CRON_TZ=America/New_York 30 4 1 1 *',
    });
    const { executionTime } = await handle.describe();
    await handle.terminate();
    expect(executionTime?.toISOString()).toMatch(/-01-01T09:30:0\d/);
  });
});
