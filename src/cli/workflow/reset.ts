import { randomUUID } from 'node:crypto';
import type { Api, JsonObject } from '../command/api.ts';
import { defineCommand, type FlagValues } from '../command/definition.ts';
import { choice, choices, integer, text } from '../command/flags.ts';
import { UsageError } from '../command/usage-error.ts';
import { defined } from '../input/requests.ts';
import { listAt, textAt } from '../output/table.ts';
import { oneOf, startBatch, targetFlags } from './batch-target.ts';
import { attributesOf, eventPages } from './history.ts';

const EXCLUDE = 'RESET_REAPPLY_EXCLUDE_TYPE_';
const ALL = 'all';
const TYPES = {
  FirstWorkflowTask: 'first',
  LastWorkflowTask: 'last',
  LastContinuedAsNew: 'continued',
  BuildId: 'build',
} as const;

const resetFlags = {
  ...targetFlags,
  reason: text('--reason <text>', 'Why').required,
  eventId: integer(
    '-e, --event-id <id>',
    'Reset to right after this event, which completed, failed or timed out a workflow task',
  ),
  type: choice('-t, --type <type>', 'Reset to a point that is found for you', TYPES),
  buildId: text('--build-id <id>', 'Of --type BuildId: reset to before the first task of this build'),
  reapplyExclude: choices('--reapply-exclude <type>', 'What of the time since is not done again', {
    All: ALL,
    Signal: `${EXCLUDE}SIGNAL`,
    Update: `${EXCLUDE}UPDATE`,
  }),
  reapplyType: choice(
    '--reapply-type <type>',
    'What of the time since is done again; older than --reapply-exclude',
    {
      All: 'RESET_REAPPLY_TYPE_ALL_ELIGIBLE',
      Signal: 'RESET_REAPPLY_TYPE_SIGNAL',
      None: 'RESET_REAPPLY_TYPE_NONE',
    },
  ),
};

type Values = FlagValues<typeof resetFlags>;

export const reset = defineCommand({
  name: 'reset',
  about: 'Begin a workflow again from a point in its history, in a new run',
  flags: resetFlags,
  async run(context, flags) {
    const { api, out } = context;
    const execution = oneOf(flags);
    checkPoint(flags, execution === undefined);
    if (execution === undefined) {
      const { identity } = api;
      return await startBatch(context, flags, { resetOperation: { identity, options: batchOptions(flags) } });
    }
    const { workflowId = '' } = execution;
    const { runId, eventId } = await pointOf(api, { workflowId, runId: execution.runId }, flags);
    const answer = await api.call('resetWorkflowExecution', {
      workflowExecution: { workflowId, ...(runId && { runId }) },
      workflowTaskFinishEventId: String(eventId),
      reason: flags.reason,
      requestId: randomUUID(),
      identity: api.identity,
      ...reapplyOf(flags),
    });
    out.block({ workflowId, ...answer }, 'Reset', [
      ['WorkflowId', 'workflowId'],
      ['RunId', 'runId'],
    ]);
  },
});

function checkPoint({ eventId, type, buildId }: Values, isBatch: boolean): void {
  if (isBatch && (eventId !== undefined || type === undefined || type === 'continued'))
    throw new UsageError('with --query, expected --type FirstWorkflowTask, LastWorkflowTask or BuildId');
  if ((eventId === undefined) === (type === undefined))
    throw new UsageError('expected either --event-id or --type, to say where to reset to');
  if ((type === 'build') !== (buildId !== undefined))
    throw new UsageError('--type BuildId and --build-id go together');
}

function reapplyOf({ reapplyExclude, reapplyType }: Values): JsonObject {
  const excluded = reapplyExclude.includes(ALL)
    ? [`${EXCLUDE}SIGNAL`, `${EXCLUDE}UPDATE`, `${EXCLUDE}NEXUS`]
    : reapplyExclude;
  return defined({
    resetReapplyType: reapplyType,
    resetReapplyExcludeTypes: excluded.length === 0 ? undefined : excluded,
  });
}

function batchOptions(flags: Values): JsonObject {
  const point =
    flags.type === 'build'
      ? { buildId: flags.buildId }
      : flags.type === 'first'
        ? { firstWorkflowTask: {} }
        : { lastWorkflowTask: {} };
  return { ...point, ...reapplyOf(flags) };
}

interface Run {
  readonly workflowId: string;
  readonly runId: string | undefined;
}

interface Point {
  readonly runId: string | undefined;
  readonly eventId: number | string;
}

async function pointOf(api: Api, run: Run, { eventId, type, buildId }: Values): Promise<Point> {
  if (eventId !== undefined) return { runId: run.runId, eventId };
  if (type === 'build') return await buildPoint(api, run, buildId ?? '');
  if (type === 'first') return { runId: run.runId, eventId: await firstTask(api, run) };
  if (type === 'last') return { runId: run.runId, eventId: await lastTask(api, run) };
  const previous = await previousRun(api, run);
  return { runId: previous.runId, eventId: await lastTask(api, previous) };
}

const COMPLETED = 'EVENT_TYPE_WORKFLOW_TASK_COMPLETED';
const SCHEDULED = 'EVENT_TYPE_WORKFLOW_TASK_SCHEDULED';

/** A run whose first task never completed begins again with it. */
async function firstTask(api: Api, run: Run): Promise<number> {
  let scheduled: number | undefined;
  for await (const events of eventPages(api, run, false))
    for (const event of events) {
      if (event.eventType === COMPLETED) return Number(event.eventId);
      if (event.eventType === SCHEDULED) scheduled ??= Number(event.eventId) + 1;
    }
  return found(scheduled, run);
}

async function lastTask(api: Api, run: Run): Promise<number> {
  let completed: number | undefined;
  let scheduled: number | undefined;
  for await (const events of eventPages(api, run, false))
    for (const event of events) {
      if (event.eventType === COMPLETED) completed = Number(event.eventId);
      if (event.eventType === SCHEDULED) scheduled = Number(event.eventId) + 1;
    }
  return found(completed ?? scheduled, run);
}

function found(eventId: number | undefined, { workflowId, runId }: Run): number {
  if (eventId !== undefined) return eventId;
  throw new UsageError(
    `workflow '${workflowId}'${runId === undefined ? '' : `, run '${runId}'`} has no workflow task yet to reset to`,
  );
}

async function previousRun(api: Api, run: Run): Promise<Run> {
  for await (const [first] of eventPages(api, run, false)) {
    const { continuedExecutionRunId } = first === undefined ? {} : attributesOf(first);
    if (typeof continuedExecutionRunId === 'string' && continuedExecutionRunId !== '')
      return { workflowId: run.workflowId, runId: continuedExecutionRunId };
    break;
  }
  throw new UsageError(`workflow '${run.workflowId}' was not continued as new: its run has none before it`);
}

async function buildPoint(api: Api, { workflowId, runId }: Run, buildId: string): Promise<Point> {
  const described = await api.call('describeWorkflowExecution', {
    execution: { workflowId, ...(runId && { runId }) },
  });
  const points = listAt(described, 'workflowExecutionInfo.autoResetPoints.points');
  const point = points.find((candidate) => candidate.buildId === buildId);
  if (point === undefined)
    throw new UsageError(
      `no task of workflow '${workflowId}' was done by build '${buildId}'. Its builds: perdure workflow describe -w ${workflowId} --reset-points`,
    );
  return { runId: textAt(point, 'runId') || runId, eventId: textAt(point, 'firstWorkflowTaskCompletedId') };
}
