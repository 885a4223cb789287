/** What an operator sets on a task queue (UpdateTaskQueueConfig), kept by each of its partitions. */
import type { ObjectStorage } from '../ports.ts';
import type { TaskKind } from './task-queue-api.ts';

export interface LimitConfig {
  /** Undefined: taken away again. For rates tasks per second, 0 hands out none; for concurrency tasks at a time. */
  limit: number | undefined;
  reason: string;
  updateIdentity: string;
  updateTime: number;
}

export interface TaskQueueConfig {
  /** Of the whole queue. */
  queueRate?: LimitConfig;
  /** Of each fairness key, times its weight. */
  keyRate?: LimitConfig;
  /** Tasks of one fairness key that workers have at a time. */
  keyConcurrency?: LimitConfig;
  fairnessWeights?: Record<string, number>;
}

export interface TaskQueueConfigUpdate {
  identity: string;
  /** Each partition keeps to its share. */
  partitions: number;
  queueRate?: { limit?: number; reason?: string };
  keyRate?: { limit?: number; reason?: string };
  keyConcurrency?: { limit?: number; reason?: string };
  setFairnessWeights?: Record<string, number>;
  unsetFairnessWeights?: readonly string[];
}

export interface StoredConfig {
  config: TaskQueueConfig;
  partitions: number;
}

export function updated(
  config: TaskQueueConfig,
  update: TaskQueueConfigUpdate,
  now: number,
): TaskQueueConfig {
  const next = { ...config };
  for (const name of ['queueRate', 'keyRate', 'keyConcurrency'] as const) {
    const change = update[name];
    if (change === undefined) continue;
    const { limit, reason = '' } = change;
    next[name] = { limit, reason, updateIdentity: update.identity, updateTime: now };
  }
  const weights = { ...config.fairnessWeights, ...update.setFairnessWeights };
  for (const key of update.unsetFairnessWeights ?? []) delete weights[key];
  if (Object.keys(weights).length > 0) next.fairnessWeights = weights;
  else delete next.fairnessWeights;
  return next;
}

/** A queue that was never configured has no table. */
export class ConfigStore {
  readonly #storage: ObjectStorage;
  readonly #kind: TaskKind;

  constructor(storage: ObjectStorage, kind: TaskKind) {
    this.#storage = storage;
    this.#kind = kind;
  }

  load(): StoredConfig {
    const rows = this.#hasTable()
      ? this.#storage.exec<{ config: string }>('SELECT config FROM config WHERE kind = ?', this.#kind)
      : [];
    // Sound: written by `save`.
    return rows[0] === undefined
      ? { config: {}, partitions: 1 }
      : (JSON.parse(rows[0].config) as StoredConfig);
  }

  save(stored: StoredConfig): void {
    if (!this.#hasTable())
      this.#storage.exec(
        'CREATE TABLE config (kind TEXT PRIMARY KEY, config TEXT NOT NULL) STRICT, WITHOUT ROWID',
      );
    this.#storage.exec('INSERT OR REPLACE INTO config VALUES (?, ?)', this.#kind, JSON.stringify(stored));
  }

  #hasTable(): boolean {
    return hasTable(this.#storage, 'config');
  }
}

export function hasTable(storage: ObjectStorage, name: string): boolean {
  return (
    storage.exec("SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = ?", name).length > 0
  );
}
