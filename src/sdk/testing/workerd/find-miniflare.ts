/** miniflare, wherever it is installed: beside this package, in the project, or as a part of the project's wrangler. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The first one whose Workers find their own exports, as the runtime does. */
const MAJOR_MIN = 4;
/** Packages that bring it along. */
const CARRIERS = ['wrangler', '@cloudflare/vitest-plugin', '@cloudflare/vite-plugin'];
/** A main module lies at most so deep below its package. */
const DEPTH_MAX = 6;

/** Path of its main module; undefined where there is none that serves. */
export function findMiniflare(): string | undefined {
  for (const from of [import.meta.dirname, process.cwd()]) {
    const require = createRequire(join(from, 'from-here.js'));
    for (const carrier of ['', ...CARRIERS]) {
      const found = resolveFrom(require, carrier);
      if (found !== undefined && majorOf(found) >= MAJOR_MIN) return found;
    }
  }
  return undefined;
}

function resolveFrom(require: NodeJS.Require, carrier: string): string | undefined {
  try {
    const there = carrier === '' ? require : createRequire(require.resolve(carrier));
    return there.resolve('miniflare');
  } catch {
    return undefined; // Not installed there.
  }
}

function majorOf(main: string): number {
  let folder = dirname(main);
  for (let depth = 0; depth < DEPTH_MAX; depth++, folder = dirname(folder)) {
    const version = versionIn(join(folder, 'package.json'));
    if (version !== undefined) return Number.parseInt(version, 10);
  }
  return 0;
}

function versionIn(file: string): string | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
    return name === 'miniflare' ? version : undefined;
  } catch {
    return undefined; // The package's own lies further up.
  }
}
