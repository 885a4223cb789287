/**
 * How a workflow that backs a Nexus operation finds back to the operation's caller: by a callback that its start carries. Its
 * address is the server itself, and what it says is for the server alone.
 */
import { decodeBase64, encodeBase64 } from './wire/base64.ts';

/** Which operation a callback closes. Only its handler knows the request ID, so nobody else can. */
export interface NexusReference {
  namespace: string;
  workflowId: string;
  runId: string;
  scheduledEventId: number;
  requestId: string;
}

export interface NexusCallback {
  reference: NexusReference;
  /** The operation's token, for a close that overtakes the answer to the start. */
  operationToken: string | undefined;
}

export const NEXUS_CALLBACK_URL = 'temporal://system';
const TOKEN_HEADER = 'nexus-callback-token';
const OPERATION_HEADER = 'nexus-operation-token';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function nexusCallbackHeader(reference: NexusReference): Record<string, string> {
  return { [TOKEN_HEADER]: encodeBase64(encoder.encode(JSON.stringify(reference))) };
}

/** Undefined for callbacks of any other kind. */
export function nexusCallbackOf(callback: unknown): NexusCallback | undefined {
  const nexus = (callback as { nexus?: { url?: unknown; header?: unknown } } | null)?.nexus;
  if (nexus?.url !== NEXUS_CALLBACK_URL || typeof nexus.header !== 'object' || nexus.header === null)
    return undefined;
  let token: unknown;
  let operationToken: string | undefined;
  for (const [name, value] of Object.entries(nexus.header)) {
    if (name.toLowerCase() === TOKEN_HEADER) token = value;
    if (name.toLowerCase() === OPERATION_HEADER && typeof value === 'string') operationToken = value;
  }
  const reference = typeof token === 'string' ? parseReference(token) : undefined;
  return reference && { reference, operationToken };
}

function parseReference(token: string): NexusReference | undefined {
  try {
    const parsed = JSON.parse(decoder.decode(decodeBase64(token))) as Partial<NexusReference> | null;
    const { namespace, workflowId, runId, scheduledEventId, requestId } = parsed ?? {};
    const isText = [namespace, workflowId, runId, requestId].every(
      (part) => typeof part === 'string' && part,
    );
    if (!isText || !Number.isInteger(scheduledEventId)) return undefined;
    // Sound: its parts were just looked at.
    return { namespace, workflowId, runId, scheduledEventId, requestId } as NexusReference;
  } catch {
    // Written by somebody else.
    return undefined;
  }
}
