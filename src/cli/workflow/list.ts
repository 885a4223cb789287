import { countCommand, listCommand } from '../command/listing.ts';
import { time, workflowStatus } from '../output/formats.ts';
import type { Column } from '../output/table.ts';

const COLUMNS: readonly Column[] = [
  ['Status', 'status', workflowStatus],
  ['WorkflowId', 'execution.workflowId'],
  ['Type', 'type.name'],
  ['StartTime', 'startTime', time],
];

export const list = listCommand('listWorkflowExecutions', 'List workflows, the newest first', COLUMNS);

export const count = countCommand('countWorkflowExecutions', 'Count workflows');
