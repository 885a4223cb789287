/**
 * The esbuild half of the bundler: gathers the workflows and their imports into one ES module in which every module is wrapped
 * and evaluated only when asked for, and refuses what workflow code must not import.
 */

import { statSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import {
  type BuildOptions,
  type BuildResult,
  build,
  type Message,
  type Metafile,
  type OnResolveArgs,
  type OnResolveResult,
  type Plugin,
  type PluginBuild,
} from 'esbuild';
import {
  entryPath,
  isBuildFailure,
  isWorthTelling,
  refusedModule,
  shortestChains,
  toProblem,
} from './build-problems.ts';
import { shimSource } from './builtin-shims.ts';
import { BundleError, type BundleProblem } from './bundle-error.ts';
import type { BundleOptions } from './bundle-options.ts';
import { hasCounterpart, isInjected, judgeModule } from './module-policy.ts';
import { EMPTY_MODULE, leaveOutTypeImports } from './type-imports.ts';
import { type FoundExports, type WorkflowExport, WorkflowExports, workflowFiles } from './workflow-types.ts';

/** Free identifiers of the compiled code that the emitter binds. */
export const modulesName = '__perdure_modules__';
export const ignoredName = '__perdure_ignored__';

/** What the entry exports. */
export const entryExports = {
  workflows: '__perdure_workflows__',
  open: '__perdure_open__',
  extras: '__perdure_extras__',
} as const;

export interface CompiledWorkflows {
  readonly code: string;
  /** Source map of `code`, JSON. */
  readonly map: string;
  readonly metafile: Metafile;
  readonly exports: readonly WorkflowExport[];
  /** Whether there may be more of them, which will be known when the modules are evaluated. */
  readonly isOpen: boolean;
  readonly warnings: readonly BundleProblem[];
}

interface Found {
  all: FoundExports;
}

const nothing: FoundExports = { exports: [], open: [] };

export async function compileWorkflows(options: BundleOptions): Promise<CompiledWorkflows> {
  const found: Found = { all: nothing };
  const result = await buildOnce(options, workflowPlugin(options, found, 'refuse'));
  const text = (suffix: string): string =>
    result.outputFiles?.find((file) => file.path.endsWith(suffix))?.text ?? '';
  if (!result.metafile) {
    throw new Error('esbuild gave no metafile');
  }
  return {
    code: text('.js'),
    map: text('.js.map'),
    metafile: result.metafile,
    exports: found.all.exports,
    isOpen: found.all.open.length > 0,
    warnings: result.warnings.filter(isWorthTelling).map(toProblem),
  };
}

async function buildOnce(options: BundleOptions, plugin: Plugin): Promise<BuildResult> {
  try {
    return await build({ ...buildOptions(options), plugins: [plugin] });
  } catch (error) {
    if (!isBuildFailure(error)) {
      throw error;
    }
    throw new BundleError(await explain(options, error.errors));
  }
}

function buildOptions(options: BundleOptions): BuildOptions {
  return {
    absWorkingDir: options.projectRoot,
    entryPoints: [entryPath],
    outfile: resolve(options.projectRoot, 'workflows.js'),
    bundle: true,
    write: false,
    metafile: true,
    sourcemap: 'external',
    sourcesContent: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    charset: 'utf8',
    keepNames: true,
    legalComments: 'none',
    logLevel: 'silent',
    ...(isSource && { conditions: ['module', 'perdure-source'] }),
    define: { 'process.env.NODE_ENV': '"production"', 'import.meta.url': 'undefined' },
  };
}

/** `refuse` reports refused imports; `trace` lets them pass, so that their chains can be read from the metafile. */
function workflowPlugin(options: BundleOptions, found: Found, mode: 'refuse' | 'trace'): Plugin {
  return {
    name: 'perdure-workflows',
    setup(setup) {
      resolveEntry(setup, options, found);
      leaveOutTypeImports(setup);
      resolveByPolicy(setup, options, mode);
      for (const [namespace, contents] of Object.entries(virtualModules)) {
        setup.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
          contents: contents(path),
          loader: 'js',
          resolveDir: options.projectRoot,
        }));
      }
    },
  };
}

