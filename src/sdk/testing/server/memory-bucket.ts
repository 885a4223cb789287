/** The bucket of a server in this process: payloads in memory, up to a bound for all of them. */
import { createHash } from 'node:crypto';
import type { PayloadBucket } from '../../common/payload-bucket.ts';

const BYTES_MAX = 512 * 1024 * 1024;

export class MemoryBucket implements PayloadBucket {
  readonly #objects = new Map<string, Uint8Array<ArrayBuffer>>();
  #bytes = 0;

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
    const total = this.#bytes - (before?.byteLength ?? 0) + bytes.byteLength;
    if (total > BYTES_MAX)
      throw new Error(`The test server keeps at most ${BYTES_MAX} bytes of large payloads.`);
    this.#bytes = total;
    this.#objects.set(key, bytes);
    return { size: bytes.byteLength };
  }

  async get(key: string): Promise<{ size: number; body: ReadableStream } | null> {
    const bytes = this.#objects.get(key);
    if (bytes === undefined) return null;
    const { body } = new Response(bytes);
    return { size: bytes.byteLength, body: body ?? new ReadableStream({ start: (it) => it.close() }) };
  }
}
