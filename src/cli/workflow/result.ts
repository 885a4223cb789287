import { defineCommand } from '../command/definition.ts';
import { executionFlags } from './flags.ts';
import { showOutcome, waitForOutcome } from './outcome.ts';

export const result = defineCommand({
  name: 'result',
  about: 'Wait for a workflow to end, and show its result',
  details:
    'Follows the runs that the workflow continues as, unless --run-id names one. Ends with 1 when it did not complete.',
  flags: executionFlags,
  async run(context, flags) {
    const { workflowId } = flags;
    showOutcome(context, { workflowId }, await waitForOutcome(context.api, flags));
  },
});
