/**
 * The platform's limits on one statement, checked by ourselves: local runs let larger values pass, the edge does not.
 */
import type { SqlValue } from '../ports.ts';

export const VALUE_BYTES_MAX = 2_000_000;
export const BINDINGS_MAX = 100;
export const STATEMENT_BYTES_MAX = 100_000;

/** A write that the platform would refuse. Drops the turn uncommitted: it is a fault of this runtime, not of a caller. */
export class StorageLimitError extends Error {
  override readonly name = 'StorageLimitError';
}

const encoder = new TextEncoder();

function bytesOf(value: SqlValue): number {
  if (typeof value === 'string') {
    return value.length * 3 <= VALUE_BYTES_MAX ? value.length : encoder.encode(value).byteLength;
  }
  return value === null || typeof value === 'number' ? 8 : value.byteLength;
}

/** Throws `StorageLimitError` when a statement or one of its values is larger than the platform allows. */
export function assertWithinStorageLimits(statement: string, bindings: readonly SqlValue[]): void {
  if (statement.length > STATEMENT_BYTES_MAX) {
    throw new StorageLimitError(
      `A statement may have ${STATEMENT_BYTES_MAX} bytes, this one has ${statement.length}: ${statement.slice(0, 80)}...`,
    );
  }
  if (bindings.length > BINDINGS_MAX) {
    throw new StorageLimitError(
      `A statement may bind ${BINDINGS_MAX} values, this one binds ${bindings.length}: ${statement}`,
    );
  }
  for (const [index, value] of bindings.entries()) {
    const bytes = bytesOf(value);
    if (bytes > VALUE_BYTES_MAX) {
      throw new StorageLimitError(
        `A stored value may have ${VALUE_BYTES_MAX} bytes, value ${index + 1} has ${bytes}: ${statement}`,
      );
    }
  }
}
