import { randomUUID } from 'node:crypto';
import type { Api, JsonObject } from '../command/api.ts';
import type { Context } from '../command/context.ts';
import { defineCommand, type FlagValues, type Group } from '../command/definition.ts';
import { choice, text } from '../command/flags.ts';
import { OutcomeError } from '../command/usage-error.ts';
import { fieldsOf, headersFlag, inputFlags, inputOf } from '../input/payloads.ts';
import { defined, executionOf } from '../input/requests.ts';
import { failure, named, payloads } from '../output/formats.ts';
import { at, type Pair, textAt } from '../output/table.ts';
import { executionFlags } from './flags.ts';

const STAGE = 'UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_';
const ACCEPTED = `${STAGE}ACCEPTED`;
export const COMPLETED = `${STAGE}COMPLETED`;

const updateId = text('--update-id <id>', 'Update ID');
export const waitForStageFlag = choice('--wait-for-stage <stage>', 'Return when it is', {
  accepted: ACCEPTED,
});

const sendFlags = {
  ...executionFlags,
  name: text('--name <name>', 'Update name').required,
  updateId,
  firstExecutionRunId: text(
    '--first-execution-run-id <id>',
    'Only of the chain of runs that began with this one',
  ),
  ...inputFlags,
  headers: headersFlag,
};

async function send(
  { api, io }: Context,
  flags: FlagValues<typeof sendFlags>,
  stage: string,
): Promise<JsonObject> {
  const header = fieldsOf(flags.headers, '--headers');
  const args = await inputOf(flags, io.cwd);
  const request = {
    meta: { updateId: flags.updateId ?? randomUUID(), identity: api.identity },
    input: { name: flags.name, ...defined({ args, header: header && { fields: header } }) },
  };
  const sent = {
    workflowExecution: executionOf(flags),
    request,
    waitPolicy: { lifecycleStage: stage },
    ...defined({ firstExecutionRunId: flags.firstExecutionRunId }),
  };
  return await untilStage(stage, () => api.call('updateWorkflowExecution', sent));
}

const ORDER = ['', `${STAGE}UNSPECIFIED`, `${STAGE}ADMITTED`, ACCEPTED, COMPLETED];

/** The server waits for a while only: the same update is sent again until the stage is reached. */
export async function untilStage(stage: string, call: () => Promise<JsonObject>): Promise<JsonObject> {
  for (;;) {
    const answer = await call();
    const reached = String(answer.stage ?? '');
    if (answer.outcome !== undefined || ORDER.indexOf(reached) >= ORDER.indexOf(stage)) return answer;
  }
}

const PAIRS: readonly Pair[] = [
  ['Name', 'name'],
  ['UpdateId', 'updateId'],
  ['WorkflowId', 'workflowId'],
  ['RunId', 'runId'],
  ['Stage', 'stage', named(STAGE)],
  ['Result', 'result', payloads],
  ['Failure', 'failure', failure],
];

/** Throws `OutcomeError` when the update failed or was rejected, unless it is only looked at. */
export function showUpdate(
  { out }: Context,
  answer: JsonObject,
  name: string | undefined,
  isLook = false,
): void {
  const json = defined({
    name,
    updateId: at(answer, 'updateRef.updateId'),
    workflowId: at(answer, 'updateRef.workflowExecution.workflowId'),
    runId: at(answer, 'updateRef.workflowExecution.runId'),
    stage: answer.stage,
    result: at(answer, 'outcome.success'),
    failure: at(answer, 'outcome.failure'),
  });
  out.block(json, '', PAIRS);
  if (json.failure !== undefined && !isLook)
    throw new OutcomeError(
      `update '${json.updateId}' of workflow '${json.workflowId}', run '${json.runId}' failed: ${textAt(json.failure, 'message')}`,
    );
}

const execute = defineCommand({
  name: 'execute',
  about: 'Send an update to a workflow, and wait for its result',
  flags: sendFlags,
  async run(context, flags) {
    showUpdate(context, await send(context, flags, COMPLETED), flags.name);
  },
});

const start = defineCommand({
  name: 'start',
  about: 'Send an update to a workflow, and wait until it is accepted',
  flags: { ...sendFlags, waitForStage: waitForStageFlag.required },
  async run(context, flags) {
    showUpdate(context, await send(context, flags, flags.waitForStage), flags.name);
  },
});

const lookFlags = { ...executionFlags, updateId: updateId.required };

function poll(api: Api, flags: FlagValues<typeof lookFlags>, stage?: string): Promise<JsonObject> {
  return api.call('pollWorkflowExecutionUpdate', {
    updateRef: { workflowExecution: executionOf(flags), updateId: flags.updateId },
    ...(stage === undefined ? { wait: '0s' } : { waitPolicy: { lifecycleStage: stage } }),
  });
}

const result = defineCommand({
  name: 'result',
  about: 'Wait for an update, and show its result',
  flags: lookFlags,
  async run(context, flags) {
    const answer = await untilStage(COMPLETED, () => poll(context.api, flags, COMPLETED));
    showUpdate(context, answer, undefined);
  },
});

const describe = defineCommand({
  name: 'describe',
  about: 'Show how far an update is',
  flags: lookFlags,
  async run(context, flags) {
    showUpdate(context, await poll(context.api, flags), undefined, true);
  },
});

export const update: Group = {
  name: 'update',
  about: 'Send updates to workflows, and look at them',
  commands: [execute, start, result, describe],
};
