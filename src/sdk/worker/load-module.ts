/**
 * Loads a converter's module by its path, for the host.
 *
 * Where Node can load it and finds this very instance of the library from there, Node does: then classes of the module, and of
 * what it imports, are those that the program itself has, and `instanceof` holds on both sides of a conversion. Elsewhere (a
 * test runner resolves the names, or Node does not take the file) it is bundled, with this instance put in by hand; there, as in
 * workflow code, Temporal's package names mean this library.
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { type BuildFailure, buildSync } from 'esbuild';
import { ownSpecifier } from '../../bundler/module-policy.ts';
import * as activity from '../activity/index.ts';
import * as client from '../client/index.ts';
import { TemporalFailure } from '../common/failure.ts';
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
  const requireFromThere = createRequire(absolute);
  if (findsThisLibrary(requireFromThere)) {
    try {
      return requireFromThere(absolute);
    } catch {
      // Bundled below; if the fault is the module's own, that tells it.
    }
  }
  return loadBundled(absolute, requireFromThere);
}

function findsThisLibrary(requireFromThere: NodeJS.Require): boolean {
  try {
    const found = requireFromThere('perdure/common') as { TemporalFailure?: unknown };
    return found.TemporalFailure === TemporalFailure;
  } catch {
    return false;
  }
}

function loadBundled(absolute: string, requireFromThere: NodeJS.Require): unknown {
  const code = bundled(absolute);
  const require = (specifier: string): unknown =>
    OWN_MODULES[ownSpecifier(specifier)] ?? requireFromThere(specifier);
  const module = { exports: {} };
  const evaluate = new Function('require', 'module', 'exports', code);
  evaluate(require, module, module.exports);
  return module.exports;
}

/** Throws as `require` does where there is no such file. */
function bundled(absolute: string): string {
  try {
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
    return outputFiles[0]?.text ?? '';
  } catch (error) {
    const { errors = [] } = error as Partial<BuildFailure>;
    // What an import of the file does not find has a location.
    const isMissing = errors.some(
      ({ location, text }) => location === null && text.startsWith('Could not resolve'),
    );
    if (!isMissing) throw error;
    const missing = new Error(`Cannot find module '${absolute}'`, { cause: error });
    throw Object.assign(missing, { code: 'MODULE_NOT_FOUND' });
  }
}
