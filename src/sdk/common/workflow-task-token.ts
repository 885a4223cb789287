/** The tokens of workflow tasks and query tasks: opaque to workers, and all that finding the task again takes. */
import { decodeTokenFields, encodeTokenFields, isTokenCount } from './token-fields.ts';

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

export function encodeWorkflowTaskToken(token: WorkflowTaskToken): Uint8Array {
  const { namespace, workflowId } = token;
  const rest = token.kind === 'query' ? [token.queryId] : [token.runId, token.startedEventId, token.attempt];
  return encodeTokenFields([token.kind, namespace, workflowId, ...rest]);
}

/** Undefined for bytes that are not such a token. */
export function decodeWorkflowTaskToken(bytes: Uint8Array): WorkflowTaskToken | undefined {
  const [kind, namespace, workflowId, third, startedEventId, attempt] = decodeTokenFields(bytes) ?? [];
  if (typeof namespace !== 'string' || typeof workflowId !== 'string' || typeof third !== 'string')
    return undefined;
  if (kind === 'query') return { kind, namespace, workflowId, queryId: third };
  if (kind !== 'workflow' || !isTokenCount(startedEventId) || !isTokenCount(attempt)) return undefined;
  return { kind, namespace, workflowId, runId: third, startedEventId, attempt };
}
