/** Lists and counts of what the index has: workflows, and activities without a workflow. */
import { listFlags, pageSizeOf, queryFlag } from '../input/listing.ts';
import { payloads } from '../output/formats.ts';
import { type Column, listAt, textAt } from '../output/table.ts';
import { defineCommand } from './definition.ts';

type ListCall = 'listWorkflowExecutions' | 'listActivityExecutions';
type CountCall = 'countWorkflowExecutions' | 'countActivityExecutions';

export const listCommand = (call: ListCall, about: string, columns: readonly Column[]) =>
  defineCommand({
    name: 'list',
    about,
    flags: { query: queryFlag, ...listFlags },
    async run({ api, out }, flags) {
      const request = { ...pageSizeOf(flags), ...(flags.query && { query: flags.query }) };
      await out.list(api.pages(call, request, 'executions', flags.limit), columns);
    },
  });

export const countCommand = (call: CountCall, about: string) =>
  defineCommand({
    name: 'count',
    about,
    flags: { query: queryFlag },
    async run({ api, out }, { query }) {
      const answer = await api.call(call, query === undefined ? {} : { query });
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
