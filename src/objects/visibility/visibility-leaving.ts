/** The end of a namespace's shard (X5): the objects of all runs that it lists are erased, page by page, until none is left. */
import type { LogSink } from '../object-options.ts';
import type { ObjectClock } from '../ports.ts';
import type { ShardAddress } from './visibility-api.ts';
import type { KnownRun, VisibilityStore } from './visibility-store.ts';

export interface LeavingPorts {
  clock: Pick<ObjectClock, 'now'>;
  /** Erases a workflow's object: its namespace is gone. */
  purge(namespace: string, workflowId: string): Promise<void>;
  log: LogSink;
}

/** The job that says so in storage. It stays: what is told of later is erased too. */
export const LEAVE = 'leave';
const PAGE = 100;
const AT_ONCE = 8;
const AGAIN_MS = 60_000;

interface Cursor {
  after: number;
}

export class VisibilityLeaving {
  readonly #store: VisibilityStore;
  readonly #ports: LeavingPorts;

  constructor(store: VisibilityStore, ports: LeavingPorts) {
    this.#store = store;
    this.#ports = ports;
  }

  get hasBegun(): boolean {
    return this.#store.readJob(LEAVE) !== undefined;
  }

  /** One page. What cannot be reached now is tried again by a later alarm. */
  async work(at: ShardAddress): Promise<void> {
    const cursor = this.#store.readJob<Cursor>(LEAVE) ?? { after: 0 };
    const runs = this.#store.runsAfter(cursor.after, PAGE);
    const waiting = [...runs];
    const worker = async () => {
      for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) await this.#purge(at, run);
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, worker));
    // From the beginning again, for those that could not be reached.
    const after = runs.length < PAGE ? 0 : (runs.at(-1)?.run ?? 0);
    this.#store.writeJob(LEAVE, { after });
  }

  /** Quickly while there is a next page, else once a minute until all have been reached. */
  nextWork(now: number): number | undefined {
    const cursor = this.#store.readJob<Cursor>(LEAVE);
    if (cursor === undefined || this.#store.runsAfter(0, 1).length === 0) return undefined;
    return cursor.after > 0 ? now : now + AGAIN_MS;
  }

  async #purge(
    { namespace }: ShardAddress,
    { run_id: runId, workflow_id: workflowId }: KnownRun,
  ): Promise<void> {
    const { clock, purge, log } = this.#ports;
    try {
      await purge(namespace, workflowId);
      this.#store.transaction(() => this.#store.erase(runId, clock.now()));
    } catch (error) {
      const about = { namespace, workflowId, runId, error };
      log('WARN', 'A workflow of a deleted namespace could not be erased', about);
    }
  }
}
