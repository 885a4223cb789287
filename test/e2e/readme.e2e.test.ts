/** Do the README and the documentation hold? Their commands are typed as they stand, files written, output compared. */
import { execFile } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyRepository } from '../../scripts/lib/repository-copy.ts';
import { freePort, Server } from '../../scripts/lib/server.ts';
import { compareOutput, isForNpm, readSteps, type Step } from './documents.ts';

const root = join(import.meta.dirname, '../..');
const documents = ['README.md', 'docs/reference/http-api.md', 'docs/guides/errors-and-retries.md'];
const steps = documents.flatMap((document) =>
  readSteps(readFileSync(join(root, document), 'utf8')).map((step) => ({
    place: `${document}:${step.line}`,
    step,
  })),
);
const run = promisify(execFile);
const REBUILD_TIMEOUT_MS = 30_000;

let repository: string;
let folder: string;
let server: Server;

beforeAll(async () => {
  repository = copyRepository();
  folder = mkdtempSync(join(tmpdir(), 'perdure-readme-'));
  server = new Server({ port: await freePort(), folder, repository });
  await server.start();
}, 120_000);

afterAll(async () => {
  await server.stop();
  rmSync(repository, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

test('the documents show commands, outputs and files to write', () => {
  const kinds = steps.map(({ step }) =>
    step.kind === 'command' && step.output ? step.output.language : step.kind,
  );
  expect(new Set(kinds)).toEqual(new Set(['command', 'json', 'text', 'file']));
});

test.each(steps)('$place', async ({ step }) => {
  if (step.kind === 'file') return writeStep(step);
  if (isForNpm(step.script)) return;
  const script = step.script.replaceAll('localhost:8787', new URL(server.url).host);
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: repository });
  if (step.output) expect(compareOutput(step.output, stdout)).toBeUndefined();
});

/** As an editor would save it; the runtime builds anew by itself. A file is in use once it is named in an index. */
async function writeStep({ path, text, isAppended }: Step & { kind: 'file' }): Promise<void> {
  const bundle = join(repository, '.perdure/workflows.js');
  const before = readFileSync(bundle, 'utf8');
  const target = join(repository, path);
  if (isAppended) appendFileSync(target, text);
  else writeFileSync(target, text);
  if (!isAppended) return;
  const deadline = Date.now() + REBUILD_TIMEOUT_MS;
  while (readFileSync(bundle, 'utf8') === before) {
    if (Date.now() > deadline)
      throw new Error(`The workflow bundle was not built anew after ${path} was saved.`);
    await delay(100);
  }
  await delay(2_000); // Until wrangler has loaded what was built; a reader takes longer to type.
}
