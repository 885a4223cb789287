/** What callers see of a schedule (SCHED-20). */
import type {
  DescribeScheduleResponse,
  WireScheduleActionResult,
  WireScheduleListEntry,
} from '../../sdk/common/wire/schedule-requests.ts';
import { estimateBytes } from '../size.ts';
import { conflictTokenOf } from './schedule-changes.ts';
import type { ScheduleContext } from './schedule-machine.ts';
import {
  FUTURE_TIMES_SHOWN,
  LISTED_TIMES_SHOWN,
  policiesOf,
  type RecentAction,
  type ScheduleState,
} from './schedule-state.ts';

export function describeSchedule(state: ScheduleState, context: ScheduleContext): DescribeScheduleResponse {
  const { schedule, memo, searchAttributes, updateTime } = state;
  return {
    schedule: { ...schedule, policies: policiesOf(state) },
    info: {
      actionCount: state.actionCount,
      missedCatchupWindow: state.missedCatchupWindow,
      overlapSkipped: state.overlapSkipped,
      bufferDropped: state.bufferDropped,
      bufferSize: state.buffer.length + state.starting.length,
      runningWorkflows: state.running.map(({ workflowId, runId }) => ({ workflowId, runId })),
      recentActions: state.recent.map(actionResult),
      recentSkips: state.skips.map((skip) => ({ ...skip })),
      skipCounts: Object.entries(state.skipCounts ?? {}).map(([reason, count]) => ({ reason, count })),
      futureActionTimes: futureTimes(state, context, FUTURE_TIMES_SHOWN),
      createTime: state.createTime,
      ...(updateTime !== undefined && { updateTime }),
      stateSizeBytes: estimateBytes(state),
    },
    ...(memo && { memo }),
    ...(searchAttributes && { searchAttributes }),
    conflictToken: conflictTokenOf(state),
  };
}

export function listEntryOf(state: ScheduleState, context: ScheduleContext): WireScheduleListEntry {
  const { scheduleId, schedule, memo, searchAttributes } = state;
  const { notes, paused } = schedule.state ?? {};
  const workflowType = schedule.action?.startWorkflow?.workflowType;
  return {
    scheduleId,
    ...(memo && { memo }),
    ...(searchAttributes && { searchAttributes }),
    info: {
      spec: schedule.spec ?? {},
      ...(workflowType && { workflowType }),
      ...(notes && { notes }),
      ...(paused && { paused }),
      recentActions: state.recent.slice(-LISTED_TIMES_SHOWN).map(actionResult),
      futureActionTimes: futureTimes(state, context, LISTED_TIMES_SHOWN),
      stateSizeBytes: estimateBytes(state),
    },
  };
}

function actionResult(action: RecentAction): WireScheduleActionResult {
  const { scheduleTime, actualTime, workflowId, runId, status } = action;
  return {
    scheduleTime,
    actualTime,
    startWorkflowResult: { workflowId, runId },
    startWorkflowStatus: status,
  };
}

function futureTimes(state: ScheduleState, { now, times }: ScheduleContext, most: number): number[] {
  const { limitedActions, remainingActions = 0 } = state.schedule.state ?? {};
  const count = limitedActions ? Math.min(most, Math.max(0, remainingActions)) : most;
  const found: number[] = [];
  // While paused nothing is done with; what has passed is not shown all the same.
  let time = times.next(times.lastUntil(state.cursor, now) ?? state.cursor);
  while (time !== undefined && found.length < count) {
    found.push(time.actual);
    time = times.next(time.nominal);
  }
  return found;
}
