/** Schedules as callers write and read them. */
import { makeEnumConverters } from '../common/enum-converters.ts';
import type { Workflow } from '../common/interfaces.ts';
import type {
  SearchAttributePair,
  SearchAttributes,
  TypedSearchAttributes,
} from '../common/search-attributes.ts';
import type { Duration } from '../common/time.ts';
import type { Replace } from '../common/type-helpers.ts';
import type { ProtoField } from '../common/wire/proto-shape.ts';
import {
  type DescribeScheduleResponseSchema,
  ScheduleOverlapPolicyEnum,
} from '../common/wire/schedule-requests.ts';
import type { WorkflowStartOptions } from './workflow-options.ts';

/** What `ScheduleClient.create` takes. */
export interface ScheduleOptions<A extends ScheduleOptionsAction = ScheduleOptionsAction> {
  /** Names the schedule within its namespace. */
  scheduleId: string;
  /** When it acts. */
  spec: ScheduleSpec;
  /** What it does. */
  action: A;
  policies?: {
    /**
     * What happens at a time when the workflow of an earlier time still runs.
     *
     * @default SKIP
     */
    overlap?: ScheduleOverlapPolicy;
    /**
     * How late an action may be taken when its time was missed; later ones are counted and skipped. At least 10 seconds.
     *
     * @default one year
     */
    catchupWindow?: Duration;
    /**
     * Whether the schedule pauses when a workflow of its own fails or times out, retries included.
     *
     * @default false
     */
    pauseOnFailure?: boolean;
  };
  /** Shown with the schedule, not searchable. Values go through the data converter. */
  memo?: Record<string, unknown>;
  /** @deprecated Use `typedSearchAttributes`. */
  searchAttributes?: SearchAttributes;
  /** Of the schedule itself, not of the workflows that it starts. Win over `searchAttributes`. */
  typedSearchAttributes?: SearchAttributePair[] | TypedSearchAttributes;
  /** How it begins. */
  state?: {
    /** @default false */
    paused?: boolean;
    /** For people: why it is paused, for example. The server writes its own when it pauses the schedule. */
    note?: string;
    /** Counted down with every scheduled action; at 0 none is taken any more, but by `trigger` and `backfill`. @default no limit */
    remainingActions?: number;
    /** Acts once at creation. @default false */
    triggerImmediately?: boolean;
    /** Spans whose times are taken at creation. */
    backfill?: Backfill[];
  };
}

export type CompiledScheduleOptions = Replace<ScheduleOptions, { action: CompiledScheduleAction }>;

/** What the function given to `ScheduleHandle.update` returns: all of the schedule anew. */
export type ScheduleUpdateOptions<A extends ScheduleOptionsAction = ScheduleOptionsAction> = Replace<
  Omit<ScheduleOptions, 'scheduleId' | 'memo'>,
  { action: A; state: Omit<ScheduleOptions['state'], 'triggerImmediately' | 'backfill'> }
>;

export type CompiledScheduleUpdateOptions = Replace<
  ScheduleUpdateOptions,
  { action: CompiledScheduleAction }
>;

/** A schedule in a list. What is shown of its last and next actions can be a moment old. */
export interface ScheduleSummary {
  scheduleId: string;
  spec?: ScheduleSpecDescription;
  action?: ScheduleSummaryAction;
  memo?: Record<string, unknown>;
  /** @deprecated Use `typedSearchAttributes`. */
  searchAttributes?: SearchAttributes;
  typedSearchAttributes?: TypedSearchAttributes;
  state: { paused: boolean; note?: string };
  info: {
    /** The last five, the oldest first. */
    recentActions: ScheduleExecutionResult[];
    /** The next five. */
    nextActionTimes: Date[];
  };
}

export interface ScheduleExecutionResult {
  /** The time of the schedule, jitter included. */
  scheduledAt: Date;
  /** When it was in fact taken. */
  takenAt: Date;
  action: ScheduleExecutionActionResult;
}

export type ScheduleExecutionActionResult = ScheduleExecutionStartWorkflowActionResult;

export interface ScheduleExecutionStartWorkflowActionResult {
  type: 'startWorkflow';
  workflow: {
    workflowId: string;
    /** The run that was started. Retries and continue-as-new go on under other run IDs. */
    firstExecutionRunId: string;
  };
}

