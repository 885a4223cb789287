/** How the runtime becomes one module for workerd, here and in the published package. */
import type { BuildOptions } from 'esbuild';

export const RUNTIME_BUILD = {
  bundle: true,
  format: 'esm',
  target: 'es2024',
  keepNames: true, // Errors and classes are known by their names.
  conditions: ['workerd', 'worker', 'browser', 'perdure-source'],
  external: ['cloudflare:*', 'node:*'],
  logLevel: 'warning',
} as const satisfies BuildOptions;
