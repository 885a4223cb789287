/** What waits for a turn: inputs with the callers who wait for their decision; reads and queries, which go between turns. */
import type { Turn } from '../../engine/api.ts';

/** Adds a write of the object's own to the turn's commit. */
export type AlsoWrite = (write: () => void) => void;

export interface EntryOptions {
  /** Invocations nested so far in the caller's chain. */
  depth?: number;
  /** Commit before workflow code runs, even for a new run. */
  isGuarded?: boolean;
  /** Needs a turn of its own, because it reads storage. */
  isAlone?: boolean;
  /** Its commit moves the alarm to the exact time, even a later one. */
  settlesAlarm?: boolean;
}

export interface Entry {
  readonly depth: number;
  readonly isGuarded: boolean;
  readonly isAlone: boolean;
  readonly settlesAlarm: boolean;
  decide(turn: Turn, alsoWrite: AlsoWrite): void;
  /** The turn is committed: answer. */
  settle(): void;
  fail(error: unknown): void;
  /** Its decision threw. */
  isCulprit: boolean;
}

interface Waiting {
  /** Never rejects: its caller gets the error. */
  run(): Promise<void>;
  fail(error: unknown): void;
}

export class TurnInbox {
  #entries: Entry[] = [];
  readonly #reads: Waiting[] = [];
  readonly #queries: Waiting[] = [];

  get hasEntries(): boolean {
    return this.#entries.length > 0;
  }

  get hasReads(): boolean {
    return this.#reads.length > 0;
  }

  hasWork(isTaskOutstanding: boolean): boolean {
    return this.hasEntries || this.#reads.length > 0 || (!isTaskOutstanding && this.#queries.length > 0);
  }

  add<T>(decide: (turn: Turn, alsoWrite: AlsoWrite) => T, options: EntryOptions): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#entries.push(entryOf(decide, options, resolve, reject));
    });
  }

  addRead<T>(work: () => T | Promise<T>): Promise<T> {
    return queued(this.#reads, async () => work());
  }

  addQuery<T>(work: () => Promise<T>): Promise<T> {
    return queued(this.#queries, work);
  }

  /** Everything that has arrived, up to one that needs a turn of its own. */
  take(): Entry[] {
    const alone = this.#entries.findIndex((entry) => entry.isAlone);
    if (alone < 0) return this.takeAll();
    return this.#entries.splice(0, Math.max(alone, 1));
  }

  takeAll(): Entry[] {
    return this.#entries.splice(0);
  }

  /**
   * After a turn that failed: when one entry's decision threw, the others are decided again without it; when all decided and
   * the turn still failed, all of them fail. Gives those that fail.
   */
  putBack(entries: readonly Entry[]): readonly Entry[] {
    const culprits = entries.filter((entry) => entry.isCulprit);
    if (culprits.length === 0) return entries;
    this.#entries.unshift(...entries.filter((entry) => !entry.isCulprit));
    return culprits;
  }

  /** Queries only while no task is outstanding. False when there was none. */
  async runNextRead(isTaskOutstanding: boolean): Promise<boolean> {
    const work = this.#reads.shift() ?? (isTaskOutstanding ? undefined : this.#queries.shift());
    if (work === undefined) return false;
    await work.run();
    return true;
  }

  failReads(error: unknown): void {
    for (const work of [...this.#reads.splice(0), ...this.#queries.splice(0)]) work.fail(error);
  }
}

function entryOf<T>(
  decide: (turn: Turn, alsoWrite: AlsoWrite) => T,
  { depth = 0, isGuarded = false, isAlone = false, settlesAlarm = false }: EntryOptions,
  resolve: (decision: T) => void,
  reject: (error: unknown) => void,
): Entry {
  let settle = () => {};
  const entry: Entry = {
    depth,
    isGuarded,
    isAlone,
    settlesAlarm,
    isCulprit: false,
    decide(turn, alsoWrite) {
      entry.isCulprit = true;
      const decision = decide(turn, alsoWrite);
      entry.isCulprit = false;
      settle = () => resolve(decision);
    },
    settle: () => settle(),
    fail: reject,
  };
  return entry;
}

function queued<T>(queue: Waiting[], work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    queue.push({ run: () => work().then(resolve, reject), fail: reject });
  });
}
