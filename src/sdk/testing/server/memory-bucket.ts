/** A bucket of a server in this process: what is stored is in memory, up to a bound for all of it. */
import { createHash } from 'node:crypto';
import type { ArchiveBucket, StoredPart } from '../../../objects/archive/archive-bucket.ts';
import type { PayloadBucket } from '../../common/payload-bucket.ts';

const BYTES_MAX = 512 * 1024 * 1024;
const LISTED_MAX = 1000;

interface StoredObject {
  bytes: Uint8Array<ArrayBuffer>;
  uploaded: Date;
}

export class MemoryBucket implements PayloadBucket, ArchiveBucket {
  readonly #objects = new Map<string, StoredObject>();
  readonly #now: () => number;
  #bytes = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  async put(
    key: string,
    value: ReadableStream | Uint8Array,
    { onlyIf, sha256 }: { onlyIf?: { etagDoesNotMatch: string }; sha256?: string } = {},
  ): Promise<{ size: number } | null> {
    const bytes = new Uint8Array(await new Response(value as BodyInit).arrayBuffer());
    if (sha256 !== undefined && createHash('sha256').update(bytes).digest('hex') !== sha256) {
      throw new Error('The SHA-256 checksum you specified did not match what we received.');
    }
    const before = this.#objects.get(key);
    if (before !== undefined && onlyIf !== undefined) return null;
    const total = this.#bytes - (before?.bytes.byteLength ?? 0) + bytes.byteLength;
    if (total > BYTES_MAX) throw new Error(`The test server keeps at most ${BYTES_MAX} bytes in a bucket.`);
    this.#bytes = total;
    this.#objects.set(key, { bytes, uploaded: new Date(this.#now()) });
    return { size: bytes.byteLength };
  }

  async get(key: string): Promise<{ size: number; body: ReadableStream } | null> {
    const found = this.#objects.get(key);
    if (found === undefined) return null;
    const { body } = new Response(found.bytes);
    return {
      size: found.bytes.byteLength,
      body: body ?? new ReadableStream({ start: (it) => it.close() }),
    };
  }

  async list({ prefix, cursor = '' }: { prefix: string; cursor?: string }) {
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix) && key > cursor).sort();
    const page = keys.slice(0, LISTED_MAX);
    const last = page.at(-1);
    const objects = page.map((key) => ({ key, uploaded: this.#objects.get(key)?.uploaded ?? new Date(0) }));
    const truncated = keys.length > page.length;
    return { objects, truncated, ...(truncated && last !== undefined && { cursor: last }) };
  }

  async delete(keys: string[]): Promise<void> {
    for (const key of keys) {
      this.#bytes -= this.#objects.get(key)?.bytes.byteLength ?? 0;
      this.#objects.delete(key);
    }
  }

  async createMultipartUpload(key: string) {
    const parts = new Map<number, Uint8Array>();
    return {
      uploadPart: async (partNumber: number, value: Uint8Array): Promise<StoredPart> => {
        parts.set(partNumber, value.slice());
        return { partNumber, etag: String(partNumber) };
      },
      complete: async (uploaded: StoredPart[]) => {
        const chunks = uploaded.map(({ partNumber }) => parts.get(partNumber) ?? new Uint8Array());
        await this.put(key, Buffer.concat(chunks));
      },
      abort: async () => parts.clear(),
    };
  }
}
