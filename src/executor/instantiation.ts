/** Brings a run's code to life: evaluates its modules, finds the main function, reads what it says of itself. */
import type { Workflow } from '../sdk/common/interfaces.ts';
import {
  isWorkflowFunctionWithOptions,
  isWorkflowFunctionWithStaticOptions,
  type WorkflowDefinitionOptions,
} from '../sdk/common/workflow-definition-options.ts';
import { createEnvironment } from './globals.ts';
import type { WorkflowInterceptorsFactory } from './interceptors.ts';
import type { WorkflowRun } from './run.ts';
import type { BundleEnvironment, WorkflowBundle } from './workflow-bundle.ts';

/** A run's code in two steps, of which the second already finds `workflowInfo()` complete. Both run in the run's context. */
export interface RunCode {
  /** Evaluates the converters that were named when the bundle was built. */
  loadConverters(): void;
  /** Evaluates interceptors and workflow modules: their top level may use workflow functions. */
  loadModules(): void;
}

export function runCode(
  run: WorkflowRun,
  bundle: WorkflowBundle,
  modules: Readonly<Record<string, unknown>>,
  factories: readonly WorkflowInterceptorsFactory[],
): RunCode {
  const environment = createEnvironment(modules);
  return {
    loadConverters: () => run.converters.use(bundle.instantiateConverters?.(environment)),
    loadModules: () => loadModules(run, bundle, environment, factories),
  };
}

function loadModules(
  run: WorkflowRun,
  bundle: WorkflowBundle,
  environment: BundleEnvironment,
  factories: readonly WorkflowInterceptorsFactory[],
): void {
  for (const factory of factories) run.interceptors.add(factory());
  for (const module of bundle.instantiateInterceptors?.(environment) ?? [])
    addInterceptors(run, module.interceptors);
  const exports = bundle.instantiate(environment, run.workflowType);
  const main = mainFunction(exports, run.workflowType);
  run.main = main;
  if (isWorkflowFunctionWithOptions(main) && typeof main.workflowDefinitionOptions === 'object') {
    applyOptions(run, main.workflowDefinitionOptions);
  }
  if (isWorkflowFunctionWithStaticOptions(main)) run.typeInfo = main.staticOptions.typeInfo;
}

/** Options given as a function are asked for once, when `workflowInfo()` is complete. */
export function resolveOptionsGetter(run: WorkflowRun): void {
  const { main } = run;
  if (!isWorkflowFunctionWithOptions(main) || typeof main.workflowDefinitionOptions !== 'function') return;
  applyOptions(run, main.workflowDefinitionOptions());
}

function applyOptions(run: WorkflowRun, options: WorkflowDefinitionOptions): void {
  run.failureExceptionTypes = options.failureExceptionTypes ?? [];
  run.versioningBehavior = options.versioningBehavior;
}

function addInterceptors(run: WorkflowRun, factory: unknown): void {
  if (factory === undefined) return;
  if (typeof factory !== 'function') {
    throw new TypeError(
      `Failed to initialize workflows interceptors: expected a function, but got: '${factory}'`,
    );
  }
  run.interceptors.add((factory as WorkflowInterceptorsFactory)());
}

function mainFunction(exports: Record<string, unknown> | undefined, workflowType: string): Workflow {
  const named = exports && Object.hasOwn(exports, workflowType) ? exports[workflowType] : undefined;
  if (typeof named === 'function') return named as Workflow;
  const fallback = exports && Object.hasOwn(exports, 'default') ? exports.default : undefined;
  if (typeof fallback === 'function') return fallback as Workflow;
  const details =
    named === undefined
      ? 'no such function is exported by the workflow bundle'
      : `expected a function, but got: '${typeof named}'`;
  throw new TypeError(`Failed to initialize workflow of type '${workflowType}': ${details}`);
}
