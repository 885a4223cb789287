/** The calls over HTTP, with nothing but `fetch`. */
import { fieldFromJson, toJson, WireError } from '../common/wire/json.ts';
import { type Failure, FailureField } from '../common/wire/messages.ts';
import { type Call, pathFor } from './calls/call.ts';
import { CALLS, type CallName, type CallOptions, type Gateway } from './calls/index.ts';
import { fillPath, pathFields } from './calls/path.ts';
import { isRefused, withRetries } from './retry.ts';
import {
  type GrpcStatusCode,
  grpcStatus,
  isGrpcStatusCode,
  RpcError,
  type StatusDetail,
} from './rpc-error.ts';

/** What calls ask of a `Response`. */
export type Answer = Pick<Response, 'status' | 'ok' | 'text' | 'arrayBuffer'>;

export type Send = (input: string, init: RequestInit) => Promise<Answer>;

export interface HttpGatewayOptions {
  /** Without a slash at the end. */
  baseUrl: string;
  fetch: Send;
  /** Headers of every request, as they are at that moment. */
  headers: () => Readonly<Record<string, string>>;
  /** Answers as they are, for a server on this machine: to pack and unpack them takes longer than to send them. */
  isUncompressed?: boolean;
}

type AnyCall = Call<unknown, unknown>;
type JsonObject = Record<string, unknown>;

/** What holds no payload shorthand: both sides keep payloads byte for byte. */
const MEDIA_TYPE = 'application/json+no-payload-shorthand';
const TIMER_MAX_MS = 2 ** 31 - 1;

export function httpGateway(options: HttpGatewayOptions): Gateway {
  const entries = (Object.keys(CALLS) as CallName[]).map((name) => {
    const call = CALLS[name] as AnyCall;
    const send = (request: object, callOptions: CallOptions = {}) =>
      withRetries(callOptions, () => sendOnce(options, call, request, callOptions));
    return [name, send];
  });
  // Each entry is made from the call of its own name.
  return Object.fromEntries(entries) as Gateway;
}

async function sendOnce(
  { baseUrl, fetch, headers, isUncompressed }: HttpGatewayOptions,
  call: AnyCall,
  request: object,
  callOptions: CallOptions,
): Promise<unknown> {
  const { url, body } = toHttp(call, request);
  const limit = limitOf(callOptions);
  try {
    const response = await fetch(baseUrl + url, {
      method: call.method,
      headers: {
        accept: MEDIA_TYPE,
        ...(isUncompressed ? { 'accept-encoding': 'identity' } : {}),
        ...(body === undefined ? {} : { 'content-type': MEDIA_TYPE }),
        ...(callOptions.waitMs ? { prefer: `wait=${Math.ceil(callOptions.waitMs / 1000)}` } : {}),
        ...headers(),
        ...callOptions.metadata,
      },
      ...(body === undefined ? {} : { body }),
      signal: limit.signal,
    });
    const text = await response.text();
    return readResponse(call, response.status, text);
  } catch (error) {
    throw limit.reason() ?? asRpcError(error, baseUrl);
  } finally {
    limit.release();
  }
}

/** A request as it goes over the wire: bytes there, bytes back. */
export interface BytesRequest {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** From `baseUrl` on. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array<ArrayBuffer>;
}

/** Repeated like the calls, and with their errors. */
export function exchangeBytes(
  options: HttpGatewayOptions,
  request: BytesRequest,
  callOptions: CallOptions = {},
): Promise<Uint8Array> {
  return withRetries(callOptions, () => exchangeOnce(options, request, callOptions));
}

async function exchangeOnce(
  { baseUrl, fetch, headers }: HttpGatewayOptions,
  { method, path, headers: own, body }: BytesRequest,
  callOptions: CallOptions,
): Promise<Uint8Array> {
  const limit = limitOf(callOptions);
  try {
    const response = await fetch(baseUrl + path, {
      method,
      headers: { ...own, ...headers(), ...callOptions.metadata },
      ...(body && { body }),
      signal: limit.signal,
    });
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    const text = await response.text();
    throw errorOf(response.status, parse(text), text);
  } catch (error) {
    throw limit.reason() ?? asRpcError(error, baseUrl);
  } finally {
    limit.release();
  }
}

function toHttp(call: AnyCall, request: object): { url: string; body?: string } {
  // The request is of the schema's type: `Gateway` pairs them.
  return jsonToHttp(call, toJson(call.request, request as never), request);
}

/** The same for a request that is JSON already, whose fields in the path are text in both forms. Takes `json` over. */
export function jsonToHttp(
  call: Pick<AnyCall, 'method' | 'prefixedPath' | 'standalonePath'>,
  json: JsonObject,
  request: object = json,
): { url: string; body?: string } {
  const template = pathFor(call, request);
  const path = fillPath(template, request);
  for (const targets of pathFields(template)) for (const field of targets) removeField(json, field);
  if (call.method === 'POST') return { url: path, body: JSON.stringify(json) };
  const query = new URLSearchParams(queryEntries(json, '')).toString();
  return { url: query === '' ? path : `${path}?${query}` };
}

