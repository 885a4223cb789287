/**
 * The failures that cross the boundaries of workflows, activities and clients, each with its counterpart on the wire
 * (`FailureConverter`). Only `ApplicationFailure` is meant to be thrown by user code.
 */
import type { ApplicationFailureCategory, RetryState, TimeoutType } from './failure-enums.ts';
import type { Duration } from './time.ts';
import { errorMessage, isError, isRecord, SymbolBasedInstanceOfError } from './type-helpers.ts';
import type { Failure } from './wire/messages.ts';

export * from './failure-enums.ts';

/** What failures made here say of their origin. Histories made by Temporal's TypeScript SDK say the same. */
export const FAILURE_SOURCE = 'TypeScriptSDK';

/** A failure on the wire: durations in milliseconds, enums as short names. */
export type ProtoFailure = Failure;

export interface WorkflowExecution {
  workflowId?: string | null;
  runId?: string | null;
}

/**
 * The base of all failures that cross the boundaries of workflows and activities. Thrown from a workflow, a failure of this
 * family fails the run; any other error only fails the workflow task, which is tried again until the code is mended.
 *
 * Never extend this class or its children.
 */
export class TemporalFailure extends Error {
  override readonly cause?: Error | undefined;
  /** The failure as it was recorded; only on errors that came from elsewhere. Encoding such an error uses it again. */
  failure?: ProtoFailure;

  constructor(message?: string | undefined | null, cause?: Error | undefined) {
    super(message ?? undefined);
    this.cause = cause;
  }

  static {
    SymbolBasedInstanceOfError('TemporalFailure')(TemporalFailure);
  }
}

/** A failure that the service made. */
export class ServerFailure extends TemporalFailure {
  readonly nonRetryable: boolean;

  constructor(message: string | undefined, nonRetryable: boolean, cause?: Error) {
    super(message, cause);
    this.nonRetryable = nonRetryable;
  }

  static {
    SymbolBasedInstanceOfError('ServerFailure')(ServerFailure);
  }
}

/** Input of `ApplicationFailure.create` and `ApplicationFailure.fromError`. */
export interface ApplicationFailureOptions {
  /** The error message. */
  message?: string;
  /** The kind of failure, compared with `RetryPolicy.nonRetryableErrorTypes`. */
  type?: string;
  /**
   * Whether the activity or workflow must not be retried, whatever its retry policy says.
   *
   * @default false
   */
  nonRetryable?: boolean;
  /** Whatever helps the receiver; converted with the data converter. */
  details?: unknown[];
  /** The wait before the next attempt, in place of what the retry policy says. Activities only. */
  nextRetryDelay?: Duration;
  /** The error that led to this one. */
  cause?: Error;
  /** @experimental */
  category?: ApplicationFailureCategory;
}

/**
 * The failure to throw deliberately: from an activity it fails the attempt, from a workflow it fails the run.
 *
 * ```ts
 * throw ApplicationFailure.create({ message: 'out of stock', type: 'OutOfStock', nonRetryable: true, details: [sku] });
 * ```
 */
export class ApplicationFailure extends TemporalFailure {
  readonly type?: string | undefined | null;
  readonly nonRetryable?: boolean | undefined | null;
  readonly details?: unknown[] | undefined | null;
  readonly nextRetryDelay?: Duration | undefined | null;
  readonly category?: ApplicationFailureCategory | undefined | null;

  /** Prefer `ApplicationFailure.create`, whose arguments have names. */
  constructor(
    message?: string | undefined | null,
    type?: string | undefined | null,
    nonRetryable?: boolean | undefined | null,
    details?: unknown[] | undefined | null,
    cause?: Error,
    nextRetryDelay?: Duration | undefined | null,
    category?: ApplicationFailureCategory | undefined | null,
  ) {
    super(message, cause);
    this.type = type;
    this.nonRetryable = nonRetryable;
    this.details = details;
    this.nextRetryDelay = nextRetryDelay;
    this.category = category;
  }

  /** An application failure out of any error, with its message, type, stack and cause, and `overrides` set over them. */
  static fromError(error: Error | unknown, overrides?: ApplicationFailureOptions): ApplicationFailure {
    return Object.assign(ensureApplicationFailure(error), overrides);
  }

  /** Retryable unless `nonRetryable` is set or its `type` is among the policy's `nonRetryableErrorTypes`. */
  static create(options: ApplicationFailureOptions): ApplicationFailure {
    const { message, type, nonRetryable = false, details, nextRetryDelay, cause, category } = options;
    // `this`: a subclass makes an instance of its own.
    return new this(message, type, nonRetryable, details, cause, nextRetryDelay, category);
  }

  /** A failure that is retried, unless its `type` is among the policy's `nonRetryableErrorTypes`. */
  static retryable(message?: string | null, type?: string | null, ...details: unknown[]): ApplicationFailure {
    return new this(message, type ?? 'Error', false, details);
  }

  /** A failure that is never retried. */
  static nonRetryable(
    message?: string | null,
    type?: string | null,
    ...details: unknown[]
  ): ApplicationFailure {
    return new this(message, type ?? 'Error', true, details);
  }

  static {
    SymbolBasedInstanceOfError('ApplicationFailure')(ApplicationFailure);
  }
}

/**
 * A non-retryable failure of type `PayloadValidationError`: for converters and codecs that understand a payload but refuse
 * what it holds.
 */
export function createPayloadValidationError(details: unknown): ApplicationFailure {
  return ApplicationFailure.create({
    message: 'Payload validation failed',
    type: 'PayloadValidationError',
    nonRetryable: true,
    details: details === undefined || details === null ? [] : [details],
  });
}

