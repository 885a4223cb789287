import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../command/api.ts';
import type { Context } from '../command/context.ts';
import { defineCommand, type FlagValues } from '../command/definition.ts';
import { choice, text } from '../command/flags.ts';
import { inputOf, updateInputFlags } from '../input/payloads.ts';
import { startFlags, startRequest } from './start-request.ts';
import { COMPLETED, showUpdate, untilStage } from './update.ts';

const flags = {
  ...startFlags,
  updateName: text('--update-name <name>', 'Update name').required,
  updateId: text('--update-id <id>', 'Update ID'),
  ...updateInputFlags,
};

async function send(context: Context, given: FlagValues<typeof flags>, stage: string): Promise<void> {
  const { api, io } = context;
  const args = await inputOf(
    {
      input: given.updateInput,
      inputFile: given.updateInputFile,
      inputMeta: given.updateInputMeta,
      inputBase64: given.updateInputBase64,
    },
    io.cwd,
  );
  const { namespace } = api;
  const start = { namespace, ...(await startRequest(given, context)) };
  const update = {
    namespace,
    workflowExecution: { workflowId: start.workflowId },
    waitPolicy: { lifecycleStage: stage },
    request: {
      meta: { updateId: given.updateId ?? randomUUID(), identity: api.identity },
      input: { name: given.updateName, ...(args && { args }) },
    },
  };
  // The same start and the same update again, as long as the stage is not reached: both are known by their IDs.
  const answer = await untilStage(stage, async () => {
    const both = await api.call('updateWithStartWorkflowExecution', { start, update });
    return both.update as JsonObject;
  });
  showUpdate(context, answer, given.updateName);
}

export const executeUpdateWithStart = defineCommand({
  name: 'execute-update-with-start',
  about: 'Send an update to a workflow, which is started if it does not run, and wait for its result',
  flags,
  run: (context, given) => send(context, given, COMPLETED),
});

export const startUpdateWithStart = defineCommand({
  name: 'start-update-with-start',
  about: 'The same, and wait only until the update is accepted',
  flags: {
    ...flags,
    waitForStage: choice('--update-wait-for-stage <stage>', 'Return when the update is', {
      accepted: 'UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ACCEPTED',
    }).required,
  },
  run: (context, given) => send(context, given, given.waitForStage),
});
