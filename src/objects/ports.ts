/**
 * The four interfaces through which objects meet the platform, so that the same code loads in Node and runs in a simulator:
 * storage, clock with alarm, stubs, fetch. The thin classes that extend `DurableObject` fill them in.
 */

export type SqlValue = string | number | null | Uint8Array | ArrayBuffer;

export interface ObjectStorage {
  /** Runs one statement; rows are read before any await. Throws above 2,000,000 bytes a value. */
  exec<Row extends Record<string, SqlValue> = Record<string, SqlValue>>(statement: string, ...bindings: SqlValue[]): Row[];
  /** All or nothing, alarm included. */
  transaction<T>(work: () => T): T;
  /** Resolves when everything written so far is on disk. */
  sync(): Promise<void>;
  /** Erases everything, the alarm included. */
  deleteAll(): Promise<void>;
  /** Rows written since the object was loaded, for tests and figures. */
  readonly rowsWritten: number;
}

export interface ObjectClock {
  /** Milliseconds since the epoch. */
  now(): number;
  getAlarm(): Promise<number | null>;
  /** Part of the surrounding transaction when there is one. */
  setAlarm(at: number): void;
  deleteAlarm(): void;
  /** In-memory only: wakes this instance if it is still loaded. Returns a cancel function. */
  after(ms: number, run: () => void): () => void;
}

/** Native RPC to other objects and entrypoints. */
export interface ObjectStubs {
  workflowExecution(namespace: string, workflowId: string): import('./workflow-execution-api.ts').WorkflowExecutionApi;
}

export interface ActivityFetch {
  /** A fetch subrequest to the Activities entrypoint. Rejects when the callee is gone. */
  fetch(request: Request): Promise<Response>;
}
