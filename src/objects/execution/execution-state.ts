/**
 * What the object holds in memory of its execution: the engine's state, and what of it is committed. Thrown away whole when a
 * commit fails, and folded again from storage.
 */
import type { Engine, Execution, RunChanges, StoredRun, Turn, TurnContext } from '../../engine/api.ts';
import { EventTail } from '../storage/event-tail.ts';
import type { ExecutionStore, StoredIdentity } from '../storage/storage.ts';

export class ExecutionState {
  readonly tail = new EventTail();
  readonly #engine: Engine;
  readonly #store: ExecutionStore;
  readonly #isIndexed: boolean;
  #execution: Execution | undefined;
  #isStored = false;
  #lastStoredRun = 0;

  /** `isIndexed`: there is an index to tell of runs, those of earlier releases among them. */
  constructor(engine: Engine, store: ExecutionStore, isIndexed = false) {
    this.#engine = engine;
    this.#store = store;
    this.#isIndexed = isIndexed;
  }

  get isLoaded(): boolean {
    return this.#execution !== undefined;
  }

  get execution(): Execution {
    if (this.#execution === undefined) throw new Error('The execution is read before it was loaded.');
    return this.#execution;
  }

  /** False until the object's first commit: there is nothing to erase, and no alarm. */
  get isStored(): boolean {
    return this.#isStored;
  }

  isStoredRun(runSeq: number): boolean {
    return runSeq <= this.#lastStoredRun;
  }

  load(identity: StoredIdentity): void {
    this.#isStored = this.#store.open() !== undefined;
    const row = this.#isStored ? this.#store.runs.latest() : undefined;
    const { namespace, workflowId } = identity;
    this.#lastStoredRun = row?.runSeq ?? 0;
    this.#execution =
      row === undefined
        ? this.#engine.emptyExecution(namespace, workflowId)
        : this.#engine.loadExecution(
            namespace,
            workflowId,
            this.#store.load(row),
            this.#earlierRuns(row.runSeq),
          );
  }

  *#earlierRuns(latest: number): Generator<StoredRun> {
    for (const row of this.#store.runs.withDeliveries(this.#isIndexed))
      if (row.runSeq < latest) yield this.#store.load(row);
  }

  beginTurn(context: TurnContext): Turn {
    return this.#engine.beginTurn(this.execution, context);
  }

  /** Whether writing them takes a single statement: the step of a run that goes on. */
  isOneRow(changes: readonly RunChanges[]): boolean {
    return this.#isStored && this.#store.isOneRow(changes);
  }

  /** Inside the commit. */
  write(identity: StoredIdentity, changes: readonly RunChanges[]): void {
    if (!this.#isStored && changes.length > 0) this.#store.create(identity);
    this.#store.commit(changes);
  }

  /** After the commit. */
  committed(turn: Turn, changes: readonly RunChanges[]): void {
    this.#execution = turn.execution;
    if (changes.length > 0) this.#isStored = true;
    for (const { runSeq, batch } of changes) {
      if (batch !== undefined) this.tail.append(runSeq, batch.events);
      this.#lastStoredRun = Math.max(this.#lastStoredRun, runSeq);
    }
  }

  forget(): void {
    this.#execution = undefined;
    this.#isStored = false;
    this.#lastStoredRun = 0;
    this.tail.forget();
    this.#store.forget();
  }
}
