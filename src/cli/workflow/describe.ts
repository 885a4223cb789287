import type { JsonObject } from '../command/api.ts';
import { defineCommand } from '../command/definition.ts';
import { toggle } from '../command/flags.ts';
import {
  duration,
  failure,
  fields,
  named,
  payloads,
  plain,
  queueName,
  time,
  workflowStatus,
} from '../output/formats.ts';
import {
  blockOf,
  type Column,
  listAt,
  type Pair,
  type TextOptions,
  tableOf,
  textAt,
} from '../output/table.ts';
import { executionFlags } from './flags.ts';
import { outcomeText } from './outcome.ts';

const INFO: readonly Pair[] = [
  ['WorkflowId', 'workflowExecutionInfo.execution.workflowId'],
  ['RunId', 'workflowExecutionInfo.execution.runId'],
  ['Type', 'workflowExecutionInfo.type.name'],
  ['Namespace', 'namespace'],
  ['Status', 'workflowExecutionInfo.status', workflowStatus],
  ['TaskQueue', 'workflowExecutionInfo.taskQueue'],
  ['StartTime', 'workflowExecutionInfo.startTime', time],
  ['CloseTime', 'workflowExecutionInfo.closeTime', time],
  ['ExecutionTime', 'workflowExecutionInfo.executionTime', time],
  ['Memo', 'workflowExecutionInfo.memo', fields],
  ['SearchAttributes', 'workflowExecutionInfo.searchAttributes', fields],
  ['Summary', 'executionConfig.userMetadata.summary', plain],
  ['Details', 'executionConfig.userMetadata.details', plain],
  ['StateTransitionCount', 'workflowExecutionInfo.stateTransitionCount'],
  ['HistoryLength', 'workflowExecutionInfo.historyLength'],
  ['HistorySize', 'workflowExecutionInfo.historySizeBytes'],
  ['ParentWorkflowId', 'workflowExecutionInfo.parentExecution.workflowId'],
  ['ParentRunId', 'workflowExecutionInfo.parentExecution.runId'],
  ['RootWorkflowId', 'workflowExecutionInfo.rootExecution.workflowId'],
  ['RootRunId', 'workflowExecutionInfo.rootExecution.runId'],
  ['FirstRunId', 'workflowExecutionInfo.firstRunId'],
];

const CONFIG: readonly Pair[] = [
  ['ExecutionTimeout', 'executionConfig.workflowExecutionTimeout', duration],
  ['RunTimeout', 'executionConfig.workflowRunTimeout', duration],
  ['TaskTimeout', 'executionConfig.defaultWorkflowTaskTimeout', duration],
  ['RunExpirationTime', 'workflowExtendedInfo.runExpirationTime', time],
  ['CancelRequested', 'workflowExtendedInfo.cancelRequested'],
  ['LastResetTime', 'workflowExtendedInfo.lastResetTime', time],
  ['ResetRunId', 'workflowExtendedInfo.resetRunId'],
  ['PausedTime', 'workflowExtendedInfo.pauseInfo.pausedTime', time],
  ['PausedBy', 'workflowExtendedInfo.pauseInfo.identity'],
  ['PauseReason', 'workflowExtendedInfo.pauseInfo.reason'],
];

const VERSIONING: readonly Pair[] = [
  ['Behavior', 'behavior', named('VERSIONING_BEHAVIOR_')],
  ['Version', 'version'],
  ['DeploymentName', 'deploymentVersion.deploymentName'],
  ['BuildId', 'deploymentVersion.buildId'],
  ['Override', 'versioningOverride', plain],
];

const WORKFLOW_TASK: readonly Pair[] = [
  ['State', 'state', named('PENDING_WORKFLOW_TASK_STATE_')],
  ['Attempt', 'attempt'],
  ['ScheduledTime', 'scheduledTime', time],
  ['StartedTime', 'startedTime', time],
  ['LastFailure', 'lastFailure', failure],
];

const ACTIVITY: readonly Pair[] = [
  ['ActivityId', 'activityId'],
  ['Type', 'activityType.name'],
  ['State', 'state', named('PENDING_ACTIVITY_STATE_')],
  ['Attempt', 'attempt'],
  ['MaximumAttempts', 'maximumAttempts'],
  ['TaskQueue', 'activityOptions.taskQueue', queueName],
  ['ScheduledTime', 'scheduledTime', time],
  ['LastStartedTime', 'lastStartedTime', time],
  ['NextAttemptScheduleTime', 'nextAttemptScheduleTime', time],
  ['ExpirationTime', 'expirationTime', time],
  ['LastHeartbeatTime', 'lastHeartbeatTime', time],
  ['HeartbeatDetails', 'heartbeatDetails', payloads],
  ['LastWorkerIdentity', 'lastWorkerIdentity'],
  ['LastFailure', 'lastFailure', failure],
  ['Paused', 'paused'],
];

