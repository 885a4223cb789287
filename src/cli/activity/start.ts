/** Activities without a workflow: start them, wait for them. */
import { randomUUID } from 'node:crypto';
import type { Api, JsonObject } from '../command/api.ts';
import type { Context } from '../command/context.ts';
import { defineCommand, type FlagValues } from '../command/definition.ts';
import { choice, duration, text } from '../command/flags.ts';
import { OutcomeError } from '../command/usage-error.ts';
import {
  fieldsOf,
  headersFlag,
  inputFlags,
  inputOf,
  searchAttributeFlag,
  summaryFlags,
  userMetadataOf,
} from '../input/payloads.ts';
import { priorityFlags, priorityOf } from '../input/priority.ts';
import { defined, named } from '../input/requests.ts';
import { failure, payloads } from '../output/formats.ts';
import { at, blockOf, type Pair, textAt } from '../output/table.ts';
import { activityIdFlag, retryFlags, retryPolicyOf, timeoutFlags, timeoutsOf } from './flags.ts';

const startFlags = {
  activityId: activityIdFlag,
  type: text('--type <name>', 'Activity type').required,
  taskQueue: text('-t, --task-queue <name>', 'Task queue').required,
  ...timeoutFlags,
  ...retryFlags,
  startDelay: duration('--start-delay <duration>', 'Wait this long before the first attempt'),
  idReusePolicy: choice('--id-reuse-policy <policy>', 'When a closed activity has this ID', {
    AllowDuplicate: 'ACTIVITY_ID_REUSE_POLICY_ALLOW_DUPLICATE',
    AllowDuplicateFailedOnly: 'ACTIVITY_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY',
    RejectDuplicate: 'ACTIVITY_ID_REUSE_POLICY_REJECT_DUPLICATE',
  }),
  idConflictPolicy: choice('--id-conflict-policy <policy>', 'When a running activity has this ID', {
    Fail: 'ACTIVITY_ID_CONFLICT_POLICY_FAIL',
    UseExisting: 'ACTIVITY_ID_CONFLICT_POLICY_USE_EXISTING',
  }),
  searchAttribute: searchAttributeFlag,
  headers: headersFlag,
  ...summaryFlags,
  ...priorityFlags,
  ...inputFlags,
};

type StartValues = FlagValues<typeof startFlags>;

async function startRequest(flags: StartValues, { api, io }: Context) {
  const indexed = fieldsOf(flags.searchAttribute, '--search-attribute');
  const header = fieldsOf(flags.headers, '--headers');
  return {
    activityId: flags.activityId ?? randomUUID(),
    activityType: named(flags.type),
    taskQueue: named(flags.taskQueue),
    identity: api.identity,
    requestId: randomUUID(),
    ...timeoutsOf(flags),
    ...defined({
      retryPolicy: retryPolicyOf(flags),
      startDelay: flags.startDelay,
      idReusePolicy: flags.idReusePolicy,
      idConflictPolicy: flags.idConflictPolicy,
      input: await inputOf(flags, io.cwd),
      searchAttributes: indexed && { indexedFields: indexed },
      header: header && { fields: header },
      userMetadata: userMetadataOf(flags),
      priority: priorityOf(flags),
    }),
  };
}

const STARTED_PAIRS: readonly Pair[] = [
  ['ActivityId', 'activityId'],
  ['RunId', 'runId'],
  ['Type', 'type'],
  ['Namespace', 'namespace'],
  ['TaskQueue', 'taskQueue'],
];

async function send(context: Context, flags: StartValues) {
  const { api } = context;
  const request = await startRequest(flags, context);
  const { runId } = await api.call('startActivityExecution', request);
  const { activityId } = request;
  const { type, taskQueue } = flags;
  return { activityId, runId: String(runId), type, namespace: api.namespace, taskQueue };
}

export const start = defineCommand({
  name: 'start',
  about: 'Start an activity without a workflow, and do not wait for it',
  flags: startFlags,
  async run(context, flags) {
    context.out.block(await send(context, flags), 'Running execution', STARTED_PAIRS);
  },
});

export const execute = defineCommand({
  name: 'execute',
  about: 'Start an activity without a workflow, and wait for its result',
  flags: startFlags,
  async run(context, flags) {
    const started = await send(context, flags);
    context.out.text((options) => `${blockOf('Running execution', STARTED_PAIRS, started, options)}\n`);
    showOutcome(context, started, await waitForOutcome(context.api, started));
  },
});

export const result = defineCommand({
  name: 'result',
  about: 'Wait for an activity without a workflow, and show its result',
  flags: {
    activityId: activityIdFlag.required,
    runId: text('-r, --run-id <id>', 'Run ID. Default: the latest'),
  },
  async run(context, { activityId, runId }) {
    const asked = { activityId, ...(runId && { runId }) };
    showOutcome(context, asked, await waitForOutcome(context.api, asked));
  },
});

/** The server waits for a while only; then it is asked again, for the same run. */
async function waitForOutcome(api: Api, { activityId, runId }: { activityId: string; runId?: string }) {
  for (let run = runId; ; ) {
    const answer = await api.call('pollActivityExecution', { activityId, ...(run && { runId: run }) });
    if (answer.outcome !== undefined) return answer;
    run = textAt(answer, 'runId') || run;
  }
}

const OUTCOME_PAIRS: readonly Pair[] = [
  ['Status', 'status'],
  ['Result', 'outcome.result', payloads],
  ['Failure', 'outcome.failure', failure],
];

function showOutcome(
  { out }: Context,
  started: JsonObject & { activityId: string },
  answer: JsonObject,
): void {
  const failed = at(answer, 'outcome.failure');
  const status = failed === undefined ? 'COMPLETED' : 'FAILED';
  const { outcome, runId = started.runId } = answer;
  out.show({ ...started, runId, status, ...(outcome as object) }, (options) =>
    blockOf('Results', OUTCOME_PAIRS, { ...answer, status }, options),
  );
  if (failed !== undefined)
    throw new OutcomeError(
      `activity '${started.activityId}', run '${String(runId)}' failed: ${textAt(failed, 'message')}`,
    );
}
