/** What workflow code can learn and say about its run. */
import { requireRun } from '../../executor/context.ts';
import type { WorkflowInfo } from '../../executor/workflow-info.ts';
import type { Any } from '../common/type-helpers.ts';
import type {
  WorkflowDefinitionConfig,
  WorkflowDefinitionOptionsOrGetter,
} from '../common/workflow-definition-options.ts';

/** A snapshot of facts about the run. Call it each time: `searchAttributes`, `memo` and the `history...` fields change. */
export function workflowInfo(): WorkflowInfo {
  return requireRun('Workflow.workflowInfo(...) may only be used from a Workflow Execution.').info;
}

/** The text that `setCurrentDetails` set. */
export function getCurrentDetails(): string {
  return requireRun('getCurrentDetails() may only be used from a Workflow Execution.').currentDetails;
}

/** Sets a text, Markdown allowed, that user interfaces show with the run. It is not recorded: code sets it again on replay. */
export function setCurrentDetails(details: string): void {
  requireRun('getCurrentDetails() may only be used from a Workflow Execution.').currentDetails = details;
}

/**
 * Sets options of a workflow function where it is defined: `failureExceptionTypes` are errors that fail the run where others
 * only fail the task.
 *
 * @example
 * ```ts
 * setWorkflowOptions({ failureExceptionTypes: [InvalidOrderError] }, order);
 * export async function order(): Promise<void> {}
 * ```
 */
export function setWorkflowOptions<A extends Any[], RT>(
  options: WorkflowDefinitionOptionsOrGetter,
  fn: (...args: A) => Promise<RT>,
): void {
  defineWorkflowOptions(fn, { workflowDefinitionOptions: options });
}

/** @experimental */
export function defineWorkflowOptions<A extends Any[], RT>(
  fn: (...args: A) => Promise<RT>,
  config: WorkflowDefinitionConfig,
): void {
  Object.assign(fn, config);
}
