import type { JsonObject } from '../command/api.ts';
import { defineCommand } from '../command/definition.ts';
import { toggle } from '../command/flags.ts';
import { blockOf, Table } from '../output/table.ts';
import { executionFlags } from './flags.ts';
import { detailsOf, EVENT_COLUMNS, eventPages } from './history.ts';
import { outcomeText } from './outcome.ts';

export const show = defineCommand({
  name: 'show',
  about: "Show a workflow's history",
  details: 'With --output json it is a history file: for perdure replay, and for other tools.',
  flags: {
    ...executionFlags,
    follow: toggle('-f, --follow', 'Go on with the events to come, until the workflow ends'),
    detailed: toggle('--detailed', 'Show events with all they hold'),
  },
  async run({ api, out }, flags) {
    const pages = eventPages(api, flags, flags.follow);
    if (out.format === 'json') return out.json({ events: await allOf(pages) });
    if (out.format !== 'text') return await out.list(pages, EVENT_COLUMNS);
    out.text((options) => blockOf('Progress', [], {}, options));
    let table: Table | undefined;
    for await (const events of pages)
      out.text((options) => {
        if (flags.detailed) return events.map((event) => detailsOf(event, options)).join('\n');
        table ??= new Table(EVENT_COLUMNS, options);
        return table.page(events);
      });
    const { workflowId, runId } = flags;
    const outcome = await api.call('getWorkflowExecutionResult', {
      workflowId,
      wait: '0s',
      followRuns: flags.follow && !runId,
      ...(runId && { runId }),
    });
    if (outcome.closeEvent !== undefined) out.text((options) => `\n${outcomeText(outcome, options)}`);
  },
});

async function allOf(pages: AsyncIterable<JsonObject[]>): Promise<JsonObject[]> {
  const events: JsonObject[] = [];
  for await (const page of pages) events.push(...page);
  return events;
}
