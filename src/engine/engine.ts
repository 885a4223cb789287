/** The server half, as its host uses it: `api.ts` implemented over the machines of this folder. */
import type { Engine, Execution, Run, StoredRun, WaitingTasks } from './api.ts';
import { nextDeadlineOf, promoteDueAttempts } from './deadlines.ts';
import { describeRun, executionInfo } from './describe.ts';
import { ExecutionState } from './execution-state.ts';
import { ExecutionTurn } from './execution-turn.ts';
import { collectPendingWork } from './pending-work.ts';
import { queryRefusalOf, queryTaskOf } from './queries.ts';
import { isOpen, type RunState } from './run-state.ts';
import { foldStoredRun } from './stored-run.ts';
import { pinnedVersion } from './versioning.ts';
import { nexusTasksOpenOf, waitingNexusTasksOf, waitingTasksOf } from './waiting-tasks.ts';
import { eventsOutsideHistory, isWorkflowTaskDueAt } from './workflow-task-machine.ts';

const NOTHING_WAITS: WaitingTasks = {
  workflowTask: undefined,
  activities: [],
  priority: undefined,
  isWorkflowTaskStarted: false,
  activitiesStarted: 0,
  isWorkflowTaskPending: false,
};

export const engine: Engine = {
  emptyExecution: (namespace, workflowId) => new ExecutionState(namespace, workflowId),

  loadExecution(namespace, workflowId, current, earlier = []) {
    const fold = (stored: StoredRun) => foldStoredRun(namespace, workflowId, stored);
    return new ExecutionState(namespace, workflowId, fold(current), [...earlier].map(fold));
  },

  foldRun: foldStoredRun,

  beginTurn: (execution, context) => new ExecutionTurn(stateOf(execution), context),

  pendingWork(execution) {
    const { current, earlier } = stateOf(execution);
    return collectPendingWork(current, earlier);
  },

  nextDeadline(execution) {
    const { current } = stateOf(execution);
    return current === undefined ? undefined : nextDeadlineOf(current);
  },

  isWorkflowTaskDue(execution, now) {
    const { current } = stateOf(execution);
    return current !== undefined && isWorkflowTaskDueAt(current, now);
  },

  activitiesWaiting(execution, now) {
    const { current } = stateOf(execution);
    if (current === undefined || !isOpen(current) || current.pause !== undefined) return 0;
    promoteDueAttempts(current, now);
    return current.readyActivities.size;
  },

  waitingTasks(execution, now) {
    const { current } = stateOf(execution);
    if (current !== undefined) return waitingTasksOf(current, now);
    return NOTHING_WAITS;
  },

  waitingNexusTasks(execution) {
    const { current } = stateOf(execution);
    return current === undefined ? [] : waitingNexusTasksOf(current);
  },

  nexusTasksOpen(execution) {
    const { current } = stateOf(execution);
    return current === undefined ? 0 : nexusTasksOpenOf(current);
  },

  updateState: (execution, updateId) => stateOf(execution).updateReply(updateId),

  queryRefusal: (run, rejectCondition) => queryRefusalOf(runStateOf(run), rejectCondition),

  queryTask: (run) => queryTaskOf(runStateOf(run)),

  pinnedVersion: (run) => pinnedVersion(runStateOf(run).versioning),

  visibilityRecord(run) {
    const state = runStateOf(run);
    return { info: executionInfo(state), version: state.visibilityVersion };
  },

  findRun: (execution, runId) => stateOf(execution).findRun(runId),

  describe: (run, now) => describeRun(runStateOf(run), now),

  transientEvents: (run) => eventsOutsideHistory(runStateOf(run)),
};

/** The engine hands out executions and takes back only its own. */
function stateOf(execution: Execution): ExecutionState {
  if (execution instanceof ExecutionState) return execution;
  throw new TypeError('an execution that this engine did not make');
}

/** Sound: every `Run` that the engine hands out is a `RunState`. */
function runStateOf(run: Run): RunState {
  return run as unknown as RunState;
}
