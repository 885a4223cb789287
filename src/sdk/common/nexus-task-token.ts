/** The tokens of Nexus tasks: opaque to workers, and all that finding the request again takes. */
import { decodeTokenFields, encodeTokenFields, isTokenCount } from './token-fields.ts';

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

export function encodeNexusTaskToken(token: NexusTaskToken): Uint8Array {
  const { namespace, caller, scheduledEventId, kind, attempt, requestId } = token;
  return encodeTokenFields([
    'nexus',
    namespace,
    caller.namespace,
    caller.workflowId,
    caller.runId,
    requestId,
    kind,
    scheduledEventId,
    attempt,
  ]);
}

/** Undefined for bytes that are not such a token. */
export function decodeNexusTaskToken(bytes: Uint8Array): NexusTaskToken | undefined {
  const [form, ...fields] = decodeTokenFields(bytes) ?? [];
  if (form !== 'nexus') return undefined;
  const texts = fields.slice(0, 5);
  const [kind, scheduledEventId, attempt] = fields.slice(5);
  if (texts.length !== 5 || !texts.every((text) => typeof text === 'string')) return undefined;
  if ((kind !== 'start' && kind !== 'cancel') || !isTokenCount(scheduledEventId) || !isTokenCount(attempt))
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
