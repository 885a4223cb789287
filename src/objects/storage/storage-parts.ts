/**
 * One byte string over several rows. The first byte of a part says whether another follows, so that parts of one record and
 * the next record can stand behind each other.
 */

/** Stays below the platform's 2,000,000 bytes a value, with room for what a later release may put in front. */
export const PART_BYTES = 1_500_000;

const LAST = 0;
const MORE = 1;

export function splitParts(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let offset = 0;
  do {
    const end = Math.min(offset + PART_BYTES, bytes.byteLength);
    const part = new Uint8Array(1 + end - offset);
    part[0] = end < bytes.byteLength ? MORE : LAST;
    part.set(bytes.subarray(offset, end), 1);
    parts.push(part);
    offset = end;
  } while (offset < bytes.byteLength);
  return parts;
}

/** Joins the record that begins at `rows[first]`; `next` is where the one after it begins. */
export function joinParts(rows: readonly ArrayBuffer[], first: number): { bytes: Uint8Array; next: number } {
  const chunks: Uint8Array[] = [];
  let next = first;
  for (let more = true; more; next++) {
    const row = rows[next];
    if (row === undefined)
      throw new StoredPartError(`Part ${next - first + 1} of a stored record is missing.`);
    const bytes = new Uint8Array(row);
    more = bytes[0] === MORE;
    chunks.push(bytes.subarray(1));
  }
  const [only] = chunks;
  return { bytes: chunks.length === 1 && only !== undefined ? only : concatenate(chunks), next };
}

/** A record of which a row is missing. History is never repaired in silence. */
export class StoredPartError extends Error {
  override readonly name = 'StoredPartError';
}

function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.byteLength, 0));
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return joined;
}
