/** Errors of workflow code's own world, named by what the runtime does next. */
import {
  ActivityFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  NexusOperationFailure,
} from '../sdk/common/failure.ts';
import { SymbolBasedInstanceOfError } from '../sdk/common/type-helpers.ts';
import type { CommandAttributes } from '../sdk/common/wire/commands.ts';
import type { WireEventGroupMarker } from '../sdk/common/wire/event-groups.ts';

/** Base class of the errors of the workflow library. */
export class WorkflowError extends Error {
  static {
    SymbolBasedInstanceOfError('WorkflowError')(WorkflowError);
  }
}

/**
 * Workflow code did what cannot be repeated on replay, or a replay took another course than its history. The workflow task
 * fails and is tried again until the code fits.
 */
export class DeterminismViolationError extends WorkflowError {
  static {
    SymbolBasedInstanceOfError('DeterminismViolationError')(DeterminismViolationError);
  }
}

/** The errors that replay made; workflow code may throw others of the same class. */
const nondeterminismErrors = new WeakSet<object>();

/** The error for code that parts from its history. Only these fail a task with the cause NON_DETERMINISTIC_ERROR. */
export function nondeterminismError(message: string, cause?: unknown): DeterminismViolationError {
  const error = new DeterminismViolationError(`[TMPRL1100] Nondeterminism error: ${message}`, { cause });
  nondeterminismErrors.add(error);
  return error;
}

export function isNondeterminism(error: unknown): error is DeterminismViolationError {
  return typeof error === 'object' && error !== null && nondeterminismErrors.has(error);
}

/** Workflow code did not come to rest within the limit: an endless loop, most likely. The workflow task fails. */
export class DeadlockError extends WorkflowError {
  static {
    SymbolBasedInstanceOfError('DeadlockError')(DeadlockError);
  }
}

/** A promise in workflow code was rejected and nothing handled it. The workflow task fails. */
export class UnhandledRejectionError extends Error {
  override readonly cause: unknown;

  constructor(message: string, cause: unknown) {
    super(message);
    this.cause = cause;
  }

  static {
    SymbolBasedInstanceOfError('UnhandledRejectionError')(UnhandledRejectionError);
  }
}

/** What `continueAsNew` throws to end the run; let it pass. Test for it with `instanceof`, never construct it. */
export class ContinueAsNew extends Error {
  readonly command: CommandAttributes<'ContinueAsNewWorkflowExecution'>;
  readonly eventGroupMarkers?: readonly WireEventGroupMarker[] | undefined;

  /** @internal */
  constructor(
    command: CommandAttributes<'ContinueAsNewWorkflowExecution'>,
    eventGroupMarkers?: readonly WireEventGroupMarker[],
  ) {
    super('Workflow continued as new');
    this.command = command;
    this.eventGroupMarkers = eventGroupMarkers;
  }

  static {
    SymbolBasedInstanceOfError('ContinueAsNew')(ContinueAsNew);
  }
}

export interface LocalActivityBackoff {
  /** The number of the next attempt. */
  readonly attempt: number;
  readonly backoffMs: number;
  /** Milliseconds since the epoch. */
  readonly originalScheduleTime: number | undefined;
}

/** The runtime's own signal that a local activity waits for a durable timer before its next attempt. */
export class LocalActivityDoBackoff extends Error {
  readonly backoff: LocalActivityBackoff;

  constructor(backoff: LocalActivityBackoff) {
    super();
    this.backoff = backoff;
  }

  static {
    SymbolBasedInstanceOfError('LocalActivityDoBackoff')(LocalActivityDoBackoff);
  }
}

/** Whether `error` is a cancellation: a CancelledFailure, or the failure of an activity or child which was caused by one. */
export function isCancellation(error: unknown): boolean {
  if (error instanceof CancelledFailure) return true;
  const wraps =
    error instanceof ActivityFailure ||
    error instanceof ChildWorkflowFailure ||
    error instanceof NexusOperationFailure;
  return wraps && error.cause instanceof CancelledFailure;
}
