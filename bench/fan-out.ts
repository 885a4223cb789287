/**
 * `npm run bench:fan-out [-- --children 1000 --activities 1000]`: the sample `fanOut` on a runtime of its own, started as by
 * `npm start`, and what a second of it gets done. The sum that it gives says whether each activity has run and counted once.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort, Server } from '../scripts/lib/server.ts';
import { Client } from '../src/sdk/client/index.ts';

const { values } = parseArgs({
  options: {
    children: { type: 'string', default: '1000' },
    activities: { type: 'string', default: '1000' },
    'children-at-once': { type: 'string', default: '50' },
    'activities-at-once': { type: 'string', default: '50' },
  },
});
const input = {
  children: Number(values.children),
  activities: Number(values.activities),
  childrenAtOnce: Number(values['children-at-once']),
  activitiesAtOnce: Number(values['activities-at-once']),
};

const folder = mkdtempSync(join(tmpdir(), 'perdure-fan-out-'));
const server = new Server({ port: await freePort(), folder });
try {
  await server.start();
  const client = new Client({ address: server.url.replace('http://', '') });
  const cpuBefore = cpuSeconds(server.runtimeIds());
  const begun = performance.now();
  const handle = await client.workflow.start('fanOut', {
    workflowId: 'fan-out',
    taskQueue: 'default',
    args: [input],
  });
  const result = (await handle.result()) as { activities: number; sum: number };
  const seconds = (performance.now() - begun) / 1000;
  const expected = (input.children * input.activities * (input.activities + 1)) / 2;
  const isExact = result.sum === expected;
  process.stdout.write(
    `${result.activities} activities of ${input.children} children in ${seconds.toFixed(1)} s: ` +
      `${(result.activities / seconds).toFixed(0)} a second; each counted once: ${isExact}\n` +
      `CPU of the runtime: ${((cpuSeconds(server.runtimeIds()) - cpuBefore) * (1000 / result.activities)).toFixed(2)} ms each\n`,
  );
  process.exitCode = isExact ? 0 : 1;
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Of processes on Linux, as far as they are there; in user mode and in the system. */
function cpuSeconds(ids: readonly number[]): number {
  const TICKS_PER_SECOND = 100;
  return ids.reduce((sum, id) => {
    // Fields behind the name, which may hold spaces: the 12th and 13th of them are user and system time.
    const fields = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return sum + (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }, 0);
}
