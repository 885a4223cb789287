/** Patches that make the sources wrong on purpose: the tests are measured by them. Their first line says what is wrong. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export function patchesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.patch'))
    .sort()
    .map((name) => join(folder, name));
}

/**
 * `patch` would need a tool that a fresh machine may lack; git is there wherever the sources came from. One line of context on
 * each side is enough: those around may change. Undefined: done; otherwise why it does not apply.
 */
export function applyPatch(folder: string, patch: string, ...options: string[]): string | undefined {
  const { status, stderr } = spawnSync('git', ['apply', '-C1', ...options, patch], {
    cwd: folder,
    encoding: 'utf8',
  });
  return status === 0 ? undefined : stderr.trim();
}

export function titleOf(patch: string): string {
  return readFileSync(patch, 'utf8').split('\n', 1)[0] ?? '';
}
