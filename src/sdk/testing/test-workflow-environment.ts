/** An environment for integration tests of workflows: a server in this process, a client and a connection for workers. */
import type { PushBinding } from '../../objects/activity/activity-push.ts';
import type { AsyncCompletionClient } from '../client/async-completion-client.ts';
import { Client, type ClientPlugin } from '../client/client.ts';
import { Connection } from '../client/connection.ts';
import type { ConnectionPlugin } from '../client/connection-options.ts';
import type { WorkflowClient } from '../client/workflow-client.ts';
import type { ProtoMessage } from '../client/workflow-service.ts';
import { loadDataConverter } from '../common/converter/data-converter.ts';
import type { SearchAttributeKey, SearchAttributeType } from '../common/search-attributes.ts';
import { type Duration, durationToMs } from '../common/time.ts';
import type { Any } from '../common/type-helpers.ts';
import { loadModule } from '../worker/load-module.ts';
import {
  NativeConnection,
  type NativeConnectionOptions,
  type NativeConnectionPlugin,
} from '../worker/native-connection.ts';
import { LocalServer } from './server/local-server.ts';
import { type DevServer, type LocalRuntime, startDevServer } from './start-dev-server.ts';
import { type TestService, testServiceOf } from './test-service.ts';
import { type ClientOptionsForTestEnv, TimeSkippingClient } from './time-skipping-client.ts';

type Plugin = ClientPlugin | ConnectionPlugin | NativeConnectionPlugin;

export interface DevServerConfig {
  type: 'dev-server';
  /** Accepted for code that sets it: there is nothing to download. */
  executable?: EphemeralServerExecutable;
  /**
   * What the server is. `workerd`: the Worker itself on Cloudflare's runtime, in a process of its own, which takes the npm package
   * `miniflare` (it comes with wrangler) and Node. `in-process`: the same code on ports of memory, without the platform's limits and
   * evictions.
   *
   * @default the variable `PERDURE_TEST_RUNTIME`, else `workerd` where miniflare is installed, else `in-process`
   */
  runtime?: LocalRuntime;
  /**
   * Keeps the state of the server in a folder at this path, for environments to come. One environment at a time may have it. Takes
   * `runtime: 'workerd'`. @default state ends with the environment
   */
  dbFilename?: string;
  /** Made at the start. @default default */
  namespace?: string;
  /** @default 127.0.0.1 */
  ip?: string;
  /** @default a free one */
  port?: number;
  /** Accepted for code that sets it: there is none. */
  ui?: boolean;
  /** Accepted for code that sets it. */
  uiPort?: number;
  /** What the server logs goes to standard error: from `level` on, `debug`, `info`, `warn`, `error` or `never`. @default nothing does */
  log?: { format: string; level: string };
  /** Accepted for code that sets it. */
  extraArgs?: string[];
  /**
   * Task queues whose activities are pushed to an endpoint, as `push` of a Worker's definition. On workerd a function that gives
   * secrets is called once.
   */
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

export type NexusEndpointIdentifier = {
  id: string;
  /** A `Long`. */
  version: Any;
  /** The endpoint in the shape of Temporal's protobuf object. */
  raw: ProtoMessage;
};

interface EnvironmentParts {
  server: { close(): Promise<void> } | undefined;
  /** Of a server that can. */
  skips?: LocalServer;
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
  /** That of an environment that skips time has a `testService`. */
  readonly connection: Connection & { readonly testService?: TestService };
  /** In an environment that skips time: it may do so while this client waits for a result. */
  readonly client: Client;
  /** @deprecated Use `client.activity`. */
  readonly asyncCompletionClient: AsyncCompletionClient;
  /** @deprecated Use `client.workflow`. */
  readonly workflowClient: WorkflowClient;
  /** For workers. */
  readonly nativeConnection: NativeConnection;
  readonly #server: EnvironmentParts['server'];
  readonly #skips: LocalServer | undefined;

  protected constructor(parts: EnvironmentParts, connection: Connection, nativeConnection: NativeConnection) {
    const { server, skips, namespace } = parts;
    this.#server = server;
    this.#skips = skips;
    this.supportsTimeSkipping = skips !== undefined;
    this.address = parts.address;
    this.connectionOptions = parts.connectionOptions;
    this.namespace = namespace;
    this.connection = connection;
    this.nativeConnection = nativeConnection;
    if (skips !== undefined) {
      const testService = testServiceOf(skips);
      Object.assign(connection, { testService });
      Object.assign(nativeConnection, { testService });
    }
    // The connection's plugins are the client's, too.
    const options = {
      ...withLoadedConverter(parts.client),
      connection,
      ...(namespace !== undefined && { namespace }),
    };
    this.client =
      skips === undefined
        ? new Client(options)
        : new TimeSkippingClient({ ...options, skipping: skips.skipping });
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
      skips: server,
      address: server.address,
    });
  }

  /**
   * A server whose time is the machine's: the Worker itself on workerd, where the package `miniflare` is installed. Ready in about a
   * second, and in some ten milliseconds in this process.
   *
   * Throws {@link WorkerdUnavailableError} when workerd is asked for, by `runtime` or `dbFilename`, and cannot be started.
   */
  static async createLocal(
    options: LocalTestWorkflowEnvironmentOptions = {},
  ): Promise<TestWorkflowEnvironment> {
    const server: DevServer = await startDevServer(options.server ?? {});
    const { namespace } = options.server ?? {};
    const parts = { ...commonParts(options), server, address: server.address, namespace };
    try {
      return await TestWorkflowEnvironment.#connect(parts);
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  /** An environment on a server that is there already. */
  static async createFromExistingServer(
    options: ExistingServerTestWorkflowEnvironmentOptions = {},
  ): Promise<TestWorkflowEnvironment> {
    return await TestWorkflowEnvironment.#connect({
      ...commonParts(options),
      server: undefined,
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
    if (this.#skips !== undefined) return await this.#skips.skipping.sleep(ms);
    await new Promise((resolve) => setTimeout(resolve, ms));
  };

  /** The server's time, in milliseconds since the epoch. */
  async currentTimeMs(): Promise<number> {
    return this.#skips === undefined ? Date.now() : this.#skips.clock.now();
  }

  /** Registers a Nexus endpoint that leads to a task queue of this environment's namespace. */
  async createNexusEndpoint(name: string, taskQueue: string): Promise<NexusEndpointIdentifier> {
    const worker = { namespace: this.namespace ?? 'default', taskQueue };
    const { endpoint } = await this.connection.operatorService.createNexusEndpoint({
      spec: { name, target: { worker } },
    });
    return { id: endpoint.id, version: endpoint.version, raw: endpoint };
  }

  /** Removes it again: operations that name it wait until there is one of that name. */
  async deleteNexusEndpoint({ id, version }: Pick<NexusEndpointIdentifier, 'id' | 'version'>): Promise<void> {
    await this.connection.operatorService.deleteNexusEndpoint({ id, version });
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
