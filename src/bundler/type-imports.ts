/**
 * Imports that TypeScript code makes for types alone, without saying so. Temporal's compiler leaves them out whatever
 * tsconfig.json says; esbuild follows `verbatimModuleSyntax` and would bring in activities whose types a workflow asks for.
 */
import { readFile } from 'node:fs/promises';
import { parse } from 'acorn';
import { type Loader, type PluginBuild, transform } from 'esbuild';

/** The namespace of modules without content. */
export const EMPTY_MODULE = 'perdure-disabled';

const loaders: Readonly<Record<string, Loader>> = { ts: 'ts', mts: 'ts', cts: 'ts', tsx: 'tsx' };

const tsconfigRaw = { compilerOptions: { verbatimModuleSyntax: false, experimentalDecorators: true } };

export function leaveOutTypeImports(setup: PluginBuild): void {
  const typeImports = new TypeImports();
  setup.onResolve({ filter: /./ }, async ({ path, kind, importer, namespace, pluginData }) => {
    const isAsked = kind === 'import-statement' && namespace === 'file' && pluginData === undefined;
    return isAsked && (await typeImports.has(importer, path))
      ? { path, namespace: EMPTY_MODULE, sideEffects: false }
      : undefined;
  });
}

class TypeImports {
  /** By file: what it imports for values, or undefined where that is not to be asked. */
  private readonly files = new Map<string, Promise<ReadonlySet<string> | undefined>>();

  /** Whether nothing that `importer` imports from `specifier` is used as a value. */
  async has(importer: string, specifier: string): Promise<boolean> {
    let values = this.files.get(importer);
    if (!values) {
      values = valueImports(importer);
      this.files.set(importer, values);
    }
    return (await values)?.has(specifier) === false;
  }
}

async function valueImports(file: string): Promise<ReadonlySet<string> | undefined> {
  const loader = loaders[file.split('.').at(-1) ?? ''];
  if (loader === undefined || /[/\\]node_modules[/\\]/.test(file)) return undefined;
  try {
    const { code } = await transform(await readFile(file, 'utf8'), {
      loader,
      tsconfigRaw,
      target: 'es2022',
      logLevel: 'silent',
    });
    return specifiersIn(code);
  } catch {
    // What is wrong with it is said when it is compiled.
    return undefined;
  }
}

function specifiersIn(code: string): ReadonlySet<string> {
  const { body } = parse(code, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true });
  const specifiers = body.flatMap((statement) =>
    'source' in statement && statement.source ? [String(statement.source.value)] : [],
  );
  return new Set(specifiers);
}
