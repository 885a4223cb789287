/** The tokens of Nexus tasks: opaque to workers, and all that finding the request again takes. */

export interface NexusTaskToken {
  /** Of the task queue: where the worker is. */
  namespace: string;
  caller: { namespace: string; workflowId: string; runId: string };
  scheduledEventId: number;
  kind: 'start' | 'cancel';
  attempt: number;
  /** Nobody but the worker that has the task was told it. */
  requestId: string;
}

const VERSION = 1;
const TOKEN_BYTES_MAX = 32_768;

export function encodeNexusTaskToken(token: NexusTaskToken): Uint8Array {
  const { namespace, caller, scheduledEventId, kind, attempt, requestId } = token;
  const fields = [
    VERSION,
    'nexus',
    namespace,
    caller.namespace,
    caller.workflowId,
    caller.runId,
    requestId,
    kind,
    scheduledEventId,
    attempt,
  ];
  return new TextEncoder().encode(JSON.stringify(fields));
}

/** Undefined for bytes that are not such a token. */
export function decodeNexusTaskToken(bytes: Uint8Array): NexusTaskToken | undefined {
  if (bytes.length > TOKEN_BYTES_MAX) return undefined;
  let fields: unknown;
  try {
    fields = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    // Not JSON, or not text at all: not a token.
    return undefined;
  }
  if (!Array.isArray(fields) || fields[0] !== VERSION || fields[1] !== 'nexus') return undefined;
  const texts = fields.slice(2, 7) as unknown[];
  const [kind, scheduledEventId, attempt] = fields.slice(7) as unknown[];
  if (texts.length !== 5 || !texts.every((text) => typeof text === 'string')) return undefined;
  if ((kind !== 'start' && kind !== 'cancel') || !isCount(scheduledEventId) || !isCount(attempt))
    return undefined;
  const [namespace, callerNamespace, workflowId, runId, requestId] = texts as [
    string,
    string,
    string,
    string,
    string,
  ];
  const caller = { namespace: callerNamespace, workflowId, runId };
  return { namespace, caller, scheduledEventId, kind, attempt, requestId };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
