/** Bundles again whenever a file that went into the bundle changes, or the folder of the workflows does. */

import { type FSWatcher, watch } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { BundleOptions } from './bundle-options.ts';
import { type WrittenBundle, writeBundle } from './write-bundle.ts';

export interface WatchHandlers {
  onBundle: (bundle: WrittenBundle) => void;
  onError: (error: unknown) => void;
}

export interface BundleWatcher {
  /** Resolves when the first bundle is written or has failed. */
  readonly ready: Promise<void>;
  close(): void;
}

/** Editors write a file in several steps; changes within this time count as one. */
const settleMs = 30;

export function watchBundle(
  options: BundleOptions,
  outFile: string | undefined,
  handlers: WatchHandlers,
): BundleWatcher {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let running: Promise<void> = Promise.resolve();

  const follow = (folders: readonly string[]): void => {
    for (const folder of isClosed ? [] : folders) {
      if (!watchers.has(folder)) {
        watchers.set(folder, watch(folder, schedule));
      }
    }
  };
  const bundleOnce = async (): Promise<void> => {
    try {
      const bundle = await writeBundle(options, outFile);
      follow(foldersOf(options.projectRoot, bundle.inputs));
      handlers.onBundle(bundle);
    } catch (error) {
      handlers.onError(error);
    }
  };
  const run = (): Promise<void> => {
    running = running.then(() => (isClosed ? undefined : bundleOnce()));
    return running;
  };
  const schedule = (): void => {
    clearTimeout(timer);
    timer = setTimeout(run, settleMs);
  };

  const workflows = resolve(options.projectRoot, options.workflowsPath);
  follow([/\.[cm]?[jt]sx?$/.test(workflows) ? dirname(workflows) : workflows]);
  return {
    ready: run(),
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      for (const watcher of watchers.values()) {
        watcher.close();
      }
    },
  };
}

/** Installed packages change by installing, which is followed by a start of its own. */
function foldersOf(projectRoot: string, inputs: readonly string[]): string[] {
  const own = inputs.filter((path) => !path.includes('node_modules/'));
  return [...new Set(own.map((path) => dirname(resolve(projectRoot, path))))];
}
