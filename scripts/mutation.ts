/**
 * `npm run test:mutation [-- NAME]`: applies each patch of test/mutations to a copy of the sources and expects the tests to
 * notice. A patch that no longer applies, or that no test catches, is a failure.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { applyPatch, patchesIn, titleOf } from './lib/patches.ts';

const repository = resolve(import.meta.dirname, '..');
const patches = join(repository, 'test/mutations');
const COPIED = [
  'src',
  'test',
  'scripts',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
  'wrangler.toml',
];
const TESTS = ['test/engine', 'test/executor', 'test/objects', 'test/times'];
/** For one run of the tests, on a busy machine too: a mutant that hangs counts as caught, and nothing else may. */
const TEST_MS = 900_000;

type Verdict = 'caught' | 'SURVIVED' | 'DOES NOT APPLY';

function main(): number {
  const wanted = process.argv[2];
  const chosen = patchesIn(patches).filter((patch) => !wanted || basename(patch).includes(wanted));
  const copy = copySources();
  try {
    if (!testsPass(copy))
      throw new Error('The tests must pass before they can catch anything: run npm test.');
    const verdicts = chosen.map((patch) => judge(copy, patch));
    const caught = verdicts.filter((verdict) => verdict === 'caught').length;
    console.log(`${caught} passed, ${verdicts.length - caught} failed`);
    return caught === verdicts.length && caught > 0 ? 0 : 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function copySources(): string {
  const copy = mkdtempSync(join(tmpdir(), 'perdure-mutation-'));
  for (const entry of COPIED) cpSync(join(repository, entry), join(copy, entry), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function judge(copy: string, patch: string): Verdict {
  const applies = applyPatch(copy, patch) === undefined;
  const verdict = !applies ? 'DOES NOT APPLY' : testsPass(copy) ? 'SURVIVED' : 'caught';
  if (applies) applyPatch(copy, patch, '--reverse');
  console.log(`${verdict.padEnd(15)} ${basename(patch, '.patch').padEnd(48)} ${titleOf(patch)}`);
  return verdict;
}

function testsPass(copy: string): boolean {
  const parameters = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', '--bail', '1', ...TESTS];
  return (
    spawnSync(process.execPath, parameters, { cwd: copy, stdio: 'ignore', timeout: TEST_MS }).status === 0
  );
}

process.exitCode = main();
