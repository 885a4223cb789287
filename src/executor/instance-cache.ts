/** Instances of runs, least recently used first out; bounded by their count and by what they are estimated to hold. */
import type { RunReplayer } from './replayer.ts';

export interface CacheLimits {
  instances: number;
  bytes: number;
}

export const DEFAULT_CACHE_LIMITS: CacheLimits = { instances: 1000, bytes: 24 * 1024 * 1024 };

export interface Instance {
  readonly replayer: RunReplayer;
  /** The WorkflowTaskStarted event of the last task that it completed. */
  standsAt: number;
  /** Length of history at which the next replay in the shadow is due. */
  shadowDueAt: number;
}

/** What a small run's modules, promises and closures take. */
const BASE_BYTES = 16 * 1024;
const OPERATION_BYTES = 1024;
const HANDLER_BYTES = 512;

/** A guess that grows with what the run was given and waits for; exact sizes are not to be had. */
export function estimateBytes({ replayer: { run } }: Instance): number {
  const input = run.started?.attributes.input?.payloads ?? [];
  const inputBytes = input.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
  const handlers = run.signals.handlers.size + run.updates.handlers.size + run.queries.handlers.size;
  const waiting = run.operations.size + run.blockedConditions.size;
  return BASE_BYTES + 2 * inputBytes + OPERATION_BYTES * waiting + HANDLER_BYTES * handlers;
}

export class InstanceCache {
  readonly #limits: CacheLimits;
  /** By run ID; a Map keeps the order of insertion. */
  readonly #entries = new Map<string, { instance: Instance; bytes: number }>();
  #bytes = 0;

  constructor(limits: CacheLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the instance out: while it works it must not be evicted under itself. */
  take(runId: string): Instance | undefined {
    const entry = this.#entries.get(runId);
    if (entry === undefined) return undefined;
    this.#entries.delete(runId);
    this.#bytes -= entry.bytes;
    return entry.instance;
  }

  put(runId: string, instance: Instance): void {
    this.drop(runId);
    const bytes = estimateBytes(instance);
    this.#entries.set(runId, { instance, bytes });
    this.#bytes += bytes;
    while (this.#entries.size > this.#limits.instances || this.#bytes > this.#limits.bytes) {
      const oldest = this.#entries.keys().next();
      if (oldest.done) return;
      this.drop(oldest.value);
    }
  }

  drop(runId: string): void {
    this.take(runId)?.replayer.dispose();
  }
}
