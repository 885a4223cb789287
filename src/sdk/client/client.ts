import { filterNullAndUndefined } from '../common/objects-helpers.ts';
import { ActivityClient } from './activity-client.ts';
import {
  BaseClient,
  type BaseClientOptions,
  type DirectAddress,
  defaultBaseClientOptions,
  type LoadedWithDefaults,
} from './base-client.ts';
import type { ClientInterceptors } from './interceptors.ts';
import { NexusClient } from './nexus-client.ts';
import { ScheduleClient } from './schedule-client.ts';
import { TaskQueueClient } from './task-queue-client.ts';
import type { QueryRejectCondition, WorkflowService } from './types.ts';
import { WorkflowClient } from './workflow-client.ts';

export interface ClientOptions extends BaseClientOptions {
  interceptors?: ClientInterceptors;
  /** @experimental */
  plugins?: ClientPlugin[];
  workflow?: {
    /** @default NONE */
    queryRejectCondition?: QueryRejectCondition;
  };
}

/** @experimental */
export interface ClientPlugin {
  get name(): string;
  configureClient?(options: Omit<ClientOptions, 'plugins'>): Omit<ClientOptions, 'plugins'>;
}

export type LoadedClientOptions = LoadedWithDefaults<ClientOptions>;

/**
 * The client: workflows under `workflow`, schedules under `schedule`, activities under `activity`: those without a workflow, and
 * those that complete asynchronously. Nexus operations without a workflow are under `nexus`.
 *
 * ```ts
 * const connection = await Connection.connect({ address: 'localhost:8787' });
 * const client = new Client({ connection, namespace: 'default' });
 * const result = await client.workflow.execute(order, { taskQueue: 'default', workflowId: 'order-1', args: [input] });
 * ```
 *
 * Without a connection of its own: `new Client({ address: 'https://perdure.example.com', apiKey })`, or, from another Worker,
 * `new Client({ fetch: env.PERDURE.fetch.bind(env.PERDURE) })`.
 */
export class Client extends BaseClient {
  readonly options: LoadedClientOptions;
  readonly workflow: WorkflowClient;
  readonly activity: ActivityClient;
  readonly schedule: ScheduleClient;
  /** @deprecated Sets of build IDs, which worker deployments have replaced: the server refuses its calls. */
  readonly taskQueue: TaskQueueClient;
  /** @experimental */
  readonly nexus: NexusClient;

  constructor(options: ClientOptions & DirectAddress = {}) {
    const plugins = [...(options.plugins ?? []), ...(options.connection?.plugins ?? [])] as ClientPlugin[];
    const configured = plugins.reduce<ClientOptions & DirectAddress>(
      (current, plugin) => plugin.configureClient?.(current) ?? current,
      options,
    );
    super(configured);
    const { interceptors, workflow, plugins: _, address, tls, apiKey, fetch, ...common } = configured;
    const shared = { ...common, connection: this.connection, dataConverter: this.dataConverter };
    this.workflow = new WorkflowClient({
      ...shared,
      ...workflow,
      ...(interceptors?.workflow ? { interceptors: interceptors.workflow } : {}),
    });
    this.activity = new ActivityClient({
      ...shared,
      ...(interceptors?.activity ? { interceptors: interceptors.activity } : {}),
    });
    this.schedule = new ScheduleClient({
      ...shared,
      ...(interceptors?.schedule ? { interceptors: interceptors.schedule } : {}),
    });
    this.taskQueue = new TaskQueueClient(shared);
    this.nexus = new NexusClient({
      ...shared,
      ...(interceptors?.nexus ? { interceptors: interceptors.nexus } : {}),
    });
    this.options = {
      ...defaultBaseClientOptions(),
      ...filterNullAndUndefined(common),
      loadedDataConverter: this.dataConverter,
      interceptors: {
        workflow: this.workflow.options.interceptors,
        schedule: this.schedule.options.interceptors,
        activity: [...this.activity.interceptors],
        nexus: this.nexus.options.interceptors,
      },
      workflow: { queryRejectCondition: this.workflow.options.queryRejectCondition },
      plugins,
    };
  }

  /** Single calls by Temporal's names. The namespace is not filled in. */
  get workflowService(): WorkflowService {
    return this.connection.workflowService;
  }
}
