/** Page tokens of listings: opaque to callers, and good only for the query that they were made for. */
import type { RunPosition } from './visibility-api.ts';

export interface ListingPosition {
  after: RunPosition;
  /** Each shard's moment at which the listing began. */
  asOf: (number | null)[];
}

export function encodeListToken(query: string, { after, asOf }: ListingPosition): Uint8Array {
  const { sortClose, sortStart, runId } = after;
  return new TextEncoder().encode(JSON.stringify([1, digest(query), [sortClose, sortStart, runId], asOf]));
}

/** Undefined for what is no token of this query. */
export function decodeListToken(query: string, token: Uint8Array): ListingPosition | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(new TextDecoder().decode(token));
  } catch {
    // Whatever it is, it is not one of ours.
    return undefined;
  }
  if (!Array.isArray(fields)) return undefined;
  const [version, made, after, asOf] = fields as unknown[];
  if (version !== 1 || made !== digest(query) || !Array.isArray(after) || !Array.isArray(asOf))
    return undefined;
  const [sortClose, sortStart, runId] = after as unknown[];
  const isPosition = isNumber(sortClose) && isNumber(sortStart) && typeof runId === 'string';
  if (!isPosition || !asOf.every((moment) => moment === null || isNumber(moment))) return undefined;
  return { after: { sortClose, sortStart, runId }, asOf };
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

function digest(text: string): number {
  let hash = 5381;
  for (let index = 0; index < text.length; index++)
    hash = (Math.imul(hash, 33) ^ text.charCodeAt(index)) >>> 0;
  return hash;
}
