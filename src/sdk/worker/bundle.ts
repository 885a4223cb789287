/** The workflow bundle in Node: built from sources, or read, and evaluated. The bundler is that of `perdure bundle`. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { BundleOptions as BundlerOptions } from '../../bundler/bundle-options.ts';
import type { WorkflowBundle as EvaluatedBundle } from '../../executor/workflow-bundle.ts';
import type { Logger } from '../common/logger.ts';
import { resolutionByHook, type WebpackConfigHook } from './webpack-hook.ts';

export interface BundleOptions {
  /** A file whose exported functions are the workflows, or a folder with an index or with such files. */
  workflowsPath: string;
  /** Modules that export `interceptors`. */
  workflowInterceptorModules?: string[];
  logger?: Logger;
  /** A module that exports `payloadConverter`, for workflow code. */
  payloadConverterPath?: string;
  /** A module that exports `failureConverter`, for workflow code. */
  failureConverterPath?: string;
  /** Modules that are imported but never used at run time. */
  ignoreModules?: string[];
  /** Packages without state that are evaluated once for all runs. */
  preloadModules?: string[];
  /** Workflows are not built with webpack: it is called, and of what it returns `resolve.alias` is followed. */
  webpackConfigHook?: WebpackConfigHook;
  plugins?: BundlerPlugin[];
}

export interface BundlerPlugin {
  get name(): string;
  /** Called with the options before the bundle is built; gives those to use. */
  configureBundler?(options: BundleOptions): BundleOptions;
}

/** What {@link bundleWorkflowCode} gives, and what a worker takes as `workflowBundle`. */
export interface WorkflowBundleWithSourceMap {
  /** An ES module. Its stack table is part of it. */
  code: string;
  /** Empty: the code brings its own table. */
  sourceMap: string;
}

/**
 * Builds the bundle that workers run, so that a deploy need not carry the sources. Write `code` to a file and give that as
 * `workflowBundle: { codePath }`.
 *
 * ```ts
 * const { code } = await bundleWorkflowCode({ workflowsPath: './src/workflows.ts' });
 * await writeFile('./workflow-bundle.js', code);
 * ```
 */
export async function bundleWorkflowCode(options: BundleOptions): Promise<WorkflowBundleWithSourceMap> {
  const configured = (options.plugins ?? []).reduce(
    (current, plugin) => plugin.configureBundler?.(current) ?? current,
    options,
  );
  // The compiler is loaded only where workflows are built: a worker with a finished bundle needs none of it.
  const [{ bundleWorkflows }, { describeProblem }] = await Promise.all([
    import('../../bundler/bundle-workflows.ts'),
    import('../../bundler/bundle-error.ts'),
  ]);
  const bundle = await bundleWorkflows(bundlerOptions(configured));
  for (const warning of bundle.warnings) configured.logger?.warn(describeProblem(warning));
  configured.logger?.info('Workflow bundle created', {
    size: `${(bundle.sizes.total / 2 ** 20).toFixed(2)}MB`,
  });
  return { code: bundle.code, sourceMap: '' };
}

function bundlerOptions(options: BundleOptions): BundlerOptions {
  checkPreloaded(options);
  const workflowsPath = existingPath(resolve(options.workflowsPath));
  const { payloadConverterPath, failureConverterPath, webpackConfigHook, logger } = options;
  const { alias, ignored } = resolutionByHook(webpackConfigHook, workflowsPath, logger);
  return {
    projectRoot: projectRootOf(workflowsPath),
    workflowsPath,
    interceptorModules: options.workflowInterceptorModules ?? [],
    ignoreModules: [...(options.ignoreModules ?? []), ...ignored],
    alias,
    sharedModules: options.preloadModules ?? [],
    ...(payloadConverterPath !== undefined && { payloadConverterPath }),
    ...(failureConverterPath !== undefined && { failureConverterPath }),
  };
}

function checkPreloaded({ preloadModules = [], ignoreModules = [] }: BundleOptions): void {
  const both = preloadModules.filter((module) =>
    ignoreModules.some((ignored) => module === ignored || module.startsWith(`${ignored}/`)),
  );
  if (both.length === 0) return;
  const list = [...new Set(both)].map((module) => `'${module}'`).join(', ');
  throw new Error(`Cannot preload modules that are also ignored: ${list}`);
}

const EXTENSIONS = ['', '.ts', '.js', '.mts', '.mjs', '.cts', '.cjs', '.tsx', '.jsx'];

/** `./workflows` may mean `./workflows.ts`; what is not there at all the bundler names. */
function existingPath(path: string): string {
  const sources = EXTENSIONS.map((extension) => path + extension);
  // `./workflows.js` in a project that has `workflows.ts` and runs it without a build.
  sources.push(path.replace(/\.([cm]?)js$/, '.$1ts'));
  return sources.find((candidate) => existsSync(candidate)) ?? path;
}

/** The folder with the package.json above the sources; paths in messages and stacks are relative to it. */
export function projectRootOf(path: string): string {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) return process.cwd();
  }
}

export interface WorkflowBundlePath {
  codePath: string;
}

export interface WorkflowBundlePathWithSourceMap {
  codePath: string;
  sourceMapPath: string;
}

export interface WorkflowBundle {
  code: string;
}

export type WorkflowBundleOption =
  | WorkflowBundle
  | WorkflowBundleWithSourceMap
  | WorkflowBundlePath
  | WorkflowBundlePathWithSourceMap
  /** The default export of what `perdure bundle` wrote. */
  | EvaluatedBundle;

/** Reads and evaluates a finished bundle. */
export async function loadBundle(option: WorkflowBundleOption): Promise<EvaluatedBundle> {
  if ('formatVersion' in option) return option;
  if ('code' in option && typeof option.code === 'string') return evaluateBundle(option.code);
  if ('codePath' in option && typeof option.codePath === 'string')
    return evaluateBundle(await readFile(option.codePath, 'utf8'));
  throw new TypeError('Invalid WorkflowOptions.workflowBundle');
}

const EXPORT = '\nexport default {';

/**
 * Evaluates a bundle's code in the realm of the caller: `import()` of a file would leave it, where a test runner has put this
 * module into a realm of its own, and then no `instanceof` would hold between workflow code and this library.
 */
export function evaluateBundle(code: string): EvaluatedBundle {
  const at = code.lastIndexOf(EXPORT);
  if (at < 0) {
    throw new TypeError(
      "The workflow bundle has no default export: expected what bundleWorkflowCode() or 'perdure bundle' made",
    );
  }
  const hash = /\n {2}hash: "([0-9a-f]{12})/.exec(code.slice(at))?.[1] ?? 'unnamed';
  const body = `${code.slice(0, at)}\nreturn {${code.slice(at + EXPORT.length)}`;
  const evaluate = new Function(`"use strict";${body}\n//# sourceURL=perdure-workflows-${hash}.js`);
  const bundle = evaluate() as Partial<EvaluatedBundle>;
  if (bundle.formatVersion !== 1 || typeof bundle.instantiate !== 'function') {
    throw new TypeError(
      `The workflow bundle has format ${String(bundle.formatVersion)}, this release runs format 1: build it again`,
    );
  }
  return bundle as EvaluatedBundle;
}
