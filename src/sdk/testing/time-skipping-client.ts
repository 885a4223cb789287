/** Clients of an environment that skips time: it may, while they wait for a result. */
import { ActivityClient, type ActivityClientOptions } from '../client/activity-client.ts';
import type { ActivityGetResultInput } from '../client/activity-interceptors.ts';
import type { ClientOptions } from '../client/client.ts';
import { Client } from '../client/client.ts';
import { NexusClient, type NexusClientOptions } from '../client/nexus-client.ts';
import type { GetNexusOperationResultInput } from '../client/nexus-interceptors.ts';
import { WorkflowClient, type WorkflowClientOptions } from '../client/workflow-client.ts';
import type { WorkflowStartOptions } from '../client/workflow-options.ts';
import type { WorkflowResultOptions } from '../client/workflow-result.ts';
import type { Workflow, WorkflowResultType } from '../common/interfaces.ts';
import type { Any } from '../common/type-helpers.ts';
import type { TimeSkipping } from './server/time-skipping.ts';
import type { TestService } from './test-service.ts';

/** The options of a client whose connection the environment makes. */
export type ClientOptionsForTestEnv = Omit<ClientOptions, 'namespace' | 'connection'>;

/** A workflow client whose waits for results let time be skipped. Its connection is that of an environment that skips time. */
export class TimeSkippingWorkflowClient extends WorkflowClient {
  readonly #testService: TestService;

  constructor(options: WorkflowClientOptions) {
    super(options);
    const { testService } = (options.connection ?? {}) as { testService?: TestService };
    if (!testService)
      throw new TypeError('TestService must be present when creating a TimeSkippingWorkflowClient');
    this.#testService = testService;
  }

  override async execute<T extends Workflow>(
    workflowTypeOrFunc: string | T,
    options: WorkflowStartOptions<T>,
  ): Promise<WorkflowResultType<T>> {
    // Not in one call, as the client does it otherwise: time is skipped only once the workflow has been started.
    const handle = await this.start(workflowTypeOrFunc, options);
    return await handle.result();
  }

  override async result<T extends Workflow>(
    workflowId: string,
    runId?: string,
    options?: WorkflowResultOptions,
  ): Promise<WorkflowResultType<T>> {
    await this.#testService.unlockTimeSkipping({});
    try {
      return await super.result<T>(workflowId, runId, options);
    } finally {
      await this.#testService.lockTimeSkipping({});
    }
  }
}

/** An activity client whose waits for results let time be skipped. */
export class TimeSkippingActivityClient extends ActivityClient {
  readonly #skipping: TimeSkipping;

  constructor(options: ActivityClientOptions & { skipping: TimeSkipping }) {
    const { skipping, ...rest } = options;
    super(rest);
    this.#skipping = skipping;
  }

  protected override async getResultHandler(input: ActivityGetResultInput): Promise<Any> {
    return await this.#skipping.whileWaiting(() => super.getResultHandler(input));
  }
}

/** A client of Nexus operations whose waits for results let time be skipped. */
export class TimeSkippingNexusClient extends NexusClient {
  readonly #skipping: TimeSkipping;

  constructor(options: NexusClientOptions & { skipping: TimeSkipping }) {
    const { skipping, ...common } = options;
    super(common);
    this.#skipping = skipping;
  }

  protected override async getResultHandler(input: GetNexusOperationResultInput): Promise<unknown> {
    return await this.#skipping.whileWaiting(() => super.getResultHandler(input));
  }
}

/** A client like any other, but for its waits for results. */
export class TimeSkippingClient extends Client {
  // Declared only: the parent's own is set first, and its options are wanted.
  declare readonly workflow: WorkflowClient;
  declare readonly activity: ActivityClient;
  declare readonly nexus: NexusClient;

  constructor({ skipping, ...options }: ClientOptions & { skipping: TimeSkipping }) {
    super(options);
    const { interceptors, queryRejectCondition, identity, namespace } = this.workflow.options;
    this.workflow = new TimeSkippingWorkflowClient({
      connection: this.connection,
      dataConverter: this.dataConverter,
      interceptors,
      queryRejectCondition,
      identity,
      namespace,
    });
    this.activity = new TimeSkippingActivityClient({
      skipping,
      connection: this.connection,
      dataConverter: this.dataConverter,
      interceptors: [...this.activity.interceptors],
      identity,
      namespace,
    });
    this.nexus = new TimeSkippingNexusClient({
      skipping,
      connection: this.connection,
      dataConverter: this.dataConverter,
      interceptors: this.nexus.options.interceptors,
      identity,
      namespace,
    });
  }
}
