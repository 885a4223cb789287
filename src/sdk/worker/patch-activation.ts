/** The user's word on whether a patch becomes active, asked for on a copy of what is known of the run. */
import type { WorkflowInfo } from '../../executor/workflow-info.ts';
import type { PatchActivationCallback } from './worker-options.ts';

export function patchActivation(
  callback: PatchActivationCallback,
): (info: WorkflowInfo, patchId: string) => boolean {
  return (info, patchId) => {
    const workflowInfo = Object.freeze({ ...info, unsafe: Object.freeze({ ...info.unsafe }) });
    const isActive: unknown = callback(Object.freeze({ workflowInfo, patchId }));
    if (typeof isActive !== 'boolean')
      throw new TypeError(`patchActivationCallback must return a boolean, got ${typeof isActive}`);
    return isActive;
  };
}
