/** `ObjectStorage` over SQLite in memory, under the same limits as the real one. */
import type { DatabaseSync as Database, StatementSync } from 'node:sqlite';
import type { ObjectStorage, SqlValue } from '../../../objects/ports.ts';
import { assertWithinStorageLimits } from '../../../objects/storage-limits.ts';

type SqliteModule = typeof import('node:sqlite');

let loaded: SqliteModule | undefined;

/** Not an import: older Nodes have no such module, and test runners with a list of modules of their own do not know it. */
export function sqlite(): SqliteModule {
  if (loaded !== undefined) return loaded;
  const { emitWarning } = process;
  // SQLite's own notice that it is experimental says nothing about the tests that are run.
  process.emitWarning = () => undefined;
  try {
    loaded = process.getBuiltinModule?.('node:sqlite') as SqliteModule | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
  if (loaded === undefined) {
    throw new Error(
      `perdure/testing keeps its server's state in node:sqlite, which Node ${process.version} has not: use Node 22.13 or newer`,
    );
  }
  return loaded;
}

export class SqliteStorage implements ObjectStorage {
  rowsWritten = 0;
  #database: Database;
  readonly #statements = new Map<string, StatementSync>();
  #isInTransaction = false;

  constructor() {
    this.#database = new (sqlite().DatabaseSync)(':memory:');
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

  #prepare(statement: string): StatementSync {
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
    this.#database = new (sqlite().DatabaseSync)(':memory:');
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
