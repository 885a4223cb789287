/**
 * The books of the demo service, in the SQLite of one Durable Object.
 *
 * B1. A key takes effect at most once, however many requests carry it.
 * B2. Every request leaves a line in the ledger, whatever its outcome, in the transaction that has its effect.
 * B3. An undo that comes before what it undoes wins: the late request is refused. Otherwise a payment whose caller had
 *     given up waiting could be taken after its refund.
 */
import {
  faultOf,
  type LedgerEntry,
  type Outcome,
  operations,
  refusalOf,
  type ServiceAnswer,
  type ServiceCall,
} from './operations.ts';

const LEDGER_PAGE = 1_000;

interface Effect extends Record<string, SqlStorageValue> {
  id: string;
  undone: number;
}

export class Ledger {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS effects (key TEXT PRIMARY KEY, id TEXT NOT NULL, undone INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS ledger (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, operation TEXT NOT NULL, subject TEXT NOT NULL,
        key TEXT NOT NULL, attempt INTEGER NOT NULL, outcome TEXT NOT NULL, id TEXT, recipient TEXT
      );
      CREATE INDEX IF NOT EXISTS ledger_by_subject ON ledger (subject, seq);
      CREATE INDEX IF NOT EXISTS ledger_by_key ON ledger (key, outcome);
    `);
  }

  perform(call: ServiceCall): ServiceAnswer {
    return this.#storage.transactionSync(() => {
      const { outcome, answer } = this.#decide(call);
      this.#record(call, outcome, answer.id);
      return answer;
    });
  }

  /** The lines whose subject begins with `prefix` and whose number is above `after`, oldest first. */
  read(prefix: string, after: number): { entries: LedgerEntry[]; next?: number } {
    const rows = this.#storage.sql
      .exec(
        `SELECT seq, time, operation, subject, key, attempt, outcome, id, recipient FROM ledger
         WHERE subject >= ? AND substr(subject, 1, length(?)) = ? AND seq > ? ORDER BY seq LIMIT ?`,
        prefix,
        prefix,
        prefix,
        after,
        LEDGER_PAGE,
      )
      .toArray();
    const entries = rows.map(({ id, recipient, time, ...row }) => ({
      ...row,
      time: new Date(Number(time)).toISOString(),
      ...(id !== null && { id }),
      ...(recipient !== null && { recipient }),
    })) as LedgerEntry[]; // Sound: the columns are written by #record alone.
    return { entries, ...(entries.length === LEDGER_PAGE && { next: entries.at(-1)?.seq }) };
  }

  #decide(call: ServiceCall): { outcome: Outcome; answer: ServiceAnswer } {
    const fault = faultOf(call);
    if (this.#count(call.key, 'unavailable') < (fault.failures ?? 0)) {
      return { outcome: 'unavailable', answer: unavailable(call) };
    }
    const refusal = refusalOf(call);
    if (refusal) return { outcome: 'refused', answer: { status: 422, ...refusal } };
    const done = call.undoKey === undefined ? this.#take(call) : this.#undo(call, call.undoKey);
    if (done.answer.status !== 200 || this.#count(call.key, 'answer-lost') >= (fault.lostAnswers ?? 0))
      return done;
    return { outcome: 'answer-lost', answer: { ...unavailable(call), id: done.answer.id } };
  }

  #take(call: ServiceCall): { outcome: Outcome; answer: ServiceAnswer } {
    const effect = this.#effect(call.key);
    if (effect?.undone) {
      const message = `${call.operation} came after it had been undone`;
      return { outcome: 'too-late', answer: { status: 409, error: 'AlreadyUndone', message } };
    }
    if (effect) return { outcome: 'repeated', answer: { status: 200, id: effect.id } };
    const id = this.#write(call);
    return { outcome: 'done', answer: { status: 200, id } };
  }

  #undo(call: ServiceCall, undoKey: string): { outcome: Outcome; answer: ServiceAnswer } {
    const before = this.#effect(call.key);
    if (before) return { outcome: 'repeated', answer: { status: 200, id: before.id } };
    const target = this.#effect(undoKey);
    this.#storage.sql.exec(
      `INSERT INTO effects VALUES (?, '', 1) ON CONFLICT (key) DO UPDATE SET undone = 1`,
      undoKey,
    );
    if (!target) return { outcome: 'nothing-to-undo', answer: { status: 200 } };
    return { outcome: 'undone', answer: { status: 200, id: this.#write(call) } };
  }

  #effect(key: string): Effect | undefined {
    return this.#storage.sql.exec<Effect>('SELECT id, undone FROM effects WHERE key = ?', key).toArray()[0];
  }

  #write(call: ServiceCall): string {
    const id = `${operations[call.operation].idPrefix}_${crypto.randomUUID().slice(0, 13)}`;
    this.#storage.sql.exec('INSERT INTO effects VALUES (?, ?, 0)', call.key, id);
    return id;
  }

  #count(key: string, outcome: Outcome): number {
    return this.#storage.sql
      .exec<{ n: number }>('SELECT count(*) AS n FROM ledger WHERE key = ? AND outcome = ?', key, outcome)
      .one().n;
  }

  #record(call: ServiceCall, outcome: Outcome, id: string | undefined): void {
    this.#storage.sql.exec(
      `INSERT INTO ledger (time, operation, subject, key, attempt, outcome, id, recipient) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      Date.now(),
      call.operation,
      call.subject,
      call.key,
      call.attempt ?? 1,
      outcome,
      id ?? null,
      call.recipient ?? null,
    );
  }
}

function unavailable(call: ServiceCall): ServiceAnswer {
  return {
    status: 503,
    error: 'Unavailable',
    message: `${call.operation} is unavailable, as the request asked for`,
  };
}
