/** `perdure/vite`: keeps the workflow bundle fresh under Vite and vitest. */

import { dirname, resolve } from 'node:path';
import type { BundleOptions } from './bundle-options.ts';
import { defaultOutFile, defaultWorkflowsPath, writeBundle } from './write-bundle.ts';

export interface PerdurePluginOptions extends Partial<Omit<BundleOptions, 'projectRoot'>> {
  /** Default: Vite's root. */
  readonly projectRoot?: string;
  /** Where the bundle is written, relative to the project. Default `.perdure/workflows.js`. */
  readonly outFile?: string;
}

/** The part of Vite's plugin interface that is used here, so that Vite itself is not needed to build this package. */
export interface PerdurePlugin {
  readonly name: string;
  readonly enforce: 'pre';
  config(config: { root?: string | undefined }): Promise<void>;
  configureServer(server: WatchingServer): void;
}

interface WatchingServer {
  readonly watcher: {
    add(path: string): unknown;
    on(event: 'all', listener: (event: string, path: string) => void): unknown;
  };
  readonly config: { readonly logger: { error(text: string): void } };
}

/**
 * Bundles the workflows before anything is loaded, and again when one of their files changes, so that
 * `import workflows from '../.perdure/workflows.js'` finds the current code in Vite and in vitest, Workers included.
 *
 * A bundle that cannot be built stops the start with the reasons; later it is reported, and the last good one stays.
 *
 * ```ts
 * import { perdure } from 'perdure/vite';
 * export default defineConfig({ plugins: [perdure()] });
 * ```
 */
export function perdure(options: PerdurePluginOptions = {}): PerdurePlugin {
  const { outFile = defaultOutFile, ...rest } = options;
  let bundleOptions: BundleOptions = optionsFor(rest, process.cwd());
  let inputs: ReadonlySet<string> = new Set();
  let running: Promise<void> = Promise.resolve();

  const bundle = async (): Promise<void> => {
    const written = await writeBundle(bundleOptions, outFile);
    inputs = new Set(written.inputs.map((path) => resolve(bundleOptions.projectRoot, path)));
  };

  return {
    name: 'perdure',
    enforce: 'pre',
    async config({ root }) {
      bundleOptions = optionsFor(rest, resolve(root ?? process.cwd()));
      await bundle();
    },
    configureServer({ watcher, config }) {
      const workflows = resolve(bundleOptions.projectRoot, bundleOptions.workflowsPath);
      const out = dirname(resolve(bundleOptions.projectRoot, outFile));
      watcher.add(workflows);
      watcher.on('all', (_event, path) => {
        if (!path.startsWith(out) && (inputs.has(path) || path.startsWith(workflows))) {
          running = running.then(bundle).catch((error: unknown) => config.logger.error(messageOf(error)));
        }
      });
    },
  };
}

function optionsFor(options: Omit<PerdurePluginOptions, 'outFile'>, root: string): BundleOptions {
  return {
    ...options,
    projectRoot: resolve(options.projectRoot ?? root),
    workflowsPath: options.workflowsPath ?? defaultWorkflowsPath,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `perdure: ${error.message}` : `perdure: ${String(error)}`;
}
