/** Errors of workers. Those of the wider library keep their places: `IllegalStateError` is in `perdure/common`. */
import { IllegalStateError } from '../common/errors.ts';
import { SymbolBasedInstanceOfError } from '../common/type-helpers.ts';

/** The worker had to be cut off: activities were still running when `shutdownForceTime` was over. */
export class GracefulShutdownPeriodExpiredError extends Error {
  static {
    SymbolBasedInstanceOfError('GracefulShutdownPeriodExpiredError')(GracefulShutdownPeriodExpiredError);
  }
}

/** The promise given to {@link Worker.runUntil} did not settle in time after the worker had stopped. */
export class PromiseCompletionTimeoutError extends Error {
  static {
    SymbolBasedInstanceOfError('PromiseCompletionTimeoutError')(PromiseCompletionTimeoutError);
  }
}

export interface CombinedWorkerRunErrorCause {
  /** What ended the worker. */
  workerError: unknown;
  /** What the function or promise given to {@link Worker.runUntil} rejected with. */
  innerError: unknown;
}

/** Both the worker and what it ran for failed. */
export class CombinedWorkerRunError extends Error {
  override readonly cause: CombinedWorkerRunErrorCause;

  constructor(message: string, { cause }: { cause: CombinedWorkerRunErrorCause }) {
    super(message);
    this.cause = cause;
  }

  static {
    SymbolBasedInstanceOfError('CombinedWorkerRunError')(CombinedWorkerRunError);
  }
}

/** The worker was asked for something after its shutdown. */
export class ShutdownError extends Error {
  static {
    SymbolBasedInstanceOfError('ShutdownError')(ShutdownError);
  }
}

/** The server cannot be reached, or refuses for good. */
export class TransportError extends Error {
  static {
    SymbolBasedInstanceOfError('TransportError')(TransportError);
  }
}

/** A fault of the library. */
export class UnexpectedError extends Error {
  override readonly cause: unknown;

  constructor(message: string, cause?: unknown) {
    super(message);
    this.cause = cause;
  }

  static {
    SymbolBasedInstanceOfError('UnexpectedError')(UnexpectedError);
  }
}

/** @deprecated Import the classes. */
export const errors = {
  IllegalStateError,
  ShutdownError,
  TransportError,
  UnexpectedError,
  GracefulShutdownPeriodExpiredError,
};
