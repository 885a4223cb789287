/** An environment for integration tests of workflows: a server in this process, a client and a connection for workers. */
import type { PushBinding } from '../../objects/activity/activity-push.ts';
import type { AsyncCompletionClient } from '../client/async-completion-client.ts';
import { Client, type ClientPlugin } from '../client/client.ts';
import { Connection } from '../client/connection.ts';
import type { ConnectionPlugin } from '../client/connection-options.ts';
import type { WorkflowClient } from '../client/workflow-client.ts';
import { loadDataConverter } from '../common/converter/data-converter.ts';
import type { SearchAttributeKey, SearchAttributeType } from '../common/search-attributes.ts';
import { type Duration, durationToMs } from '../common/time.ts';
import { loadModule } from '../worker/load-module.ts';
import {
  NativeConnection,
  type NativeConnectionOptions,
  type NativeConnectionPlugin,
} from '../worker/native-connection.ts';
import { LocalServer } from './server/local-server.ts';
import { type ClientOptionsForTestEnv, TimeSkippingClient } from './time-skipping-client.ts';

type Plugin = ClientPlugin | ConnectionPlugin | NativeConnectionPlugin;

export interface DevServerConfig {
  type: 'dev-server';
  /** Accepted for code that sets it: there is nothing to download. */
  executable?: EphemeralServerExecutable;
  /** Accepted for code that sets it: state is in memory. */
  dbFilename?: string;
  /** Made at the start. @default default */
  namespace?: string;
  /** @default 127.0.0.1 */
  ip?: string;
  /** @default a free one */
  port?: number;
  ui?: boolean;
  uiPort?: number;
  log?: { format: string; level: string };
  extraArgs?: string[];
  /** Task queues whose activities are pushed to an endpoint, as `push` of a Worker's definition. */
  push?: Readonly<Record<string, PushBinding>>;
  /** Registered in the namespace. */
  searchAttributes?: SearchAttributeKey<SearchAttributeType>[];
}

export interface TimeSkippingServerConfig {
  type: 'time-skipping';
  /** Accepted for code that sets it: there is nothing to download. */
  executable?: EphemeralServerExecutable;
  /** @default a free one */
  port?: number;
  extraArgs?: string[];
  /** Task queues whose activities are pushed to an endpoint. Time is not skipped while one is under way there. */
  push?: Readonly<Record<string, PushBinding>>;
}

export type EphemeralServerExecutable =
  | { type: 'cached-download'; downloadDir?: string; version?: string; ttl?: Duration }
  | { type: 'existing-path'; path: string };

export interface LocalTestWorkflowEnvironmentOptions {
  server?: Omit<DevServerConfig, 'type'>;
  client?: ClientOptionsForTestEnv;
  plugins?: Plugin[];
}

export interface TimeSkippingTestWorkflowEnvironmentOptions {
  server?: Omit<TimeSkippingServerConfig, 'type'>;
  client?: ClientOptionsForTestEnv;
  plugins?: Plugin[];
}

export type ExistingServerConnectionOptions = Pick<NativeConnectionOptions, 'apiKey' | 'metadata' | 'tls'>;

export interface ExistingServerTestWorkflowEnvironmentOptions {
  /** @default localhost:8787 */
  address?: string;
  /** @default default */
  namespace?: string;
  connectionOptions?: ExistingServerConnectionOptions;
  client?: ClientOptionsForTestEnv;
  plugins?: Plugin[];
}

interface EnvironmentParts {
  server: LocalServer | undefined;
  supportsTimeSkipping: boolean;
  address: string;
  namespace: string | undefined;
  connectionOptions: ExistingServerConnectionOptions;
  client: ClientOptionsForTestEnv | undefined;
  plugins: Plugin[];
}

/**
 * A server in this process, with what talks to it. Needs no account, no network and nothing to download.
 *
 * ```ts
 * const env = await TestWorkflowEnvironment.createTimeSkipping();
 * const worker = await Worker.create({
 *   connection: env.nativeConnection,
 *   taskQueue: 'test',
 *   workflowsPath: require.resolve('./workflows'),
 *   activities,
 * });
 * const result = await worker.runUntil(env.client.workflow.execute(order, { taskQueue: 'test', workflowId: 'order-1' }));
 * await env.teardown();
 * ```
 */
export class TestWorkflowEnvironment {
  readonly supportsTimeSkipping: boolean;
  /** `host:port` of the server. */
  readonly address: string;
  readonly connectionOptions: ExistingServerConnectionOptions;
  readonly namespace: string | undefined;
  readonly connection: Connection;
  /** In an environment that skips time: it may do so while this client waits for a result. */
  readonly client: Client;
  /** @deprecated Use `client.activity`. */
  readonly asyncCompletionClient: AsyncCompletionClient;
  /** @deprecated Use `client.workflow`. */
  readonly workflowClient: WorkflowClient;
  /** For workers. */
  readonly nativeConnection: NativeConnection;
  readonly #server: LocalServer | undefined;

