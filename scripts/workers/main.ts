/**
 * `npm run test:workers`: sends tasks through one task queue of the runtime that `npm start` starts, while the workers that do
 * them are killed and replaced at random, and checks that each completed and that all histories are sound.
 *
 *   --tasks 10000   activity tasks      --seed 42      repeats who is killed when
 *   --workers 4                         --in-process   on the server of perdure/testing instead
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client, Connection } from 'perdure/client';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime } from 'perdure/worker';
import { copyRepository } from '../lib/repository-copy.ts';
import { freePort, Server } from '../lib/server.ts';
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
const report = await (values['in-process'] ? inProcess() : onWorkerd());
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

async function inProcess(): Promise<StormReport> {
  const env = await TestWorkflowEnvironment.createLocal();
  try {
    return await run(env.client, env.address);
  } finally {
    await env.teardown();
  }
}

async function onWorkerd(): Promise<StormReport> {
  const folder = mkdtempSync(join(tmpdir(), 'perdure-workers-'));
  const repository = copyRepository(); // Edits made meanwhile would have the runtime built and loaded anew.
  const port = await freePort();
  const server = new Server({ port, folder, repository });
  try {
    await server.start();
    const address = `localhost:${port}`;
    return await run(new Client({ connection: await Connection.connect({ address }) }), address);
  } finally {
    await server.stop();
    rmSync(repository, { recursive: true });
    rmSync(folder, { recursive: true });
  }
}
