/** Pausing, unpausing, resetting and changing activities: one by its ID, or of a workflow those of a type or all. */
import { randomUUID } from 'node:crypto';
import type { CallName } from '../../sdk/client/calls/index.ts';
import type { JsonObject } from '../command/api.ts';
import type { Context } from '../command/context.ts';
import { defineCommand, type FlagValues } from '../command/definition.ts';
import { duration, text, toggle } from '../command/flags.ts';
import { UsageError } from '../command/usage-error.ts';
import { defined, named, unlessEmpty } from '../input/requests.ts';
import { plain } from '../output/formats.ts';
import { batchFlags, startBatch } from '../workflow/batch-target.ts';
import {
  activityFlags,
  activityIdFlag,
  retryFlags,
  retryPolicyOf,
  timeoutFlags,
  timeoutsOf,
} from './flags.ts';

const selectionFlags = {
  activityId: activityIdFlag,
  activityType: text('--activity-type <name>', 'All pending activities of this type'),
  workflowId: activityFlags.workflowId,
  runId: activityFlags.runId,
};
const matchAll = toggle('--match-all', 'All pending activities');
const jitter = duration('--jitter <duration>', 'Start them at random times within this');

type Selection = FlagValues<typeof selectionFlags> & { matchAll?: boolean; query?: string | undefined };

interface Change {
  /** By ID, which may be of an activity without a workflow. */
  readonly one: CallName;
  /** By type, or all. */
  readonly several: CallName;
  /** What the request for all of them says. */
  readonly all: 'matchAll' | 'unpauseAll';
  /** Of a batch job, where there is one. */
  readonly operation?: string;
}

type Batch = FlagValues<typeof batchFlags>;

/** Makes the change. Undefined when a batch job was started to do it. */
async function change(
  context: Context,
  { one, several, all, operation }: Change,
  flags: Selection & Partial<Batch>,
  request: JsonObject,
): Promise<JsonObject | undefined> {
  const { api } = context;
  const { activityId, activityType, workflowId, runId, query } = flags;
  checkSelection(flags);
  const { identity } = api;
  if (query !== undefined && operation !== undefined) {
    const ofThese = activityType === undefined ? { matchAll: true } : { type: activityType };
    const { yes = false, reason, rps } = flags;
    await startBatch(
      context,
      { query, yes, reason, rps },
      { [operation]: { identity, ...ofThese, ...request } },
    );
    return undefined;
  }
  if (activityId !== undefined)
    return await api.call(one, { activityId, identity, ...defined({ workflowId, runId }), ...request });
  const these = activityType === undefined ? { [all]: true } : { type: activityType };
  const execution = { workflowId, ...(runId && { runId }) };
  return await api.call(several, { execution, identity, ...these, ...request });
}

function checkSelection({ activityId, activityType, workflowId, matchAll: isAll, query }: Selection): void {
  const said = [activityId !== undefined, activityType !== undefined, isAll === true].filter(Boolean).length;
  if (said !== 1)
    throw new UsageError(
      'expected one of --activity-id, --activity-type and --match-all, to say which activities',
    );
  if (query !== undefined && (workflowId !== undefined || activityId !== undefined))
    throw new UsageError('--query goes with --activity-type or --match-all, and not with IDs');
  if (activityId === undefined && workflowId === undefined && query === undefined)
    throw new UsageError('expected --workflow-id: without one, --activity-id names the activity');
}

export const pause = defineCommand({
  name: 'pause',
  about: 'Pause activities: no further attempt is made',
  flags: { ...selectionFlags, reason: text('--reason <text>', 'Why') },
  async run(context, flags) {
    const calls = { one: 'pauseActivityExecution', several: 'pauseActivity', all: 'matchAll' } as const;
    const answer = await change(context, calls, flags, {
      requestId: randomUUID(),
      ...defined({ reason: flags.reason }),
    });
    context.out.done('Activity paused', answer);
  },
});

