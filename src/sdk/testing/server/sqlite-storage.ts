/** `ObjectStorage` over SQLite in memory, under the same limits as the real one. */
import type { ObjectStorage, SqlValue } from '../../../objects/ports.ts';
import { assertWithinStorageLimits } from '../../../objects/storage/storage-limits.ts';
import type { OpenSqlite, SqliteDatabase, SqliteStatement } from './sqlite-database.ts';

export class SqliteStorage implements ObjectStorage {
  rowsWritten = 0;
  readonly #open: OpenSqlite;
  #database: SqliteDatabase;
  readonly #statements = new Map<string, SqliteStatement>();
  #isInTransaction = false;

  constructor(open: OpenSqlite) {
    this.#open = open;
    this.#database = open();
  }

  exec<Row extends Record<string, SqlValue>>(statement: string, ...bindings: SqlValue[]): Row[] {
    assertWithinStorageLimits(statement, bindings);
    if (bindings.length === 0 && /^\s*CREATE/i.test(statement)) {
      this.#database.exec(statement);
      return [];
    }
    const prepared = this.#prepare(statement);
    const values = bindings.map((value) => (value instanceof ArrayBuffer ? new Uint8Array(value) : value));
    if (/^\s*SELECT|\bRETURNING\b/i.test(statement)) {
      if (/^\s*INSERT/i.test(statement)) this.rowsWritten += 1;
      return prepared.all(...values).map((row) => withBuffers<Row>(row));
    }
    this.rowsWritten += Number(prepared.run(...values).changes);
    return [];
  }

  #prepare(statement: string): SqliteStatement {
    let prepared = this.#statements.get(statement);
    if (prepared === undefined) {
      prepared = this.#database.prepare(statement);
      this.#statements.set(statement, prepared);
    }
    return prepared;
  }

  transaction<T>(work: () => T): T {
    if (this.#isInTransaction) return work();
    this.#isInTransaction = true;
    this.#database.exec('BEGIN');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    } finally {
      this.#isInTransaction = false;
    }
  }

  async sync(): Promise<void> {}

  async deleteAll(): Promise<void> {
    this.close();
    this.#database = this.#open();
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }
}

/** As the platform gives them: bytes as ArrayBuffer. */
function withBuffers<Row>(row: Record<string, unknown>): Row {
  for (const [key, value] of Object.entries(row)) {
    if (value instanceof Uint8Array) row[key] = value.slice().buffer;
  }
  return row as Row;
}
