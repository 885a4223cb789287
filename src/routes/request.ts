/** Requests as messages: body, query string and path put together and decoded. */
import type { Context } from 'hono';
import type { Call } from '../sdk/client/calls/call.ts';
import { BLOB_BYTES_MAX } from '../sdk/client/direct/validate.ts';
import { invalidArgument } from '../sdk/client/rpc-error.ts';
import { fromJson, fromQuery, WireError } from '../sdk/common/wire/json.ts';
import { readBody } from '../sdk/common/wire/read-body.ts';

/** A body may be this many times as large as a payload: base64 takes a third more, and there can be others beside it. */
const BODY_PER_PAYLOAD = 2;

type JsonObject = Record<string, unknown>;

/** The request of a call. What the path says wins over what the body says. Throws INVALID_ARGUMENT. */
export async function readRequest(
  c: Context,
  call: Call<unknown, unknown>,
  fields: string[][][],
  payloadBytesMax: number = BLOB_BYTES_MAX,
): Promise<object> {
  try {
    return await decodeRequest(c, call, fields, payloadBytesMax * BODY_PER_PAYLOAD);
  } catch (error) {
    throw error instanceof WireError ? invalidArgument(error.message) : error;
  }
}

async function decodeRequest(
  c: Context,
  call: Call<unknown, unknown>,
  fields: string[][][],
  bytesMax: number,
): Promise<object> {
  const query = queryOf(c);
  if (call.method !== 'POST') {
    const base: JsonObject = {};
    setPathFields(c, base, fields);
    return fromQuery(call.request, query, { strict: true, base });
  }
  const body = parseBody(await bodyOf(c.req.raw, bytesMax));
  setPathFields(c, body, fields);
  setRunFromQuery(body, query, call);
  const shorthand = !isLongForm(c.req.header('content-type'), query);
  return fromJson(call.request, body, { shorthand, strict: true });
}

const NO_QUERY = new URLSearchParams();

/** Most requests have none, and parsing an address costs more than the rest of reading them. */
export function queryOf(c: Context): URLSearchParams {
  const { url } = c.req;
  return url.includes('?') ? new URL(url).searchParams : NO_QUERY;
}

function setPathFields(c: Context, json: JsonObject, fields: string[][][]): void {
  for (const [index, targets] of fields.entries()) {
    const value = c.req.param(`p${index}`) ?? '';
    for (const path of targets) setField(json, path, value);
  }
}

/** Replaces the field under either of its spellings. */
function setField(json: JsonObject, path: readonly string[], value: string, above = ''): void {
  const [name = '', ...rest] = path;
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const existing = json[name] ?? (snake === name ? undefined : json[snake]);
  if (snake !== name) delete json[snake];
  if (rest.length === 0) {
    json[name] = value;
    return;
  }
  const child = existing ?? {};
  if (!isObject(child)) throw invalidArgument(`${above}${name}: expected an object`);
  json[name] = child;
  setField(child, rest, value, `${above}${name}.`);
}

/** Web UIs put the run of a POST into the query string, as `execution.runId`. */
function setRunFromQuery(body: JsonObject, query: URLSearchParams, call: Call<unknown, unknown>): void {
  const runId = query.get('execution.runId') ?? query.get('execution.run_id');
  if (!runId || !Object.hasOwn(call.request.fields, 'workflowExecution')) return;
  const execution = body.workflowExecution;
  if (isObject(execution) && !execution.runId && !execution.run_id) execution.runId = runId;
}

/** A body that ends before its end is its sender's affair, and no accident of ours. */
async function bodyOf(request: Request, bytesMax: number): Promise<Uint8Array> {
  const bytes = await readBody(request, bytesMax).catch((error: unknown) => {
    throw invalidArgument(`body: not received to its end: ${error instanceof Error ? error.message : error}`);
  });
  if (bytes === undefined) throw invalidArgument(`body: exceeds the limit of ${bytesMax} bytes`);
  return bytes;
}

function parseBody(bytes: Uint8Array): JsonObject {
  if (bytes.length === 0) return {};
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw invalidArgument('body: expected UTF-8');
  }
  let body: unknown;
  try {
    body = text.trim() === '' ? {} : JSON.parse(text);
  } catch (error) {
    throw invalidArgument(`body: expected JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isObject(body)) throw invalidArgument('body: expected a JSON object');
  return body;
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether the caller switched the payload shorthand off, by media type or query. */
export function isLongForm(mediaType: string | undefined, query: URLSearchParams): boolean {
  return query.has('noPayloadShorthand') || /\+no-payload-shorthand\b/.test(mediaType ?? '');
}
