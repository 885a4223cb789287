/**
 * Nothing is pending without a deadline or an owner. When an object's memory is gone nobody but its alarm knows of what is
 * pending, so it must stand, and early enough.
 */

import type { Execution, PendingWork } from '../../../src/engine/api.ts';
import { engine } from '../../../src/engine/engine.ts';
import { ExecutionState } from '../../../src/objects/execution/execution-state.ts';
import { ExecutionStore } from '../../../src/objects/storage/storage.ts';
import { attemptOf, type Ledger } from '../ledger.ts';
import type { SimExecution } from '../platform/sim-execution.ts';
import type { SimWorld } from '../platform/world.ts';
import { check } from './failure.ts';

/** What waits for another try waits no longer than this: the longest backoff of an object, and what a stepped clock may add. */
const TRY_AGAIN_MS = 700_000;
/** The first pauses before a next try. */
const NEXT_TRIES_MS = 4_000;
/** Clocks that step move what is due with them. */
const STEPS_MS = 120_000;

export function checkLoss(world: SimWorld, object: SimExecution, ledger: Ledger): void {
  const { scheduler, faults } = world;
  const { name, storage } = object;
  const store = new ExecutionStore(storage);
  const identity = store.open();
  if (identity === undefined) return;
  const state = new ExecutionState(engine, store);
  state.load(identity);
  const { execution } = state;
  const work = engine.pendingWork(execution);
  for (const task of work.startedActivities) {
    const isOver = ledger.reportsAcknowledged.has(attemptOf(task));
    check(!isOver, 'inputs', () => `${name} was told of the end of ${attemptOf(task)}, and has forgotten it`);
  }
  const deadline = engine.nextDeadline(execution);
  // A paused run has no task before it goes on.
  const isPaused = execution.current?.status === 'PAUSED';
  const isTaskPending = !isPaused && engine.waitingTasks(execution, scheduler.wall).isWorkflowTaskPending;
  if (deadline === undefined && !isTaskPending && !isOwed(world, work) && !isUntold(world, execution, work))
    return;
  check(object.isArmed, 'owners', () => `${name} was lost with work pending and no alarm`);
  const at = storage.alarmOnDisk;
  if (at === null || at === object.floor) return; // It rings, or will again.
  const slack = faults.fired.some(({ kind }) => kind === 'clockStep') ? STEPS_MS : 0;
  const latest = Math.max(deadline ?? 0, scheduler.wall + TRY_AGAIN_MS) + slack;
  // A commit that failed leaves the alarm at the next try, which may come after what is due meanwhile.
  const pause = faults.fired.some(({ kind }) => kind === 'failedCommit') ? NEXT_TRIES_MS : 0;
  const isSoonEnough =
    deadline !== undefined && deadline > scheduler.wall ? at <= deadline + slack + pause : at <= latest;
  check(
    isSoonEnough,
    'owners',
    () => `${name} was lost and is woken ${at - (deadline ?? latest)} ms too late`,
  );
}

function isOwed(world: SimWorld, work: PendingWork): boolean {
  const { startedActivities, childStarts, externalDeliveries, parentCloseActions, parentNotifications } =
    work;
  const deliveries = [childStarts, externalDeliveries, parentCloseActions, parentNotifications];
  // What a worker elsewhere has is looked after by its timeouts, of which there are none while it is paused (ACT-25).
  const attempts = world.hasWorkersElsewhere ? [] : startedActivities;
  return [attempts, ...deliveries].some(({ length }) => length > 0);
}

/** That the index was told may be known to memory alone: what counts is what the index has. */
function isUntold(world: SimWorld, execution: Execution, { visibility }: PendingWork): boolean {
  return visibility.some((runId) => {
    const run = engine.findRun(execution, runId);
    return run !== undefined && (world.listedVersion(runId) ?? 0) < engine.visibilityRecord(run).version;
  });
}
