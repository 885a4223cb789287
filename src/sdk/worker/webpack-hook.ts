/**
 * `webpackConfigHook`, as code written for Temporal's bundler has it. Nothing is built with webpack here: the hook is asked what
 * it puts into `resolve.alias`, and a warning says that the rest of what it changes is not followed.
 */
import { isAbsolute, resolve } from 'node:path';
import type { Logger } from '../common/logger.ts';

// biome-ignore lint/suspicious/noExplicitAny: a configuration of webpack's, whose types are not at hand.
export type WebpackConfigHook = (config: any) => any;

export interface HookedResolution {
  /** Specifiers, or what they begin with, and what stands for them. A `$` at the end means that one alone. */
  readonly alias: Readonly<Record<string, string>>;
  /** Modules that are left out. */
  readonly ignored: readonly string[];
}

interface Aliased {
  name: string;
  alias: unknown;
  onlyModule?: boolean;
}

/** Calls the hook. Throws a TypeError when it gives no configuration back. */
export function resolutionByHook(
  hook: WebpackConfigHook | undefined,
  workflowsPath: string,
  logger: Logger | undefined,
): HookedResolution {
  if (hook === undefined) return { alias: {}, ignored: [] };
  const config: unknown = hook(configuration(workflowsPath));
  if (!isObject(config)) throw new TypeError('webpackConfigHook must return the configuration');
  warnOfTheRest(config, logger);
  const aliased = aliasesIn(isObject(config.resolve) ? config.resolve.alias : undefined);
  const targets = aliased.flatMap(({ name, alias, onlyModule }) => {
    const [target] = Array.isArray(alias) ? (alias as unknown[]) : [alias];
    return typeof target === 'string' ? [[onlyModule ? `${name}$` : name, target] as const] : [];
  });
  return {
    alias: Object.fromEntries(targets.map(([name, target]) => [name, absoluteIfPath(target)])),
    ignored: aliased.filter(({ alias }) => alias === false).map(({ name }) => name.replace(/\$$/, '')),
  };
}

/** What hooks expect to find and to add to. */
function configuration(workflowsPath: string): object {
  return {
    mode: 'development',
    devtool: 'inline-source-map',
    entry: [workflowsPath],
    resolve: {
      modules: ['node_modules'],
      extensions: ['.ts', '.js'],
      extensionAlias: { '.js': ['.ts', '.js'] },
      alias: {},
    },
    module: {
      parser: { javascript: {} },
      rules: [
        { test: /\.js$/, enforce: 'pre', use: [] },
        { test: /\.ts$/, exclude: /node_modules/, use: {} },
      ],
    },
    plugins: [],
    output: {},
    ignoreWarnings: [],
  };
}

function aliasesIn(alias: unknown): Aliased[] {
  if (Array.isArray(alias)) return alias.filter((one: unknown) => isObject(one)) as unknown as Aliased[];
  if (!isObject(alias)) return [];
  return Object.entries(alias).map(([name, target]) => ({ name, alias: target }));
}

/** `./src/lib` is a path below the working directory, and `lib` the name of a package. */
function absoluteIfPath(target: string): string {
  return isAbsolute(target) || /^\.{1,2}([/\\]|$)/.test(target) ? resolve(target) : target;
}

function warnOfTheRest(config: Record<string, unknown>, logger: Logger | undefined): void {
  const resolution = isObject(config.resolve) ? config.resolve : {};
  const rules = isObject(config.module) ? config.module.rules : undefined;
  const unused = [
    Array.isArray(config.plugins) && config.plugins.length > 0 ? 'plugins' : undefined,
    Array.isArray(rules) && rules.length > 2 ? 'module.rules' : undefined,
    config.externals === undefined ? undefined : 'externals',
    ...['plugins', 'fallback'].filter((name) => name in resolution).map((name) => `resolve.${name}`),
  ].filter((name) => name !== undefined);
  if (unused.length > 0) {
    logger?.warn(
      'Workflows are not built with webpack: of webpackConfigHook only resolve.alias is followed',
      {
        unused,
      },
    );
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
