/** How a replay that failed is reported. */
import { DeterminismViolationError, isNondeterminism } from '../../executor/errors.ts';
import { SymbolBasedInstanceOfError } from '../common/type-helpers.ts';

/** A history could not be replayed, for a reason that is not nondeterminism. */
export class ReplayError extends Error {
  static {
    SymbolBasedInstanceOfError('ReplayError')(ReplayError);
  }
}

export function replayErrorOf(error: unknown): ReplayError | DeterminismViolationError {
  const details = error instanceof Error ? error.message : String(error);
  if (isNondeterminism(error)) {
    return new DeterminismViolationError(
      'Replay failed with a nondeterminism error. This means that the workflow code as written ' +
        `is not compatible with the history that was fed in. Details: ${details}`,
      { cause: error },
    );
  }
  return new ReplayError(`Replay failed due workflow task failure. Details: ${details}`, { cause: error });
}
