/** What a worker asks of its server before it polls, and what it makes of a refusal. */

import type { CallName, CallOptions, Gateway } from '../client/calls/index.ts';
import { Client, type ClientOptions } from '../client/client.ts';
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

/** The connection that a worker has at the moment, and what goes through it: it may be given another while it runs. */
export class CurrentConnection {
  /** Each call goes to the connection of that moment. */
  readonly gateway: Gateway;
  readonly #clientOptions: ClientOptions;
  #connection: NativeConnection;
  #client: Client | undefined;

  constructor(connection: NativeConnection, clientOptions: Omit<ClientOptions, 'connection'>) {
    this.#connection = connection;
    this.#clientOptions = clientOptions;
    const names = Object.keys(connection.gateway) as CallName[];
    // The entries are those of any connection, called with the same requests.
    this.gateway = Object.fromEntries(
      names.map((name) => [
        name,
        (request: object, options?: CallOptions) =>
          (this.#connection.gateway[name] as AnyCall)(request, options),
      ]),
    ) as Gateway;
  }

  get connection(): NativeConnection {
    return this.#connection;
  }

  /** A client on it; another one once the connection has been replaced. */
  get client(): Client {
    this.#client ??= new Client({ ...this.#clientOptions, connection: this.#connection });
    return this.#client;
  }

  replace(connection: NativeConnection): void {
    this.#connection = connection;
    this.#client = undefined;
  }
}

type AnyCall = (request: object, options?: CallOptions) => Promise<unknown>;
