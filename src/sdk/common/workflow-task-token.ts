/** The tokens of workflow tasks and query tasks: opaque to workers, and all that finding the task again takes. */

export type WorkflowTaskToken =
  | {
      kind: 'workflow';
      namespace: string;
      workflowId: string;
      runId: string;
      startedEventId: number;
      attempt: number;
    }
  | { kind: 'query'; namespace: string; workflowId: string; queryId: string };

const VERSION = 1;
const TOKEN_BYTES_MAX = 32_768;

export function encodeWorkflowTaskToken(token: WorkflowTaskToken): Uint8Array {
  const { namespace, workflowId } = token;
  const rest = token.kind === 'query' ? [token.queryId] : [token.runId, token.startedEventId, token.attempt];
  return new TextEncoder().encode(JSON.stringify([VERSION, token.kind, namespace, workflowId, ...rest]));
}

/** Undefined for bytes that are not such a token. */
export function decodeWorkflowTaskToken(bytes: Uint8Array): WorkflowTaskToken | undefined {
  if (bytes.length > TOKEN_BYTES_MAX) return undefined;
  let fields: unknown;
  try {
    fields = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    // Not JSON, or not text at all: not a token.
    return undefined;
  }
  if (!Array.isArray(fields) || fields[0] !== VERSION) return undefined;
  const [, kind, namespace, workflowId, third, startedEventId, attempt] = fields as unknown[];
  if (typeof namespace !== 'string' || typeof workflowId !== 'string' || typeof third !== 'string')
    return undefined;
  if (kind === 'query') return { kind, namespace, workflowId, queryId: third };
  if (kind !== 'workflow' || !isCount(startedEventId) || !isCount(attempt)) return undefined;
  return { kind, namespace, workflowId, runId: third, startedEventId, attempt };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
