/**
 * `npm run test:workers`: sends tasks through one task queue of the runtime on workerd, while the workers that do them are killed
 * and replaced at random, and checks that each completed and that all histories are sound.
 *
 *   --tasks 10000   activity tasks      --seed 42      repeats who is killed when
 *   --workers 4                         --in-process   on the server of perdure/testing instead
 */
import { parseArgs } from 'node:util';
import type { Client } from 'perdure/client';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime } from 'perdure/worker';
import { type StormReport, storm } from './storm.ts';

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '10000' },
    workers: { type: 'string', default: '4' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    'in-process': { type: 'boolean', default: false },
  },
});
const options = { tasks: Number(values.tasks), workers: Number(values.workers), seed: Number(values.seed) };
for (const [name, value] of Object.entries(options))
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name}: a number from 1 on, found '${value}'`);

Runtime.install({ logger: new DefaultLogger('ERROR') });
const began = Date.now();
const runtime = values['in-process'] ? 'in-process' : 'workerd';
const env = await TestWorkflowEnvironment.createLocal({ server: { runtime } });
const report = await run(env.client, env.address).finally(() => env.teardown());
const seconds = (Date.now() - began) / 1000;
console.log(
  `seed ${options.seed}: ${report.tasks} tasks in ${report.runs} runs, ${report.kills} kills, ${report.retries} attempts repeated, ` +
    `${report.lostWorkflowTasks} workflow tasks lost and done again, ${seconds.toFixed(0)} s, ${Math.round(report.tasks / seconds)} tasks/s`,
);
for (const complaint of report.complaints.slice(0, 20)) console.log(`  ${complaint}`);
const isGood = report.complaints.length === 0 && report.tasks === options.tasks;
console.log(isGood ? 'passed' : `FAILED: ${report.complaints.length} complaints`);
process.exitCode = isGood ? 0 : 1;

function run(client: Client, address: string): Promise<StormReport> {
  let shown = 0;
  return storm({
    ...options,
    client,
    address,
    taskQueue: 'storm',
    progress(done, all) {
      if (done * 10 < all * (shown + 1)) return;
      shown += 1;
      console.log(`${done} of ${all} runs`);
    },
  });
}
