/**
 * `npm run parity`: which of Temporal's behaviours (docs/design/parity.md) the tests name.
 *
 * Without an option prints counts and the tests of every statement. `--write` regenerates the generated parts of the
 * pages. `--check` fails when a test cites a number that no page states, when a statement marked covered has no test, or
 * when a generated part is out of date.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readParity, renderIndex, renderPage, report, type SourceFile } from './lib/parity.ts';

const repository = resolve(import.meta.dirname, '..');
const INDEX = 'docs/design/parity.md';
const PAGES = 'docs/design/parity';

function read(path: string): SourceFile {
  return { path, text: readFileSync(join(repository, path), 'utf8') };
}

/** Pages in the order in which the index's list of groups names them. */
function readPages(index: SourceFile): SourceFile[] {
  const order = [...index.text.matchAll(/\(parity\/([a-z-]+\.md)\)/g)].map((match) => match[1] ?? '');
  const names = readdirSync(join(repository, PAGES)).filter((name) => name.endsWith('.md'));
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return names.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1)).map((name) => read(`${PAGES}/${name}`));
}

function readTests(): SourceFile[] {
  return readdirSync(join(repository, 'test'), { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.includes('node_modules/'))
    .map((name) => read(`test/${name}`));
}

const { values } = parseArgs({ options: { write: { type: 'boolean' }, check: { type: 'boolean' } } });
const index = read(INDEX);
const tests = readTests();
let pages = readPages(index);

if (values.write) {
  const before = readParity(pages, tests);
  pages = pages.map((page) => ({ path: page.path, text: renderPage(page, before) }));
  const rewritten = [
    ...pages,
    { path: INDEX, text: renderIndex(index.text, INDEX, readParity(pages, tests)) },
  ];
  for (const { path, text } of rewritten) writeFileSync(join(repository, path), text);
}

const parity = readParity(pages, tests);
const problems = [...parity.problems];
if (values.check) {
  const stale = pages.filter((page) => renderPage(page, parity) !== page.text).map((page) => page.path);
  if (renderIndex(index.text, INDEX, parity) !== index.text) stale.push(INDEX);
  problems.push(...stale.map((path) => `${path} is out of date: npm run parity -- --write`));
}

const text = report(parity);
console.log(values.write || values.check ? text.split('\n', 1)[0] : text);
for (const problem of problems) console.error(`parity: ${problem}`);
if (problems.length > 0 && values.check) process.exitCode = 1;
