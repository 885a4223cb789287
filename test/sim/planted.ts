/**
 * `npm run test:planted [-- NAME...] [--seeds N] [--from S]`: plants each bug of test/sim/planted, or those whose names hold one of
 * these, in a copy of the sources and lets the simulator look for it, as many at a time as there are processors. One that it does
 * not find, or that no longer applies, is a failure.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { applyPatch, patchesIn } from '../../scripts/lib/patches.ts';

const repository = resolve(import.meta.dirname, '../..');
const planted = join(repository, 'test/sim/planted');
const COPIED = ['src', 'test/sim', 'test/executor/support', 'package.json', 'tsconfig.json'];
const BATCH = 250;
const BATCH_MS = 600_000;

const { values: options, positionals } = parseArgs({
  options: { seeds: { type: 'string', default: '3000' }, from: { type: 'string', default: '1' } },
  allowPositionals: true,
});

interface Verdict {
  /** Undefined: not found. */
  seeds: number | undefined;
  said: string;
}

async function main(): Promise<number> {
  const wanted = positionals.length === 0 ? [''] : positionals;
  const isWanted = (patch: string) => wanted.some((name) => patch.slice(planted.length).includes(name));
  const chosen = patchesIn(planted).filter(isWanted);
  const copies = Array.from({ length: Math.min(availableParallelism(), chosen.length) }, copySources);
  try {
    await beSound(copies);
    const verdicts: Verdict[] = [];
    const judgeAll = async (copy: string) => {
      for (let patch = chosen.shift(); patch !== undefined; patch = chosen.shift())
        verdicts.push(await judge(copy, patch));
    };
    await Promise.all(copies.map(judgeAll));
    const found = verdicts.filter(({ seeds }) => seeds !== undefined).length;
    console.log(`${found} passed, ${verdicts.length - found} failed`);
    return found === verdicts.length && found > 0 ? 0 : 1;
  } finally {
    for (const copy of copies) rmSync(copy, { recursive: true, force: true });
  }
}

/** A simulator that complains of the code as it is proves nothing. */
async function beSound([copy]: readonly string[]): Promise<void> {
  if (copy === undefined) return;
  const sound = await look(copy, 100);
  if (sound.seeds !== undefined)
    throw new Error(`The simulator must find nothing before it can find anything: ${sound.said}`);
}

function copySources(): string {
  const copy = mkdtempSync(join(tmpdir(), 'perdure-planted-'));
  for (const entry of COPIED) cpSync(join(repository, entry), join(copy, entry), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

async function judge(copy: string, patch: string): Promise<Verdict> {
  const problem = applyPatch(copy, patch);
  const verdict: Verdict =
    problem === undefined
      ? await look(copy, Number(options.seeds))
      : { seeds: undefined, said: `DOES NOT APPLY: ${problem}` };
  if (problem === undefined) applyPatch(copy, patch, '--reverse');
  const seeds = verdict.seeds === undefined ? 'NOT FOUND' : `${verdict.seeds} seeds`;
  console.log(`${seeds.padEnd(12)} ${basename(patch, '.patch').padEnd(40)} ${verdict.said.slice(0, 130)}`);
  return verdict;
}

/** How many seeds it takes until the simulator complains. */
async function look(copy: string, seedsMax: number): Promise<Verdict> {
  for (let done = 0; done < seedsMax; done += BATCH) {
    const seeds = Math.min(BATCH, seedsMax - done);
    const from = Number(options.from) + done;
    const { status, stdout, stderr } = await play(copy, seeds, from);
    if (status === 0) continue;
    const said = /FAILED seed (\d+): (.*)/.exec(stdout);
    // A simulator that does not come to an end, or falls over, has noticed too.
    if (said === null) return { seeds: done + seeds, said: `ended with ${status}: ${stderr.slice(0, 200)}` };
    return { seeds: Number(said[1]) - Number(options.from) + 1, said: said[2] ?? '' };
  }
  return { seeds: undefined, said: '' };
}

interface Played {
  /** Null: ended by a signal, such as that for taking too long. */
  status: number | null;
  stdout: string;
  stderr: string;
}

function play(copy: string, seeds: number, from: number): Promise<Played> {
  const parameters = `--seeds ${seeds} --from ${from} --workers 1 --bail --no-shrink`.split(' ');
  const child = spawn(
    process.execPath,
    ['-C', 'perdure-source', 'test/sim/main.ts', ...parameters, '--out', join(copy, 'found')],
    { cwd: copy, stdio: ['ignore', 'pipe', 'pipe'], timeout: BATCH_MS },
  );
  const played: Played = { status: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    played.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    played.stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ ...played, status }));
  });
}

process.exitCode = await main();
