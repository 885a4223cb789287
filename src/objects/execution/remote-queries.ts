/** Queries to runs whose workers are elsewhere: each is a workflow task of its own, which leaves nothing in history (QRY-1). */
import type { QueryAnswer, WorkflowTask } from '../../engine/workflow-task.ts';
import type { ObjectClock } from '../ports.ts';
import type { VersionKey } from '../task-queue/task-routing.ts';

export type QueryTask = Omit<WorkflowTask, 'newEvents' | 'loadHistory'>;

interface PendingQuery {
  readonly task: QueryTask;
  readonly runSeq: number;
  /** Of a pinned run: closed or open, only its version knows its code. */
  readonly pinnedTo: VersionKey | undefined;
  answer(answer: QueryAnswer | undefined): void;
}

export class RemoteQueries {
  readonly #clock: ObjectClock;
  readonly #newId: () => string;
  readonly #pending = new Map<string, PendingQuery>();

  constructor(clock: ObjectClock, newId: () => string) {
    this.#clock = clock;
    this.#newId = newId;
  }

  /** Waits for the answer; undefined when no worker gave one in time. `waiting` is called when the query can be offered. */
  ask(
    { task, runSeq, pinnedTo }: Pick<PendingQuery, 'task' | 'runSeq' | 'pinnedTo'>,
    waitMs: number,
    waiting: () => void,
  ): Promise<QueryAnswer | undefined> {
    const id = this.#newId();
    return new Promise((resolve) => {
      const cancel = this.#clock.after(waitMs, () => answer(undefined));
      const answer = (value: QueryAnswer | undefined) => {
        cancel();
        this.#pending.delete(id);
        resolve(value);
      };
      this.#pending.set(id, { task, runSeq, pinnedTo, answer });
      waiting();
    });
  }

  get size(): number {
    return this.#pending.size;
  }

  find(queryId: string): Pick<PendingQuery, 'task' | 'runSeq'> | undefined {
    return this.#pending.get(queryId);
  }

  /** False for a query that nobody waits for any more. */
  answer(queryId: string, answer: QueryAnswer): boolean {
    const pending = this.#pending.get(queryId);
    pending?.answer(answer);
    return pending !== undefined;
  }

  /** No worker can answer it any more: whoever waits is told now. */
  giveUp(queryId: string): void {
    this.#pending.get(queryId)?.answer(undefined);
  }

  *waiting(): Generator<{ queryId: string; task: QueryTask; pinnedTo: VersionKey | undefined }> {
    for (const [queryId, { task, pinnedTo }] of this.#pending) yield { queryId, task, pinnedTo };
  }
}
