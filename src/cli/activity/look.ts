/** Activities without a workflow: what there is. */
import { defineCommand } from '../command/definition.ts';
import { text } from '../command/flags.ts';
import { listFlags, pageSizeOf, queryFlag } from '../input/listing.ts';
import { duration, failure, fields, named, payloads, plain, time } from '../output/formats.ts';
import { type Column, listAt, type Pair, textAt } from '../output/table.ts';
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

export const list = defineCommand({
  name: 'list',
  about: 'List activities without a workflow',
  flags: { query: queryFlag, ...listFlags },
  async run({ api, out }, flags) {
    const request = { ...pageSizeOf(flags), ...(flags.query && { query: flags.query }) };
    await out.list(api.pages('listActivityExecutions', request, 'executions', flags.limit), COLUMNS);
  },
});

export const count = defineCommand({
  name: 'count',
  about: 'Count activities without a workflow',
  flags: { query: queryFlag },
  async run({ api, out }, { query }) {
    const answer = await api.call('countActivityExecutions', query === undefined ? {} : { query });
    out.show(answer, (options) =>
      [
        `Total: ${textAt(answer, 'count') || '0'}`,
        ...listAt(answer, 'groups').map(
          (group) =>
            `Group total: ${textAt(group, 'count') || '0'}, values: ${payloads(group.groupValues, options)}`,
        ),
      ].join('\n'),
    );
  },
});
