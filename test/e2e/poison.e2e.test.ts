/**
 * What an author sees who has broken a workflow under open runs, with `npm start` running: the runs stand still and say why,
 * take signals, disturb nobody, and go on when the file is put right.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyRepository } from '../../scripts/lib/repository-copy.ts';
import { freePort, Server } from '../../scripts/lib/server.ts';
import { FixtureApi, type Json } from '../fixtures/support/api.ts';

/** Counts `go` until `finish`; the step before may be broken. */
const sourceOf = (name: string, step: string) => `
import { condition, defineQuery, defineSignal, proxyActivities, setHandler, sleep } from 'perdure/workflow';

const go = defineSignal('go');
const finish = defineSignal('finish');
const { notify } = proxyActivities<{ notify(about: object): Promise<void> }>({ startToCloseTimeout: '10s' });

export async function ${name}(): Promise<number> {
  let count = 0;
  let isOver = false;
  setHandler(go, () => void count++);
  setHandler(finish, () => void (isOver = true));
  setHandler(defineQuery<number>('count'), () => count);
  ${step}
  await condition(() => isOver);
  return count;
}
void [sleep, notify];
`;

const sound = "await sleep('10ms');";
const broken = {
  spinning: `${sound} while (count >= 0) Math.sqrt(count);`,
  throwing: `${sound} (undefined as unknown as { total: number }).total += 1;`,
  diverging: `await notify({ subject: 'diverging', recipient: 'me', message: 'instead of a timer' });`,
} as const;
type Name = keyof typeof broken;
const names = Object.keys(broken) as Name[];

let repository: string;
let folder: string;
let server: Server;
let api: FixtureApi;

function write(stepOf: (name: Name) => string): void {
  for (const name of names)
    writeFileSync(join(repository, `src/workflows/${name}.ts`), sourceOf(name, stepOf(name)));
}

beforeAll(async () => {
  repository = copyRepository();
  folder = mkdtempSync(join(tmpdir(), 'perdure-poison-'));
  write(() => sound);
  const index = join(repository, 'src/workflows/index.ts');
  const exports = names.map((name) => `export { ${name} } from './${name}.ts';`);
  writeFileSync(index, [readFileSync(index, 'utf8'), ...exports, ''].join('\n'));
  server = new Server({ port: await freePort(), folder, repository });
  await server.start();
  api = new FixtureApi(server.url);
}, 180_000);

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
  rmSync(repository, { recursive: true, force: true });
});

/** While wrangler loads what was edited, a call may fail: the same again. */
async function retrying<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === 60) throw error;
      await delay(500);
    }
  }
}

const lastFailureOf = (description: Json) =>
  (description.pendingWorkflowTask as { lastFailure?: Json } | undefined)?.lastFailure;

/** Sends `go` until the broken code has seen one; gives how many. Requests are numbered, so that a repeated one counts once. */
async function signalUntilStuck(name: Name): Promise<number> {
  for (let sent = 1; ; sent++) {
    const body = { requestId: `${name}-${sent}` };
    await retrying(() => api.request(`namespaces/default/workflows/${name}/signal/go`, body));
    if (lastFailureOf(await retrying(() => api.describe(name)))) return sent;
    await delay(500);
  }
}

const causes: Record<Name, RegExp> = {
  spinning: /did not yield|deadlock/i,
  throwing: /Cannot (read|set) properties of undefined.*total/,
  diverging: /ScheduleActivity.*TimerStarted|TimerStarted.*ScheduleActivity/is,
};

test('broken workflows are stuck with their cause, and disturb nobody; put right, they go on', async () => {
  for (const name of names) {
    await api.start(name, name, {});
    await until(async () => (await typesOf(name)).includes('EVENT_TYPE_TIMER_FIRED'));
  }
  await api.start('neighbour', 'approval', { subject: 'neighbour' });

  write((name) => broken[name]);
  const sent = { spinning: 0, throwing: 0, diverging: 0 };
  for (const name of names) {
    sent[name] = await signalUntilStuck(name);
    expect(await api.query('neighbour', 'getStatus')).toBe('waiting');
  }
  for (const name of names) {
    await retrying(() => api.signal(name, 'go', []));
    sent[name] += 1;
    const description = await api.describe(name);
    expect(description.workflowExecutionInfo).toMatchObject({ status: 'WORKFLOW_EXECUTION_STATUS_RUNNING' });
    expect(String(lastFailureOf(description)?.message), name).toMatch(causes[name]);
    // Of failures in a row history has the first (WFT-13); that may have been the reload, in the middle of a task.
    expect((await typesOf(name)).join()).toMatch(/WORKFLOW_TASK_(FAILED|TIMED_OUT)/);
  }
  // What was thrown says where, in the author's file.
  const source = sourceOf('throwing', broken.throwing).split('\n');
  const line = source.findIndex((text) => text.includes(broken.throwing)) + 1;
  const { stackTrace } = lastFailureOf(await api.describe('throwing')) ?? {};
  expect(stackTrace).toContain(`src/workflows/throwing.ts:${line}:`);
  await api.signal('neighbour', 'approve', [true]);
  expect(await api.result('neighbour')).toMatchObject({ result: [{ status: 'approved' }] });
  for (const name of names) await retrying(() => api.signal(name, 'finish', []));

  write(() => sound);
  for (const name of names) {
    const { status, result } = await retrying(() => closed(name));
    expect({ name, status, result }).toEqual({
      name,
      status: 'WORKFLOW_EXECUTION_STATUS_COMPLETED',
      result: [sent[name]],
    });
  }
}, 240_000);

async function closed(name: Name): Promise<Json> {
  const result = await api.result(name);
  if (result.status === 'WORKFLOW_EXECUTION_STATUS_RUNNING') throw new Error(`${name} is still open`);
  return result;
}

async function typesOf(name: Name): Promise<unknown[]> {
  const { runId } = await retrying(() => api.result(name, 'default', '0s'));
  return (await api.history(name, String(runId))).map(({ eventType }) => eventType);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(50);
}