export const unpause = defineCommand({
  name: 'unpause',
  about: 'Let paused activities go on',
  flags: {
    ...selectionFlags,
    matchAll,
    resetAttempts: toggle('--reset-attempts', 'Count attempts from 1 again'),
    resetHeartbeats: toggle('--reset-heartbeats', 'Forget the details of heartbeats'),
    jitter,
    ...batchFlags,
  },
  async run(context, flags) {
    const answer = await change(
      context,
      {
        one: 'unpauseActivityExecution',
        several: 'unpauseActivity',
        all: 'unpauseAll',
        operation: 'unpauseActivitiesOperation',
      },
      flags,
      switches({
        resetAttempts: flags.resetAttempts,
        resetHeartbeat: flags.resetHeartbeats,
        jitter: flags.jitter,
      }),
    );
    if (answer !== undefined) context.out.done('Activity unpaused', answer);
  },
});

export const reset = defineCommand({
  name: 'reset',
  about: 'Begin activities again: attempts are counted from 1',
  flags: {
    ...selectionFlags,
    matchAll,
    keepPaused: toggle('--keep-paused', 'Leave paused what is paused'),
    resetAttempts: toggle('--reset-attempts', 'Taken for granted'),
    resetHeartbeats: toggle('--reset-heartbeats', 'Forget the details of heartbeats'),
    restoreOriginalOptions: toggle('--restore-original-options', 'With the options they were scheduled with'),
    jitter,
    ...batchFlags,
  },
  async run(context, flags) {
    const answer = await change(
      context,
      {
        one: 'resetActivityExecution',
        several: 'resetActivity',
        all: 'matchAll',
        operation: 'resetActivitiesOperation',
      },
      flags,
      switches({
        resetHeartbeat: flags.resetHeartbeats,
        keepPaused: flags.keepPaused,
        restoreOriginalOptions: flags.restoreOriginalOptions,
        jitter: flags.jitter,
      }),
    );
    if (answer !== undefined) context.out.done('Activity reset', answer);
  },
});

/** Without those that are off. */
const switches = (given: Record<string, boolean | string | undefined>): JsonObject =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== false));

const optionFlags = {
  ...selectionFlags,
  matchAll,
  taskQueue: text('-t, --task-queue <name>', 'Task queue'),
  ...timeoutFlags,
  ...retryFlags,
  restoreOriginalOptions: toggle('--restore-original-options', 'Back to what they were scheduled with'),
  ...batchFlags,
};

export const updateOptions = defineCommand({
  name: 'update-options',
  about: 'Change timeouts, retries or the task queue of activities',
  flags: optionFlags,
  async run(context, flags) {
    const answer = await change(
      context,
      {
        one: 'updateActivityExecutionOptions',
        several: 'updateActivityOptions',
        all: 'matchAll',
        operation: 'updateActivityOptionsOperation',
      },
      flags,
      optionsRequest(flags),
    );
    if (answer === undefined) return;
    context.out.block(answer, 'Activity options', [
      ['TaskQueue', 'activityOptions.taskQueue.name'],
      ['ScheduleToCloseTimeout', 'activityOptions.scheduleToCloseTimeout'],
      ['ScheduleToStartTimeout', 'activityOptions.scheduleToStartTimeout'],
      ['StartToCloseTimeout', 'activityOptions.startToCloseTimeout'],
      ['HeartbeatTimeout', 'activityOptions.heartbeatTimeout'],
      ['RetryPolicy', 'activityOptions.retryPolicy', plain],
    ]);
  },
});

function optionsRequest(flags: FlagValues<typeof optionFlags>): JsonObject {
  const retryPolicy = retryPolicyOf(flags);
  const activityOptions = defined({
    taskQueue: flags.taskQueue === undefined ? undefined : named(flags.taskQueue),
    ...timeoutsOf(flags),
    retryPolicy,
  });
  const { retryPolicy: _retries, ...others } = activityOptions;
  const paths = [
    ...Object.keys(others),
    ...Object.keys(retryPolicy ?? {}).map((name) => `retryPolicy.${name}`),
  ];
  if (flags.restoreOriginalOptions === paths.length > 0)
    throw new UsageError(
      'expected either options to change, such as --start-to-close-timeout, or --restore-original-options',
    );
  if (flags.restoreOriginalOptions) return { restoreOriginal: true };
  return { ...defined({ activityOptions: unlessEmpty(activityOptions) }), updateMask: paths.join(',') };
}
