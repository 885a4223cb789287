import { defineCommand } from '../command/definition.ts';
import { STARTED_PAIRS, startedJson, startFlags, startRequest } from './start-request.ts';

export const start = defineCommand({
  name: 'start',
  about: 'Start a workflow, and do not wait for it',
  flags: startFlags,
  async run(context, flags) {
    const { api, out } = context;
    const request = await startRequest(flags, context);
    const { runId } = await api.call('startWorkflowExecution', request);
    const json = startedJson(flags, api.namespace, { workflowId: request.workflowId, runId });
    out.block(json, 'Running execution', STARTED_PAIRS);
  },
});
