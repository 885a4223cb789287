/** Keeps runs in flight: starts what is planned, sends its signals at their times, remembers every acknowledgement. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Api, RunEnd } from './api.ts';
import type { Random } from './options.ts';
import { drawPlan, type Plan, type PlannedSignal } from './plans.ts';

export interface StartedRun {
  plan: Plan;
  /** Of the first run of the chain. */
  runId: string;
  acknowledgedAt: number;
  signals: SentSignal[];
  /** What a caller was told who waited for the result while the runtime was being killed. */
  observed?: RunEnd;
}

export interface SentSignal extends PlannedSignal {
  requestId: string;
  isAcknowledged: boolean;
}

const WATCHED_SHARE = 0.15;
const STARTS_PER_ROUND = 3;
/** Load is not what is tested: a machine that is behind with its answers gets no more to do until it has caught up. */
const UNACKNOWLEDGED_MAX = 12;

export class Driver {
  readonly started: StartedRun[] = [];
  readonly #api: Api;
  readonly #random: Random;
  readonly #prefix: string;
  readonly #failing: number;
  readonly #pending = new Set<Promise<void>>();
  readonly #errors: unknown[] = [];
  #drawn = 0;

  constructor(api: Api, random: Random, prefix: string, failing = 0) {
    this.#api = api;
    this.#random = random;
    this.#prefix = prefix;
    this.#failing = failing;
  }

  /** Starts runs whenever fewer than `wanted` are certain to be open, until `isOver`. */
  async keepInFlight(wanted: number, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const unacknowledged = this.#drawn - this.started.length;
      const missing = wanted - this.inFlight() - unacknowledged;
      const allowed = Math.min(missing, UNACKNOWLEDGED_MAX - unacknowledged, STARTS_PER_ROUND);
      for (let count = allowed; count > 0; count--) this.#launch();
      await delay(100);
    }
  }

  /** How many acknowledged runs must still be open, by their own timers. */
  inFlight(): number {
    const now = Date.now();
    return this.started.filter(({ acknowledgedAt, plan }) => acknowledgedAt + plan.leastMs > now).length;
  }

  /** Resolves when every request has been answered; throws what went wrong with any. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
    if (this.#errors.length > 0)
      throw new AggregateError(this.#errors, `requests failed: ${this.#errors.join('; ')}`);
  }

  #launch(): void {
    const plan = drawPlan(this.#random, this.#prefix, this.#drawn++, this.#failing);
    const isWatched = this.#random.chance(WATCHED_SHARE);
    const work = this.#carryOut(plan, isWatched).catch((error) => void this.#errors.push(error));
    this.#pending.add(work);
    work.finally(() => this.#pending.delete(work));
  }

  async #carryOut(plan: Plan, isWatched: boolean): Promise<void> {
    const runId = await this.#api.start(plan.workflowId, plan.workflowType, plan.input);
    const run: StartedRun = { plan, runId, acknowledgedAt: Date.now(), signals: [] };
    this.started.push(run);
    for (const signal of plan.signals) {
      await delay(signal.afterMs);
      const requestId = crypto.randomUUID();
      const isAcknowledged = await this.#api.signal(plan.workflowId, signal.name, signal.args, requestId);
      run.signals.push({ ...signal, requestId, isAcknowledged });
    }
    if (isWatched) await this.#watch(run);
  }

  async #watch(run: StartedRun): Promise<void> {
    await delay(Math.max(0, run.acknowledgedAt + run.plan.leastMs - Date.now()));
    const end = await this.#api.result(run.plan.workflowId, '5s');
    if (end.status !== 'RUNNING') run.observed = end;
  }
}
