/**
 * Another release of the samples: every workflow asks for a patch before anything else, so that runs of before replay as they were
 * written, and new ones do more. Each call makes one more release.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BEGINNING = /export async function \w+\([\s\S]*?\): Promise<[\s\S]*?> \{\n/;
let releases = 0;

export function changeCode(repository: string): void {
  releases += 1;
  const folder = join(repository, 'src/workflows');
  const changed = readdirSync(folder).filter((name) => name !== 'index.ts' && changeFile(join(folder, name)));
  if (changed.length === 0) throw new Error(`No workflow of ${folder} could be changed.`);
}

function changeFile(file: string): boolean {
  const source = readFileSync(file, 'utf8');
  const [beginning] = BEGINNING.exec(source) ?? [];
  if (beginning === undefined) return false;
  const names = `patched as patched${releases}, sleep as sleep${releases}`;
  const step = `  if (patched${releases}('release-${releases}')) await sleep${releases}(1);\n`;
  const imports = `import { ${names} } from 'perdure/workflow';\n`;
  writeFileSync(file, imports + source.replace(beginning, () => beginning + step));
  return true;
}
