/** Ending a run and going on in a new one. */

import { requireRun } from '../../executor/context.ts';
import { continueRunAsNew } from '../../executor/continue-as-new.ts';
import type { ContinueAsNewOptions } from '../../executor/options.ts';
import type { Workflow } from '../common/interfaces.ts';

/**
 * A function that ends the run and starts a new one of the same workflow ID, with these options and the arguments it is called
 * with. It never resolves: it throws ContinueAsNew, which must leave the workflow function.
 */
export function makeContinueAsNewFunc<F extends Workflow>(
  options?: ContinueAsNewOptions,
): (...args: Parameters<F>) => Promise<never> {
  const run = requireRun(
    'Workflow.continueAsNew(...) and Workflow.makeContinueAsNewFunc(...) may only be used from a Workflow Execution.',
  );
  const { workflowType, taskQueue, ...rest } = options ?? {};
  const required = { workflowType: workflowType ?? run.workflowType, taskQueue: taskQueue ?? run.taskQueue };
  return (...args) => continueRunAsNew(args, { ...required, ...rest });
}

/**
 * Ends the run and starts a new one of the same workflow ID and type with `args`: a fresh history for a workflow that lives
 * long. Timers, unhandled signals and children do not go over.
 *
 * @example
 * ```ts
 * if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof cart>(items);
 * ```
 */
export function continueAsNew<F extends Workflow>(...args: Parameters<F>): Promise<never> {
  return makeContinueAsNewFunc<F>()(...args);
}
