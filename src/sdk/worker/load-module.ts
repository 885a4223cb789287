/**
 * Loads a converter's module by its path, for the host. TypeScript is taken as it is, and what the module imports from this
 * library is this very instance of it: `require` alone could give another, or none where a test runner resolves the name.
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { buildSync } from 'esbuild';
import * as activity from '../activity/index.ts';
import * as client from '../client/index.ts';
import * as protobufs from '../protobufs/index.ts';
import { WORKFLOW_MODULES } from '../workflow/modules.ts';

const OWN_MODULES: Readonly<Record<string, unknown>> = {
  ...WORKFLOW_MODULES,
  'perdure/activity': activity,
  'perdure/client': client,
  'perdure/common/lib/protobufs': protobufs,
  'perdure/common/lib/converter/protobuf-payload-converters': protobufs,
};

/** The exports of the module at `path`, which may leave its extension out. */
export function loadModule(path: string): unknown {
  const absolute = resolve(path);
  const { outputFiles } = buildSync({
    entryPoints: [absolute],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'silent',
  });
  const requireFromThere = createRequire(absolute);
  const require = (specifier: string): unknown => OWN_MODULES[specifier] ?? requireFromThere(specifier);
  const module = { exports: {} };
  const evaluate = new Function('require', 'module', 'exports', outputFiles[0]?.text ?? '');
  evaluate(require, module, module.exports);
  return module.exports;
}
