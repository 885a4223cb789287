/**
 * A SQLite database in memory: Node's own where it has one (22.13 and newer), else sql.js, which is SQLite as WebAssembly.
 * Both are loaded when first asked for, since not every program that imports perdure/testing starts a server.
 */
import type { SqlValue } from '../../../objects/ports.ts';

export interface SqliteStatement {
  all(...values: SqlValue[]): Record<string, unknown>[];
  run(...values: SqlValue[]): { changes: number | bigint };
}

export interface SqliteDatabase {
  exec(statements: string): void;
  prepare(statement: string): SqliteStatement;
  close(): void;
}

export type OpenSqlite = () => SqliteDatabase;

let loaded: Promise<OpenSqlite> | undefined;

export function loadSqlite(): Promise<OpenSqlite> {
  loaded ??= Promise.resolve(nodeSqlite() ?? wasmSqlite());
  return loaded;
}

/** Not an import: older Nodes have no such module, and test runners with a list of modules of their own do not know it. */
function nodeSqlite(): OpenSqlite | undefined {
  const { emitWarning } = process;
  // SQLite's own notice that it is experimental says nothing about the tests that are run.
  process.emitWarning = () => undefined;
  try {
    const module = process.getBuiltinModule?.('node:sqlite');
    return module && (() => new module.DatabaseSync(':memory:') as SqliteDatabase);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** What is used of sql.js. */
interface WasmStatement {
  bind(values: unknown[]): boolean;
  step(): boolean;
  getAsObject(): Record<string, unknown>;
  reset(): void;
}

interface WasmDatabase {
  run(statements: string): unknown;
  prepare(statement: string): WasmStatement;
  getRowsModified(): number;
  close(): void;
}

interface WasmModule {
  default(): Promise<{ Database: new () => WasmDatabase }>;
}

export async function wasmSqlite(): Promise<OpenSqlite> {
  const { default: initialise } = (await import('sql.js' as string)) as WasmModule;
  const { Database } = await initialise();
  return () => fromWasm(new Database());
}

function fromWasm(database: WasmDatabase): SqliteDatabase {
  return {
    exec: (statements) => void database.run(statements),
    prepare(text) {
      const statement = database.prepare(text);
      const all = (...values: SqlValue[]) => {
        const rows: Record<string, unknown>[] = [];
        statement.bind(values);
        while (statement.step()) rows.push(statement.getAsObject());
        statement.reset();
        return rows;
      };
      return {
        all,
        run(...values) {
          all(...values);
          return { changes: database.getRowsModified() };
        },
      };
    },
    close: () => database.close(),
  };
}