const virtualModules: Readonly<Record<string, (path: string) => string>> = {
  'perdure-injected': (path) => `module.exports = ${modulesName}[${JSON.stringify(path)}];`,
  'perdure-ignored': (path) => `module.exports = ${ignoredName}(${JSON.stringify(path)});`,
  [EMPTY_MODULE]: () => 'module.exports = {};',
  'perdure-shim': shimSource,
};

function resolveEntry(setup: PluginBuild, options: BundleOptions, found: Found): void {
  setup.onResolve({ filter: /^perdure:entry$/ }, ({ path }) => ({ path, namespace: 'perdure-entry' }));
  setup.onLoad({ filter: /.*/, namespace: 'perdure-entry' }, async () => {
    const { projectRoot } = options;
    const files = await workflowFiles(resolve(projectRoot, options.workflowsPath));
    const resolveFile = async (specifier: string, importer: string): Promise<string | undefined> => {
      const resolveDir = resolve(importer, '..');
      const result = await setup.resolve(specifier, { resolveDir, importer, kind: 'import-statement' });
      return result.namespace === 'file' && !result.external ? result.path : undefined;
    };
    const display = (file: string): string => relativePath(projectRoot, file);
    found.all = await new WorkflowExports(resolveFile, display).find(files);
    return { contents: entrySource(options, found.all), loader: 'js', resolveDir: projectRoot };
  });
}

/** Everything is reached through require(), which makes esbuild wrap each module and evaluate it on demand. */
function entrySource(options: BundleOptions, { exports, open }: FoundExports): string {
  const load = (file: string): string => `() => require(${JSON.stringify(file)})`;
  const workflows = exports.map(({ name, file }) => `  [${JSON.stringify(name)}]: ${load(file)},`);
  const extra = (path: string | undefined): string =>
    path === undefined ? 'undefined' : load(moduleReference(options.projectRoot, path));
  return [
    `export const ${entryExports.workflows} = {\n  __proto__: null,\n${workflows.join('\n')}\n};`,
    `export const ${entryExports.open} = [${open.map(load).join(', ')}];`,
    `export const ${entryExports.extras} = {`,
    // A plugin names its modules twice, for the worker and for its bundle.
    `  interceptors: [${[...new Set(options.interceptorModules)].map(extra).join(', ')}],`,
    `  payloadConverter: ${extra(options.payloadConverterPath)},`,
    `  failureConverter: ${extra(options.failureConverterPath)},`,
    '};',
  ].join('\n');
}

const SOURCE_EXTENSIONS = ['', '.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx'];

