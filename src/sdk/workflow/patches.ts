/** Changing workflow code while runs of it are open. */
import { requireRun } from '../../executor/context.ts';

const MESSAGE = 'Workflow.patch(...) and Workflow.deprecatePatch may only be used from a Workflow Execution.';

/**
 * Whether this run takes the new way that `patchId` stands for: true for runs that come here for the first time, and for those
 * that did so before; false while replaying a run that passed here before the patch was there.
 *
 * @example
 * ```ts
 * if (patched('charge-before-packing')) await charge(order);
 * ```
 */
export function patched(patchId: string): boolean {
  return requireRun(MESSAGE).patched(patchName(patchId), false);
}

/** Takes the place of `patched` once no run of the old way is open: histories with and without the patch both replay. */
export function deprecatePatch(patchId: string): void {
  requireRun(MESSAGE).patched(patchName(patchId), true);
}

/** Histories name patches by text, whatever workflow code without types has passed. */
function patchName(patchId: unknown): string {
  return patchId === undefined || patchId === null ? '' : String(patchId);
}