/** What `ScheduleHandle.describe` gives. */
export type ScheduleDescription = {
  scheduleId: string;
  spec: ScheduleSpecDescription;
  action: ScheduleDescriptionAction;
  policies: {
    overlap: ScheduleOverlapPolicy;
    /** Milliseconds. */
    catchupWindow: number;
    pauseOnFailure: boolean;
  };
  memo?: Record<string, unknown>;
  /** @deprecated Use `typedSearchAttributes`. */
  searchAttributes: SearchAttributes;
  typedSearchAttributes: TypedSearchAttributes;
  state: {
    paused: boolean;
    note?: string;
    /** Undefined: no limit. */
    remainingActions?: number;
  };
  info: {
    /** The last ten, triggered ones included, the oldest first. */
    recentActions: ScheduleExecutionResult[];
    /** The next ten. */
    nextActionTimes: Date[];
    numActionsTaken: number;
    /** Skipped because they came later than the catch-up window allows. */
    numActionsMissedCatchupWindow: number;
    /** Skipped because of the overlap policy. */
    numActionsSkippedOverlap: number;
    createdAt: Date;
    lastUpdatedAt: Date | undefined;
    /** Workflows of this schedule that run now. */
    runningActions: ScheduleExecutionActionResult[];
  };
  /** @internal */
  raw: ProtoField<typeof DescribeScheduleResponseSchema>;
};

/**
 * When a schedule acts: at the times of all calendars, intervals and cron expressions together, without those in `skip`. The wall
 * clock of the time zone decides: a time that a change of the clock leaves out does not come, one that it repeats comes twice.
 */
export interface ScheduleSpec {
  calendars?: CalendarSpec[];
  intervals?: IntervalSpec[];
  /**
   * Five fields (minute, hour, day of month, month, day of week), six with a year behind, or seven with seconds in front and a
   * year behind; `@yearly`, `@monthly`, `@weekly`, `@daily`, `@hourly`; `@every 90m` and `@every 1d/5h` with a phase. In front may
   * stand `CRON_TZ=<zone>`, behind `# a comment`. Unlike with workflows' `cronSchedule`, both day fields have to match.
   */
  cronExpressions?: string[];
  /** Times that match one of these, in every field, are left out. */
  skip?: CalendarSpec[];
  /** The first moment that counts. @default no beginning */
  startAt?: Date;
  /** The last moment that counts. @default no end */
  endAt?: Date;
  /** Each time is put off by up to this much, always by the same for one time. @default 0 */
  jitter?: Duration;
  /** IANA name, `Europe/Berlin`. @default UTC */
  timezone?: string;
}

/** A spec as the server shows it: cron expressions have become calendars and intervals. */
export type ScheduleSpecDescription = Omit<
  ScheduleSpec,
  'calendars' | 'intervals' | 'cronExpressions' | 'skip' | 'jitter'
> & {
  calendars?: CalendarSpecDescription[];
  intervals?: IntervalSpecDescription[];
  skip?: CalendarSpecDescription[];
  /** Milliseconds. */
  jitter?: number;
};

/** Times at which all fields match, `dayOfMonth` and `dayOfWeek` both. */
export interface CalendarSpec {
  /** 0 to 59. @default 0 */
  second?: LooseRange<number> | LooseRange<number>[] | '*';
  /** 0 to 59. @default 0 */
  minute?: LooseRange<number> | LooseRange<number>[] | '*';
  /** 0 to 23. @default 0 */
  hour?: LooseRange<number> | LooseRange<number>[] | '*';
  /** 1 to 31. @default any */
  dayOfMonth?: LooseRange<number> | LooseRange<number>[] | '*';
  /** @default any */
  month?: LooseRange<Month> | LooseRange<Month>[] | '*';
  /** In four digits. @default any */
  year?: LooseRange<number> | LooseRange<number>[] | '*';
  /** @default any */
  dayOfWeek?: LooseRange<DayOfWeek> | LooseRange<DayOfWeek>[] | '*';
  /** What it is meant for. */
  comment?: string;
}

/** A calendar as the server shows it. */
export interface CalendarSpecDescription {
  second: Range<number>[];
  minute: Range<number>[];
  hour: Range<number>[];
  dayOfMonth: Range<number>[];
  month: Range<Month>[];
  /** None means any. */
  year: Range<number>[];
  dayOfWeek: Range<DayOfWeek>[];
  comment?: string;
}

