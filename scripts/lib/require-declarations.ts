/**
 * Declarations for TypeScript that compiles to `require`: under `module: node16` it takes a declaration in a package of ES
 * modules for one that `require` cannot load. So what the entries need is there twice, the second time below a package.json
 * that says CommonJS.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const SPECIFIER = /\b(?:from|import)\b\s*\(?\s*['"](\.{1,2}\/[^'"]+)\.js['"]/g;

/** `entries`: declaration files below `output`, the build's folder. Copies go to `require/types`, under the same paths. */
export function copyDeclarationsForRequire(output: string, entries: readonly string[]): void {
  const target = join(output, 'require/types');
  for (const file of reachable(entries.map((entry) => join(output, entry)))) {
    const copy = join(target, relative(output, file));
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(file, copy);
  }
  writeFileSync(join(target, 'package.json'), '{ "type": "commonjs" }\n');
}

function reachable(entries: readonly string[]): Set<string> {
  const found = new Set<string>();
  const queue = [...entries];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(SPECIFIER)) {
      queue.push(join(dirname(file), `${specifier}.d.ts`));
    }
  }
  return found;
}
