/**
 * Makes `test/fixtures/state-<version>`: the state folder that this release leaves behind when it is killed with runs of every
 * sample open and closed. Once per release; every later release has to open it.
 *
 *   node scripts/state-fixture.ts
 *
 * `do/**` are the databases as workerd wrote them, vacuumed and compressed one by one; `answers.json.gz` is what this release
 * answered about the closed runs.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { FixtureApi, type Json } from '../test/fixtures/support/api.ts';
import { ARCHIVE, CENTURY, closedRuns, closeRuns, openRuns } from '../test/fixtures/support/runs.ts';
import { freePort, Server } from './lib/server.ts';

const repository = resolve(import.meta.dirname, '..');

async function main(): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    version: string;
  };
  const target = join(repository, `test/fixtures/state-${version}`);
  if (existsSync(target))
    throw new Error(`${target} exists: what a release has written is not written again.`);
  const folder = mkdtempSync(join(tmpdir(), 'perdure-fixture-'));
  const server = new Server({ port: await freePort(), folder });
  await server.start();
  const answers = await play(new FixtureApi(server.url));
  await server.kill('group');
  compact(join(server.stateFolder, 'v3/do'), join(target, 'do'));
  writeFileSync(join(target, 'answers.json.gz'), gzipSync(JSON.stringify(answers), { level: 9 }));
  rmSync(folder, { recursive: true });
}

async function play(api: FixtureApi): Promise<Json> {
  const config = { workflowExecutionRetentionTtl: CENTURY };
  await api.request('namespaces/default/update', { config });
  await api.request('namespaces', { namespace: ARCHIVE, workflowExecutionRetentionPeriod: CENTURY });
  await api.request(`namespaces/${ARCHIVE}/search-attributes`, {
    searchAttributes: { CustomerId: 'INDEXED_VALUE_TYPE_KEYWORD' },
  });
  await closeRuns(api);
  const answers: Json = {};
  for (const workflowId of closedRuns) {
    const result = await api.result(workflowId);
    const info = (await api.describe(workflowId)).workflowExecutionInfo;
    answers[workflowId] = { result, info, history: await api.history(workflowId, String(result.runId)) };
  }
  await openRuns(api);
  return answers;
}

/** The write-ahead logs go into their databases, free pages go, and what is left is compressed. */
function compact(from: string, to: string): void {
  for (const file of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.sqlite')) continue;
    const path = join(from, file);
    const database = new DatabaseSync(path);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE);');
    database.close();
    const packed = join(to, `${relative(from, path)}.gz`);
    mkdirSync(dirname(packed), { recursive: true });
    writeFileSync(packed, gzipSync(readFileSync(path), { level: 9 }));
  }
}

await main();
