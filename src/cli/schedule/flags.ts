/** Flags of schedules, and what they make: when, what, and what if. */
import type { JsonObject } from '../command/api.ts';
import type { FlagValues } from '../command/definition.ts';
import { choice, duration, integer, jsons, text, texts, time, toggle } from '../command/flags.ts';
import { UsageError } from '../command/usage-error.ts';
import { parseDuration } from '../input/parse.ts';
import { fieldsOf, memoFlag, searchAttributeFlag } from '../input/payloads.ts';
import { defined, unlessEmpty } from '../input/requests.ts';
import { workflowFlags, workflowRequest } from '../workflow/start-request.ts';

export const scheduleIdFlag = text('-s, --schedule-id <id>', 'Schedule ID').required;

export const overlapPolicyFlag = choice('--overlap-policy <policy>', 'When a workflow of before still runs', {
  Skip: 'SCHEDULE_OVERLAP_POLICY_SKIP',
  BufferOne: 'SCHEDULE_OVERLAP_POLICY_BUFFER_ONE',
  BufferAll: 'SCHEDULE_OVERLAP_POLICY_BUFFER_ALL',
  CancelOther: 'SCHEDULE_OVERLAP_POLICY_CANCEL_OTHER',
  TerminateOther: 'SCHEDULE_OVERLAP_POLICY_TERMINATE_OTHER',
  AllowAll: 'SCHEDULE_OVERLAP_POLICY_ALLOW_ALL',
});

const { headers: _byInterceptors, ...actionFlags } = workflowFlags;

export const scheduleFlags = {
  scheduleId: scheduleIdFlag,
  calendar: jsons('--calendar <json>', 'Times, as in {"dayOfWeek":"Fri","hour":"17","minute":"30"}'),
  cron: texts('--cron <expression>', 'Times, as cron writes them: "30 17 * * FRI"'),
  interval: texts('--interval <every[/phase]>', 'Times at a distance: 5h, or 5h/15m'),
  startTime: time('--start-time <time>', 'Not before'),
  endTime: time('--end-time <time>', 'Not after'),
  jitter: duration('--jitter <duration>', 'Later by a random time of at most this'),
  timeZone: text('--time-zone <name>', 'Of calendars and cron: Europe/Berlin. Default UTC'),
  overlapPolicy: overlapPolicyFlag,
  catchupWindow: duration(
    '--catchup-window <duration>',
    'How late an action may still be taken. Default a year',
  ),
  pauseOnFailure: toggle('--pause-on-failure', 'Pause after a workflow that failed'),
  paused: toggle('--paused', 'Begin paused'),
  notes: text('--notes <text>', 'About its state, for people'),
  remainingActions: integer('--remaining-actions <count>', 'Take this many actions, and then no more'),
  scheduleMemo: {
    ...memoFlag,
    spec: '--schedule-memo <key=json>',
    about: "The schedule's own memo; may be repeated",
  },
  scheduleSearchAttribute: {
    ...searchAttributeFlag,
    spec: '--schedule-search-attribute <key=json>',
    about: 'A search attribute of the schedule itself; may be repeated',
  },
  workflowId: text('-w, --workflow-id <id>', 'ID of its workflows, to which the time is appended'),
  ...actionFlags,
};

export type ScheduleValues = FlagValues<typeof scheduleFlags>;

/** Members of a request that creates or replaces a schedule. */
export async function scheduleRequest(flags: ScheduleValues, cwd: string): Promise<JsonObject> {
  const startWorkflow = {
    workflowId: flags.workflowId ?? flags.scheduleId,
    ...(await workflowRequest({ ...flags, headers: [] }, cwd)),
  };
  const memo = fieldsOf(flags.scheduleMemo, '--schedule-memo');
  const indexed = fieldsOf(flags.scheduleSearchAttribute, '--schedule-search-attribute');
  return {
    scheduleId: flags.scheduleId,
    schedule: {
      spec: specOf(flags),
      action: { startWorkflow },
      ...defined({ policies: unlessEmpty(policiesOf(flags)), state: unlessEmpty(stateOf(flags)) }),
    },
    ...defined({ memo: memo && { fields: memo }, searchAttributes: indexed && { indexedFields: indexed } }),
  };
}

function specOf(flags: ScheduleValues): JsonObject {
  const lists = {
    calendar: flags.calendar,
    cronString: flags.cron,
    interval: flags.interval.map(intervalOf),
  };
  return {
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
    ...defined({
      startTime: flags.startTime,
      endTime: flags.endTime,
      jitter: flags.jitter,
      timezoneName: flags.timeZone,
    }),
  };
}

function intervalOf(given: string): JsonObject {
  const [every = '', phase, ...rest] = given.split('/');
  if (rest.length > 0) throw new UsageError(`--interval: expected every or every/phase, found '${given}'`);
  return { interval: parseDuration(every), ...(phase !== undefined && { phase: parseDuration(phase) }) };
}

const policiesOf = ({ overlapPolicy, catchupWindow, pauseOnFailure }: ScheduleValues) =>
  defined({ overlapPolicy, catchupWindow, pauseOnFailure: pauseOnFailure || undefined });

const stateOf = ({ notes, paused, remainingActions }: ScheduleValues) =>
  defined({
    notes,
    paused: paused || undefined,
    limitedActions: remainingActions === undefined ? undefined : true,
    remainingActions: remainingActions === undefined ? undefined : String(remainingActions),
  });
