/**
 * `npm run bench:isolation [-- --seconds 20]`: how long a small workflow takes, start to result, alone and beside one run in the
 * same isolate that asks for too much.
 */
import { parseArgs } from 'node:util';
import { startHost } from './host.ts';
import { call, callJson, closeConnections, type Reply } from './http.ts';
import { quantile } from './statistics.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '20' } } });
const seconds = Number(values.seconds);

interface Trouble {
  name: string;
  workflowType: string;
  input: unknown[];
}

const TROUBLES: readonly (Trouble | undefined)[] = [
  undefined,
  { name: 'an endless loop', workflowType: 'spins', input: [] },
  { name: 'a history that grows to 50,000 events', workflowType: 'grows', input: [51_000] },
  { name: '2,000 pending activities', workflowType: 'hoards', input: [2_000, 500] },
  { name: 'a result of 8 MB', workflowType: 'swells', input: [8 * 1024 * 1024] },
  { name: 'an input of 8 MB', workflowType: 'neighbour', input: ['x'.repeat(8 * 1024 * 1024)] },
];

const host = await startHost();
let started = 0;

function path(workflowId: string): string {
  return `${host.origin}/api/v1/namespaces/default/workflows/${workflowId}`;
}

function start(workflowType: string, input: unknown[]): Promise<Reply> & { id: string } {
  started += 1;
  const id = `${workflowType}-${started}`;
  const body = { workflowType: { name: workflowType }, taskQueue: { name: 'default' }, input, requestId: id };
  return Object.assign(call(path(id), 'POST', body), { id });
}

async function neighbourMs(): Promise<number> {
  const before = performance.now();
  const reply = start('neighbour', []);
  const { id } = reply;
  const { status, body } = await reply;
  if (status !== 200) throw new Error(`start of a neighbour: ${status} ${body}`);
  await callJson(`${path(id)}/result?wait=60s`, 'GET');
  return performance.now() - before;
}

/** What the caller of the trouble was told, at its start or in the end. */
async function told(reply: Promise<Reply> & { id: string }): Promise<string> {
  const { id } = reply;
  const { status, body } = await reply;
  if (status !== 200) return `${status} ${(JSON.parse(body) as { message: string }).message.slice(0, 80)}`;
  const result = await callJson(`${path(id)}/result?wait=0s`, 'GET');
  return String(result.status).replace('WORKFLOW_EXECUTION_STATUS_', '');
}

async function measure(trouble: Trouble | undefined): Promise<void> {
  for (let round = 0; round < 5; round++) await neighbourMs();
  const until = performance.now() + seconds * 1_000;
  const figures: number[] = [];
  const troubled = trouble && start(trouble.workflowType, trouble.input);
  while (performance.now() < until || figures.length < 3) figures.push(await neighbourMs());
  const answer = troubled === undefined ? '' : await told(troubled);
  if (troubled !== undefined) await call(`${path(troubled.id)}/terminate`, 'POST', { reason: 'measured' });
  const sorted = figures.sort((a, b) => a - b);
  const at = (q: number) => quantile(sorted, q).toFixed(1).padStart(9);
  const name = (trouble?.name ?? 'alone').padEnd(40);
  console.log(`${name} ${String(figures.length).padStart(6)} ${at(0.5)} ${at(0.95)} ${at(1)}  ${answer}`);
}

console.log(
  `${'beside'.padEnd(40)} ${'runs'.padStart(6)} ${'p50 ms'.padStart(9)} ${'p95 ms'.padStart(9)} ${'max ms'.padStart(9)}  told`,
);
try {
  for (const trouble of TROUBLES) await measure(trouble);
} finally {
  closeConnections();
  await host.dispose();
}
