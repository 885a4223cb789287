/** A throw-away project in a folder of its own, bundled and loaded. */

import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll } from 'vitest';
import type { BundledWorkflows, BundleOptions } from '../../src/bundler/bundle-options.ts';
import { bundleWorkflows } from '../../src/bundler/bundle-workflows.ts';
import type { BundleEnvironment, WorkflowBundle } from '../../src/executor/workflow-bundle.ts';

export type Files = Readonly<Record<string, string>>;
export type Callable = (...args: unknown[]) => unknown;
type Options = Partial<Omit<BundleOptions, 'projectRoot'>>;

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders.splice(0)) {
    rmSync(folder, { recursive: true, force: true });
  }
});

export function makeProject(files: Files): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'perdure-bundle-')));
  folders.push(folder);
  addFiles(folder, files);
  return folder;
}

export function addFiles(folder: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Makes packages that are installed here available in a project. */
export function linkPackages(folder: string, names: readonly string[]): void {
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  for (const name of names) {
    symlinkSync(join(import.meta.dirname, '../../node_modules', name), join(folder, 'node_modules', name));
  }
}

export function bundleProject(folder: string, options: Options = {}): Promise<BundledWorkflows> {
  return bundleWorkflows({ projectRoot: folder, workflowsPath: 'src/workflows', ...options });
}

let loads = 0;

export async function loadCode(folder: string, code: string): Promise<WorkflowBundle> {
  loads += 1;
  const file = join(folder, `bundle-${loads}.mjs`);
  writeFileSync(file, code);
  const loaded: { default: WorkflowBundle } = await import(/* @vite-ignore */ pathToFileURL(file).href);
  return loaded.default;
}

export async function loadProject(files: Files, options: Options = {}): Promise<WorkflowBundle> {
  const folder = makeProject(files);
  const { code } = await bundleProject(folder, options);
  return await loadCode(folder, code);
}

/** The workflows in one file, `src/workflows/index.ts`. */
export function loadSource(source: string, options: Options = {}): Promise<WorkflowBundle> {
  return loadProject({ 'src/workflows/index.ts': source }, options);
}

export class ForbiddenError extends Error {}

export function environment(parts: Partial<BundleEnvironment> = {}): BundleEnvironment {
  return {
    globals: { globalThis: {}, ...parts.globals },
    forbidden: (name) => {
      throw new ForbiddenError(`forbidden: ${name}`);
    },
    modules: { 'perdure/workflow': {}, 'perdure/common': {}, ...parts.modules },
  };
}

/** Calls a workflow in a run of its own. */
export function call(
  bundle: WorkflowBundle,
  workflowType: string,
  args: readonly unknown[] = [],
  parts: Partial<BundleEnvironment> = {},
): unknown {
  return functionOf(bundle.instantiate(environment(parts), workflowType), workflowType)(...args);
}

export function functionOf(exports: Record<string, unknown> | undefined, name: string): Callable {
  const found = exports?.[name];
  if (typeof found !== 'function') {
    throw new Error(`the module exports no function ${name}`);
  }
  return found as Callable;
}