/** Every so often, counted from 1970-01-01T00:00:00Z plus `offset`, in whole seconds. */
export interface IntervalSpec {
  every: Duration;
  /** Below `every`. @default 0 */
  offset?: Duration;
}

/** Milliseconds. */
export interface IntervalSpecDescription {
  every: number;
  offset: number;
}

/** `start`, and each `step` further up to `end`, which belongs to it. */
export interface Range<Unit> {
  start: Unit;
  end: Unit;
  step: number;
}

/** `3`, `{ start: 2 }` for 2 alone, `{ start: 2, end: 4 }`, `{ start: 2, end: 10, step: 3 }`. */
export type LooseRange<Unit> =
  | Range<Unit>
  | { start: Range<Unit>['start']; end?: Range<Unit>['end']; step?: never }
  | Unit;

export const MONTHS = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;
export type Month = (typeof MONTHS)[number];

export const DAYS_OF_WEEK = [
  'SUNDAY',
  'MONDAY',
  'TUESDAY',
  'WEDNESDAY',
  'THURSDAY',
  'FRIDAY',
  'SATURDAY',
] as const;
export type DayOfWeek = (typeof DAYS_OF_WEEK)[number];

export type ScheduleOptionsAction = ScheduleOptionsStartWorkflowAction<Workflow>;

export type ScheduleOptionsStartWorkflowAction<W extends Workflow> = {
  type: 'startWorkflow';
  workflowType: string | W;
} & Pick<
  WorkflowStartOptions<W>,
  | 'taskQueue'
  | 'args'
  | 'memo'
  | 'searchAttributes'
  | 'typedSearchAttributes'
  | 'retry'
  | 'workflowExecutionTimeout'
  | 'workflowRunTimeout'
  | 'workflowTaskTimeout'
  | 'staticDetails'
  | 'staticSummary'
> & {
    /**
     * The time of the action is appended: `report-2026-01-31T06:00:00Z`.
     *
     * @default `${scheduleId}-workflow`
     */
    workflowId?: string;
  };

export type ScheduleSummaryAction = ScheduleSummaryStartWorkflowAction;

export interface ScheduleSummaryStartWorkflowAction {
  type: 'startWorkflow';
  workflowType: string;
}

export type ScheduleDescriptionAction = ScheduleDescriptionStartWorkflowAction;

export type ScheduleDescriptionStartWorkflowAction = ScheduleSummaryStartWorkflowAction &
  Pick<
    WorkflowStartOptions<Workflow>,
    | 'taskQueue'
    | 'workflowId'
    | 'args'
    | 'memo'
    | 'searchAttributes'
    | 'typedSearchAttributes'
    | 'retry'
    | 'workflowExecutionTimeout'
    | 'workflowRunTimeout'
    | 'workflowTaskTimeout'
    | 'staticSummary'
    | 'staticDetails'
    | 'priority'
  >;

export type CompiledScheduleAction = Replace<
  ScheduleDescriptionAction,
  { workflowType: string; args: unknown[] }
>;

/** What happens at a time when the workflow of an earlier time still runs. One that retries or continues as new still runs. */
export const ScheduleOverlapPolicy = {
  /** Nothing is started. */
  SKIP: 'SKIP',
  /** One waits for its end; further ones are skipped. */
  BUFFER_ONE: 'BUFFER_ONE',
  /** All wait, and run one after another. */
  BUFFER_ALL: 'BUFFER_ALL',
  /** What runs is asked to cancel; the new one starts when it has ended. */
  CANCEL_OTHER: 'CANCEL_OTHER',
  /** What runs is terminated, then the new one starts. */
  TERMINATE_OTHER: 'TERMINATE_OTHER',
  /** Started at once, beside the other. */
  ALLOW_ALL: 'ALLOW_ALL',
  /** @deprecated Leave it out, or use SKIP. */
  UNSPECIFIED: undefined,
} as const;
export type ScheduleOverlapPolicy = (typeof ScheduleOverlapPolicy)[keyof typeof ScheduleOverlapPolicy];

export const [encodeScheduleOverlapPolicy, decodeScheduleOverlapPolicy] =
  makeEnumConverters(ScheduleOverlapPolicyEnum);

/** A span whose times are taken now, as if they passed. */
export interface Backfill {
  /** Belongs to it. */
  start: Date;
  end: Date;
  /** @default the schedule's */
  overlap?: ScheduleOverlapPolicy;
}
