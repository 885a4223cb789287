/** What `bundleWorkflows` is told, and what it gives. */

import type { BundleProblem } from './bundle-error.ts';

export interface BundleOptions {
  /** The folder that paths are relative to, absolute. The bundle does not depend on where it lies. */
  readonly projectRoot: string;
  /** A file whose exported functions are the workflows, or a folder with an index or with one or more such files. */
  readonly workflowsPath: string;
  /** Modules that export `interceptors`, in the order in which they apply. Paths, or names of packages. */
  readonly interceptorModules?: readonly string[];
  /** A module that exports `payloadConverter`. */
  readonly payloadConverterPath?: string;
  /** A module that exports `failureConverter`. */
  readonly failureConverterPath?: string;
  /** Modules that are imported but never used at run time: reading anything from one throws. */
  readonly ignoreModules?: readonly string[];
  /**
   * Packages declared pure: evaluated once per isolate and shared by all runs. Name only packages that keep no state between
   * calls; what one run changed in them another would see.
   */
  readonly sharedModules?: readonly string[];
  /**
   * Specifiers to replace by others, before anything else is decided, and those that begin with them and a slash. A `$` at the
   * end means the one specifier alone.
   */
  readonly alias?: Readonly<Record<string, string>>;
}

export interface BundleSizes {
  /** Bytes of the whole file. */
  readonly total: number;
  /** Bytes of what every run evaluates anew, at most. */
  readonly perRun: number;
  /** Bytes of what is evaluated once per isolate. */
  readonly shared: number;
}

export interface BundledWorkflows {
  /** An ES module whose default export is a `WorkflowBundle`. */
  readonly code: string;
  /** SHA-256 of the code without its stack table. */
  readonly hash: string;
  readonly workflowTypes: readonly string[];
  /** Packages that are evaluated once per isolate, with all of their modules. */
  readonly sharedPackages: readonly string[];
  readonly warnings: readonly BundleProblem[];
  readonly sizes: BundleSizes;
  /** Every file that went in, relative to the project: what to watch. */
  readonly inputs: readonly string[];
}
