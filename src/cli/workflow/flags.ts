/** Flags that several commands on workflows have. */
import { choice, text } from '../command/flags.ts';

const workflowId = text('-w, --workflow-id <id>', 'Workflow ID');
export const runIdFlag = text('-r, --run-id <id>', 'Run ID. Default: the current run');

export const executionFlags = { workflowId: workflowId.required, runId: runIdFlag };

export const optionalWorkflowId = workflowId;

export const rejectConditionFlag = choice(
  '--reject-condition <condition>',
  'Refuse to query a workflow that is',
  {
    not_open: 'QUERY_REJECT_CONDITION_NOT_OPEN',
    not_completed_cleanly: 'QUERY_REJECT_CONDITION_NOT_COMPLETED_CLEANLY',
  },
);
