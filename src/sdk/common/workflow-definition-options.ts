import type { Any } from './type-helpers.ts';
import type { PayloadTypeInfo } from './type-info.ts';
import type { VersioningBehavior } from './worker-deployments.ts';

/** @experimental */
export interface WorkflowDefinitionConfig {
  /** Asked for each run. */
  workflowDefinitionOptions?: WorkflowDefinitionOptionsOrGetter;
  /** Known before input is decoded. */
  staticOptions?: WorkflowStaticOptions;
}

/** What a workflow says of itself. */
export interface WorkflowDefinitionOptions {
  versioningBehavior?: VersioningBehavior;
  /** Errors of these classes fail the run, where others fail the workflow task. `[Error]` makes every error fail the run. */
  failureExceptionTypes?: Array<new (...args: Any[]) => Error>;
}

/** @experimental */
export interface WorkflowStaticOptions {
  typeInfo?: PayloadTypeInfo;
}

type AsyncFunction<Args extends Any[], ReturnType> = (...args: Args) => Promise<ReturnType>;

export type WorkflowDefinitionOptionsOrGetter = WorkflowDefinitionOptions | (() => WorkflowDefinitionOptions);

export interface WorkflowFunctionWithOptions<Args extends Any[], ReturnType>
  extends AsyncFunction<Args, ReturnType> {
  workflowDefinitionOptions: WorkflowDefinitionOptionsOrGetter;
}

/** @experimental */
export interface WorkflowFunctionWithStaticOptions<Args extends Any[], ReturnType>
  extends AsyncFunction<Args, ReturnType> {
  staticOptions: WorkflowStaticOptions;
}

export function isWorkflowFunctionWithOptions(obj: unknown): obj is WorkflowFunctionWithOptions<Any[], Any> {
  return typeof obj === 'function' && Object.hasOwn(obj, 'workflowDefinitionOptions');
}

export function isWorkflowFunctionWithStaticOptions(
  obj: unknown,
): obj is WorkflowFunctionWithStaticOptions<Any[], Any> {
  if (typeof obj !== 'function' || !Object.hasOwn(obj, 'staticOptions')) return false;
  const options: unknown = Reflect.get(obj, 'staticOptions');
  return typeof options === 'object' && options !== null;
}
