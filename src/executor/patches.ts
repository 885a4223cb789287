/**
 * Versions of workflow code within a run (PATCH-1 to PATCH-7).
 *
 * P1. A patch is active when its marker is in history or when the call is made live; the decision then holds for the run.
 * P2. A call on replay without a marker is inactive, and undecided: live, later, the same call activates it.
 */
import { IllegalStateError } from '../sdk/common/errors.ts';
import { changeVersionCommand, patchMarkerCommand } from './patch-marker.ts';
import type { WorkflowRun } from './run.ts';

export class Patches {
  /** Announced by the look-ahead over history, with whether an upsert of the search attribute follows the marker. */
  readonly #inHistory = new Map<string, { hasUpsert: boolean }>();
  readonly #decided = new Map<string, boolean>();
  readonly #marked = new Set<string>();
  readonly #run: WorkflowRun;

  constructor(run: WorkflowRun) {
    this.#run = run;
  }

  announce(patchId: string, hasUpsert: boolean): void {
    this.#inHistory.set(patchId, { hasUpsert });
  }

  decide(patchId: string, deprecated: boolean): boolean {
    const run = this.#run;
    if (!run.hasStarted) throw new IllegalStateError('Patches cannot be used before Workflow starts');
    const decided = this.#decided.get(patchId);
    if (decided !== undefined) return decided;
    const known = this.#inHistory.get(patchId);
    if (run.isReplaying && known === undefined) return false;
    const isActive = known !== undefined || deprecated || run.activatesPatch(patchId);
    this.#decided.set(patchId, isActive);
    if (isActive) this.#mark(patchId, deprecated, known?.hasUpsert ?? true);
    return isActive;
  }

  #mark(patchId: string, deprecated: boolean, withUpsert: boolean): void {
    this.#run.pushCommand(patchMarkerCommand({ id: patchId, deprecated }), undefined, patchId);
    this.#marked.add(patchId);
    const upsert = withUpsert ? changeVersionCommand([...this.#marked]) : undefined;
    if (upsert !== undefined) this.#run.pushCommand(upsert);
  }
}
