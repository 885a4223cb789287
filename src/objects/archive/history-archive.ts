/**
 * Histories that have outlived their retention, in a bucket.
 *
 * H1 A run is one object, `histories/<namespace>/<workflow>/<close time>-<place among the runs>-<run>.jsonl`, written whole or not
 *    at all; writing it again changes nothing. It is written before the run is erased. Names are in the order in which runs ended.
 * H2 At most a part of it is in memory at a time.
 */
import { type EventOfLine, eventLine, eventsOf, headerLine } from '../../sdk/common/history-lines.ts';
import type { HistoryEvent } from '../../sdk/common/wire/events.ts';
import { type ArchiveBucket, eraseKeys, listKeys, type StoredPart } from './archive-bucket.ts';

interface Workflow {
  namespace: string;
  workflowId: string;
}

export interface ArchivedRun extends Workflow {
  runId: string;
  /** Milliseconds since the epoch. */
  closeTime: number;
  /** Place among the workflow's runs. */
  runSeq: number;
}

export interface HistoryArchive {
  /** Resolves when it is stored. */
  store(run: ArchivedRun, events: AsyncIterable<readonly HistoryEvent[]>): Promise<void>;
  /** The run, or the one that ended last; undefined when there is none. */
  find(
    workflow: Workflow,
    runId?: string,
  ): Promise<{ runId: string; events: AsyncIterable<EventOfLine> } | undefined>;
  /** One run of a workflow, or all. How many there were. */
  erase(workflow: Workflow, runId?: string): Promise<number>;
  count(workflow: Workflow): Promise<number>;
}

/** A part of an upload has 5 MiB at least, the last one excepted. */
const PART_BYTES = 8 * 1024 * 1024;
const NAME_MAX = 200;
const SUFFIX = '.jsonl';

export function createHistoryArchive(bucket: ArchiveBucket): HistoryArchive {
  return {
    async store(run, pages) {
      const key = `${await prefixOf(run)}${nameOf(run)}`;
      const upload = new Upload(bucket, key);
      try {
        const { namespace, workflowId, runId } = run;
        await upload.add(headerLine({ namespace, workflowId, runId }));
        for await (const events of pages) for (const event of events) await upload.add(eventLine(event));
        await upload.finish();
      } catch (error) {
        await upload.abort();
        throw error;
      }
    },

    async find(workflow, runId) {
      const prefix = await prefixOf(workflow);
      const key = (await keysOf(bucket, prefix, runId)).at(-1);
      const found = key === undefined ? null : await bucket.get(key);
      if (found === null || key === undefined) return undefined;
      return { runId: runIdIn(key.slice(prefix.length)), events: eventsOf(found.body) };
    },

    async erase(workflow, runId) {
      const prefix = await prefixOf(workflow);
      const keys = await keysOf(bucket, prefix, runId);
      await eraseKeys(bucket, keys);
      return keys.length;
    },

    async count(workflow) {
      return (await keysOf(bucket, await prefixOf(workflow))).length;
    },
  };
}

/** In order: buckets list keys so. */
async function keysOf(bucket: ArchiveBucket, prefix: string, runId?: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of listKeys(bucket, prefix))
    if (runId === undefined || runIdIn(key.slice(prefix.length)) === runId) keys.push(key);
  return keys;
}

const TIME_DIGITS = 15;
const SEQ_DIGITS = 10;

function nameOf({ closeTime, runSeq, runId }: ArchivedRun): string {
  const time = String(Math.floor(closeTime)).padStart(TIME_DIGITS, '0');
  return `${time}-${String(runSeq).padStart(SEQ_DIGITS, '0')}-${runId}${SUFFIX}`;
}

const runIdIn = (name: string): string => name.slice(TIME_DIGITS + SEQ_DIGITS + 2, -SUFFIX.length);

async function prefixOf({ namespace, workflowId }: Workflow): Promise<string> {
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
