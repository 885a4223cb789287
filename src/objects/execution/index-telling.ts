/** What becomes of news for the index once it has them, and how it is told all of it again. */
import type { Turn } from '../../engine/api.ts';
import type { Told } from '../visibility/visibility-delivery.ts';
import type { TurnLoop } from './turn-loop.ts';

export class IndexTelling {
  readonly #loop: TurnLoop;

  constructor(loop: TurnLoop) {
    this.#loop = loop;
  }

  /** What the index has is written at once only by a run that rests: see `visibility-delivery.ts`. */
  indexed(told: readonly Told[]): void {
    const { state, wakes } = this.#loop;
    const isResting = wakes.isResting();
    const current = state.execution.current?.runId;
    const confirm = (turn: Turn) => {
      for (const { runId, version } of told)
        turn.confirmVisibility(runId, version, { isStored: isResting || runId !== current });
    };
    this.#loop.post(confirm, 0, { settlesAlarm: isResting });
    if (isResting) this.#loop.background(this.#tellMore(told));
  }

  /** Runs of an earlier release, of a long chain: the next of them are loaded. */
  async #tellMore(told: readonly Told[]): Promise<void> {
    const { state, store } = this.#loop;
    const hasMore = await this.#loop.read(() => {
      if (!state.isStored || this.#loop.pendingWork().visibility.length > 0) return false;
      return store.runs.hasUntold(told.map(({ runId }) => runId));
    });
    if (!hasMore) return;
    await this.#loop.read(() => this.#loop.forget());
    await this.#loop.wake();
  }

  /** From here on the index is taken to know nothing. False when nothing is stored. */
  async retell(): Promise<boolean> {
    if (!this.#loop.isIdentified) return false;
    const { state, store } = this.#loop;
    return this.#loop.read(() => {
      if (!state.isStored) return false;
      store.runs.untell();
      this.#loop.forget();
      return true;
    });
  }
}
