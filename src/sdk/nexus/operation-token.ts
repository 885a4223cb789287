/** The token of an operation, which says what stands for it: Temporal's form, so that either side's handlers understand it. */
import { decodeBase64, encodeBase64 } from '../common/wire/base64.ts';

export type OperationToken =
  | { kind: 'workflowRun'; namespace: string; workflowId: string }
  /** Before the activity has started its run is not known. */
  | { kind: 'activity'; namespace: string; activityId: string; runId: string | undefined }
  /** The run is not known where the latest one is meant. */
  | { kind: 'update'; namespace: string; workflowId: string; runId: string | undefined; updateId: string };

const WORKFLOW_RUN = 1;
const ACTIVITY = 2;
const UPDATE_WORKFLOW = 3;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function encodeOperationToken(token: OperationToken): string {
  return toBase64Url(JSON.stringify(fieldsOf(token)));
}

function fieldsOf(token: OperationToken): object {
  const { namespace: ns } = token;
  switch (token.kind) {
    case 'workflowRun':
      return { t: WORKFLOW_RUN, ns, wid: token.workflowId };
    case 'activity':
      return { t: ACTIVITY, ns, aid: token.activityId, ...(token.runId && { rid: token.runId }) };
    case 'update': {
      const { workflowId: wid, runId: rid, updateId: uid } = token;
      return { t: UPDATE_WORKFLOW, ns, wid, ...(rid && { rid }), uid };
    }
  }
}

/** Throws a `TypeError` that says what is wrong with it. */
export function decodeOperationToken(token: string): OperationToken {
  const fields = parsed(token);
  const { t: type, v: version = 0, ns: namespace } = fields;
  if (version !== 0) throw new TypeError(`operation token: unknown version ${String(version)}`);
  if (typeof namespace !== 'string') throw new TypeError('operation token: it names no namespace');
  const text = (name: string, what: string): string => {
    const value = fields[name];
    if (typeof value === 'string' && value) return value;
    throw new TypeError(`operation token: it names no ${what}`);
  };
  const runId = typeof fields.rid === 'string' && fields.rid ? fields.rid : undefined;
  switch (type) {
    case WORKFLOW_RUN:
      return { kind: 'workflowRun', namespace, workflowId: text('wid', 'workflow') };
    case ACTIVITY:
      return { kind: 'activity', namespace, activityId: text('aid', 'activity'), runId };
    case UPDATE_WORKFLOW: {
      const updateId = text('uid', 'update');
      return { kind: 'update', namespace, workflowId: text('wid', 'workflow'), runId, updateId };
    }
    default:
      throw new TypeError(`operation token: of unknown type ${String(type)}`);
  }
}

function parsed(token: string): Record<string, unknown> {
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
