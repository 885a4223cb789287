/**
 * The interfaces through which objects meet the platform, so that the same code loads in Node and runs in a simulator:
 * storage, clock with alarm, stubs, fetch; and the sockets of waiting callers. The thin classes that extend `DurableObject`
 * fill them in.
 */
import type { StoredElsewhere } from './archive/stored-elsewhere.ts';
import type { TaskQueueOf } from './execution/remote-tasks.ts';
import type { WorkflowExecutionApi } from './execution/workflow-execution-api.ts';
import type { NamespaceSettingsLookup } from './namespace/namespace-config.ts';
import type { SearchAttributeLookup } from './namespace/search-attribute-types.ts';
import type { NexusEndpointLookup } from './nexus/nexus-endpoints.ts';
import type { ScheduleIndexOf, SchedulesOf } from './schedule/schedule-api.ts';
import type { VisibilityWriter } from './visibility/visibility-api.ts';

export type SqlValue = string | number | null | Uint8Array | ArrayBuffer;

export interface ObjectStorage {
  /** Runs one statement; rows are read before any await. Throws above 2,000,000 bytes a value. */
  exec<Row extends Record<string, SqlValue> = Record<string, SqlValue>>(
    statement: string,
    ...bindings: SqlValue[]
  ): Row[];
  /**
   * All or nothing, alarm included. `isOneStatement`: the work writes with a single statement and moves no alarm, so that it is
   * all or nothing by itself.
   */
  transaction<T>(work: () => T, isOneStatement?: boolean): T;
  /** Resolves when everything written so far is on disk. */
  sync(): Promise<void>;
  /** Erases everything, the alarm included. */
  deleteAll(): Promise<void>;
  /** Rows written since the object was loaded, alarms included, for tests and figures. */
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
  workflowExecution(namespace: string, workflowId: string): WorkflowExecutionApi;
  /** The schedules of this Worker. Without it there are none. */
  readonly schedule?: SchedulesOf | undefined;
  /** The list of a namespace's schedules. */
  readonly scheduleIndex?: ScheduleIndexOf | undefined;
  /** What search attributes may be set. Without it any may. */
  searchAttributes?: SearchAttributeLookup;
  /** What of workflows stands in buckets. */
  readonly elsewhere?: StoredElsewhere | undefined;
  /** What their namespace says of its workflows. Without it the server's limits hold. */
  readonly namespaceSettings?: NamespaceSettingsLookup | undefined;
  /** Told of runs. Without it nothing is listed. */
  readonly visibility?: VisibilityWriter | undefined;
  /** Where Nexus operations go, by the name of their endpoint. Without it nowhere. */
  readonly nexusEndpoint?: NexusEndpointLookup | undefined;
  /** The queues of tasks that are worked on elsewhere. Without it nobody works elsewhere. */
  readonly taskQueue?: TaskQueueOf | undefined;
}

export interface ActivityFetchInit {
  method: 'POST';
  body: Uint8Array<ArrayBuffer>;
  signal: AbortSignal;
}

export interface ActivityFetch {
  /** A fetch subrequest to the Activities entrypoint. Rejects when the callee is gone. */
  fetch(url: string, init: ActivityFetchInit): Promise<Response>;
}

/** One caller's hibernatable WebSocket. What it waits for is kept with it, so that it survives hibernation. */
export interface WaiterSocket {
  readonly waitsFor: unknown;
  send(message: string): void;
  close(code: number, reason: string): void;
}

export interface ObjectSockets {
  /** Those that are open. */
  list(): WaiterSocket[];
}

export interface ObjectPorts {
  storage: ObjectStorage;
  clock: ObjectClock;
  stubs: ObjectStubs;
  activities: ActivityFetch;
  sockets: ObjectSockets;
  /** A fresh UUID. */
  newId(): string;
  /** Keeps the object loaded until the promise settles, as far as the platform allows. */
  keepAlive(work: Promise<unknown>): void;
}
