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
  /** The generated file's name. Where there are anchors, what they saw at run time counts instead. */
  readonly file: string;
  /** Two places whose lines are known, as they were seen when the file was loaded: its first line and its last. */
  readonly anchors?: readonly [StackAnchor, StackAnchor];
  /** What becomes of the lines when the Worker's bundler adds calls that keep the names of functions (`keep_names`). */
  readonly named?: {
    /** Lines between the anchors then. */
    readonly distance: number;
    /** Lines, counted from the first anchor, that are added then; each as the difference to the one before. */
    readonly inserted: readonly number[];
  };
}

export interface StackAnchor {
  /** The line in the generated file, from 1 on. */
  readonly line: number;
  /** The stack of an error that was made in that line. */
  readonly seen: string | undefined;
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
  /**
   * Gives the converters named at build time, for one run. Called with the environment object of one run, the three
   * functions share that run's modules; called again, each makes new ones.
   */
  instantiateConverters?(environment: BundleEnvironment): {
    readonly payloadConverter?: unknown;
    readonly failureConverter?: unknown;
  };
  readonly stackTable: StackTable;
}