function removeField(json: JsonObject, [name = '', ...rest]: readonly string[]): void {
  if (rest.length === 0) delete json[name];
  else if (typeof json[name] === 'object' && json[name] !== null) removeField(json[name] as JsonObject, rest);
}

function queryEntries(value: unknown, path: string): [string, string][] {
  if (Array.isArray(value)) return value.flatMap((item) => queryEntries(item, path));
  if (typeof value !== 'object' || value === null) return [[path, String(value)]];
  return Object.entries(value).flatMap(([name, item]) =>
    queryEntries(item, path === '' ? name : `${path}.${name}`),
  );
}

function readResponse(call: AnyCall, status: number, text: string): unknown {
  const json = parse(text);
  if (status < 200 || status > 299) throw errorOf(status, json, text);
  if (json === undefined)
    throw new RpcError('INTERNAL', `Expected JSON from the server, got ${glimpse(text)}`);
  return call.response.fromJson(json);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page, or nothing: the caller knows what to make of it.
    return undefined;
  }
}

const glimpse = (text: string): string => (text === '' ? 'nothing' : JSON.stringify(text.slice(0, 80)));

const CODE_OF_HTTP_STATUS: Readonly<Record<number, GrpcStatusCode>> = {
  400: grpcStatus.INVALID_ARGUMENT,
  401: grpcStatus.UNAUTHENTICATED,
  403: grpcStatus.PERMISSION_DENIED,
  404: grpcStatus.UNIMPLEMENTED,
  429: grpcStatus.RESOURCE_EXHAUSTED,
  502: grpcStatus.UNAVAILABLE,
  503: grpcStatus.UNAVAILABLE,
  504: grpcStatus.UNAVAILABLE,
};

/** A `google.rpc.Status`; else, from something in between, what the HTTP status tells. */
function errorOf(status: number, json: unknown, text: string): RpcError {
  if (isObject(json) && isGrpcStatusCode(json.code) && typeof json.message === 'string') {
    const details = Array.isArray(json.details) ? json.details.flatMap(detailOf) : [];
    return new RpcError(json.code, json.message, { statusDetails: details });
  }
  const code = CODE_OF_HTTP_STATUS[status] ?? grpcStatus.UNKNOWN;
  return new RpcError(code, `The server answered HTTP ${status} with ${glimpse(text)}`);
}

function detailOf(json: unknown): StatusDetail[] {
  if (!isObject(json) || typeof json['@type'] !== 'string') return [];
  const { '@type': url, ...fields } = json;
  const type = String(url).slice(String(url).lastIndexOf('.') + 1);
  const failure = fields.failure === undefined ? {} : { failure: failureOf(fields.failure) };
  return [{ ...fields, ...failure, type }];
}

function failureOf(json: unknown): Failure | undefined {
  return fieldFromJson(FailureField, json);
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Limit {
  signal: AbortSignal;
  /** Why the request was stopped from here, if it was. */
  reason(): RpcError | undefined;
  release(): void;
}

/** One signal for the deadline and for the caller's own. */
function limitOf({ signal, deadline }: CallOptions): Limit {
  const controller = new AbortController();
  let reason: RpcError | undefined;
  const stop = (error: RpcError) => {
    reason ??= error;
    controller.abort();
  };
  const cancel = () => stop(new RpcError('CANCELLED', 'Cancelled on client'));
  const expire = () => stop(new RpcError('DEADLINE_EXCEEDED', 'Deadline exceeded'));
  const timer =
    deadline === undefined
      ? undefined
      : setTimeout(expire, Math.min(Math.max(deadline - Date.now(), 0), TIMER_MAX_MS));
  signal?.addEventListener('abort', cancel);
  if (signal?.aborted) cancel();
  return {
    signal: controller.signal,
    reason: () => reason,
    release() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
    },
  };
}

function asRpcError(error: unknown, baseUrl: string): RpcError {
  if (error instanceof RpcError) return error;
  if (error instanceof WireError) {
    return new RpcError('INTERNAL', `Unexpected answer from the server: ${error.message}`, { cause: error });
  }
  const reason = error instanceof Error ? reasonOf(error) : String(error);
  return new RpcError('UNAVAILABLE', `${baseUrl} cannot be reached: ${reason}`, { cause: error });
}

/** With what the host says of the connection, which `fetch` keeps in the error's cause. */
function reasonOf(error: Error): string {
  const { message, cause } = error;
  if (isRefused(error)) return 'Connection refused';
  if (!isObject(cause) || typeof cause.code !== 'string') return message;
  return `${typeof cause.message === 'string' && cause.message !== '' ? cause.message : message} (${cause.code})`;
}
