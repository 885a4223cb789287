/** Large payloads kept by the server: external storage for clients and for workers elsewhere. */
import type { ExternalStorage } from '../common/converter/extstore.ts';
import {
  type PayloadStorageOptions,
  type PayloadStore,
  payloadStorageOver,
  type StoredPayload,
} from '../common/converter/payload-storage.ts';
import { Connection } from './connection.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { grpcStatus, RpcError } from './rpc-error.ts';

/** Names the owner of what is stored: URL-encoded workflow ID and run ID, with a `/` between. */
export const OWNER_HEADER = 'perdure-payload-owner';

export interface ServerPayloadStorageOptions
  extends PayloadStorageOptions,
    Pick<ConnectionOptions, 'address' | 'tls' | 'apiKey' | 'fetch'> {
  /** In place of `address` and what goes with it. */
  connection?: Connection;
  /** Of payloads that belong to no workflow. @default default */
  namespace?: string;
}

/**
 * Keeps large payloads in the server's bucket, up to 100 MiB each. Give it to clients and to workers elsewhere; the Worker itself
 * uses `r2PayloadStorage`, and they read what each other has stored.
 *
 * ```ts
 * const connection = await Connection.connect({ address, apiKey });
 * const dataConverter = { externalStorage: createPayloadStorage({ connection }) };
 * const client = new Client({ connection, dataConverter });
 * ```
 *
 * A call that stores or reads rejects with `RpcError` when the server refuses (it has no bucket, or the key no right), with
 * `ValueError` for a payload that is too large, with `PayloadConverterError` when a payload is not there any more.
 */
export function createPayloadStorage(options: ServerPayloadStorageOptions = {}): ExternalStorage {
  const { connection, namespace, thresholdBytes, payloadBytesMax, ...address } = options;
  const limits = {
    ...(thresholdBytes !== undefined && { thresholdBytes }),
    ...(payloadBytesMax !== undefined && { payloadBytesMax }),
  };
  return payloadStorageOver(storeOver(connection ?? Connection.lazy(address)), limits, namespace);
}

function storeOver(connection: Connection): PayloadStore {
  return {
    async put({ namespace, id, owner, sha256, bytes }: StoredPayload, signal) {
      const { workflowId, runId = '' } = owner;
      const headers = {
        'content-type': 'application/octet-stream',
        [OWNER_HEADER]: `${encodeURIComponent(workflowId)}/${encodeURIComponent(runId)}`,
        'content-digest': `sha-256=:${base64OfHex(sha256)}:`,
      };
      await connection.exchange(
        { method: 'PUT', path: pathOf(namespace, id), body: bytes, headers },
        { ...(signal && { signal }) },
      );
    },
    async get(namespace, id, signal) {
      try {
        return await connection.exchange(
          { method: 'GET', path: pathOf(namespace, id) },
          { ...(signal && { signal }) },
        );
      } catch (error) {
        if (error instanceof RpcError && error.code === grpcStatus.NOT_FOUND) return undefined;
        throw error;
      }
    },
  };
}

const pathOf = (namespace: string, id: string): string =>
  `/api/v1/namespaces/${encodeURIComponent(namespace)}/payloads/${encodeURIComponent(id)}`;

function base64OfHex(hex: string): string {
  const bytes = hex.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? [];
  return btoa(String.fromCharCode(...bytes));
}
