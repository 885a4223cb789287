import { defineCommand } from '../command/definition.ts';
import { listFlags, pageSizeOf, queryFlag } from '../input/listing.ts';
import { payloads, time, workflowStatus } from '../output/formats.ts';
import { type Column, listAt, textAt } from '../output/table.ts';

const COLUMNS: readonly Column[] = [
  ['Status', 'status', workflowStatus],
  ['WorkflowId', 'execution.workflowId'],
  ['Type', 'type.name'],
  ['StartTime', 'startTime', time],
];

export const list = defineCommand({
  name: 'list',
  about: 'List workflows, the newest first',
  flags: { query: queryFlag, ...listFlags },
  async run({ api, out }, flags) {
    const request = { ...pageSizeOf(flags), ...(flags.query && { query: flags.query }) };
    await out.list(api.pages('listWorkflowExecutions', request, 'executions', flags.limit), COLUMNS);
  },
});

export const count = defineCommand({
  name: 'count',
  about: 'Count workflows',
  flags: { query: queryFlag },
  async run({ api, out }, { query }) {
    const answer = await api.call('countWorkflowExecutions', query === undefined ? {} : { query });
    out.show(answer, (options) =>
      [
        `Total: ${textAt(answer, 'count') || '0'}`,
        ...listAt(answer, 'groups').map(
          (group) =>
            `Group total: ${textAt(group, 'count') || '0'}, values: ${payloads(group.groupValues, options)}`,
        ),
      ].join('\n'),
    );
  },
});
