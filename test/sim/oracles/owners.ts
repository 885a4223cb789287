/**
 * Nothing is pending without a deadline or an owner. When an object's memory is gone nobody but its alarm knows of what is
 * pending, so it must stand, and early enough.
 */

import type { PendingWork } from '../../../src/engine/api.ts';
import { engine } from '../../../src/engine/engine.ts';
import { ExecutionState } from '../../../src/objects/execution/execution-state.ts';
import { ExecutionStore } from '../../../src/objects/storage/storage.ts';
import { attemptOf, type Ledger } from '../ledger.ts';
import type { SimObject } from '../platform/sim-object.ts';
import type { SimWorld } from '../platform/world.ts';
import { check } from './failure.ts';

/** What waits for another try waits no longer than this: the longest backoff of an object, and what a stepped clock may add. */
const TRY_AGAIN_MS = 700_000;
/** Clocks that step move what is due with them. */
const STEPS_MS = 120_000;

export function checkLoss({ scheduler, faults }: SimWorld, object: SimObject, ledger: Ledger): void {
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
  const isTaskPending = engine.waitingTasks(execution, scheduler.wall).isWorkflowTaskPending;
  if (deadline === undefined && !isTaskPending && !isOwed(work)) return;
  check(object.isArmed, 'owners', () => `${name} was lost with work pending and no alarm`);
  const at = storage.alarmOnDisk;
  if (at === null || at === object.floor) return; // It rings, or will again.
  const slack = faults.fired.some(({ kind }) => kind === 'clockStep') ? STEPS_MS : 0;
  const latest = Math.max(deadline ?? 0, scheduler.wall + TRY_AGAIN_MS) + slack;
  const isSoonEnough =
    deadline !== undefined && deadline > scheduler.wall ? at <= deadline + slack : at <= latest;
  check(
    isSoonEnough,
    'owners',
    () => `${name} was lost and is woken ${at - (deadline ?? latest)} ms too late`,
  );
}

function isOwed(work: PendingWork): boolean {
  const { startedActivities, childStarts, externalDeliveries, parentCloseActions, parentNotifications } =
    work;
  const lists = [startedActivities, childStarts, externalDeliveries, parentCloseActions, parentNotifications];
  return lists.some(({ length }) => length > 0);
}
