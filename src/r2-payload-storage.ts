/** Large payloads in the Worker's own bucket: external storage for activities and workflow code that run in it. */
import type { ExternalStorage } from './sdk/common/converter/extstore.ts';
import {
  type PayloadStorageOptions,
  type PayloadStore,
  payloadStorageOver,
} from './sdk/common/converter/payload-storage.ts';
import { bucketKey, ownerMetadata, type PayloadBucket } from './sdk/common/payload-bucket.ts';

export interface R2PayloadStorageOptions extends PayloadStorageOptions {
  /** The Worker's bucket: `env.PAYLOADS`, or a function that gives it where `env` is not there yet. */
  bucket: PayloadBucket | (() => PayloadBucket | undefined);
}

/**
 * Keeps large payloads in an R2 bucket. Clients use `createPayloadStorage` of `perdure/client`, which goes through this Worker to the
 * same bucket, so the binding must be named `PAYLOADS`.
 *
 * ```ts
 * import { env } from 'cloudflare:workers';
 * import { createRuntime, r2PayloadStorage } from 'perdure';
 *
 * const dataConverter = { externalStorage: r2PayloadStorage({ bucket: env.PAYLOADS }) };
 * const runtime = createRuntime({ taskQueue: 'default', workflows, activities, dataConverter });
 * ```
 *
 * Payloads are in memory while an activity works with them, and an isolate has 128 MB: `payloadBytesMax` is 24 MiB unless given.
 */
export function r2PayloadStorage({ bucket, ...options }: R2PayloadStorageOptions): ExternalStorage {
  return payloadStorageOver(storeIn(bucket), { payloadBytesMax: IN_WORKER_BYTES_MAX, ...options });
}

const IN_WORKER_BYTES_MAX = 24 * 1024 * 1024;

function storeIn(bucket: PayloadBucket | (() => PayloadBucket | undefined)): PayloadStore {
  const found = (): PayloadBucket => {
    const there = typeof bucket === 'function' ? bucket() : bucket;
    if (there) return there;
    throw new Error('r2PayloadStorage: the Worker has no such bucket. Bind an R2 bucket as PAYLOADS.');
  };
  return {
    async put({ namespace, id, owner, sha256, bytes }) {
      const options = { sha256, customMetadata: ownerMetadata(namespace, owner) };
      await found().put(bucketKey(namespace, id), bytes, options);
    },
    async get(namespace, id) {
      const object = await found().get(bucketKey(namespace, id));
      return object === null ? undefined : new Uint8Array(await new Response(object.body).arrayBuffer());
    },
  };
}
