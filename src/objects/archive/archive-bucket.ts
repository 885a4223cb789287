/** What is used of an R2 bucket to keep histories, and to erase what belongs to a workflow. */

export interface StoredPart {
  partNumber: number;
  etag: string;
}

export interface ArchiveBucket {
  put(key: string, value: Uint8Array): Promise<unknown>;
  get(key: string): Promise<{ size: number; body: ReadableStream } | null>;
  /** At most 1000 keys. */
  list(options: { prefix: string; cursor?: string }): Promise<{
    objects: { key: string; uploaded: Date }[];
    truncated: boolean;
    cursor?: string;
  }>;
  /** At most 1000 keys. */
  delete(keys: string[]): Promise<void>;
  createMultipartUpload(key: string): Promise<{
    uploadPart(partNumber: number, value: Uint8Array): Promise<StoredPart>;
    complete(parts: StoredPart[]): Promise<unknown>;
    abort(): Promise<void>;
  }>;
}

export async function* listKeys(
  bucket: ArchiveBucket,
  prefix: string,
): AsyncGenerator<{ key: string; uploaded: Date }> {
  let cursor: string | undefined;
  do {
    const page = await bucket.list({ prefix, ...(cursor && { cursor }) });
    yield* page.objects;
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
}

const ERASED_AT_ONCE = 1000;

export interface Spared {
  /** Only what was stored until then is erased, in milliseconds since the epoch. */
  before?: number;
  /** Keys that stay. */
  except?: ReadonlySet<string>;
}

/** How many objects there were. */
export async function erasePrefix(
  bucket: ArchiveBucket,
  prefix: string,
  { before = Number.POSITIVE_INFINITY, except }: Spared = {},
): Promise<number> {
  const keys: string[] = [];
  for await (const { key, uploaded } of listKeys(bucket, prefix))
    if (uploaded.getTime() <= before && !except?.has(key)) keys.push(key);
  await eraseKeys(bucket, keys);
  return keys.length;
}

export async function eraseKeys(bucket: ArchiveBucket, keys: readonly string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += ERASED_AT_ONCE)
    await bucket.delete(keys.slice(at, at + ERASED_AT_ONCE));
}