/**
 * Cancellation was requested. Let it pass, and the workflow or activity ends as cancelled; catch it, and it goes on.
 * Test for it with `isCancellation`, which also looks into the failures of activities and children.
 */
export class CancelledFailure extends TemporalFailure {
  readonly details: unknown[];

  constructor(message: string | undefined, details: unknown[] = [], cause?: Error) {
    super(message, cause);
    this.details = details;
  }

  static {
    SymbolBasedInstanceOfError('CancelledFailure')(CancelledFailure);
  }
}

/** The cause when a workflow was terminated. */
export class TerminatedFailure extends TemporalFailure {
  // Unlike its parent it requires a message, though that may be undefined.
  constructor(message: string | undefined, cause?: Error) {
    super(message, cause);
  }

  static {
    SymbolBasedInstanceOfError('TerminatedFailure')(TerminatedFailure);
  }
}

/** A timeout of an activity or a workflow. */
export class TimeoutFailure extends TemporalFailure {
  readonly lastHeartbeatDetails: unknown;
  readonly timeoutType: TimeoutType;

  constructor(message: string | undefined, lastHeartbeatDetails: unknown, timeoutType: TimeoutType) {
    super(message);
    this.lastHeartbeatDetails = lastHeartbeatDetails;
    this.timeoutType = timeoutType;
  }

  static {
    SymbolBasedInstanceOfError('TimeoutFailure')(TimeoutFailure);
  }
}

/** What a call of an activity throws in a workflow. The reason is its `cause`: for a timeout, a `TimeoutFailure`. */
export class ActivityFailure extends TemporalFailure {
  readonly activityType: string;
  readonly activityId: string | undefined;
  readonly retryState: RetryState;
  readonly identity: string | undefined;

  constructor(
    message: string | undefined,
    activityType: string,
    activityId: string | undefined,
    retryState: RetryState,
    identity: string | undefined,
    cause?: Error,
  ) {
    super(message, cause);
    this.activityType = activityType;
    this.activityId = activityId;
    this.retryState = retryState;
    this.identity = identity;
  }

  static {
    SymbolBasedInstanceOfError('ActivityFailure')(ActivityFailure);
  }
}

/** What waiting for a child workflow throws in its parent. The reason is its `cause`. */
export class ChildWorkflowFailure extends TemporalFailure {
  readonly namespace: string | undefined;
  readonly execution: WorkflowExecution;
  readonly workflowType: string;
  readonly retryState: RetryState;

  constructor(
    namespace: string | undefined,
    execution: WorkflowExecution,
    workflowType: string,
    retryState: RetryState,
    cause?: Error,
  ) {
    super('Child Workflow execution failed', cause);
    this.namespace = namespace;
    this.execution = execution;
    this.workflowType = workflowType;
    this.retryState = retryState;
  }

  static {
    SymbolBasedInstanceOfError('ChildWorkflowFailure')(ChildWorkflowFailure);
  }
}

/** What a Nexus operation throws in a workflow. The reason is its `cause`. */
export class NexusOperationFailure extends TemporalFailure {
  readonly scheduledEventId: number | undefined;
  readonly endpoint: string;
  readonly service: string;
  readonly operation: string;
  readonly operationToken: string | undefined;

  constructor(
    message: string | undefined,
    scheduledEventId: number | undefined,
    endpoint: string,
    service: string,
    operation: string,
    operationToken: string | undefined,
    cause?: Error,
  ) {
    super(message, cause);
    this.scheduledEventId = scheduledEventId;
    this.endpoint = endpoint;
    this.service = service;
    this.operation = operation;
    this.operationToken = operationToken;
  }

  static {
    SymbolBasedInstanceOfError('NexusOperationFailure')(NexusOperationFailure);
  }
}

/**
 * A start was refused for its workflow ID: a run of that ID is open and the conflict policy is `FAIL`, or there is a closed
 * one that the reuse policy objects to.
 */
export class WorkflowExecutionAlreadyStartedError extends TemporalFailure {
  readonly workflowId: string;
  readonly workflowType: string;

  constructor(message: string, workflowId: string, workflowType: string) {
    super(message);
    this.workflowId = workflowId;
    this.workflowType = workflowType;
  }

  static {
    SymbolBasedInstanceOfError('WorkflowExecutionAlreadyStartedError')(WorkflowExecutionAlreadyStartedError);
  }
}

/** The name of the class of a thrown object, for the `type` of an application failure. */
function typeOfThrown(error: Record<string, unknown>): string | undefined {
  const { constructor: constructorOf, name } = error;
  const className = typeof constructorOf === 'function' ? constructorOf.name : undefined;
  return className ?? (typeof name === 'string' ? name : undefined);
}

/**
 * Passes an `ApplicationFailure` through and makes one of anything else: `message` from the error or its string form,
 * `type` from its class, `stack` and `cause` kept.
 */
export function ensureApplicationFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const thrown = isRecord(error) ? error : undefined;
  const failure = ApplicationFailure.create({
    message: (thrown && String(thrown.message)) || String(error),
    type: (thrown && typeOfThrown(thrown)) || undefined,
    nonRetryable: false,
    cause: isError(thrown?.cause) ? thrown.cause : undefined,
  });
  failure.stack = (thrown && String(thrown.stack)) || '';
  return failure;
}

/** Passes a `TemporalFailure` through and makes an `ApplicationFailure` of anything else. */
export function ensureTemporalFailure(error: unknown): TemporalFailure {
  return error instanceof TemporalFailure ? error : ensureApplicationFailure(error);
}

/** The message of the innermost cause of a chain of failures; for any other error its own message. */
export function rootCause(error: unknown): string | undefined {
  if (!(error instanceof TemporalFailure)) return errorMessage(error);
  return error.cause ? rootCause(error.cause) : error.message;
}