const CHILDREN: readonly Column[] = [
  ['WorkflowId', 'workflowId'],
  ['RunId', 'runId'],
  ['Type', 'workflowTypeName'],
  ['ParentClosePolicy', 'parentClosePolicy', named('PARENT_CLOSE_POLICY_')],
];

const NEXUS: readonly Column[] = [
  ['Endpoint', 'endpoint'],
  ['Service', 'service'],
  ['Operation', 'operation'],
  ['State', 'state', named('PENDING_NEXUS_OPERATION_STATE_')],
  ['Attempt', 'attempt'],
  ['ScheduledTime', 'scheduledTime', time],
];

const RESET_POINTS: readonly Column[] = [
  ['EventId', 'firstWorkflowTaskCompletedId'],
  ['RunId', 'runId'],
  ['BuildId', 'buildId'],
  ['CreateTime', 'createTime', time],
  ['Resettable', 'resettable'],
];

export const describe = defineCommand({
  name: 'describe',
  about: 'Show what a workflow is and what it waits for',
  flags: {
    ...executionFlags,
    resetPoints: toggle('--reset-points', 'Show the points it can be reset to by build ID, and nothing else'),
    raw: toggle('--raw', "Print the API's JSON"),
  },
  async run({ api, out }, flags) {
    const { workflowId, runId } = flags;
    const described = await api.call('describeWorkflowExecution', {
      execution: { workflowId, ...(runId && { runId }) },
    });
    if (flags.raw && out.format === 'text') return out.line(JSON.stringify(described, undefined, 2));
    if (flags.resetPoints) {
      const points = listAt(described, 'workflowExecutionInfo.autoResetPoints.points');
      return out.show(points, (options) => tableOf(RESET_POINTS, points, options));
    }
    const outcome = out.format === 'text' ? await outcomeOf(api, described) : undefined;
    out.show(described, (options) => {
      const blocks = blocksOf({ ...described, namespace: api.namespace }, options);
      return [...blocks, ...(outcome === undefined ? [] : [outcomeText(outcome, options)])].join('\n\n');
    });
  },
});

/** How it ended, of a run that is closed. */
async function outcomeOf(
  api: { call(name: 'getWorkflowExecutionResult', request: JsonObject): Promise<JsonObject> },
  described: JsonObject,
): Promise<JsonObject | undefined> {
  if (textAt(described, 'workflowExecutionInfo.closeTime') === '') return undefined;
  return await api.call('getWorkflowExecutionResult', {
    workflowId: textAt(described, 'workflowExecutionInfo.execution.workflowId'),
    runId: textAt(described, 'workflowExecutionInfo.execution.runId'),
    followRuns: false,
  });
}

function blocksOf(described: JsonObject, options: TextOptions): string[] {
  const block = (title: string, pairs: readonly Pair[], value: unknown): string[] => {
    const text = blockOf(title, pairs, value, options);
    return text.includes('\n') ? [text] : [];
  };
  const activities = listAt(described, 'pendingActivities');
  const table = (title: string, columns: readonly Column[], rows: readonly JsonObject[]): string[] =>
    rows.length === 0
      ? []
      : [`${blockOf(title, [], {}, options)} ${rows.length}\n${tableOf(columns, rows, options)}`];
  return [
    ...block('Execution Info', INFO, described),
    ...block('Execution Config', CONFIG, described),
    ...block('Versioning Info', VERSIONING, (described.workflowExecutionInfo as JsonObject).versioningInfo),
    ...block('Pending Workflow Task', WORKFLOW_TASK, described.pendingWorkflowTask),
    ...activities.map((activity, index) =>
      blockOf(`Pending Activities: ${index + 1} of ${activities.length}`, ACTIVITY, activity, options),
    ),
    ...table('Pending Child Workflows', CHILDREN, listAt(described, 'pendingChildren')),
    ...table('Pending Nexus Operations', NEXUS, listAt(described, 'pendingNexusOperations')),
  ];
}
