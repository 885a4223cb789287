/** What the start of an operation gives: a result, or the token of what goes on by itself. */
import * as nexus from 'nexus-rpc';

const operationResult: unique symbol = Symbol('perdure_nexus_TemporalOperationResult') as never;

/**
 * What the handler of a {@link TemporalOperationHandler} returns. Made by `TemporalOperationResult.sync` and `.async`, and by the
 * methods of {@link TemporalNexusClient}.
 *
 * @experimental
 */
export interface TemporalOperationResult<T> {
  readonly [operationResult]: nexus.HandlerStartOperationResult<T>;
}

export const TemporalOperationResult = {
  /** The operation has ended with this value. */
  sync<T>(value: T): TemporalOperationResult<T> {
    return { [operationResult]: nexus.HandlerStartOperationResult.sync(value) };
  },
  /** The operation goes on by itself, and is cancelled by this token. */
  async<T = unknown>(token: string): TemporalOperationResult<T> {
    return { [operationResult]: nexus.HandlerStartOperationResult.async(token) };
  },
};

export function startResultOf<T>(result: TemporalOperationResult<T>): nexus.HandlerStartOperationResult<T> {
  return result[operationResult];
}
