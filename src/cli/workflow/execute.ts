import { defineCommand } from '../command/definition.ts';
import { toggle } from '../command/flags.ts';
import { blockOf, Table } from '../output/table.ts';
import { detailsOf, EVENT_COLUMNS, eventPages } from './history.ts';
import { showOutcome, waitForOutcome } from './outcome.ts';
import { STARTED_PAIRS, startedJson, startFlags, startRequest } from './start-request.ts';

export const execute = defineCommand({
  name: 'execute',
  about: 'Start a workflow, and wait for its result',
  flags: { ...startFlags, detailed: toggle('--detailed', 'Show events with all they hold') },
  async run(context, flags) {
    const { api, out } = context;
    const request = await startRequest(flags, context);
    const { workflowId } = request;
    const runId = String((await api.call('startWorkflowExecution', request)).runId);
    const started = startedJson(flags, api.namespace, { workflowId, runId });
    if (out.format === 'text') {
      out.text((options) => `${blockOf('Running execution', STARTED_PAIRS, started, options)}\n`);
      out.text((options) => blockOf('Progress', [], {}, options));
      let table: Table | undefined;
      for await (const events of eventPages(api, { workflowId, runId }, true, true))
        out.text((options) => {
          if (flags.detailed) return events.map((event) => detailsOf(event, options)).join('\n');
          table ??= new Table(EVENT_COLUMNS, options);
          return table.page(events);
        });
      out.line('');
    }
    showOutcome(context, { ...started, workflowId }, await waitForOutcome(api, { workflowId, runId }, true));
  },
});
