/**
 * Histories that have outlived their retention, in a bucket.
 *
 * H1 A run is one object, `histories/<namespace>/<workflow>/<run>.jsonl`, written whole or not at all; writing it again changes
 *    nothing. It is written before the run is erased.
 * H2 At most a part of it is in memory at a time.
 */
import { type EventOfLine, eventLine, eventsOf, headerLine } from '../../sdk/common/history-lines.ts';
import type { HistoryEvent } from '../../sdk/common/wire/events.ts';
import { type ArchiveBucket, erasePrefix, listKeys, type StoredPart } from './archive-bucket.ts';

export interface ArchivedRun {
  namespace: string;
  workflowId: string;
  runId: string;
}

export interface HistoryArchive {
  /** Resolves when it is stored. */
  store(run: ArchivedRun, events: AsyncIterable<readonly HistoryEvent[]>): Promise<void>;
  /** The run, or the one that was archived last; undefined when there is none. */
  find(
    workflow: Omit<ArchivedRun, 'runId'>,
    runId?: string,
  ): Promise<{ runId: string; events: AsyncIterable<EventOfLine> } | undefined>;
  /** One run of a workflow, or all. How many there were. */
  erase(workflow: Omit<ArchivedRun, 'runId'>, runId?: string): Promise<number>;
  count(workflow: Omit<ArchivedRun, 'runId'>): Promise<number>;
}

/** A part of an upload has 5 MiB at least, the last one excepted. */
const PART_BYTES = 8 * 1024 * 1024;
const NAME_MAX = 200;
const SUFFIX = '.jsonl';

export function createHistoryArchive(bucket: ArchiveBucket): HistoryArchive {
  return {
    async store(run, pages) {
      const key = `${await prefixOf(run)}${run.runId}${SUFFIX}`;
      const upload = new Upload(bucket, key);
      try {
        await upload.add(headerLine(run));
        for await (const events of pages) for (const event of events) await upload.add(eventLine(event));
        await upload.finish();
      } catch (error) {
        await upload.abort();
        throw error;
      }
    },

    async find(workflow, runId) {
      const prefix = await prefixOf(workflow);
      const key = runId ? `${prefix}${runId}${SUFFIX}` : await latestOf(bucket, prefix);
      const found = key === undefined ? null : await bucket.get(key);
      if (found === null || key === undefined) return undefined;
      return { runId: key.slice(prefix.length, -SUFFIX.length), events: eventsOf(found.body) };
    },

    async erase(workflow, runId) {
      const prefix = await prefixOf(workflow);
      return erasePrefix(bucket, runId === undefined ? prefix : `${prefix}${runId}${SUFFIX}`);
    },

    async count(workflow) {
      let count = 0;
      for await (const _ of listKeys(bucket, await prefixOf(workflow))) count += 1;
      return count;
    },
  };
}

async function latestOf(bucket: ArchiveBucket, prefix: string): Promise<string | undefined> {
  let latest: { key: string; uploaded: Date } | undefined;
  for await (const found of listKeys(bucket, prefix))
    if (latest === undefined || found.uploaded >= latest.uploaded) latest = found;
  return latest?.key;
}

async function prefixOf({ namespace, workflowId }: Omit<ArchivedRun, 'runId'>): Promise<string> {
  return `histories/${await partOf(namespace)}/${await partOf(workflowId)}/`;
}

/** A key has 1024 bytes at most. A long name is its SHA-256, behind a character that no encoded name has. */
async function partOf(name: string): Promise<string> {
  const encoded = encodeURIComponent(name);
  if (encoded.length <= NAME_MAX) return encoded;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(name)));
  return `=${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** H1, H2. In one piece when it is small, else in parts. */
class Upload {
  readonly #bucket: ArchiveBucket;
  readonly #key: string;
  readonly #parts: StoredPart[] = [];
  #multipart: Awaited<ReturnType<ArchiveBucket['createMultipartUpload']>> | undefined;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(bucket: ArchiveBucket, key: string) {
    this.#bucket = bucket;
    this.#key = key;
  }

  async add(line: Uint8Array): Promise<void> {
    this.#held.push(line);
    this.#heldBytes += line.byteLength;
    while (this.#heldBytes >= PART_BYTES) await this.#sendPart(this.#take(PART_BYTES));
  }

  async finish(): Promise<void> {
    if (this.#multipart === undefined) {
      await this.#bucket.put(this.#key, this.#take(this.#heldBytes));
      return;
    }
    if (this.#heldBytes > 0) await this.#sendPart(this.#take(this.#heldBytes));
    await this.#multipart.complete(this.#parts);
  }

  async abort(): Promise<void> {
    // What cannot be given up is given up by the bucket after some days.
    await this.#multipart?.abort().catch(() => undefined);
  }

  async #sendPart(bytes: Uint8Array): Promise<void> {
    this.#multipart ??= await this.#bucket.createMultipartUpload(this.#key);
    this.#parts.push(await this.#multipart.uploadPart(this.#parts.length + 1, bytes));
  }

  /** Parts are of one size: that many bytes, and the rest is held. */
  #take(size: number): Uint8Array {
    const all = new Uint8Array(this.#heldBytes);
    let at = 0;
    for (const line of this.#held) {
      all.set(line, at);
      at += line.byteLength;
    }
    this.#held = size < all.byteLength ? [all.slice(size)] : [];
    this.#heldBytes -= size;
    return all.slice(0, size);
  }
}
