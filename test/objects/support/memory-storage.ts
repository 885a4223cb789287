/** `ObjectStorage` over SQLite in memory, under the same limits as the real one. */
import { DatabaseSync } from 'node:sqlite';
import type { ObjectStorage, SqlValue } from '../../../src/objects/ports.ts';
import { assertWithinStorageLimits } from '../../../src/objects/storage/storage-limits.ts';

export class MemoryStorage implements ObjectStorage {
  rowsWritten = 0;
  commits = 0;
  /** Of them, those that were said to be one statement. */
  singleCommits = 0;
  syncs = 0;
  /** Thrown by the next transaction, after its work was done. */
  failNextCommit: Error | undefined;
  /** Runs when the next sync resolves. */
  onSync: (() => void) | undefined;
  #database = new DatabaseSync(':memory:');
  #inTransaction = false;
  #statements = 0;
  readonly #alarm: { save(): () => void; clear(): void } | undefined;

  constructor(alarm?: { save(): () => void; clear(): void }) {
    this.#alarm = alarm;
  }

  exec<Row extends Record<string, SqlValue>>(statement: string, ...bindings: SqlValue[]): Row[] {
    assertWithinStorageLimits(statement, bindings);
    if (!/^\s*SELECT/i.test(statement)) this.#statements += 1;
    if (bindings.length === 0 && !/^\s*SELECT/i.test(statement)) {
      this.#database.exec(statement);
      return [];
    }
    const prepared = this.#database.prepare(statement);
    if (!/^\s*SELECT/i.test(statement)) {
      this.rowsWritten += Number(prepared.run(...bindings.map(bindable)).changes);
      return [];
    }
    return prepared.all(...bindings.map(bindable)).map((row) => asRow<Row>(row));
  }

  transaction<T>(work: () => T, isOneStatement = false): T {
    if (this.#inTransaction) return work();
    const undoAlarm = this.#alarm?.save();
    this.#database.exec('BEGIN');
    this.#inTransaction = true;
    this.#statements = 0;
    try {
      const result = work();
      if (isOneStatement && this.#statements > 1) throw new Error(`One statement was ${this.#statements}`);
      const failure = this.failNextCommit;
      this.failNextCommit = undefined;
      if (failure !== undefined) throw failure;
      this.#database.exec('COMMIT');
      this.commits += 1;
      if (isOneStatement) this.singleCommits += 1;
      return result;
    } catch (error) {
      this.#database.exec('ROLLBACK');
      undoAlarm?.();
      throw error;
    } finally {
      this.#inTransaction = false;
    }
  }

  async sync(): Promise<void> {
    this.syncs += 1;
    this.onSync?.();
  }

  async deleteAll(): Promise<void> {
    this.#alarm?.clear();
    this.#database.close();
    this.#database = new DatabaseSync(':memory:');
  }
}

function bindable(value: SqlValue): string | number | null | Uint8Array {
  return value instanceof ArrayBuffer ? new Uint8Array(value) : value;
}

function asRow<Row>(row: Record<string, unknown>): Row {
  for (const [key, value] of Object.entries(row)) {
    if (value instanceof Uint8Array) row[key] = value.slice().buffer;
  }
  return row as Row;
}
