/** Workers that die without a word, at any moment: between poll and start, in a workflow task, in an activity, before a report. */
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime } from 'perdure/worker';
import { expect, it } from 'vitest';
import { storm } from '../../../scripts/workers/storm.ts';

it('killed workers leave every task to complete, and histories that replay', async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const env = await TestWorkflowEnvironment.createLocal();
  try {
    const { client, address } = env;
    const report = await storm({
      client,
      address,
      taskQueue: 'killed',
      tasks: 400,
      workers: 3,
      kills: 10,
      seed: 7,
    });
    expect(report.complaints).toEqual([]);
    expect(report.tasks).toBe(400);
  } finally {
    await env.teardown();
  }
}, 300_000); // Killed workers are slow to begin on a busy machine.
