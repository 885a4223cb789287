/** All that is in memory of one workflow ID: its current run, and earlier ones that still have something to deliver. */
import type { Execution, Run, UpdateReply } from './api.ts';
import { hasDeliveries } from './pending-work.ts';
import type { RunState } from './run-state.ts';
import { updateReply } from './update-machine.ts';

export class ExecutionState implements Execution {
  readonly namespace: string;
  readonly workflowId: string;
  readonly #earlier = new Map<string, RunState>();
  #current: RunState | undefined;

  constructor(namespace: string, workflowId: string, current?: RunState, earlier: Iterable<RunState> = []) {
    this.namespace = namespace;
    this.workflowId = workflowId;
    this.#current = current;
    for (const run of earlier) this.#earlier.set(run.runId, run);
  }

  get current(): (RunState & Run) | undefined {
    return this.#current;
  }

  get earlier(): Iterable<RunState> {
    return this.#earlier.values();
  }

  replaceCurrent(run: RunState): void {
    if (this.#current !== undefined) this.#earlier.set(this.#current.runId, this.#current);
    this.#current = run;
  }

  findRun(runId: string): RunState | undefined {
    return this.#current?.runId === runId ? this.#current : this.#earlier.get(runId);
  }

  /** Earlier runs with nothing left to do need no memory. */
  forgetDelivered(isIndexed: boolean): void {
    for (const run of this.#earlier.values()) {
      const isTold = !isIndexed || run.visibilityVersion <= run.visibilityConfirmed;
      if (isTold && !hasDeliveries(run)) this.#earlier.delete(run.runId);
    }
  }

  updateReply(updateId: string): UpdateReply | undefined {
    return this.#current === undefined ? undefined : updateReply(this.#current, updateId);
  }
}
