/** The connection of workers: the client's own. Nothing native is behind it. */

import { Connection } from '../client/connection.ts';
import type { ConnectionOptions } from '../client/connection-options.ts';
import { InternalConnectionLikeSymbol, type Metadata } from '../client/types.ts';
import { IllegalStateError } from '../common/errors.ts';
import { type Duration, durationToMs } from '../common/time.ts';
import { TransportError } from './errors.ts';
import { type HttpSender, httpSender } from './http-sender.ts';
import { Runtime } from './runtime.ts';

export interface NativeConnectionPlugin {
  get name(): string;
  configureNativeConnection?(options: NativeConnectionOptions): NativeConnectionOptions;
}

export interface DNSLoadBalancingConfig {
  resolutionInterval: Duration;
}

export type GrpcCompressionConfig = { codec: 'gzip' } | { codec: 'none' };

export interface NativeConnectionOptions extends Omit<ConnectionOptions, 'plugins'> {
  plugins?: NativeConnectionPlugin[];
  /** Accepted for code that sets it. */
  proxy?: unknown;
  disableErrorCodeMetricTags?: boolean;
  /** Accepted for code that sets it: the host's resolver finds hosts. */
  dnsLoadBalancingConfig?: DNSLoadBalancingConfig | null;
  /** Accepted for code that sets it: answers are packed unless they come from this machine, requests never. */
  grpcCompression?: GrpcCompressionConfig;
  /** Accepted for code that sets it: the server's limits hold. */
  payloadLimits?: { payloadsWarnSize?: number; memoWarnSize?: number };
}

/**
 * A connection for workers.
 *
 * ```ts
 * const connection = await NativeConnection.connect({ address: 'perdure.example.com', tls: true, apiKey });
 * const worker = await Worker.create({ connection, taskQueue: 'default', workflowsPath: './workflows.ts' });
 * ```
 */
export class NativeConnection extends Connection {
  #sender: HttpSender | undefined;
  #runtime: Runtime | undefined;
  #workers = 0;
  #isClosed = false;
  /** Makes sure that the server is there. Rejects with a `TransportError` when it cannot be reached. */
  static override async connect(options: NativeConnectionOptions = {}): Promise<NativeConnection> {
    const { plugins = [], ...rest } = options;
    const configured = plugins.reduce<NativeConnectionOptions>(
      (current, plugin) => plugin.configureNativeConnection?.(current) ?? current,
      rest,
    );
    check(configured);
    const runtime = Runtime.instance();
    const sender = httpSender();
    const connection = new NativeConnection(configured as ConnectionOptions, sender?.send);
    connection.#sender = sender;
    connection.#runtime = runtime;
    connection.plugins.push(...plugins);
    runtime.retain(connection);
    try {
      await connection.ensureConnected();
    } catch (error) {
      sender?.close();
      await runtime.release(connection);
      throw new TransportError(reasonOf(error), { cause: error });
    }
    return connection;
  }

  protected override get connectRetry(): 'unless-refused' {
    return 'unless-refused';
  }

  /** @deprecated Use {@link NativeConnection.connect}. */
  static async create(options?: NativeConnectionOptions): Promise<NativeConnection> {
    return await NativeConnection.connect(options);
  }

  /** The key of all calls from now on. */
  override async setApiKey(apiKey: string | (() => string)): Promise<void> {
    super.setApiKey(apiKey);
  }

  /** The headers of all calls from now on, in place of those before. */
  async setMetadata(metadata: Metadata): Promise<void> {
    this.replaceMetadata(metadata);
  }

  /** Clients of it may ask for eager starts (START-18). */
  get [InternalConnectionLikeSymbol](): { readonly supportsEagerStart: boolean } {
    return { supportsEagerStart: true };
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @internal */
  retain(): void {
    if (this.#isClosed) throw new IllegalStateError('Client already closed');
    this.#workers += 1;
  }

  /** @internal */
  release(): void {
    this.#workers -= 1;
  }

  /** Rejects with an `IllegalStateError` while workers use it. */
  override async close(): Promise<void> {
    if (this.#workers > 0) {
      throw new IllegalStateError('Cannot close connection while Workers hold a reference to it');
    }
    if (this.#isClosed) throw new IllegalStateError('Client already closed');
    this.#isClosed = true;
    this.#sender?.close();
    await this.#runtime?.release(this);
  }
}

function check(options: NativeConnectionOptions): void {
  const { grpcCompression, dnsLoadBalancingConfig, apiKey, metadata } = options;
  if (apiKey && metadata?.Authorization)
    throw new TypeError(
      'Both `apiKey` option and `Authorization` header were provided. Only one makes sense to use at a time.',
    );
  const codec: string = grpcCompression?.codec ?? 'gzip';
  if (codec !== 'gzip' && codec !== 'none')
    throw new TypeError(`Unsupported gRPC compression codec: ${codec}`);
  if (dnsLoadBalancingConfig) durationToMs(dnsLoadBalancingConfig.resolutionInterval);
}

/** The innermost reason says most: that of the call. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
