/**
 * Finds the workflow types: each exported function of `src/workflows/index.ts`, or of the files of a folder without an index.
 *
 * W1  A type belongs to the module that defines it, so that a run evaluates only what its type reaches. Modules that only pass
 *     exports on are skipped; a module that does more is evaluated, since its own statements count.
 * W2  One name, one function: two definitions of one name are an error, never a choice.
 * W3  What a compiled CommonJS module exports is known when it is evaluated: a type that is not found otherwise is looked for in
 *     the exports of the index, if it is such a module or passes on what such modules export.
 */

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BundleError } from './bundle-error.ts';
import { isInjected } from './module-policy.ts';
import { type ExportedName, type ModuleShape, readModuleShape } from './module-shape.ts';

export interface WorkflowExport {
  /** The name under which it is exported: a workflow type, if it is a function. */
  readonly name: string;
  /** The module to evaluate for it. */
  readonly file: string;
  readonly isFunction: boolean;
}

export interface FoundExports {
  readonly exports: readonly WorkflowExport[];
  /** Files that may export more (W3). */
  readonly open: readonly string[];
}

/** Gives the file that a specifier means, or undefined for what is not a file of this bundle. */
export type ResolveFile = (specifier: string, importer: string) => Promise<string | undefined>;

const sourceFile = /\.[cm]?[jt]sx?$/;
const notSource = /(\.d\.[cm]?ts|\.(test|spec|bench)\.[cm]?[jt]sx?)$/;

/** The files whose exports count: the index, the one file given, or each file of a folder without an index. */
export async function workflowFiles(workflowsPath: string): Promise<string[]> {
  const found = await stat(workflowsPath).catch(() => undefined);
  if (!found) {
    throw new BundleError([
      {
        text: `there are no workflows at ${workflowsPath}: expected a file, or a folder with an index or with files`,
      },
    ]);
  }
  if (found.isFile()) {
    return [workflowsPath];
  }
  const names = (await readdir(workflowsPath)).filter(
    (name) => sourceFile.test(name) && !notSource.test(name),
  );
  const index = names.find((name) => /^index\./.test(name));
  const chosen = index ? [index] : names.sort();
  if (chosen.length === 0) {
    throw new BundleError([{ text: `the folder ${workflowsPath} has no TypeScript or JavaScript file` }]);
  }
  return chosen.map((name) => join(workflowsPath, name));
}

export class WorkflowExports {
  private readonly shapes = new Map<string, Promise<ModuleShape>>();
  /** Files of which not all exports are known. */
  private readonly incomplete = new Set<string>();
  private readonly resolve: ResolveFile;
  private readonly display: (file: string) => string;

  /** `display` gives a file's name for messages. */
  constructor(resolve: ResolveFile, display: (file: string) => string) {
    this.resolve = resolve;
    this.display = display;
  }

  async find(files: readonly string[]): Promise<FoundExports> {
    const found = new Map<string, WorkflowExport>();
    for (const file of files) {
      for (const one of await this.exportsOf(file, new Set())) {
        const earlier = found.get(one.name);
        if (earlier?.isFunction && one.isFunction && earlier.file !== one.file) {
          throw duplicate(one.name, this.display(earlier.file), this.display(one.file));
        }
        if (!earlier?.isFunction) {
          found.set(one.name, one);
        }
      }
    }
    return {
      exports: [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
      open: files.filter((file) => this.incomplete.has(file)),
    };
  }

  private async exportsOf(file: string, seen: Set<string>): Promise<WorkflowExport[]> {
    if (seen.has(file)) {
      return [];
    }
    seen.add(file);
    const shape = await this.shapeOf(file);
    if (shape.isCommonJs) this.incomplete.add(file);
    const own = new Map<string, WorkflowExport>();
    for (const [name, target] of shape.exports) {
      const found = await this.follow(file, shape, name, target);
      if (found) {
        own.set(name, { ...found, name });
      }
    }
    await this.addStars(file, shape, own, seen);
    return [...own.values()];
  }

  private async addStars(
    file: string,
    shape: ModuleShape,
    own: Map<string, WorkflowExport>,
    seen: Set<string>,
  ): Promise<void> {
    const explicit = new Set(own.keys());
    for (const specifier of shape.stars) {
      const next = await this.resolveModule(specifier, file);
      const all = next ? await this.exportsOf(next, seen) : [];
      if (next && this.incomplete.has(next)) this.incomplete.add(file);
      for (const one of all) {
        const earlier = own.get(one.name);
        if (one.name === 'default' || explicit.has(one.name)) {
          continue;
        }
        if (earlier && earlier.file !== one.file && (earlier.isFunction || one.isFunction)) {
          throw duplicate(one.name, this.display(earlier.file), this.display(one.file));
        }
        own.set(one.name, shape.isBarrel ? one : { ...one, file });
      }
    }
  }

  /** Undefined for types, whose export is gone by now, and for what the SDK exports. */
  private async follow(
    file: string,
    shape: ModuleShape,
    name: string,
    target: ExportedName,
  ): Promise<Omit<WorkflowExport, 'name'> | undefined> {
    if (target.kind === 'namespace') {
      return { file, isFunction: false };
    }
    if (target.kind === 'local') {
      return { file, isFunction: target.isFunction };
    }
    const next = await this.resolveModule(target.specifier, file);
    const all = next ? await this.exportsOf(next, new Set([file])) : [];
    const found = all.find((one) => one.name === target.name);
    if (!found && next && this.incomplete.has(next)) this.incomplete.add(file);
    // Under another name it is known here only.
    const isPassedOn = shape.isBarrel && target.name === name;
    return found && { file: isPassedOn ? found.file : file, isFunction: found.isFunction };
  }

  private async resolveModule(specifier: string, importer: string): Promise<string | undefined> {
    const file = isInjected(specifier) ? undefined : await this.resolve(specifier, importer);
    return file !== undefined && sourceFile.test(file) ? file : undefined;
  }

  private shapeOf(file: string): Promise<ModuleShape> {
    const known = this.shapes.get(file);
    if (known) {
      return known;
    }
    const shape = readFile(file, 'utf8').then((text) => readModuleShape({ path: file, text }));
    this.shapes.set(file, shape);
    return shape;
  }
}

function duplicate(name: string, first: string, second: string): BundleError {
  return new BundleError([
    {
      text: `two workflows are called '${name}': one in ${first}, one in ${second}. Rename one, or export only one of them`,
    },
  ]);
}
