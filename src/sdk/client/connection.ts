import { durationToMs } from '../common/time.ts';
import { asHeaders, BaseConnection, withinContext } from './base-connection.ts';
import type { CallOptions, Gateway } from './calls/index.ts';
import {
  type ConnectionOptions,
  type ConnectionOptionsWithDefaults,
  LOCAL_TARGET,
} from './connection-options.ts';
import { ServiceError } from './errors.ts';
import { type GrpcInterceptor, interceptedGateway } from './grpc-interceptors.ts';
import {
  type BytesRequest,
  exchangeBytes,
  type HttpGatewayOptions,
  httpGateway,
  type Send,
} from './http-gateway.ts';
import { grpcStatus, RpcError } from './rpc-error.ts';
import type { Metadata } from './types.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** What may be replaced while the connection is in use. */
interface Credentials {
  readKey: (() => string) | undefined;
  headers: Record<string, string>;
}

/**
 * A server, over HTTP.
 *
 * ```ts
 * const connection = await Connection.connect({ address: 'localhost:8787' });
 * const client = new Client({ connection });
 * ```
 */
export class Connection extends BaseConnection {
  readonly options: ConnectionOptionsWithDefaults;
  readonly #credentials: Credentials;
  readonly #http: HttpGatewayOptions;
  #connecting: Promise<void> | undefined;

  /** `send`: what sends the requests where the options do not say. */
  protected constructor(options: ConnectionOptions, send: Send = (input, init) => fetch(input, init)) {
    const withDefaults = addDefaults(options);
    const credentials = { readKey: apiKeyOf(options), headers: asHeaders(withDefaults.metadata) };
    const baseUrl = baseUrlOf(withDefaults.address, Boolean(options.tls));
    const http: HttpGatewayOptions = {
      baseUrl,
      isUncompressed: LOOPBACK.has(new URL(baseUrl).hostname),
      fetch: options.fetch ?? send,
      headers: () => {
        const key = credentials.readKey?.();
        return key ? { authorization: `Bearer ${key}`, ...credentials.headers } : credentials.headers;
      },
    };
    super(gatewayOf(http, options.interceptors), withDefaults.plugins);
    this.#http = http;
    this.options = withDefaults;
    this.#credentials = credentials;
  }

  /** Connecting waits for a server that is not there yet. */
  protected get connectRetry(): CallOptions['retry'] {
    return true;
  }

  /** Connects with the first call. */
  static lazy(options: ConnectionOptions = {}): Connection {
    const configured = (options.plugins ?? []).reduce(
      (current, plugin) => plugin.configureConnection?.(current) ?? current,
      options,
    );
    return new Connection(configured);
  }

  /** Makes sure that the server is there. Rejects when it cannot be reached within `connectTimeout`, or refuses. */
  static async connect(options?: ConnectionOptions): Promise<Connection> {
    const connection = Connection.lazy(options);
    await connection.ensureConnected();
    return connection;
  }

  /** Asks the server once; later calls give the same answer. */
  async ensureConnected(): Promise<void> {
    this.#connecting ??= this.#connect();
    return this.#connecting;
  }

  async #connect(): Promise<void> {
    const deadline = Date.now() + this.options.connectTimeoutMs;
    try {
      await this.gateway.getSystemInfo({}, { deadline, retry: this.connectRetry });
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      if (error.code === grpcStatus.UNIMPLEMENTED) return;
      const isUnreachable =
        error.code === grpcStatus.DEADLINE_EXCEEDED || error.code === grpcStatus.UNAVAILABLE;
      if (isUnreachable) throw new Error('Failed to connect before the deadline', { cause: error });
      throw new ServiceError('Failed to connect to Temporal server', { cause: error });
    }
  }

  /** Sends bytes and gets bytes, with the key, headers and deadline of the calls. Rejects with `RpcError`. */
  exchange(
    request: BytesRequest,
    options: Pick<CallOptions, 'signal' | 'deadline' | 'retry'> = {},
  ): Promise<Uint8Array> {
    return exchangeBytes(this.#http, request, withinContext(this.contexts.current(), options));
  }

  /** The key of all calls from now on. */
  setApiKey(apiKey: string | (() => string)): void {
    if (apiKey === '') throw new TypeError('`apiKey` must not be an empty string');
    this.#credentials.readKey = typeof apiKey === 'string' ? () => apiKey : apiKey;
  }

  protected replaceMetadata(metadata: Metadata): void {
    this.#credentials.headers = asHeaders(metadata);
  }
}

function gatewayOf(http: HttpGatewayOptions, interceptors: readonly GrpcInterceptor[] | undefined): Gateway {
  if (interceptors === undefined) return httpGateway(http);
  // The headers pass through the interceptors, which may take some away.
  const { headers } = http;
  return interceptedGateway(httpGateway({ ...http, headers: () => ({}) }), {
    interceptors,
    headers,
    peer: http.baseUrl,
  });
}

function apiKeyOf({ apiKey, metadata }: ConnectionOptions): (() => string) | undefined {
  if (!apiKey) return undefined;
  if (Object.keys(metadata ?? {}).some((name) => name.toLowerCase() === 'authorization')) {
    throw new TypeError(
      'Both `apiKey` option and `Authorization` header were provided, but only one makes sense to use at a time.',
    );
  }
  return typeof apiKey === 'string' ? () => apiKey : apiKey;
}

function addDefaults(options: ConnectionOptions): ConnectionOptionsWithDefaults {
  const { address, metadata, connectTimeout, plugins, interceptors } = options;
  return {
    address: address || LOCAL_TARGET,
    metadata: { 'client-name': 'perdure-typescript', ...metadata },
    connectTimeoutMs: connectTimeout === undefined ? CONNECT_TIMEOUT_MS : durationToMs(connectTimeout),
    plugins: plugins ?? [],
    ...(interceptors && { interceptors }),
  };
}

/** `host`, `host:port`, `[::1]:port` or a URL; always without a slash at the end. */
function baseUrlOf(address: string, tls: boolean): string {
  const isUrl = /^https?:\/\//i.test(address);
  if (!isUrl && address.includes('://'))
    throw new TypeError(`Invalid address: expected http:// or https://, got '${address}'`);
  const text = isUrl ? address : `${tls ? 'https' : 'http'}://${address}`;
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new TypeError(`Invalid address: expected host:port or a URL, got '${address}'`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
