import * as nexus from 'nexus-rpc';
import { getHandlerContext } from './context.ts';
import { decodeOperationToken, type OperationToken } from './operation-token.ts';

/** Refuses the token of an operation that is not of the handler's namespace. */
export function ownToken(token: string): OperationToken {
  const { namespace } = getHandlerContext();
  try {
    const target = decodeOperationToken(token);
    if (target.namespace === namespace) return target;
    throw new TypeError(
      `operation token: what stands for the operation is in namespace '${target.namespace}', not in '${namespace}'`,
    );
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new nexus.HandlerError('BAD_REQUEST', 'invalid operation token', { cause: error });
  }
}
