/**
 * Keeps workflow code that kills its isolate (memory, a regular expression without end) from killing it again and again.
 *
 * A run whose state came from storage is activated *cold*: before that, its inputs and the number of the attempt are committed
 * and synced. An attempt that finished takes the record away; one that did not finish is found by the next load.
 *
 * P1 The first lost attempt is repeated at once and leaves no trace: most are deploys, evictions and restarts.
 * P2 From the second on the workflow task fails in history, with the reason, and the next waits longer each time. As long as
 *    it may be the machine that fails, a run waits no more than half a minute: it goes on soon after whatever went on.
 * P3 A run's very first activation is exempt, unless the caller asks for the guard because an earlier call died.
 */
import type { ObjectTimes } from '../object-options.ts';
import { StateKind } from '../storage/schema.ts';
import type { ExecutionStore } from '../storage/storage.ts';

interface Attempts {
  /** Begun and not known to have finished. */
  count: number;
  lastAt: number;
  /** How many of them stand in history. */
  reported: number;
}

const LOST_SILENTLY = 1;
/** So many losses in a row may be the machine's. From then on it is certain enough that the code is to blame. */
const LOST_IN_DOUBT = 10;
const IN_DOUBT_MAX_MS = 30_000;

export class ColdActivations {
  readonly #store: ExecutionStore;
  readonly #times: ObjectTimes;
  readonly #warm = new Set<string>();
  readonly #attempts = new Map<number, Attempts>();
  #cleared: string | undefined;

  constructor(store: ExecutionStore, times: ObjectTimes) {
    this.#store = store;
    this.#times = times;
  }

  /** After a load. */
  load(runSeq: number): void {
    // Sound: written by `begin` and `report`.
    const attempts = this.#store.state.read(runSeq, StateKind.ColdActivation, 0) as Attempts | undefined;
    if (attempts !== undefined) this.#attempts.set(runSeq, attempts);
  }

  forget(): void {
    this.#warm.clear();
    this.#attempts.clear();
    this.#cleared = undefined;
  }

  /** The run began, or finished a task, in this instance. */
  warmed(runId: string): void {
    this.#warm.add(runId);
  }

  needsGuard(runId: string): boolean {
    return !this.#warm.has(runId) && this.#cleared !== runId;
  }

  /** When the next attempt may begin. One that is on record in this instance may at once: it has waited before. */
  mayBeginAt({ runSeq, runId }: { runSeq: number; runId: string }): number {
    if (this.#cleared === runId) return 0;
    const attempts = this.#attempts.get(runSeq);
    if (attempts === undefined || attempts.count <= LOST_SILENTLY) return 0;
    return attempts.lastAt + this.#waitMs(attempts.count);
  }

  #waitMs(count: number): number {
    const { retryMs, retryMaxMs } = this.#times;
    const inDoubt = Math.min(retryMs * 2 ** Math.min(count - 1, LOST_IN_DOUBT), IN_DOUBT_MAX_MS);
    return Math.min(inDoubt * 2 ** Math.max(0, Math.min(count - LOST_IN_DOUBT, 30)), retryMaxMs);
  }

  /** What history has to say about attempts lost so far, once for each. */
  unreported(runSeq: number): string | undefined {
    const attempts = this.#attempts.get(runSeq);
    if (attempts === undefined || attempts.count <= Math.max(attempts.reported, LOST_SILENTLY))
      return undefined;
    return `The isolate ended during ${attempts.count} activations of this run: out of memory, or code that never returns.`;
  }

  reported(runSeq: number): void {
    const attempts = this.#attempts.get(runSeq);
    if (attempts !== undefined) this.#write(runSeq, { ...attempts, reported: attempts.count });
  }

  /** Writes the attempt, in the commit that precedes it. The caller syncs, then calls `cleared`. */
  begin(runSeq: number, now: number): void {
    const attempts = this.#attempts.get(runSeq);
    this.#write(runSeq, {
      count: (attempts?.count ?? 0) + 1,
      lastAt: now,
      reported: attempts?.reported ?? 0,
    });
  }

  cleared(runId: string): void {
    this.#cleared = runId;
  }

  /** The activation came back, whatever its result. Gives what goes into the commit of that result, if anything. */
  finished(runSeq: number, runId: string): (() => void) | undefined {
    this.#cleared = undefined;
    this.#warm.add(runId);
    if (!this.#attempts.delete(runSeq)) return undefined;
    return () => this.#store.state.delete(runSeq, StateKind.ColdActivation, 0);
  }

  /** The run ended without its code: nothing is left to guard. */
  closed(runSeq: number): void {
    if (this.#attempts.delete(runSeq)) this.#store.state.delete(runSeq, StateKind.ColdActivation, 0);
  }

  #write(runSeq: number, attempts: Attempts): void {
    this.#attempts.set(runSeq, attempts);
    this.#store.state.write(runSeq, StateKind.ColdActivation, 0, attempts);
  }
}
