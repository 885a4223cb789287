/** What a schedule is and has done. One document: everything in it is bounded by the constants here. */
import type {
  Failure,
  Memo,
  Payloads,
  WireSearchAttributes,
  WorkflowStatusName,
} from '../../sdk/common/wire/messages.ts';
import type { OverlapPolicyName, WireSchedule } from '../../sdk/common/wire/schedule-requests.ts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400 * SECOND_MS;

/** Actions that wait for their turn; what comes on top is dropped and counted (LIM). */
export const BUFFER_MAX = 1_000;
/** Starts that are under way at a time. */
export const STARTING_MAX = 50;
/** Runs beside others (ALLOW_ALL) that are shown as running; of more, the latest. */
export const BESIDE_MAX = 100;
export const RECENT_ACTIONS_MAX = 10;
export const RECENT_SKIPS_MAX = 10;
export const FUTURE_TIMES_SHOWN = 10;
export const LISTED_TIMES_SHOWN = 5;
export const BACKFILLS_MAX = 100;
/** SCHED-16. */
export const BACKFILL_STEP = 10;
export const BACKFILL_PAUSE_MS = SECOND_MS;
/** Request IDs of patches and updates that are remembered, so that one sent twice is one. */
export const REQUEST_IDS_MAX = 50;
/** SCHED-11. */
export const CATCHUP_DEFAULT_MS = 365 * DAY_MS;
export const CATCHUP_MIN_MS = 10 * SECOND_MS;
/** SCHED-24. */
export const MANUAL_START_MS = 60 * SECOND_MS;
/** SCHED-21. */
export const IDLE_KEPT_MS = 7 * DAY_MS;

export interface ScheduleState {
  namespace: string;
  scheduleId: string;
  /** Another schedule under the same ID, created after this one was deleted, has another. */
  instanceId: string;
  /** As `compileSpec` left its spec. Policies and state are always there. */
  schedule: WireSchedule;
  memo?: Memo;
  searchAttributes?: WireSearchAttributes;
  createRequestId: string;
  createTime: number;
  updateTime?: number;
  /** Grows with every change by a caller. */
  conflictToken: number;
  requestIds: string[];
  /** Nominal times up to here are done with. */
  cursor: number;
  /** The last trigger's nominal time: two within a second get IDs of their own. */
  lastTrigger?: number;
  backfills: PendingBackfill[];
  /** Oldest first. */
  buffer: BufferedStart[];
  /** Decided on, and not confirmed yet. */
  starting: StartingAction[];
  running: RunningAction[];
  recent: RecentAction[];
  skips: SkippedAction[];
  /** Since it was created. Undefined in schedules of earlier releases, until the first. */
  skipCounts?: Partial<Record<SkipReason, number>>;
  actionCount: number;
  missedCatchupWindow: number;
  overlapSkipped: number;
  bufferDropped: number;
  /** The last thing that happened, for SCHED-21. */
  lastEventTime: number;
  lastCompletionResult?: Payloads;
  continuedFailure?: Failure;
}

export interface PendingBackfill {
  /** Nominal times up to here are done with. */
  cursor: number;
  end: number;
  overlapPolicy?: OverlapPolicyName;
}

export interface BufferedStart {
  requestId: string;
  /** In the workflow's ID and in `TemporalScheduledStartTime`. */
  nominal: number;
  /** With the jitter. */
  actual: number;
  /** Undefined: the one of the schedule when its turn comes (SCHED-10). */
  overlapPolicy?: OverlapPolicyName;
  /** By trigger or backfill. */
  isManual: boolean;
}

export interface StartingAction extends BufferedStart {
  workflowId: string;
  /** ALLOW_ALL: starts beside others, and no other waits for it. */
  isBeside: boolean;
  attempt: number;
  retryAt: number;
  giveUpAt: number;
}

export interface RunningAction {
  requestId: string;
  workflowId: string;
  /** The run that was started: the first of its chain. */
  runId: string;
  isBeside: boolean;
  /** CANCEL_OTHER, TERMINATE_OTHER. */
  ending?: { kind: 'cancel' | 'terminate'; isDone: boolean; attempt: number; retryAt: number };
}

export interface RecentAction {
  requestId: string;
  scheduleTime: number;
  actualTime: number;
  workflowId: string;
  runId: string;
  status: WorkflowStatusName;
}

export type SkipReason =
  | 'MISSED_CATCHUP_WINDOW'
  | 'OVERLAP'
  | 'BUFFER_FULL'
  | 'WORKFLOW_ALREADY_STARTED'
  | 'START_FAILED'
  | 'PAUSED'
  | 'NO_ACTIONS_LEFT';

export interface SkippedAction {
  scheduleTime: number;
  reason: SkipReason;
  /** What refused it. */
  message?: string;
  /** As many times in a row for the same reason, of which `scheduleTime` is the last. One unless set. */
  count?: number;
}

/** How a run of the schedule ended. */
export interface ActionClosed {
  instanceId: string;
  requestId: string;
  workflowId: string;
  /** The first run of its chain. */
  runId: string;
  status: WorkflowStatusName;
  result?: Payloads;
  failure?: Failure;
}

export function policiesOf({ schedule }: ScheduleState) {
  const { overlapPolicy = 'SKIP', catchupWindow, ...rest } = schedule.policies ?? {};
  const window = catchupWindow ? Math.max(catchupWindow, CATCHUP_MIN_MS) : CATCHUP_DEFAULT_MS;
  return { ...rest, overlapPolicy, catchupWindow: window };
}

/** Whether times of the spec lead to actions now. */
export const takesScheduledActions = (state: ScheduleState): boolean => idleReasonOf(state) === undefined;

/** Why times of the spec lead to no actions now. */
export function idleReasonOf({ schedule }: ScheduleState): 'PAUSED' | 'NO_ACTIONS_LEFT' | undefined {
  const { paused, limitedActions, remainingActions = 0 } = schedule.state ?? {};
  if (paused) return 'PAUSED';
  return limitedActions && remainingActions <= 0 ? 'NO_ACTIONS_LEFT' : undefined;
}

export function recordSkip(state: ScheduleState, skip: SkippedAction): void {
  const { reason, count = 1 } = skip;
  state.skipCounts = { ...state.skipCounts, [reason]: (state.skipCounts?.[reason] ?? 0) + count };
  const last = state.skips.at(-1);
  // Those of a pause, which may be many, do not push out what stood before it.
  if (last?.reason === reason && (reason === 'PAUSED' || reason === 'NO_ACTIONS_LEFT')) {
    state.skips[state.skips.length - 1] = { ...skip, count: (last.count ?? 1) + count };
    return;
  }
  state.skips.push(skip);
  if (state.skips.length > RECENT_SKIPS_MAX) state.skips.shift();
}
