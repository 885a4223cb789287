/** The `nightlyReport` sample on its schedule: nights pass in no time. */
import { join } from 'node:path';
import { ApplicationFailure } from 'perdure/common';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { describe, expect, it } from 'vitest';
import { nightlyReport, type ReportResult } from '../../src/workflows/nightly-report.ts';
import { useEnvironment } from '../sdk/testing/environment.ts';

const taskQueue = 'reports';
const HOUR = 3_600_000;
const sent: string[] = [];
let isPrinterBroken = false;

const served = useEnvironment({
  create: () => TestWorkflowEnvironment.createTimeSkipping(),
  taskQueue,
  workflowsPath: join(import.meta.dirname, '../../src/workflows/nightly-report.ts'),
  activities: {
    async notify({ recipient, message }: { recipient: string; message: string }): Promise<void> {
      if (isPrinterBroken) throw ApplicationFailure.nonRetryable('the printer is broken');
      sent.push(`${recipient}: ${message}`);
    },
  },
  isQuiet: true,
});

describe('nightlyReport', () => {
  it('each night reports since the last good one; a failure pauses the schedule until somebody looks', async () => {
    const handle = await served.env.client.schedule.create({
      scheduleId: 'sales',
      spec: { calendars: [{ hour: 2 }], timezone: 'Europe/Berlin' },
      action: {
        type: 'startWorkflow',
        workflowType: nightlyReport,
        taskQueue,
        args: [{ report: 'sales', recipients: ['ops'] }],
      },
      policies: { overlap: 'SKIP', pauseOnFailure: true },
    });
    const untilActions = async (count: number) => {
      for (let hours = 0; hours < 100; hours += 12) {
        const { info, state } = await handle.describe();
        if (info.numActionsTaken >= count && info.runningActions.length === 0) return { info, state };
        await served.env.sleep(12 * HOUR);
      }
      throw new Error(`the schedule did not act ${count} times`);
    };
    const results = async (ids: string[]) =>
      Promise.all(
        ids.map((id) => served.env.client.workflow.getHandle(id).result() as Promise<ReportResult>),
      );
    const ids = (actions: { action: { workflow: { workflowId: string } } }[]) =>
      actions.map(({ action }) => action.workflow.workflowId);

    const { info } = await untilActions(2);
    const [first, second] = await results(ids(info.recentActions));
    expect(first).toEqual({
      report: 'sales',
      from: undefined,
      to: expect.stringMatching(/T0[01]:00:00\.000Z$/),
      edition: 1,
    });
    expect(second).toMatchObject({ from: first?.to, edition: 2 });
    expect(sent).toEqual(['ops: edition 1, since the beginning', `ops: edition 2, since ${first?.to}`]);

    isPrinterBroken = true;
    const broken = await untilActions(3);
    expect(broken.state).toMatchObject({ paused: true, note: expect.stringContaining('sales-workflow-') });
    isPrinterBroken = false;
    await handle.unpause('new printer');
    const repaired = await untilActions(4);
    const [fourth] = await results(ids(repaired.info.recentActions).slice(3));
    expect(fourth).toMatchObject({ from: second?.to, edition: 3 });
    await handle.delete();
  });
});
