/** Temporal's published packages, installed where a folder has a package of its own for them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The packages whose import paths have a counterpart here: `@temporalio/x` is `perdure/x`. */
export const PACKAGES = [
  'workflow',
  'activity',
  'client',
  'common',
  'worker',
  'nexus',
  'testing',
  'interceptors-opentelemetry',
] as const;

/** Installs what `folder/package.json` names unless it is there, in those versions. Throws when npm fails. */
export function installPublished(folder: string): void {
  const manifest: { dependencies: Record<string, string> } = readJson(join(folder, 'package.json'));
  const isInstalled = Object.entries(manifest.dependencies).every(([name, version]) => {
    const file = join(folder, 'node_modules', name, 'package.json');
    return existsSync(file) && readJson<{ version: string }>(file).version === version;
  });
  if (isInstalled) return;
  const parameters = ['install', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', parameters, { cwd: folder, stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm install in ${folder} ended with ${status}`);
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}
