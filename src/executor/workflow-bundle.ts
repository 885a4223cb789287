/**
 * What `perdure bundle` writes and the executor runs: an ES module whose default export is a `WorkflowBundle`. The workflow
 * sources and their imports stand in it inside one factory; every run instantiates its own modules.
 */

/** Loop heads and function entries count `remaining` down; below zero `refill` is called, which tops it up or throws. */
export interface Fuel {
  remaining: number;
  refill: () => void;
}

export interface BundleEnvironment {
  /** Values for every free identifier that is replaced (`Date`, `Math`, `setTimeout`, `console`, `globalThis`, `crypto`, ...). */
  readonly globals: Readonly<Record<string, unknown>>;
  /** Called when workflow code reads a free identifier that is neither allowed nor replaced; throws. */
  readonly forbidden: (name: string) => never;
  /** The injected packages, by specifier: `perdure/workflow`, `perdure/common`. */
  readonly modules: Readonly<Record<string, unknown>>;
}

export interface StackTable {
  /** Author's files, relative to the project. */
  readonly sources: readonly string[];
  /** Source-map `mappings` (VLQ) of the bundle file, line for line. */
  readonly mappings: string;
  readonly names: readonly string[];
  /** The generated file's name as it appears in stacks. */
  readonly file: string;
}

export interface WorkflowBundle {
  readonly formatVersion: 1;
  /** SHA-256 of the bundle's code, hex: the build ID. */
  readonly hash: string;
  /** Names of the exported functions of src/workflows; `default` among them when there is a dynamic workflow. */
  readonly workflowTypes: readonly string[];
  /** One per bundle, shared by its runs: activations never overlap in time within an isolate's microtask drain. */
  readonly fuel: Fuel;
  /**
   * Evaluates, for one run, the modules which `workflowType` reaches, and gives the exports of the module that defines it
   * (falls back to the module with the default export when the type is unknown; undefined if there is none).
   */
  instantiate(environment: BundleEnvironment, workflowType: string): Record<string, unknown> | undefined;
  /** Evaluates the interceptor modules named at build time, for one run, in order. */
  instantiateInterceptors?(environment: BundleEnvironment): readonly Record<string, unknown>[];
  readonly stackTable: StackTable;
}
