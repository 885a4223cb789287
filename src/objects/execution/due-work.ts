/**
 * What is due, and when the object has to be woken for what is not yet.
 *
 * D1 What is due and could not be done is tried again later and later, until something moves: a task queue that nobody serves,
 *    a cold attempt that waits, a turn that fails.
 * D2 What an invocation had no budget for goes to the alarm at once: that begins a new chain.
 */
import type { Engine, Execution, Run } from '../../engine/api.ts';
import type { ActivityDispatcher } from '../activity/activity-dispatcher.ts';
import { backoffMs, type ObjectOptions } from '../object-options.ts';
import type { ColdActivations } from './cold-activations.ts';
import type { InvocationBudget } from './invocation-budget.ts';
import type { Outbox } from './outbox.ts';
import type { WorkflowTasks } from './workflow-tasks.ts';

export interface DueWorkParts {
  options: ObjectOptions;
  tasks: WorkflowTasks;
  activities: ActivityDispatcher;
  outbox: Outbox;
  cold: ColdActivations;
  budget: InvocationBudget;
  /** When tasks that wait for a worker elsewhere are offered again. */
  nextOffer(): number | undefined;
}

export class DueWork {
  readonly #parts: DueWorkParts;
  readonly #engine: Engine;
  /** Turns and alarms in a row that moved nothing. */
  #vain = 0;
  /** Activities that waited though there was room: nobody here serves their task queue. */
  #unserved = 0;

  constructor(parts: DueWorkParts) {
    this.#parts = parts;
    this.#engine = parts.options.engine;
  }

  moved(): void {
    this.#vain = 0;
  }

  inVain(): void {
    this.#vain += 1;
  }

  get vain(): number {
    return this.#vain;
  }

  /** After an admission that had room for more. */
  leftWaiting(execution: Execution, now: number): void {
    this.#unserved = this.#engine.activitiesWaiting(execution, now);
  }

  /** The run whose workflow task may be started now, by someone here. */
  runToActivate(execution: Execution, now: number): Run | undefined {
    const run = execution.current;
    const { budget, tasks, cold } = this.#parts;
    if (run === undefined || budget.isSpent || tasks.host(run) === undefined) return undefined;
    if (now < cold.mayBeginAt(run)) return undefined;
    return this.#engine.isWorkflowTaskDue(execution, now) ? run : undefined;
  }

  /** Whether a turn would find something to do without any input. */
  isDue(execution: Execution, now: number): boolean {
    const { budget, activities, outbox } = this.#parts;
    if (execution.current === undefined || budget.isSpent) return false;
    const isPast = (time: number | undefined) => time !== undefined && time <= now;
    return (
      isPast(this.#engine.nextDeadline(execution)) ||
      isPast(activities.earliestExpiry()) ||
      (budget.dispatchesLeft > 0 && (isPast(outbox.earliest()) || this.#canAdmit(execution, now))) ||
      this.runToActivate(execution, now) !== undefined
    );
  }

  #canAdmit(execution: Execution, now: number): boolean {
    const isFree = this.#parts.activities.inFlight < this.#parts.options.dispatchWindow;
    return isFree && this.#engine.activitiesWaiting(execution, now) > this.#unserved;
  }

  /** When this object has to be woken, whatever else happens. */
  wakeAt(execution: Execution, now: number): number | undefined {
    const { activities, outbox, nextOffer } = this.#parts;
    const run = execution.current;
    if (run === undefined) return undefined;
    const times = [
      this.#engine.nextDeadline(execution),
      activities.wakeAt(now),
      outbox.earliest(),
      nextOffer(),
    ];
    if (this.#isLeftUndone(run, execution, now)) times.push(now);
    const wakes = times
      .filter((time) => time !== undefined)
      .map((time) => (time > now ? time : this.#retryAt(run, now)));
    return wakes.length === 0 ? undefined : Math.min(...wakes);
  }

  #isLeftUndone(run: Run, execution: Execution, now: number): boolean {
    if (this.#parts.tasks.host(run) !== undefined && this.#engine.isWorkflowTaskDue(execution, now))
      return true;
    return this.#canAdmit(execution, now);
  }

  #retryAt(run: Run, now: number): number {
    const { budget, cold, options } = this.#parts;
    if (budget.dispatchesLeft <= 0) return now;
    return Math.max(cold.mayBeginAt(run), now + backoffMs(options.times, this.#vain + 1));
  }
}
