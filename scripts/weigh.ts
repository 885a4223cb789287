/**
 * `npm run weigh`: what the runtime adds to a Worker, and which folders and packages it comes from. Built as wrangler builds a
 * Worker, minified; the samples and their bundle are no part of it.
 */
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';

const repository = resolve(import.meta.dirname, '..');
/** Rows of the table; what is smaller is summed up. */
const ROWS_MAX = 25;

const { outputFiles, metafile } = await build({
  absWorkingDir: repository,
  entryPoints: ['src/perdure.ts'],
  bundle: true,
  format: 'esm',
  target: 'es2024',
  minify: true,
  keepNames: true, // wrangler's default.
  write: false,
  outfile: 'worker.js',
  metafile: true,
  conditions: ['perdure-source', 'workerd', 'worker', 'browser'],
  external: ['node:*', 'cloudflare:*'],
});
const code = outputFiles[0]?.contents ?? new Uint8Array();
console.log(`${kib(code.byteLength)} minified, ${kib(gzipSync(code).byteLength)} with gzip`);
console.table(heaviest(metafile));

function heaviest({ outputs }: Metafile): { from: string; KiB: number }[] {
  const bytesOf = new Map<string, number>();
  for (const output of Object.values(outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(output.inputs)) {
      const from = originOf(file);
      bytesOf.set(from, (bytesOf.get(from) ?? 0) + bytesInOutput);
    }
  }
  const rows = [...bytesOf].sort(([, a], [, b]) => b - a);
  const rest = rows.splice(ROWS_MAX).reduce((sum, [, bytes]) => sum + bytes, 0);
  return [...rows, ['others', rest] as const].map(([from, bytes]) => ({
    from,
    KiB: Math.round(bytes / 102.4) / 10,
  }));
}

/** The package, or the folder of src/ two or three levels deep. */
function originOf(file: string): string {
  const installed = file.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/)?.[1];
  if (installed !== undefined) return installed;
  const folders = file.split('/').slice(0, -1);
  return folders.slice(0, /^src\/(sdk|objects)\//.test(file) ? 4 : 2).join('/');
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KiB`;
}
