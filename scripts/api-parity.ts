/**
 * `npm run api-parity`: which of Temporal's exported names are here (docs/design/api-parity.md).
 *
 * Without an option prints counts and problems. `--write` regenerates the page. `--check` fails when an absent name has no
 * reason, when a reason explains nothing, or when the page is out of date. Temporal's packages are installed into test/types.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { compareSurfaces, renderApiParity } from './lib/api-parity.ts';
import { REASONS } from './lib/api-parity-reasons.ts';
import { readSurface, sourceEntries } from './lib/api-surface.ts';
import { installPublished, PACKAGES } from './lib/published-packages.ts';

const repository = resolve(import.meta.dirname, '..');
const PAGE = join(repository, 'docs/design/api-parity.md');
const published = join(repository, 'test/types');

installPublished(published);
const { values } = parseArgs({ options: { write: { type: 'boolean' }, check: { type: 'boolean' } } });
const folder = (name: string) => join(published, 'node_modules/@temporalio', name);
const { version } = JSON.parse(readFileSync(join(folder('common'), 'package.json'), 'utf8')) as {
  version: string;
};
const theirs = readSurface(new Map(PACKAGES.map((name) => [name, join(folder(name), 'lib/index.d.ts')])));
const parity = compareSurfaces(theirs, readSurface(sourceEntries(repository)), REASONS);
const page = renderApiParity(parity, version);
const problems = [...parity.problems];

for (const { name, present, absent, beyond } of parity.packages)
  console.log(`${name}: ${present.length} present, ${absent.length} absent, ${beyond.length} beyond`);
if (values.write) writeFileSync(PAGE, page);
else if (readFileSync(PAGE, 'utf8') !== page)
  problems.push('docs/design/api-parity.md is out of date: npm run api-parity -- --write');
for (const problem of problems) console.error(`api-parity: ${problem}`);
if (problems.length > 0 && values.check) process.exitCode = 1;
