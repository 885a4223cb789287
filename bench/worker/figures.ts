/**
 * Counts what the objects of this isolate write, by wrapping the platform's own calls. Installed on request only, after the
 * timed part, so that it costs the measured systems nothing.
 */
export interface WriteFigures {
  rows: number;
  commits: number;
  bytes: number;
  alarms: number;
}

const figures: WriteFigures = { rows: 0, commits: 0, bytes: 0, alarms: 0 };
let isInstalled = false;
let transactionDepth = 0;

export function resetFigures(storage: DurableObjectStorage): void {
  Object.assign(figures, { rows: 0, commits: 0, bytes: 0, alarms: 0 });
  if (isInstalled) return;
  isInstalled = true;
  wrapStatements(Object.getPrototypeOf(storage.sql));
  wrapStorage(Object.getPrototypeOf(storage));
}

export function readFigures(): WriteFigures {
  return { ...figures };
}

function wrapStatements(prototype: SqlStorage): void {
  const exec = prototype.exec;
  prototype.exec = function (this: SqlStorage, statement: string, ...bindings: unknown[]) {
    const cursor = exec.call(this, statement, ...bindings);
    if (cursor.rowsWritten > 0) {
      figures.rows += cursor.rowsWritten;
      for (const binding of bindings) figures.bytes += sizeOf(binding);
      if (transactionDepth === 0) figures.commits++;
    }
    return cursor;
  } as typeof exec;
}

function wrapStorage(prototype: DurableObjectStorage): void {
  const { transactionSync, setAlarm } = prototype;
  prototype.transactionSync = function <T>(this: DurableObjectStorage, work: () => T): T {
    const before = figures.rows;
    transactionDepth++;
    try {
      return transactionSync.call(this, work) as T;
    } finally {
      transactionDepth--;
      if (figures.rows > before) figures.commits++;
    }
  };
  prototype.setAlarm = function (this: DurableObjectStorage, ...parameters: Parameters<typeof setAlarm>) {
    figures.rows++;
    figures.alarms++;
    return setAlarm.apply(this, parameters);
  };
}

function sizeOf(binding: unknown): number {
  if (typeof binding === 'string') return binding.length;
  if (binding instanceof ArrayBuffer || ArrayBuffer.isView(binding)) return binding.byteLength;
  return 8;
}
