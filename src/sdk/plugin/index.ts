/**
 * A plugin for clients, workers and bundles in one, as `@temporalio/plugin` has it.
 *
 * @module
 */
import type {
  ClientInterceptors,
  ClientOptions,
  ClientPlugin,
  ConnectionOptions,
  ConnectionPlugin,
} from '../client/index.ts';
import type {
  BundleOptions,
  BundlerPlugin,
  DataConverter,
  NativeConnectionOptions,
  NativeConnectionPlugin,
  ReplayWorkerOptions,
  TLSConfig,
  Worker,
  WorkerInterceptors,
  WorkerOptions,
  WorkerPlugin,
  WorkflowBundleOption,
} from '../worker/index.ts';

type NexusServices = NonNullable<WorkerOptions['nexusServices']>;

/** A value, or what makes it of the one that is there. */
type PluginParameter<T> = T | ((existing: T | undefined) => T);

/** Lists and objects are added to what is there; a function decides itself. Everything else replaces it. */
export interface SimplePluginOptions {
  readonly name: string;
  readonly tls?: PluginParameter<TLSConfig | boolean | null>;
  readonly apiKey?: PluginParameter<string>;
  readonly dataConverter?: PluginParameter<DataConverter>;
  readonly clientInterceptors?: PluginParameter<ClientInterceptors>;
  readonly activities?: PluginParameter<object>;
  readonly nexusServices?: PluginParameter<NexusServices>;
  readonly workflowsPath?: PluginParameter<string>;
  readonly workflowBundle?: PluginParameter<WorkflowBundleOption>;
  readonly workerInterceptors?: PluginParameter<WorkerInterceptors>;
  /** Around the whole run of each worker. */
  readonly runContext?: (next: () => Promise<void>) => Promise<void>;
}

/**
 * Adds converters, interceptors, activities and workflows to whatever it is given to.
 *
 * ```ts
 * const tracing = new SimplePlugin({ name: 'tracing', clientInterceptors: { workflow: [new TracingInterceptor()] } });
 * const client = new Client({ connection, plugins: [tracing] });
 * ```
 *
 * @experimental
 */
export class SimplePlugin
  implements WorkerPlugin, ClientPlugin, BundlerPlugin, ConnectionPlugin, NativeConnectionPlugin
{
  readonly name: string;
  protected readonly options: SimplePluginOptions;

  constructor(options: SimplePluginOptions) {
    this.options = options;
    this.name = options.name;
  }

  configureClient(options: ClientOptions): ClientOptions {
    const { dataConverter, clientInterceptors } = this.options;
    return withSet(options, {
      dataConverter: resolve(options.dataConverter, dataConverter, over),
      interceptors: resolve(options.interceptors, clientInterceptors, joinClientInterceptors),
    });
  }

  configureWorker(options: WorkerOptions): WorkerOptions {
    const { activities, nexusServices } = this.options;
    return withSet(this.#configureCode(options), {
      activities: activities && resolve(options.activities ?? {}, activities, over),
      nexusServices: nexusServices && resolve(options.nexusServices ?? [], nexusServices, append),
    });
  }

  configureReplayWorker(options: ReplayWorkerOptions): ReplayWorkerOptions {
    return this.#configureCode(options);
  }

  runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    const { runContext } = this.options;
    return runContext ? runContext(() => next(worker)) : next(worker);
  }

  configureBundler(options: BundleOptions): BundleOptions {
    const { workflowsPath, workerInterceptors } = this.options;
    const modules = resolve<WorkerInterceptors>(undefined, workerInterceptors, replace)?.workflowModules;
    return withSet(options, {
      workflowsPath: resolve(options.workflowsPath, workflowsPath, replace),
      workflowInterceptorModules: joined(options.workflowInterceptorModules, modules),
    });
  }

  configureConnection(options: ConnectionOptions): ConnectionOptions {
    return this.#configureAccess(options);
  }

  configureNativeConnection(options: NativeConnectionOptions): NativeConnectionOptions {
    return this.#configureAccess(options);
  }

  #configureCode<Options extends WorkerOptions | ReplayWorkerOptions>(options: Options): Options {
    const { dataConverter, workflowBundle, workerInterceptors } = this.options;
    const workflowsPath = resolve(options.workflowsPath, this.options.workflowsPath, replace);
    // Modules are built into a bundle that the worker makes; a finished one has them or not.
    const interceptors =
      workflowsPath === undefined && typeof workerInterceptors === 'object'
        ? withoutModules(workerInterceptors)
        : workerInterceptors;
    return withSet(options, {
      dataConverter: resolve(options.dataConverter, dataConverter, over),
      workflowsPath,
      workflowBundle: resolve(options.workflowBundle, workflowBundle, replace),
      interceptors: resolve(options.interceptors, interceptors, joinWorkerInterceptors),
    });
  }

  #configureAccess<Options extends ConnectionOptions | NativeConnectionOptions>(options: Options): Options {
    const { apiKey } = options;
    return withSet(options, {
      tls: resolve(options.tls, this.options.tls, replace),
      apiKey: typeof apiKey === 'function' ? apiKey : resolve(apiKey, this.options.apiKey, replace),
    });
  }
}

function resolve<T>(
  existing: T | undefined,
  parameter: PluginParameter<T> | undefined,
  join: (existing: T, parameter: T) => T,
): T | undefined {
  if (parameter === undefined) return existing;
  // No value of an option is a function itself.
  if (typeof parameter === 'function') return (parameter as (existing: T | undefined) => T)(existing);
  return existing === undefined ? parameter : join(existing, parameter);
}

const replace = <T>(_existing: T, parameter: T): T => parameter;
const append = <T>(existing: T[], parameter: T[]): T[] => [...existing, ...parameter];
const over = <T extends object>(existing: T, parameter: T): T => ({ ...existing, ...parameter });

/** The options with those of `changes` that are set. */
function withSet<Options extends object>(options: Options, changes: object): Options {
  const set = Object.entries(changes).filter(([, value]) => value !== undefined);
  return { ...options, ...Object.fromEntries(set) };
}

function joined<T>(left: readonly T[] | undefined, right: readonly T[] | undefined): T[] | undefined {
  return left || right ? [...(left ?? []), ...(right ?? [])] : undefined;
}

function joinClientInterceptors(existing: ClientInterceptors, own: ClientInterceptors): ClientInterceptors {
  return withSet(existing, {
    workflow: joined(listOf(existing.workflow), listOf(own.workflow)),
    schedule: joined(existing.schedule, own.schedule),
    activity: joined(existing.activity, own.activity),
    nexus: joined(existing.nexus, own.nexus),
  });
}

function listOf(interceptors: ClientInterceptors['workflow']) {
  if (interceptors === undefined || Array.isArray(interceptors)) return interceptors;
  throw new Error("Simple plugin doesn't support old style workflow client interceptors");
}

function joinWorkerInterceptors(existing: WorkerInterceptors, own: WorkerInterceptors): WorkerInterceptors {
  return withSet(existing, {
    client: resolve(existing.client, own.client, joinClientInterceptors),
    activity: joined(existing.activity, own.activity),
    nexus: joined(existing.nexus, own.nexus),
    workflowModules: joined(existing.workflowModules, own.workflowModules),
  });
}

function withoutModules({ workflowModules: _, ...others }: WorkerInterceptors): WorkerInterceptors {
  return others;
}