  protected constructor(parts: EnvironmentParts, connection: Connection, nativeConnection: NativeConnection) {
    const { server, supportsTimeSkipping, namespace, plugins } = parts;
    this.#server = server;
    this.supportsTimeSkipping = supportsTimeSkipping;
    this.address = parts.address;
    this.connectionOptions = parts.connectionOptions;
    this.namespace = namespace;
    this.connection = connection;
    this.nativeConnection = nativeConnection;
    const options = {
      ...withLoadedConverter(parts.client),
      connection,
      plugins: plugins.filter((plugin): plugin is ClientPlugin => 'configureClient' in plugin),
      ...(namespace !== undefined && { namespace }),
    };
    this.client =
      supportsTimeSkipping && server !== undefined
        ? new TimeSkippingClient({ ...options, skipping: server.skipping })
        : new Client(options);
    this.asyncCompletionClient = this.client.activity;
    this.workflowClient = this.client.workflow;
  }

  /**
   * A server that skips time: while the environment's client waits for a workflow's result, or in {@link sleep}, and no workflow
   * task or activity is being done, time goes at once to whatever is due next. Time is one for all workflows of an environment.
   */
  static async createTimeSkipping(
    options: TimeSkippingTestWorkflowEnvironmentOptions = {},
  ): Promise<TestWorkflowEnvironment> {
    const { port, push } = options.server ?? {};
    const server = await LocalServer.start({ ...(port !== undefined && { port }), ...(push && { push }) });
    return await TestWorkflowEnvironment.#connect({
      ...commonParts(options),
      server,
      supportsTimeSkipping: true,
      address: server.address,
    });
  }

  /** A server whose time is the machine's. */
  static async createLocal(
    options: LocalTestWorkflowEnvironmentOptions = {},
  ): Promise<TestWorkflowEnvironment> {
    const { port, ip, namespace, searchAttributes, push } = options.server ?? {};
    const server = await LocalServer.start({
      ...(port !== undefined && { port }),
      ...(ip !== undefined && { host: ip }),
      ...(push && { push }),
    });
    if (namespace !== undefined || searchAttributes !== undefined) {
      const customSearchAttributes = Object.fromEntries(
        (searchAttributes ?? []).map(({ name, type }) => [name, type]),
      );
      await server.addNamespace(namespace ?? 'default', { customSearchAttributes });
    }
    const parts = { ...commonParts(options), server, supportsTimeSkipping: false, address: server.address };
    return await TestWorkflowEnvironment.#connect({ ...parts, namespace });
  }

  /** An environment on a server that is there already. */
  static async createFromExistingServer(
    options: ExistingServerTestWorkflowEnvironmentOptions = {},
  ): Promise<TestWorkflowEnvironment> {
    return await TestWorkflowEnvironment.#connect({
      ...commonParts(options),
      server: undefined,
      supportsTimeSkipping: false,
      address: options.address ?? 'localhost:8787',
      namespace: options.namespace ?? 'default',
      connectionOptions: options.connectionOptions ?? {},
    });
  }

  static async #connect(parts: EnvironmentParts): Promise<TestWorkflowEnvironment> {
    const { address, connectionOptions, plugins } = parts;
    const nativeConnection = await NativeConnection.connect({
      ...connectionOptions,
      address,
      plugins: plugins as NativeConnectionPlugin[],
    });
    const connection = await Connection.connect({
      ...connectionOptions,
      address,
      plugins: plugins as ConnectionPlugin[],
    });
    return new TestWorkflowEnvironment(parts, connection, nativeConnection);
  }

  /** Ends the server, and with it all that is in it. Shut workers down before. */
  async teardown(): Promise<void> {
    await this.connection.close();
    await this.nativeConnection.close().catch(() => undefined);
    await this.#server?.close();
  }

  /** Waits in the server's time: skips it where that is possible, and lets it pass where not. */
  readonly sleep = async (duration: Duration): Promise<void> => {
    const ms = durationToMs(duration);
    if (this.supportsTimeSkipping && this.#server !== undefined) return await this.#server.skipping.sleep(ms);
    await new Promise((resolve) => setTimeout(resolve, ms));
  };

  /** The server's time, in milliseconds since the epoch. */
  async currentTimeMs(): Promise<number> {
    return this.supportsTimeSkipping && this.#server !== undefined ? this.#server.clock.now() : Date.now();
  }
}

/** Clients load no modules by themselves: they run where there are none. */
function withLoadedConverter(options: ClientOptionsForTestEnv = {}): ClientOptionsForTestEnv {
  const { dataConverter } = options;
  return dataConverter === undefined
    ? options
    : { ...options, dataConverter: loadDataConverter(dataConverter, loadModule) };
}

function commonParts({
  client,
  plugins = [],
}: Pick<LocalTestWorkflowEnvironmentOptions, 'client' | 'plugins'>) {
  return { client, plugins, namespace: undefined, connectionOptions: {} };
}
