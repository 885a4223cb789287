/** Activities without a workflow: what there is. */
import { defineCommand } from '../command/definition.ts';
import { text } from '../command/flags.ts';
import { countCommand, listCommand } from '../command/listing.ts';
import { duration, failure, fields, named, payloads, plain, time } from '../output/formats.ts';
import type { Column, Pair } from '../output/table.ts';
import { activityIdFlag } from './flags.ts';

const status = named('ACTIVITY_EXECUTION_STATUS_');

const COLUMNS: readonly Column[] = [
  ['Status', 'status', status],
  ['ActivityId', 'activityId'],
  ['Type', 'activityType.name'],
  ['StartTime', 'scheduleTime', time],
];

const PAIRS: readonly Pair[] = [
  ['ActivityId', 'info.activityId'],
  ['RunId', 'runId'],
  ['Type', 'info.activityType.name'],
  ['Status', 'info.status', status],
  ['RunState', 'info.runState', named('PENDING_ACTIVITY_STATE_')],
  ['TaskQueue', 'info.taskQueue'],
  ['Attempt', 'info.attempt'],
  ['ScheduleTime', 'info.scheduleTime', time],
  ['LastStartedTime', 'info.lastStartedTime', time],
  ['CloseTime', 'info.closeTime', time],
  ['NextAttemptScheduleTime', 'info.nextAttemptScheduleTime', time],
  ['LastHeartbeatTime', 'info.lastHeartbeatTime', time],
  ['HeartbeatDetails', 'info.heartbeatDetails', payloads],
  ['ScheduleToCloseTimeout', 'info.scheduleToCloseTimeout', duration],
  ['StartToCloseTimeout', 'info.startToCloseTimeout', duration],
  ['HeartbeatTimeout', 'info.heartbeatTimeout', duration],
  ['RetryPolicy', 'info.retryPolicy', plain],
  ['SearchAttributes', 'info.searchAttributes', fields],
  ['LastWorkerIdentity', 'info.lastWorkerIdentity'],
  ['LastFailure', 'info.lastFailure', failure],
  ['Input', 'input', payloads],
  ['Result', 'outcome.result', payloads],
  ['Failure', 'outcome.failure', failure],
];

export const describe = defineCommand({
  name: 'describe',
  about: 'Show an activity without a workflow',
  flags: {
    activityId: activityIdFlag.required,
    runId: text('-r, --run-id <id>', 'Run ID. Default: the latest'),
  },
  async run({ api, out }, { activityId, runId }) {
    const answer = await api.call('describeActivityExecution', {
      activityId,
      includeInput: true,
      includeOutcome: true,
      includeHeartbeatDetails: true,
      includeLastFailure: true,
      ...(runId && { runId }),
    });
    out.block(answer, 'Activity', PAIRS);
  },
});

export const list = listCommand('listActivityExecutions', 'List activities without a workflow', COLUMNS);

export const count = countCommand('countActivityExecutions', 'Count activities without a workflow');
