/**
 * One object's storage and alarm, as the platform keeps them: commits are atomic, alarm included; they are on disk a little
 * later, in order; and nothing leaves the object before they are (the output gate).
 *
 * S1 What is committed and not on disk is lost as a whole when the isolate is killed then, or kept as a whole.
 * S2 A value of more than 2,000,000 bytes is refused.
 * S3 A transaction that throws leaves rows and alarm as they were.
 * S4 What is said to be one statement is one: the platform does without a transaction then.
 * S5 Transactions by statement, pragmas and other databases are refused, as the platform refuses them.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { ObjectStorage, SqlValue } from '../../../src/objects/ports.ts';
import { assertWithinStorageLimits } from '../../../src/objects/storage/storage-limits.ts';

/** What happens to a commit. */
export interface CommitHooks {
  /** Before the work of a transaction. May throw. */
  before(): void;
  /** After the work, before the commit. May throw. */
  during(): void;
  /** How long until it is on disk. */
  flushMs(): number;
  after(): void;
  /** The alarm on disk has changed. */
  alarmMoved(): void;
  later(ms: number, run: () => void): () => void;
}

const NOT_A_READ = /^\s*(?:INSERT|UPDATE|DELETE|CREATE)/i;
const REFUSED = /^\s*(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|ATTACH|DETACH|PRAGMA|VACUUM)\b/i;
const GIVES_ROWS = /\bRETURNING\b/i;

export class SimStorage implements ObjectStorage {
  rowsWritten = 0;
  commits = 0;
  syncs = 0;
  alarmsSet = 0;
  /** The alarm as the object sees it, and as it is on disk. */
  alarm: number | null = null;
  alarmOnDisk: number | null = null;
  readonly #hooks: CommitHooks;
  #database: DatabaseSync | undefined;
  readonly #statements = new Map<string, StatementSync>();
  #statementsWritten = 0;
  #isInTransaction = false;
  #isPending = false;
  #cancelFlush: (() => void) | undefined;
  #waiting: (() => void)[] = [];

  constructor(hooks: CommitHooks) {
    this.#hooks = hooks;
  }

  get #db(): DatabaseSync {
    this.#database ??= new DatabaseSync(':memory:');
    return this.#database;
  }

  get isPending(): boolean {
    return this.#isPending;
  }

  exec<Row extends Record<string, SqlValue>>(statement: string, ...bindings: SqlValue[]): Row[] {
    assertWithinStorageLimits(statement, bindings);
    if (REFUSED.test(statement)) throw new Error(`not authorized: ${statement}`); // S5
    if (!NOT_A_READ.test(statement))
      return this.#prepare(statement)
        .all(...bindings.map(bindable))
        .map(asRow<Row>);
    this.#beginPending();
    this.#statementsWritten += 1;
    if (GIVES_ROWS.test(statement)) {
      const rows = this.#prepare(statement)
        .all(...bindings.map(bindable))
        .map(asRow<Row>);
      this.rowsWritten += rows.length;
      if (!this.#isInTransaction) this.#written();
      return rows;
    }
    if (bindings.length === 0) this.#db.exec(statement);
    else this.rowsWritten += Number(this.#prepare(statement).run(...bindings.map(bindable)).changes);
    if (!this.#isInTransaction) this.#written();
    return [];
  }

  #prepare(statement: string): StatementSync {
    let prepared = this.#statements.get(statement);
    if (prepared === undefined) {
      prepared = this.#db.prepare(statement);
      this.#statements.set(statement, prepared);
    }
    return prepared;
  }

  transaction<T>(work: () => T, isOneStatement = false): T {
    if (this.#isInTransaction) return work();
    if (isOneStatement) return this.transaction(() => this.#asOneStatement(work));
    this.#hooks.before();
    this.#beginPending();
    const { alarm } = this;
    this.#db.exec('SAVEPOINT turn');
    this.#isInTransaction = true;
    try {
      const result = work();
      this.#hooks.during();
      this.#db.exec('RELEASE turn');
      this.#isInTransaction = false;
      this.commits += 1;
      this.#written();
      this.#hooks.after();
      return result;
    } catch (error) {
      if (!this.#isInTransaction) throw error;
      this.#isInTransaction = false;
      this.#db.exec('ROLLBACK TO turn');
      this.#db.exec('RELEASE turn');
      this.alarm = alarm;
      this.#written();
      throw error;
    }
  }

  /** S4. */
  #asOneStatement<T>(work: () => T): T {
    const before = this.#statementsWritten + this.alarmsSet;
    const result = work();
    const count = this.#statementsWritten + this.alarmsSet - before;
    if (count > 1) throw new Error(`One statement was promised, and there were ${count}.`);
    return result;
  }

  setAlarm(at: number | null): void {
    this.alarmsSet += 1;
    this.#beginPending();
    this.alarm = at;
    if (!this.#isInTransaction) this.#written();
  }

  #beginPending(): void {
    if (this.#isPending) return;
    this.#isPending = true;
    this.#db.exec('BEGIN');
  }

  #written(): void {
    if (this.#cancelFlush !== undefined) return;
    const ms = this.#hooks.flushMs();
    if (ms <= 0) this.flush();
    else this.#cancelFlush = this.#hooks.later(ms, () => this.flush());
  }

  /** Everything so far is on disk. */
  flush(): void {
    this.#settle('COMMIT');
    if (this.alarmOnDisk !== this.alarm) {
      this.alarmOnDisk = this.alarm;
      this.#hooks.alarmMoved();
    }
    for (const run of this.#waiting.splice(0)) run();
  }

  /** S1. */
  lose(): void {
    this.#settle('ROLLBACK');
    this.#statements.clear();
    this.alarm = this.alarmOnDisk;
    this.#waiting = [];
  }

  #settle(how: 'COMMIT' | 'ROLLBACK'): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    if (!this.#isPending) return;
    this.#isPending = false;
    this.#isInTransaction = false;
    this.#db.exec(how);
  }

  /** The output gate: `run` when all that is committed by now is on disk. Never, if it is lost. */
  whenFlushed(run: () => void): void {
    if (this.#isPending) this.#waiting.push(run);
    else run();
  }

  sync(): Promise<void> {
    return new Promise((resolve) => {
      this.whenFlushed(() => {
        this.syncs += 1;
        resolve();
      });
    });
  }

  async deleteAll(): Promise<void> {
    this.flush();
    this.#statements.clear();
    this.#database?.close();
    this.#database = undefined;
    this.alarm = null;
    this.flush();
  }

  /** Rows by table, of what is on disk or about to be. */
  rows(): Record<string, number> {
    const tables = this.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
    return Object.fromEntries(
      tables.map(({ name }) => [
        name,
        this.exec<{ n: number }>(`SELECT count(*) AS n FROM ${name}`)[0]?.n ?? 0,
      ]),
    );
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
  }
}

function bindable(value: SqlValue): string | number | null | Uint8Array {
  return value instanceof ArrayBuffer ? new Uint8Array(value) : value;
}

function asRow<Row>(row: Record<string, unknown>): Row {
  for (const key in row) {
    const value = row[key];
    if (value instanceof Uint8Array) row[key] = value.slice().buffer;
  }
  return row as Row;
}
