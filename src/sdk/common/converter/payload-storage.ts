/**
 * Large payloads in the bucket of a Perdure server: the storage driver, over whatever reaches the bucket. Clients go over HTTP, the
 * Worker straight to R2; both know each other's references, since driver and claims are the same.
 *
 * S1 A claim names namespace, ID, size and SHA-256. Who retrieves on behalf of a namespace gets that namespace's payloads only,
 *    and only bytes that are those that were stored.
 */
import { PayloadConverterError, ValueError } from '../errors.ts';
import type { Payload } from '../interfaces.ts';
import { newPayloadId, type PayloadOwner, STORED_BYTES_MAX, sha256Hex } from '../payload-bucket.ts';
import { standaloneExecutionId } from '../standalone-activity.ts';
import {
  ExternalStorage,
  type StorageDriver,
  StorageDriverClaim,
  type StorageDriverTargetInfo,
} from './extstore.ts';
import { payloadFromBytes, payloadToBytes } from './payload-bytes.ts';

export const PAYLOAD_DRIVER = 'perdure';

export interface StoredPayload {
  namespace: string;
  id: string;
  owner: PayloadOwner;
  /** Hexadecimal. */
  sha256: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** What reaches the bucket. */
export interface PayloadStore {
  put(payload: StoredPayload, signal: AbortSignal | undefined): Promise<void>;
  /** Undefined when there is no such payload (any more). */
  get(namespace: string, id: string, signal: AbortSignal | undefined): Promise<Uint8Array | undefined>;
}

export interface PayloadStorageOptions {
  /** Payloads of fewer bytes stay in history. @default 256 KiB */
  thresholdBytes?: number;
  /** Larger payloads are refused before anything is sent, at most 100 MiB. @default 100 MiB */
  payloadBytesMax?: number;
}

/** External storage of one driver, over `store`. `namespace` is that of payloads whose owner names none. */
export function payloadStorageOver(
  store: PayloadStore,
  { thresholdBytes, payloadBytesMax = STORED_BYTES_MAX }: PayloadStorageOptions,
  namespace = 'default',
): ExternalStorage {
  if (!(payloadBytesMax > 0 && payloadBytesMax <= STORED_BYTES_MAX)) {
    throw new ValueError(`payloadBytesMax: expected 1 to ${STORED_BYTES_MAX}, got ${payloadBytesMax}`);
  }
  const driver = new BucketDriver(store, payloadBytesMax, namespace);
  return new ExternalStorage({
    drivers: [driver],
    ...(thresholdBytes !== undefined && { payloadSizeThreshold: thresholdBytes }),
  });
}

class BucketDriver implements StorageDriver {
  readonly name = PAYLOAD_DRIVER;
  readonly type = 'perdure.payloads';
  readonly #store: PayloadStore;
  readonly #bytesMax: number;
  readonly #namespace: string;

  constructor(store: PayloadStore, bytesMax: number, namespace: string) {
    this.#store = store;
    this.#bytesMax = bytesMax;
    this.#namespace = namespace;
  }

  /** One after another, so that memory holds one copy at a time. */
  async store(
    { target, abortSignal }: { target?: StorageDriverTargetInfo; abortSignal?: AbortSignal },
    payloads: Payload[],
  ): Promise<StorageDriverClaim[]> {
    const namespace = target?.namespace || this.#namespace;
    const owner = ownerOf(target);
    const claims: StorageDriverClaim[] = [];
    for (const payload of payloads) {
      const bytes = payloadToBytes(payload);
      if (bytes.byteLength > this.#bytesMax) {
        const limit = `the limit of ${this.#bytesMax}`;
        throw new ValueError(
          `A payload of ${bytes.byteLength} bytes exceeds ${limit}: keep it elsewhere yourself`,
        );
      }
      const id = await newPayloadId(owner);
      const sha256 = await sha256Hex(bytes);
      await this.#store.put({ namespace, id, owner, sha256, bytes }, abortSignal);
      claims.push(new StorageDriverClaim({ namespace, id, sha256, bytes: String(bytes.byteLength) }));
    }
    return claims;
  }

  async retrieve(
    { target, abortSignal }: { target?: StorageDriverTargetInfo; abortSignal?: AbortSignal },
    claims: StorageDriverClaim[],
  ): Promise<Payload[]> {
    const payloads: Payload[] = [];
    for (const { claimData } of claims) {
      payloads.push(await this.#retrieve(claimData, target?.namespace, abortSignal));
    }
    return payloads;
  }

  async #retrieve(
    { namespace = '', id = '', sha256 }: Record<string, string>,
    expected: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Payload> {
    if (expected && namespace !== expected) {
      throw new PayloadConverterError(
        `A reference of namespace '${expected}' names a payload of namespace '${namespace}', which it may not see`,
      );
    }
    const found = await this.#store.get(namespace, id, signal);
    if (found === undefined) {
      throw new PayloadConverterError(
        `The stored payload ${id} of namespace '${namespace}' is not there (any more): it was erased, or its bucket is another one`,
      );
    }
    const bytes = new Uint8Array(found);
    if ((await sha256Hex(bytes)) === sha256) return payloadFromBytes(bytes);
    throw new PayloadConverterError(
      `The stored payload ${id} of namespace '${namespace}' is not what was stored`,
    );
  }
}

/** A payload of nobody in particular stands under the empty ID, that of an activity without a workflow under its object's. */
function ownerOf(target: StorageDriverTargetInfo | undefined): PayloadOwner {
  const { id = '', runId } = target ?? {};
  if (target?.kind === 'activity' && id !== '') return { workflowId: standaloneExecutionId(id) };
  return { workflowId: id, ...(target?.kind === 'workflow' && runId && { runId }) };
}
