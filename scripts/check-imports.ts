/** `npm run lint`, its second half: reads all of src/ and reports what breaks the import rules. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findCircles, findViolations } from './lib/import-rules.ts';

const repository = resolve(import.meta.dirname, '..');
const files = readdirSync(join(repository, 'src'), { recursive: true, encoding: 'utf8' })
  .map((name) => `src/${name.replaceAll('\\', '/')}`)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));

const sources = new Map(files.map((file) => [file, readFileSync(join(repository, file), 'utf8')]));
const violations = [
  ...[...sources].flatMap(([file, source]) => findViolations(file, source)),
  ...findCircles(sources),
];
for (const { file, line, message } of violations) console.error(`${file}:${line}: ${message}`);
console.log(`check-imports: ${files.length} files, ${violations.length} violation(s)`);
if (violations.length > 0) process.exitCode = 1;
