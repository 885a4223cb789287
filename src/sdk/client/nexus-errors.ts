/** Errors of `NexusClient`. */
import { SymbolBasedInstanceOfError } from '../common/type-helpers.ts';

/** The operation did not complete: `cause` is its failure, or tells that it was cancelled, terminated or timed out. */
export class NexusOperationFailureError extends Error {
  override readonly cause: Error;

  constructor(message: string, cause: Error) {
    super(message, { cause });
    this.cause = cause;
  }

  static {
    SymbolBasedInstanceOfError('NexusOperationFailureError')(NexusOperationFailureError);
  }
}

const which = (operationId: string, runId: string | undefined) =>
  `operationId=${operationId}${runId ? ` runId=${runId}` : ''}`;

/** The ID is taken, and the policies of the start do not allow another. `runId` is the run that has it. */
export class NexusOperationAlreadyStartedError extends Error {
  readonly operationId: string;
  readonly runId?: string | undefined;

  constructor(operationId: string, runId?: string | undefined) {
    super(`Nexus operation already started: ${which(operationId, runId)}`);
    this.operationId = operationId;
    this.runId = runId;
  }

  static {
    SymbolBasedInstanceOfError('NexusOperationAlreadyStartedError')(NexusOperationAlreadyStartedError);
  }
}

/**
 * There is no such operation, or it has ended and cannot be cancelled any more. Also of a start: there is no such endpoint. `cause`
 * is what the server said.
 */
export class NexusOperationNotFoundError extends Error {
  readonly operationId: string;
  readonly runId?: string | undefined;

  constructor(operationId: string, runId?: string | undefined, options?: ErrorOptions) {
    super(`Nexus operation not found: ${which(operationId, runId)}`, options);
    this.operationId = operationId;
    this.runId = runId;
  }

  static {
    SymbolBasedInstanceOfError('NexusOperationNotFoundError')(NexusOperationNotFoundError);
  }
}
