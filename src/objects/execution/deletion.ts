/** Deleting runs before their time (END-5). What erases them is the same as at the end of their retention. */
import type { Result } from '../../engine/api.ts';
import type { LogSink } from '../object-options.ts';
import { type ErasingObject, eraseExpired } from './retention.ts';

interface DeletingObject extends ErasingObject {
  log: LogSink;
}

export class Deletion {
  readonly #object: DeletingObject;

  constructor(object: DeletingObject) {
    this.#object = object;
  }

  /** What is open is terminated; history and row are gone when nothing of the run is to be delivered any more. */
  async run(runId: string | undefined, depth: number): Promise<Result<undefined>> {
    const deleted = await this.#markExpired(runId, depth);
    if (deleted.ok) await this.#eraseNow();
    return deleted;
  }

  /** Erases what has expired. True when the object holds nothing any more. */
  async isErased(): Promise<boolean> {
    const { loop, ports } = this.#object;
    if (loop.identity !== undefined) return eraseExpired(this.#object);
    ports.clock.deleteAlarm();
    return true;
  }

  #markExpired(runId: string | undefined, depth: number): Promise<Result<undefined>> {
    const { loop, reads, ports } = this.#object;
    return loop.submit(
      (turn, alsoWrite): Result<undefined> => {
        const view = reads.view(runId);
        if (view === undefined) return reads.notFound(runId);
        if (view.isOpen) {
          const reason = 'deleted by DeleteWorkflowExecution';
          const ended = turn.apply({ kind: 'Terminate', runId: view.runId, reason });
          if (!ended.ok) return ended;
        }
        const now = ports.clock.now();
        if (!turn.expire(view.runId)) alsoWrite(() => loop.store.runs.expire(view.runSeq));
        alsoWrite(() => loop.alarm.ensure(now, now));
        return { ok: true, value: undefined };
      },
      { depth, isAlone: true },
    );
  }

  /** The alarm that stands does it otherwise. */
  async #eraseNow(): Promise<void> {
    const { loop, log } = this.#object;
    try {
      if (!(await this.isErased())) await loop.wake();
    } catch (error) {
      log('WARN', 'What was deleted is still there; the alarm erases it', { ...loop.identity, error });
    }
  }
}
