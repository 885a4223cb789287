import {
  type DataConverter,
  isLoadedDataConverter,
  type LoadedDataConverter,
  loadDataConverter,
} from '../common/converter/data-converter.ts';
import { hostModuleLoader } from '../common/converter/host-modules.ts';
import { Connection } from './connection.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { ConnectionLike, Metadata } from './types.ts';

export interface BaseClientOptions {
  /** How values become payloads. JSON by default. */
  dataConverter?: DataConverter;
  /**
   * Who is calling, for events to record.
   *
   * @default process ID and host name, where there are any
   */
  identity?: string;
  /** Where calls go. By default to `address`, and without one to this machine. */
  connection?: ConnectionLike;
  /** @default default */
  namespace?: string;
}

/** In place of `connection`: a client that makes its own. */
export type DirectAddress = Pick<ConnectionOptions, 'address' | 'tls' | 'apiKey' | 'fetch'>;

export type WithDefaults<Options extends BaseClientOptions> = Required<
  Omit<Options, 'connection' | keyof DirectAddress>
> &
  Pick<Options, 'connection'>;

export type LoadedWithDefaults<Options extends BaseClientOptions> = WithDefaults<Options> & {
  loadedDataConverter: LoadedDataConverter;
};

interface HostModule {
  hostname?: () => string;
}

interface HostProcess {
  pid?: number;
  getBuiltinModule?: (name: string) => HostModule | undefined;
}

export function defaultBaseClientOptions(): WithDefaults<BaseClientOptions> {
  return { dataConverter: {}, identity: defaultIdentity(), namespace: 'default' };
}

function defaultIdentity(): string {
  const { pid, getBuiltinModule } = (globalThis as { process?: HostProcess }).process ?? {};
  const host = getBuiltinModule?.('node:os')?.hostname?.() || 'perdure-client';
  return pid === undefined ? host : `${pid}@${host}`;
}

/** What the clients have in common. */
export class BaseClient {
  readonly connection: ConnectionLike;
  readonly #dataConverter: LoadedDataConverter;

  protected constructor(options: BaseClientOptions & DirectAddress = {}) {
    const { connection, dataConverter, address, tls, apiKey, fetch } = options;
    this.connection = connection ?? Connection.lazy(withoutUnset({ address, tls, apiKey, fetch }));
    this.#dataConverter = isLoadedDataConverter(dataConverter)
      ? dataConverter
      : loadDataConverter(dataConverter, hostModuleLoader());
  }

  /** Calls made by `fn` fail past this moment. Without a deadline a call may wait for ever. */
  async withDeadline<R>(deadline: number | Date, fn: () => Promise<R>): Promise<R> {
    return await this.connection.withDeadline(deadline, fn);
  }

  /** Calls made by `fn` are cancelled when the signal is aborted. */
  async withAbortSignal<R>(abortSignal: AbortSignal, fn: () => Promise<R>): Promise<R> {
    return await this.connection.withAbortSignal(abortSignal, fn);
  }

  /** Calls made by `fn` carry these headers. */
  async withMetadata<R>(metadata: Metadata, fn: () => Promise<R>): Promise<R> {
    return await this.connection.withMetadata(metadata, fn);
  }

  protected get dataConverter(): LoadedDataConverter {
    return this.#dataConverter;
  }
}

function withoutUnset(options: { [K in keyof DirectAddress]: DirectAddress[K] | undefined }): DirectAddress {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
