/**
 * Activities that last for minutes, in real time: `npm run test:long`, since it takes seven. An object without traffic would be
 * evicted after 70 s, so the attempt has to keep it; when the object or the whole machine is lost, the attempt is waited for,
 * or given up, as its retry policy says.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyRepository } from '../../scripts/lib/repository-copy.ts';
import { freePort, Server } from '../../scripts/lib/server.ts';
import { FixtureApi, type Json } from '../fixtures/support/api.ts';

interface Running {
  server: Server;
  api: FixtureApi;
}

const LASTS_MS = 200_000;
const MIDDLE_MS = 100_000;

const workflow = `
import { proxyActivities } from 'perdure/workflow';
interface Long { subject: string; ms: number; maximumAttempts?: number }
export async function long({ subject, ms, ...retry }: Long): Promise<string> {
  const { last } = proxyActivities<{ last(subject: string, ms: number): Promise<string> }>({
    startToCloseTimeout: '1 hour',
    retry,
  });
  return last(subject, ms);
}
`;

/** The sample Worker, with an activity that lasts, and an object that can be told to crash alone. */
function testWorker(source: string): string {
  return source
    .replace(
      'const activities = createActivities({ fetch: fetchDemoService });',
      `import { activityInfo, sleep } from 'perdure/activity';
       import { connectDemoService } from './activities/demo-service.ts';
       const call = connectDemoService({ fetch: fetchDemoService });
       const activities = {
         ...createActivities({ fetch: fetchDemoService }),
         async last(subject: string, ms: number): Promise<string> {
           const part = 'begin of attempt ' + activityInfo().attempt;
           await call('sendNotification', { subject, recipient: subject, message: '', part });
           await sleep(ms);
           return subject;
         },
       };`,
    )
    .replace(
      'export const { WorkflowExecution, Activities',
      `export class WorkflowExecution extends runtime.WorkflowExecution {
         crash(): void { this.ctx.abort('a crash of this object alone'); }
       }
       export const { Activities`,
    )
    .replace(
      "export default runtime.app.use('/demo/*'",
      `export default runtime.app.post('/crash/:id', async (c) => {
         const name = c.req.param('id');
         const stub = c.env.WORKFLOW_EXECUTION.getByName(workflowExecutionName('default', name));
         await stub.crash().catch(() => undefined);
         return c.json({});
       }).use('/demo/*'`,
    )
    .concat("\nimport { workflowExecutionName } from './objects/object-names.ts';\n");
}

describe('an activity of 200 s that never heartbeats', () => {
  let repository: string;
  const started: { server: Server; folder: string }[] = [];
  let undisturbed: Running;
  let killed: Running;

  beforeAll(async () => {
    repository = copyRepository();
    const rewrite = (file: string, change: (text: string) => string) => {
      const path = join(repository, file);
      writeFileSync(path, change(readFileSync(path, 'utf8')));
    };
    writeFileSync(join(repository, 'src/workflows/long.ts'), workflow);
    rewrite('src/workflows/index.ts', (text) => `${text}\nexport { long } from './long.ts';\n`);
    rewrite('src/index.ts', testWorker);
    // One after the other: both build the bundle of the one repository.
    undisturbed = await startServer();
    killed = await startServer();
  }, 180_000);

  afterAll(async () => {
    for (const { server, folder } of started) {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
    rmSync(repository, { recursive: true, force: true });
  }, 60_000);

  async function startServer(): Promise<Running> {
    const folder = mkdtempSync(join(tmpdir(), 'perdure-long-'));
    const server = new Server({ port: await freePort(), folder, repository });
    await server.start();
    started.push({ server, folder });
    return { server, api: new FixtureApi(server.url) };
  }

  const COMPLETED = { status: 'WORKFLOW_EXECUTION_STATUS_COMPLETED' };

  /** Asks nothing of the object until its activity must be over. */
  async function resultAfter(
    api: FixtureApi,
    workflowId: string,
    startedAt: number,
    ms: number,
  ): Promise<Json> {
    await delay(Math.max(0, startedAt + ms - Date.now()));
    return api.result(workflowId);
  }

  /** What the demo service was told, which no crash can take back. */
  async function begins({ url }: Server, subject: string): Promise<number> {
    const answer = await fetch(`${url}/demo/ledger?prefix=${subject}`);
    return ((await answer.json()) as { entries: Json[] }).entries.length;
  }

  async function attemptOf(api: FixtureApi, workflowId: string, runId: unknown): Promise<unknown> {
    const events = await api.history(workflowId, String(runId));
    const event = events.find(({ eventType }) => eventType === 'EVENT_TYPE_ACTIVITY_TASK_STARTED');
    return (event?.activityTaskStartedEventAttributes as Json | undefined)?.attempt;
  }

  test.concurrent('starts once and its result is recorded, alone and with a crash of its object in the middle', async () => {
    const { server, api } = undisturbed;
    const startedAt = Date.now();
    const ids = ['left-alone', 'object-lost'];
    for (const id of ids) await api.start(id, 'long', { subject: id, ms: LASTS_MS, maximumAttempts: 1 });
    await delay(MIDDLE_MS);
    expect((await fetch(`${server.url}/crash/object-lost`, { method: 'POST' })).status).toBe(200);
    for (const id of ids) {
      const { status, result, runId } = await resultAfter(api, id, startedAt, LASTS_MS + 2_000);
      expect({ id, status, result }).toEqual({ id, ...COMPLETED, result: [id] });
      expect(await begins(server, id)).toBe(1);
      expect(await attemptOf(api, id, runId)).toBe(1);
    }
  }, 900_000);

  test.concurrent('killed with workerd in its middle it is tried again, unless it may start only once: then it has timed out', async () => {
    const { server, api } = killed;
    await api.start('again', 'long', { subject: 'again', ms: LASTS_MS });
    await api.start('once', 'long', { subject: 'once', ms: LASTS_MS, maximumAttempts: 1 });
    await delay(MIDDLE_MS);
    if (!(await server.kill('workerd'))) await server.start();
    const backAt = Date.now();
    const once = await resultAfter(api, 'once', backAt, 60_000);
    expect(once).toMatchObject({
      status: 'WORKFLOW_EXECUTION_STATUS_FAILED',
      failure: { cause: { timeoutFailureInfo: {} } },
    });
    expect(Date.parse(String((once.closeEvent as Json).eventTime)) - backAt).toBeLessThan(60_000);
    expect(await begins(server, 'once')).toBe(1);
    const again = await resultAfter(api, 'again', backAt, LASTS_MS + 60_000);
    expect(again).toMatchObject({ ...COMPLETED, result: ['again'] });
    expect(await begins(server, 'again')).toBe(2);
    expect(await attemptOf(api, 'again', again.runId)).toBe(2);
  }, 900_000);
});
