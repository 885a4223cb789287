/**
 * The task token of an activity attempt: opaque bytes to whoever holds them, and all that a completion needs to find the
 * attempt. The stamp grows with every attempt and reset, so that a late result is told from a current one.
 */

export interface TaskToken {
  namespace: string;
  workflowId: string;
  runId: string;
  scheduledEventId: number;
  stamp: number;
}

/** Stands first in every token. Readers refuse what they do not know. */
const VERSION = 1;

/** Far above what IDs of 1,000 bytes each can make, escapes included. */
const TOKEN_BYTES_MAX = 32_768;

export function encodeTaskToken(token: TaskToken): Uint8Array {
  const { namespace, workflowId, runId, scheduledEventId, stamp } = token;
  return new TextEncoder().encode(
    JSON.stringify([VERSION, namespace, workflowId, runId, scheduledEventId, stamp]),
  );
}

/** Undefined for bytes that are not a token. */
export function decodeTaskToken(bytes: Uint8Array): TaskToken | undefined {
  if (bytes.length > TOKEN_BYTES_MAX) return undefined;
  let fields: unknown;
  try {
    fields = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    // Not JSON, or not text at all: not a token.
    return undefined;
  }
  if (!Array.isArray(fields) || fields.length !== 6 || fields[0] !== VERSION) return undefined;
  const [, namespace, workflowId, runId, scheduledEventId, stamp] = fields as unknown[];
  if (typeof namespace !== 'string' || typeof workflowId !== 'string' || typeof runId !== 'string') {
    return undefined;
  }
  if (!isCount(scheduledEventId) || !isCount(stamp)) return undefined;
  return { namespace, workflowId, runId, scheduledEventId, stamp };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
