import type { Duration } from '../common/time.ts';
import type { GrpcInterceptor } from './grpc-interceptors.ts';
import type { Metadata } from './types.ts';

/** Where `npm start` serves. */
export const LOCAL_TARGET = 'localhost:8787';

/** Certificates are the host's business when all there is is `fetch`; naming this asks for HTTPS. */
export interface TLSConfig {
  serverNameOverride?: string;
  serverRootCACertificate?: Uint8Array;
  clientCertPair?: { crt: Uint8Array; key: Uint8Array };
}

export interface ConnectionOptions {
  /**
   * `host:port`, or a URL, whose path is put before those of the calls.
   *
   * @default localhost:8787
   */
  address?: string;
  /**
   * HTTPS, where `address` is not a URL that says so itself. Certificates in it are not used: requests go through `fetch`.
   *
   * @default false
   */
  tls?: TLSConfig | boolean | null;
  /** Sent as `Authorization: Bearer`. A function is asked before each request. */
  apiKey?: string | (() => string);
  /** Headers of every request. */
  metadata?: Metadata;
  /**
   * How long `connect` tries to reach the server.
   *
   * @default 10 seconds
   */
  connectTimeout?: Duration;
  /** What sends the requests: for example the `fetch` of a service binding. The host's own by default. */
  fetch?: (input: string, init: RequestInit) => Promise<Response>;
  /**
   * Interceptors of gRPC clients, for headers and status. Over HTTP too a call has both; retries are then those that an interceptor
   * makes.
   *
   * @default one that sends failed calls again, as `makeGrpcRetryInterceptor(defaultGrpcRetryOptions())` does
   */
  interceptors?: GrpcInterceptor[];
  /** @experimental */
  plugins?: ConnectionPlugin[];
}

/** @experimental */
export interface ConnectionPlugin {
  get name(): string;
  configureConnection?(options: ConnectionOptions): ConnectionOptions;
}

export type ConnectionOptionsWithDefaults = Required<
  Omit<ConnectionOptions, 'tls' | 'connectTimeout' | 'apiKey' | 'fetch' | 'interceptors'>
> & { connectTimeoutMs: number; interceptors?: GrpcInterceptor[] };
