/** What `npm start` does with its state: keeps it between starts, ends leftovers of its own, refuses a folder in use. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, Server } from '../../scripts/lib/server.ts';

const repository = resolve(import.meta.dirname, '../..');
let folder: string;
let server: Server;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'perdure-state-'));
  server = new Server({ port: await freePort(), folder });
  await server.start();
}, 120_000);

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function request(path: string, body?: object): Promise<Record<string, unknown>> {
  const init = body && { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(`${server.url}/api/v1/namespaces/default/workflows/${path}`, init);
  const json = await response.json();
  expect(response.status, JSON.stringify(json)).toBe(200);
  return json as Record<string, unknown>;
}

function startApproval(subject: string, timeout: string): Promise<Record<string, unknown>> {
  const input = [{ subject, timeout }];
  return request(subject, { workflowType: { name: 'approval' }, taskQueue: { name: 'default' }, input });
}

/** A start that is to be refused. */
async function startOnce(env: Record<string, string>): Promise<{ exitCode: unknown; complaint: string }> {
  const starter = spawn(process.execPath, [join(repository, 'scripts/start.ts')], {
    env: { ...process.env, PORT: String(await freePort()), ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  starter.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  const exitCode = await new Promise((settle) => starter.once('close', settle));
  return { exitCode, complaint };
}

test('a workflow goes on where it was after the runtime was stopped and started', async () => {
  const { runId } = await startApproval('vacation', '1h');
  await server.stop();
  await server.start();
  await request('vacation/signal/approve', { input: [true] });
  expect(await request('vacation/result?wait=20s')).toMatchObject({
    runId,
    result: [{ status: 'approved' }],
  });
});

test('after a kill that leaves workerd behind, the next start ends it and goes on', async () => {
  await startApproval('raise', '4s');
  await server.kill('starter');
  await server.start();
  expect(await request('raise/result?wait=20s')).toMatchObject({ result: [{ status: 'auto_rejected' }] });
});

test('a state folder in use is refused, with the process that holds it', async () => {
  const { exitCode, complaint } = await startOnce({ PERDURE_STATE: server.stateFolder });
  expect(exitCode).toBe(1);
  expect(complaint).toMatch(/is open in another perdure \(process \d+, port \d+\)/);
  expect((await fetch(`${server.url}/api/v1/system-info`)).status).toBe(200);
});

test('a state folder that vanishes while in use stops the runtime and all it started, and says so', async () => {
  const lost = new Server({ port: await freePort(), folder: mkdtempSync(join(folder, 'lost-')) });
  await lost.start();
  rmSync(lost.stateFolder, { recursive: true, force: true });
  const log = await lost.ended();
  expect(log).toContain(`The state folder ${lost.stateFolder} was removed or replaced while it was in use`);
  expect(log).not.toMatch(/^\s+at .*start\.ts/m);
  await expect(fetch(`${lost.url}/api/v1/system-info`)).rejects.toThrow();
});

test('a state folder that cannot be made is refused with the reason', async () => {
  const state = join(folder, 'a-file');
  writeFileSync(state, '');
  const { exitCode, complaint } = await startOnce({ PERDURE_STATE: state });
  expect(exitCode).toBe(1);
  expect(complaint).toContain(`perdure: The state folder ${state} cannot be used: `);
});

test('a port that another program holds is refused with another port to use', async () => {
  const port = new URL(server.url).port;
  const { exitCode, complaint } = await startOnce({ PORT: port, PERDURE_STATE: join(folder, 'other') });
  expect([exitCode, complaint]).toEqual([
    1,
    `perdure: Port ${port} is taken by another program. Stop it, or choose another port: PORT=${Number(port) + 1} npm start\n`,
  ]);
});
