/**
 * Payloads too large for history: streamed to the bucket and from it, never held here. Calls of our own; who may start workflows
 * of a namespace may store in it, who may read them may read.
 */
import type { Context, Hono } from 'hono';
import { type DirectServiceOptions, requireNamespace } from '../sdk/client/direct/service.ts';
import { OWNER_HEADER } from '../sdk/client/payload-storage.ts';
import { invalidArgument, RpcError } from '../sdk/client/rpc-error.ts';
import {
  bucketKey,
  isIdOf,
  ownerMetadata,
  type PayloadBucket,
  type PayloadOwner,
  STORED_BYTES_MAX,
} from '../sdk/common/payload-bucket.ts';
import { requireAccess } from './access.ts';
import type { RouteEnv } from './calls.ts';

const ID_BYTES_MAX = 1000;

export function addPayloadRoutes(app: Hono<RouteEnv>, options: DirectServiceOptions): void {
  const path = '/api/v1/namespaces/:namespace/payloads/:id';
  app.put(path, (c) => store(c, options));
  app.get(path, (c) => retrieve(c, options));
}

async function store(c: Context<RouteEnv>, options: DirectServiceOptions): Promise<Response> {
  const { namespace, id } = parameters(c);
  requireAccess(c.get('caller'), namespace, 'write');
  await requireNamespace(options, namespace);
  const owner = ownerOf(c.req.header(OWNER_HEADER));
  if (!(await isIdOf(id, owner))) {
    throw invalidArgument(`id: '${id}' was not made for the workflow that the header ${OWNER_HEADER} names`);
  }
  const size = sizeOf(c.req.header('content-length'));
  const sha256 = digestOf(c.req.header('content-digest'));
  const bucket = bucketOf(c);
  const { body } = c.req.raw;
  const stored = await bucket
    .put(bucketKey(namespace, id), body ?? new Uint8Array(), {
      onlyIf: { etagDoesNotMatch: '*' },
      customMetadata: ownerMetadata(namespace, owner),
      ...(sha256 && { sha256 }),
    })
    .catch((error: unknown) => {
      throw putFailed(error, id);
    });
  // Not there means that it is there already: a call that was repeated, since an ID is used once.
  return c.json({ id, bytes: stored?.size ?? size });
}

async function retrieve(c: Context<RouteEnv>, options: DirectServiceOptions): Promise<Response> {
  const { namespace, id } = parameters(c);
  requireAccess(c.get('caller'), namespace, 'read');
  await requireNamespace(options, namespace);
  const found = await bucketOf(c).get(keyOf(namespace, id));
  if (found === null)
    throw new RpcError('NOT_FOUND', `There is no stored payload ${id} in namespace ${namespace}.`);
  return new Response(found.body, {
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(found.size) },
  });
}

function parameters(c: Context<RouteEnv>): { namespace: string; id: string } {
  return { namespace: c.req.param('namespace') ?? '', id: c.req.param('id') ?? '' };
}

function bucketOf(c: Context<RouteEnv>): PayloadBucket {
  const bucket = c.env?.PAYLOADS;
  if (bucket) return bucket;
  throw new RpcError(
    'UNIMPLEMENTED',
    'This server keeps no large payloads. Bind an R2 bucket to its Worker under the name PAYLOADS.',
  );
}

function keyOf(namespace: string, id: string): string {
  try {
    return bucketKey(namespace, id);
  } catch (error) {
    throw invalidArgument(error instanceof Error ? error.message : String(error));
  }
}

function ownerOf(header: string | undefined): PayloadOwner {
  const [workflowId = '', runId = ''] = (header ?? '').split('/').map(decodeText);
  if (header === undefined)
    throw invalidArgument(`${OWNER_HEADER}: expected the header <workflow ID>/<run ID>`);
  if (new TextEncoder().encode(workflowId + runId).length > ID_BYTES_MAX) {
    throw invalidArgument(`${OWNER_HEADER}: exceeds the limit of ${ID_BYTES_MAX} bytes`);
  }
  return { workflowId, ...(runId && { runId }) };
}

function decodeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidArgument(`${OWNER_HEADER}: expected URL-encoded IDs`);
  }
}

/** A bucket takes only what tells its length. */
function sizeOf(contentLength: string | undefined): number {
  const size = Number(contentLength);
  if (contentLength === undefined || !Number.isSafeInteger(size) || size <= 0) {
    throw invalidArgument('content-length: expected the number of bytes of the body, more than 0');
  }
  if (size > STORED_BYTES_MAX) {
    throw invalidArgument(`body: ${size} bytes exceed the limit of ${STORED_BYTES_MAX} for a stored payload`);
  }
  return size;
}

/** RFC 9530. */
function digestOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const base64 = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(header)?.[1];
  if (base64 === undefined) throw invalidArgument('content-digest: expected sha-256=:<base64 of 32 bytes>:');
  return Array.from(atob(base64), (byte) => byte.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}

function putFailed(error: unknown, id: string): RpcError {
  const reason = error instanceof Error ? error.message : String(error);
  if (/checksum|hash|digest/i.test(reason)) {
    return invalidArgument(`body: is not what content-digest says it is: ${reason}`);
  }
  return new RpcError('UNAVAILABLE', `The payload ${id} could not be stored: ${reason}`, { cause: error });
}
