/**
 * Compiles the programs in test/types/programs against one implementation of the SDK and compares what the compiler says
 * with what the programs announce.
 *
 * A program announces a diagnostic on the line before it: `// @ts-expect-error TS2345: why`. The compiler would take any
 * error for the announced one; so copies are compiled in which the directive is an ordinary comment, and file, line and
 * code must agree. Differences in inference show as errors too: the programs state the types they expect, by `Equal`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { PACKAGES } from './published-packages.ts';

const repository = resolve(import.meta.dirname, '../..');
const PROGRAMS = join(repository, 'test/types/programs');
const COMPILE_MS = 180_000;

export type Implementation = 'perdure' | 'temporal';

export interface ProgramReport {
  readonly programs: number;
  readonly announced: number;
  /** One line each: a diagnostic nobody announced, or an announced one that did not come. */
  readonly differences: readonly string[];
}

/** Where each `@temporalio/x` of the programs leads, relative to the repository. */
const TARGETS: Record<Implementation, (name: string) => string> = {
  perdure: (name) => `src/sdk/${name}/index.ts`,
  temporal: (name) => `test/types/node_modules/@temporalio/${name}/lib/index.d.ts`,
};

/** @param implementation What the programs' `@temporalio/*` imports lead to. */
export function checkPrograms(implementation: Implementation): ProgramReport {
  const work = join(repository, '.perdure/types', implementation);
  const announced = copyPrograms(work);
  writeFileSync(join(work, 'tsconfig.json'), JSON.stringify(config(implementation, work), undefined, 2));
  const found = compile(work);
  const expected = new Set(announced.keys());
  return {
    programs: readdirSync(PROGRAMS).length,
    announced: expected.size,
    differences: [
      ...[...found].filter(([place]) => !expected.has(place)).map(([, text]) => text),
      ...[...announced]
        .filter(([place]) => !found.has(place))
        .map(([place, why]) => `${place} did not come: ${why}`),
    ].sort(),
  };
}

/** Copies the programs with their directives disarmed; gives what they announce: place and code to reason. */
function copyPrograms(work: string): Map<string, string> {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const announced = new Map<string, string>();
  for (const file of readdirSync(PROGRAMS)) {
    const lines = readFileSync(join(PROGRAMS, file), 'utf8').split('\n');
    lines.forEach((line, index) => {
      if (!line.includes('@ts-expect-error')) return;
      const [, code, why] = /@ts-expect-error (TS\d+): (.+)/.exec(line) ?? [];
      if (!code) throw new Error(`${file}:${index + 1}: expected "// @ts-expect-error TS<code>: <why>"`);
      announced.set(`${file}:${index + 2} ${code}`, why ?? '');
    });
    writeFileSync(join(work, file), lines.join('\n').replaceAll('@ts-expect-error', 'announced'));
  }
  return announced;
}

function config(implementation: Implementation, work: string): object {
  const target = TARGETS[implementation];
  const paths = PACKAGES.map((name) => [
    `@temporalio/${name}`,
    [relative(work, join(repository, target(name)))],
  ]);
  return {
    extends: relative(work, join(repository, 'tsconfig.json')),
    compilerOptions: {
      verbatimModuleSyntax: false,
      isolatedModules: false,
      erasableSyntaxOnly: false,
      noUncheckedIndexedAccess: false,
      types: ['@cloudflare/workers-types', 'node'],
      typeRoots: [join(repository, 'node_modules/@types'), join(repository, 'node_modules')],
      paths: Object.fromEntries(paths),
    },
    include: ['*.ts'],
  };
}

/** What the compiler reports, by place and code; anything else it prints is a failure of the compiler itself. */
function compile(work: string): Map<string, string> {
  const parameters = ['tsc', '-p', work, '--pretty', 'false'];
  const run = spawnSync('npx', parameters, { cwd: work, encoding: 'utf8', timeout: COMPILE_MS });
  const found = new Map<string, string>();
  for (const line of run.stdout.split('\n')) {
    const [, file, row, code, text] = /^(.+?)\((\d+),\d+\): error (TS\d+): (.*)$/.exec(line) ?? [];
    if (file) found.set(`${file}:${row} ${code}`, `${file}:${row} ${code}: ${text}`);
  }
  if (run.status !== 0 && found.size === 0)
    throw new Error(`tsc -p ${work} ended with ${run.status}:\n${run.stdout}${run.stderr}`);
  return found;
}
