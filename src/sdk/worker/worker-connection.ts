/** What a worker asks of its server before it polls, and what it makes of a refusal. */
import { isGrpcServiceError } from '../client/errors.ts';
import { TransportError } from './errors.ts';
import type { NativeConnection } from './native-connection.ts';

export async function assertNamespace(connection: NativeConnection, namespace: string): Promise<void> {
  try {
    await connection.gateway.describeNamespace({ namespace });
  } catch (error) {
    throw transportError(error);
  }
}

export function transportError(error: unknown): TransportError {
  const message = isGrpcServiceError(error) ? error.message : String(error);
  return new TransportError(message, { cause: error });
}
