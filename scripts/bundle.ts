/** The workflow bundle of the samples, built from source. A checkout without samples has nothing to bundle. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '..');
const command = join(repository, 'src/cli/main.ts');

if (existsSync(command) && existsSync(join(repository, 'src/workflows'))) {
  const result = spawnSync(process.execPath, [command, 'bundle'], { cwd: repository, stdio: 'inherit' });
  if (result.error) throw result.error;
  process.exitCode = result.status ?? 1;
} else {
  console.log('bundle: no src/workflows to bundle');
}
