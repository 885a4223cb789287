/**
 * The calls of the HTTP API, with their JSON as it is: what commands print for scripts is what the server said. Paths come from the
 * client's own table of calls.
 */
import { hostname, userInfo } from 'node:os';
import { CALLS, type CallName } from '../../sdk/client/calls/index.ts';
import { Connection } from '../../sdk/client/connection.ts';
import { jsonToHttp } from '../../sdk/client/http-gateway.ts';
import { RpcError } from '../../sdk/client/rpc-error.ts';
import { UsageError } from './usage-error.ts';

export type JsonObject = Record<string, unknown>;

export interface ApiOptions {
  readonly address: string;
  readonly namespace: string;
  readonly apiKey?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly identity?: string;
  /** Milliseconds for all calls of the command together. */
  readonly timeoutMs?: number;
  /** Payloads in answers with their metadata, and base64. */
  readonly isLongForm: boolean;
}

const LONG_FORM = 'application/json+no-payload-shorthand';

export class Api {
  readonly namespace: string;
  readonly address: string;
  readonly identity: string;
  readonly #connection: Connection;
  readonly #accept: string;
  readonly #deadline: number | undefined;

  constructor(options: ApiOptions) {
    const { address, namespace, apiKey, headers, timeoutMs } = options;
    this.namespace = namespace;
    this.address = address;
    this.identity = options.identity ?? defaultIdentity();
    this.#accept = options.isLongForm ? LONG_FORM : 'application/json';
    this.#deadline = timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
    this.#connection = connect(address, headers, apiKey);
  }

  /** With the namespace, unless the request says another. Rejects with `RpcError`. */
  async call(name: CallName, request: JsonObject): Promise<JsonObject> {
    const call = CALLS[name];
    const json = structuredClone({ namespace: this.namespace, ...request });
    const { url, body } = jsonToHttp(call, json, { ...json });
    const answer = await this.#connection.exchange(
      {
        method: call.method,
        path: url,
        headers: { accept: this.#accept, ...(body !== undefined && { 'content-type': LONG_FORM }) },
        ...(body !== undefined && { body: bytesOf(body) }),
      },
      { retry: 'unless-refused', ...(this.#deadline !== undefined && { deadline: this.#deadline }) },
    );
    return jsonOf(answer);
  }

  /** All pages of a listing, at most `limit` items. */
  async *pages(
    name: CallName,
    request: JsonObject,
    member: string,
    limit?: number,
  ): AsyncGenerator<JsonObject[]> {
    let left = limit ?? Number.POSITIVE_INFINITY;
    let token: unknown;
    do {
      const answer = await this.call(name, {
        ...request,
        ...(token !== undefined && { nextPageToken: token }),
      });
      const items = Array.isArray(answer[member]) ? (answer[member] as JsonObject[]) : [];
      yield items.slice(0, left);
      left -= items.length;
      token = answer.nextPageToken;
    } while (token && left > 0);
  }
}

function connect(address: string, headers: Readonly<Record<string, string>>, apiKey?: string): Connection {
  try {
    return Connection.lazy({
      address,
      metadata: { 'client-name': 'perdure-cli', ...headers },
      ...(apiKey && { apiKey }),
    });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

// What an encoder makes is on no shared memory.
const bytesOf = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;

function jsonOf(bytes: Uint8Array): JsonObject {
  const text = new TextDecoder().decode(bytes);
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    throw new RpcError('INTERNAL', `Expected JSON from the server, got '${text.slice(0, 80)}'`);
  }
}

/** Of whoever is at the keyboard: it stands in the histories of what was done. */
function defaultIdentity(): string {
  return `perdure-cli:${userName()}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown'; // A container's user without an entry in its list of users.
  }
}
