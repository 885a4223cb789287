import { isGrpcServiceError } from '../../client/errors.ts';
import { grpcStatus } from '../../client/rpc-error.ts';
import type { ConnectionLike } from '../../client/types.ts';
import { msToTs } from '../../common/deprecated-time.ts';

/** Registers a namespace whose retention is a day, unless it is there already. */
export async function createNamespace(
  connection: ConnectionLike,
  namespace: string,
  maxAttempts = 100,
  retryIntervalSecs = 1,
): Promise<void> {
  const request = { namespace, workflowExecutionRetentionPeriod: msToTs('1 day') };
  await attempt(maxAttempts, retryIntervalSecs, async () => {
    await connection.workflowService.registerNamespace(request).catch((error: unknown) => {
      if (!isGrpcServiceError(error) || error.code !== grpcStatus.ALREADY_EXISTS) throw error;
    });
  });
}

/** Waits until the server knows a namespace. */
export async function waitOnNamespace(
  connection: ConnectionLike,
  namespace: string,
  maxAttempts = 100,
  retryIntervalSecs = 1,
): Promise<void> {
  await attempt(maxAttempts, retryIntervalSecs, async () => {
    await connection.workflowService.describeNamespace({ namespace });
  });
}

async function attempt(maxAttempts: number, retrySecs: number, work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries >= maxAttempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, retrySecs * 1000));
    }
  }
}
