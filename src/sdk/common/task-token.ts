/**
 * The task token of an activity attempt: opaque bytes to whoever holds them, and all that a completion needs to find the
 * attempt. The stamp grows with every attempt and reset, so that a late result is told from a current one.
 */
import { decodeTokenFields, encodeTokenFields, isTokenCount } from './token-fields.ts';

export interface TaskToken {
  namespace: string;
  workflowId: string;
  runId: string;
  scheduledEventId: number;
  stamp: number;
}

export function encodeTaskToken(token: TaskToken): Uint8Array {
  const { namespace, workflowId, runId, scheduledEventId, stamp } = token;
  return encodeTokenFields([namespace, workflowId, runId, scheduledEventId, stamp]);
}

/** Undefined for bytes that are not a token. */
export function decodeTaskToken(bytes: Uint8Array): TaskToken | undefined {
  const fields = decodeTokenFields(bytes);
  if (fields?.length !== 5) return undefined;
  const [namespace, workflowId, runId, scheduledEventId, stamp] = fields;
  if (typeof namespace !== 'string' || typeof workflowId !== 'string' || typeof runId !== 'string') {
    return undefined;
  }
  if (!isTokenCount(scheduledEventId) || !isTokenCount(stamp)) return undefined;
  return { namespace, workflowId, runId, scheduledEventId, stamp };
}