/** A path stays a path, also without a leading `./` if there is such a file; any other bare name is that of a package. */
function moduleReference(projectRoot: string, path: string): string {
  const file = resolve(projectRoot, path);
  if (/^\.{0,2}[/\\]|^[A-Za-z]:[/\\]/.test(path)) return file;
  return SOURCE_EXTENSIONS.some((extension) => isFile(file + extension)) ? file : path;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function resolveByPolicy(setup: PluginBuild, options: BundleOptions, mode: 'refuse' | 'trace'): void {
  const { alias = {}, ignoreModules = [] } = options;
  setup.onResolve({ filter: /^[^./\\]/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
    if (kind === 'entry-point' || pluginData === isQuestion) {
      return undefined;
    }
    if (hasCounterpart(path) && pluginData !== isResolved) {
      const own = await authorsModule(setup, aliasOf(path, alias) ?? path, { kind, importer, resolveDir });
      if (own) return own;
    }
    const other = pluginData === isResolved || hasCounterpart(path) ? undefined : aliasOf(path, alias);
    const verdict = judgeModule(other ?? path, ignoreModules);
    switch (verdict.kind) {
      case 'injected':
        return kind === 'import-statement'
          ? { path: verdict.name, external: true, sideEffects: false }
          : { path: verdict.name, namespace: 'perdure-injected', sideEffects: false };
      case 'ignored':
        return { path: verdict.name, namespace: 'perdure-ignored', sideEffects: false };
      case 'shim':
        return { path: verdict.name, namespace: 'perdure-shim', sideEffects: false };
      case 'refused':
        if (await isDisabled(setup, { path: other ?? path, kind, importer, resolveDir }))
          return { path, namespace: EMPTY_MODULE, sideEffects: false };
        return mode === 'refuse'
          ? { errors: [{ text: verdict.reason, detail: verdict }] }
          : { path, external: true };
      case 'published':
        // Its ES module, however it is asked for: the other form brings this whole library along.
        return pluginData === isResolved
          ? undefined
          : setup.resolve(verdict.name, {
              kind: 'import-statement',
              importer,
              resolveDir,
              pluginData: isResolved,
            });
      default:
        return other === undefined
          ? undefined
          : setup.resolve(other, { kind, importer, resolveDir, pluginData: isResolved });
    }
  });
}

/** What stands for a specifier: by its own name, with `$` for that alone, or by what it begins with. */
function aliasOf(path: string, alias: Readonly<Record<string, string>>): string | undefined {
  for (const [name, target] of Object.entries(alias)) {
    if (path === name || `${path}$` === name) return target;
    if (path.startsWith(`${name}/`)) return target + path.slice(name.length);
  }
  return undefined;
}

/**
 * The module that the author has put in the place of one of Temporal's packages, by an alias or a path in tsconfig.json.
 * Undefined if that is the package itself, this library or nothing: then this library stands in for it.
 */
async function authorsModule(
  setup: PluginBuild,
  path: string,
  from: Pick<OnResolveArgs, 'kind' | 'importer' | 'resolveDir'>,
): Promise<OnResolveResult | undefined> {
  if (isInjected(path) && !hasCounterpart(path)) return undefined;
  const found = await setup.resolve(path, { ...from, pluginData: isQuestion });
  const isFile = found.errors.length === 0 && found.namespace === 'file';
  return isFile && !isOfSdk(found.path) ? { path: found.path, sideEffects: found.sideEffects } : undefined;
}

const packageRoot = resolve(import.meta.dirname, '../..');
/** In this repository, not built: what a bundle takes from this library are its sources too. */
const isSource = import.meta.dirname === resolve(packageRoot, 'src/bundler');

function isOfSdk(file: string): boolean {
  const own = ['src/sdk', 'dist'].map((folder) => resolve(packageRoot, folder) + sep);
  return (
    /[/\\]node_modules[/\\](@temporalio|perdure)[/\\]/.test(file) ||
    own.some((folder) => file.startsWith(folder))
  );
}

const isQuestion = Symbol('question');

/** Whether the importing package says itself, in the `browser` field of its package.json, that it can do without. */
async function isDisabled(
  setup: PluginBuild,
  { path, ...from }: { path: string } & Pick<OnResolveArgs, 'kind' | 'importer' | 'resolveDir'>,
): Promise<boolean> {
  const found = await setup.resolve(path, { ...from, pluginData: isQuestion });
  // esbuild gives the bare name back, without an error, for a module that is mapped to `false`.
  return found.errors.length === 0 && !found.external && found.namespace === '' && found.path === path;
}

const isResolved = Symbol('resolved');

/** Errors with their chains. These need a second build, which lets what is refused pass. */
async function explain(options: BundleOptions, errors: readonly Message[]): Promise<BundleProblem[]> {
  const own = errors.flatMap(({ detail }) => (detail instanceof BundleError ? detail.problems : []));
  if (own.length > 0) {
    return own;
  }
  const problems = errors.map(toProblem);
  const plugin = workflowPlugin(options, { all: nothing }, 'trace');
  const traced = await build({ ...buildOptions(options), plugins: [plugin] }).catch(() => undefined);
  const chains = traced?.metafile && shortestChains(traced.metafile);
  return problems.map((problem) => {
    const chain = problem.file === undefined ? undefined : chains?.get(problem.file);
    const refused = refusedModule(errors.find(({ text }) => text === problem.text)?.detail);
    const about = { ...problem, module: refused };
    return chain ? { ...about, chain: refused ? [...chain, refused] : chain } : about;
  });
}

export function relativePath(root: string, file: string): string {
  return relative(root, file).split(sep).join('/');
}
