import { defineCommand } from '../command/definition.ts';
import { toggle } from '../command/flags.ts';
import { listFlags, pageSizeOf, queryFlag } from '../input/listing.ts';
import {
  duration,
  fields,
  flagged,
  named,
  payloads,
  queueName,
  time,
  times,
  yes,
} from '../output/formats.ts';
import { type Column, type Format, listAt, type Pair, textAt } from '../output/table.ts';
import { scheduleIdFlag } from './flags.ts';

/** Times in a line: intervals as they are, calendars by the text they were made from where that is known. */
export const spec: Format = (value, options) => {
  const intervals = listAt(value, 'interval').map(({ interval, phase }) => {
    const offset = duration(phase, options);
    return `every ${duration(interval, options)}${offset === '' ? '' : ` at ${offset}`}`;
  });
  const calendars = listAt(value, 'structuredCalendar').map(
    (calendar) => textAt(calendar, 'comment') || calendarText(calendar),
  );
  const zone = textAt(value, 'timezoneName');
  return [...intervals, ...calendars, ...(zone === '' ? [] : [`in ${zone}`])].join('; ');
};

/** What stands in a calendar that says nothing of it. */
const DEFAULTS: readonly (readonly [field: string, ranges: string])[] = [
  ['year', ''],
  ['month', '1-12'],
  ['dayOfMonth', '1-31'],
  ['dayOfWeek', '0-6'],
  ['hour', '0'],
  ['minute', '0'],
  ['second', '0'],
];

/** `dayOfWeek 5, hour 17` */
function calendarText(calendar: unknown): string {
  const said = DEFAULTS.map(
    ([field, usual]) => [field, usual, listAt(calendar, field).map(range).join(',')] as const,
  )
    .filter(([, usual, ranges]) => ranges !== usual)
    .map(([field, , ranges]) => `${field} ${ranges === '' ? '*' : ranges}`);
  return said.length === 0 ? 'daily at 0:00' : said.join(', ');
}

function range({ start = 0, end = 0, step = 1 }: Record<string, unknown>): string {
  const ends = Number(end) > Number(start) ? `${start}-${end}` : `${start}`;
  return Number(step) > 1 ? `${ends}/${step}` : ends;
}

const runs: Format = (value) =>
  (Array.isArray(value) ? value : [])
    .map((item) => `${textAt(item, 'workflowId')} ${textAt(item, 'runId')}`)
    .join('\n');

const recent: Format = (value, options) =>
  (Array.isArray(value) ? value : [])
    .map((item) => `${time(item.scheduleTime, options)}  ${textAt(item, 'startWorkflowResult.workflowId')}`)
    .join('\n');

const PAIRS: readonly Pair[] = [
  ['ScheduleId', 'scheduleId'],
  ['Paused', 'schedule.state.paused', flagged],
  ['Notes', 'schedule.state.notes'],
  ['RemainingActions', 'schedule.state.remainingActions'],
  ['Specification', 'schedule.spec', spec],
  ['StartTime', 'schedule.spec.startTime', time],
  ['EndTime', 'schedule.spec.endTime', time],
  ['Jitter', 'schedule.spec.jitter', duration],
  ['WorkflowId', 'schedule.action.startWorkflow.workflowId'],
  ['WorkflowType', 'schedule.action.startWorkflow.workflowType.name'],
  ['TaskQueue', 'schedule.action.startWorkflow.taskQueue', queueName],
  ['Input', 'schedule.action.startWorkflow.input', payloads],
  ['OverlapPolicy', 'schedule.policies.overlapPolicy', named('SCHEDULE_OVERLAP_POLICY_')],
  ['CatchupWindow', 'schedule.policies.catchupWindow', duration],
  ['PauseOnFailure', 'schedule.policies.pauseOnFailure', yes],
  ['Memo', 'memo', fields],
  ['SearchAttributes', 'searchAttributes', fields],
  ['ActionCount', 'info.actionCount'],
  ['MissedCatchupWindow', 'info.missedCatchupWindow'],
  ['OverlapSkipped', 'info.overlapSkipped'],
  ['RunningWorkflows', 'info.runningWorkflows', runs],
  ['RecentActions', 'info.recentActions', recent],
  ['NextRunTimes', 'info.futureActionTimes', times],
  ['CreateTime', 'info.createTime', time],
  ['UpdateTime', 'info.updateTime', time],
  ['Invalid', 'info.invalidScheduleError'],
];

export const describe = defineCommand({
  name: 'describe',
  about: 'Show a schedule, what it did last and will do next',
  flags: { scheduleId: scheduleIdFlag },
  async run({ api, out }, { scheduleId }) {
    const answer = await api.call('describeSchedule', { scheduleId });
    out.block(answer, 'Schedule', PAIRS, { ...answer, scheduleId });
  },
});

const COLUMNS: readonly Column[] = [
  ['ScheduleId', 'scheduleId'],
  ['Specification', 'info.spec', spec],
  ['StartWorkflow', 'info.workflowType.name'],
  ['NextRunTime', 'info.futureActionTimes.0', time],
  ['LastRunTime', 'info.recentActions', (value, options) => time(lastOf(value)?.actualTime, options)],
  ['Paused', 'info.paused', flagged],
];

const LONG: readonly Column[] = [
  ...COLUMNS,
  ['Notes', 'info.notes'],
  ['Memo', 'memo', fields],
  ['SearchAttributes', 'searchAttributes', fields],
];

const lastOf = (value: unknown): Record<string, unknown> | undefined =>
  Array.isArray(value) ? value.at(-1) : undefined;

export const list = defineCommand({
  name: 'list',
  about: 'List schedules',
  flags: {
    query: queryFlag,
    long: toggle('-l, --long', 'With notes, memo and search attributes'),
    reallyLong: toggle('--really-long', 'The same'),
    ...listFlags,
  },
  async run({ api, out }, flags) {
    const { pageSize } = pageSizeOf(flags);
    const request = {
      ...(pageSize && { maximumPageSize: pageSize }),
      ...(flags.query && { query: flags.query }),
    };
    const columns = flags.long || flags.reallyLong ? LONG : COLUMNS;
    await out.list(api.pages('listSchedules', request, 'schedules', flags.limit), columns);
  },
});
