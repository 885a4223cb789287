/** The token of an operation that a workflow stands for: Temporal's form, so that either side's handlers understand it. */
import { decodeBase64, encodeBase64 } from '../common/wire/base64.ts';

const WORKFLOW_RUN = 1;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function workflowRunToken(namespace: string, workflowId: string): string {
  return toBase64Url(JSON.stringify({ t: WORKFLOW_RUN, ns: namespace, wid: workflowId }));
}

/** Throws a `TypeError` that says what is wrong with it. */
export function workflowOfToken(token: string): { namespace: string; workflowId: string } {
  const fields = fieldsOf(token);
  const { t: type, v: version = 0, ns: namespace, wid: workflowId } = fields;
  if (version !== 0) throw new TypeError(`operation token: unknown version ${String(version)}`);
  if (type !== WORKFLOW_RUN)
    throw new TypeError(`operation token: of type ${String(type)}, expected ${WORKFLOW_RUN} (a workflow)`);
  if (typeof namespace !== 'string') throw new TypeError('operation token: it names no namespace');
  if (typeof workflowId !== 'string' || !workflowId)
    throw new TypeError('operation token: it names no workflow');
  return { namespace, workflowId };
}

function fieldsOf(token: string): Record<string, unknown> {
  let fields: unknown;
  try {
    fields = JSON.parse(decoder.decode(decodeBase64(token.replaceAll('-', '+').replaceAll('_', '/'))));
  } catch (error) {
    throw new TypeError('operation token: not one that was made here', { cause: error });
  }
  if (typeof fields === 'object' && fields !== null) return fields as Record<string, unknown>;
  throw new TypeError('operation token: not one that was made here');
}

function toBase64Url(text: string): string {
  return encodeBase64(encoder.encode(text)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
