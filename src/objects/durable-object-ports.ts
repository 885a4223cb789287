/** The ports of a real Durable Object. */

import type {
  ActivityFetch,
  ObjectPorts,
  ObjectStorage,
  ObjectStubs,
  SqlValue,
  WaiterSocket,
} from './ports.ts';
import { assertWithinStorageLimits } from './storage/storage-limits.ts';

/** How this object reaches the other entrypoints of its Worker. */
export interface WorkerCalls {
  stubs: ObjectStubs;
  activities: ActivityFetch;
}

export function durableObjectPorts(ctx: DurableObjectState, calls: WorkerCalls): ObjectPorts {
  const storage = new DurableObjectStoragePort(ctx.storage);
  return {
    storage,
    clock: {
      now: Date.now,
      getAlarm: () => ctx.storage.getAlarm(),
      setAlarm: (at) => {
        storage.rowsWritten += 1;
        void ctx.storage.setAlarm(at);
      },
      deleteAlarm: () => {
        storage.rowsWritten += 1;
        void ctx.storage.deleteAlarm();
      },
      after: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    },
    ...calls,
    sockets: { list: () => ctx.getWebSockets().filter(isOpen).map(waiterSocket) },
    newId: () => crypto.randomUUID(),
    keepAlive: (work) => ctx.waitUntil(work.catch(() => undefined)),
  };
}

export function objectStorage(ctx: DurableObjectState): ObjectStorage {
  return new DurableObjectStoragePort(ctx.storage);
}

class DurableObjectStoragePort implements ObjectStorage {
  rowsWritten = 0;
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  exec<Row extends Record<string, SqlValue>>(statement: string, ...bindings: SqlValue[]): Row[] {
    assertWithinStorageLimits(statement, bindings);
    const cursor = this.#storage.sql.exec(statement, ...bindings);
    // Sound as far as the statement is right: the platform gives what the columns hold, bytes as ArrayBuffer.
    const rows = cursor.toArray() as unknown as Row[];
    this.rowsWritten += cursor.rowsWritten;
    return rows;
  }

  transaction<T>(work: () => T, isOneStatement = false): T {
    // A savepoint costs as much as the statement in it.
    return isOneStatement ? work() : this.#storage.transactionSync(work);
  }

  sync(): Promise<void> {
    return this.#storage.sync();
  }

  deleteAll(): Promise<void> {
    return this.#storage.deleteAll();
  }
}

/** The platform lists those that were told and closed, too, until their callers have answered the close. */
function isOpen(socket: WebSocket): boolean {
  return socket.readyState === WebSocket.OPEN;
}

function waiterSocket(socket: WebSocket): WaiterSocket {
  return {
    waitsFor: socket.deserializeAttachment() as unknown,
    send: (message) => socket.send(message),
    close: (code, reason) => socket.close(code, reason),
  };
}
