/** What a commit writes of a run, and what storage gives back of it. */
import type { HistoryEvent } from '../../sdk/common/wire/events.ts';
import type { WorkflowStatusName } from '../../sdk/common/wire/messages.ts';

/** What an activity attempt looks like in storage when it differs from "first attempt, as scheduled / as admitted". */
export interface ActivityRow {
  scheduledEventId: number;
  /** JSON-able but for payload bytes. Opaque to the object. */
  data: unknown;
}

/** Everything that a commit of one run writes. */
export interface RunChanges {
  /** 1, 2, 3 ... in the order in which the runs of this ID began. */
  runSeq: number;
  runId: string;
  /** Present when events were added: one batch, keyed by its first event ID. Notes only come together with events. */
  batch?: RunBatch;
  /** Upserts, and event IDs whose row goes. */
  activityRows: readonly ActivityRow[];
  activityRowsDeleted: readonly number[];
  /** The volatile part that is not per activity (workflow task attempts, buffered inputs, deliveries); undefined = unchanged, null = delete. */
  volatile?: unknown | null;
  /** Present at start, at close and when the visibility record moved. */
  summary?: RunSummary;
}

/** Events of one turn, and notes: facts without an event of their own that fold with them (first-attempt admissions). */
export interface RunBatch {
  firstEventId: number;
  events: readonly HistoryEvent[];
  notes?: unknown;
}

/** One row per run: what must be readable without folding its history. */
export interface RunSummary {
  runId: string;
  firstExecutionRunId: string;
  status: WorkflowStatusName;
  startTime: number;
  closeTime?: number;
  /** Grows each time the visibility record changes; the index confirms the number it has. */
  visibilityVersion: number;
  visibilityConfirmed: number;
  /** When a closed run may be erased: close time plus retention. */
  expiryTime?: number;
  /** The run that a reset of this one began (RESET-9). */
  resetRunId?: string;
  /**
   * A closed run has parent close actions, or notifications of its parent, schedule or Nexus callers, to deliver. Such runs that are not the current one are
   * given to `loadExecution` as `earlier`.
   */
  hasDeliveries?: boolean;
  /** Start request IDs that map to this run (START-9). */
  requestIds: readonly { requestId: string; started: boolean }[];
}

/** Volatile rows of one run as storage gives them back. */
export interface StoredRun {
  runSeq: number;
  summary: RunSummary;
  batches: Iterable<RunBatch>;
  activityRows: Iterable<ActivityRow>;
  volatile?: unknown;
}
