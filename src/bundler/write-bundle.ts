/** Writes a bundle and its declaration beside it, and only what changed: a watcher that sees the files must not run in circles. */

import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { BundledWorkflows, BundleOptions } from './bundle-options.ts';
import { bundleWorkflows } from './bundle-workflows.ts';

/** Where the bundle goes unless told otherwise. Keep it outside of folders that wrangler watches. */
export const defaultOutFile = '.perdure/workflows.js';
export const defaultWorkflowsPath = 'src/workflows';

const runtimePackage = 'perdure';

const declaration = `// Built by \`perdure bundle\`. Changes are overwritten.
import type { WorkflowBundle } from '${runtimePackage}';
declare const workflows: WorkflowBundle;
export default workflows;
`;

export interface WrittenBundle extends BundledWorkflows {
  /** Absolute path of the module. */
  readonly outFile: string;
  /** Whether a file was written. */
  readonly isChanged: boolean;
}

export async function writeBundle(options: BundleOptions, outFile = defaultOutFile): Promise<WrittenBundle> {
  const bundle = await bundleWorkflows(options);
  const path = resolve(options.projectRoot, outFile);
  const changed = [
    await writeIfChanged(path, bundle.code),
    await writeIfChanged(path.replace(/\.(m?)js$/, '.d.$1ts'), declaration),
  ];
  return { ...bundle, outFile: path, isChanged: changed.includes(true) };
}

/** Through a temporary file: a reader sees the old text or the new one, never half of it. */
async function writeIfChanged(path: string, text: string): Promise<boolean> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) {
    return false;
  }
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  await writeFile(temporary, text);
  await rename(temporary, path);
  return true;
}
