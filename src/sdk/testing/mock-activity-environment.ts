/** Runs activity functions outside of any workflow, in a context whose cancellation and heartbeats a test can see to. */
import { EventEmitter } from 'node:events';
import type { Context, Info } from '../activity/context.ts';
import { ActivityExecution, type CancelReason } from '../activity/execution.ts';
import type { ActivityInterceptorsFactory } from '../activity/interceptors.ts';
import type { Client } from '../client/client.ts';
import { ActivityCancellationDetails } from '../common/activity-cancellation-details.ts';
import { defaultDataConverter } from '../common/converter/data-converter.ts';
import type { ActivityFunction } from '../common/interfaces.ts';
import { type Logger, LoggerWithComposedMetadata, SdkComponent } from '../common/logger.ts';
import { type MetricMeter, noopMetricMeter } from '../common/metrics.ts';
import type { Any } from '../common/type-helpers.ts';
import { DefaultLogger } from '../worker/logger.ts';

export interface MockActivityEnvironmentOptions {
  interceptors?: ActivityInterceptorsFactory[];
  logger?: Logger;
  metricMeter?: MetricMeter;
  /** What `Context.current().client` gives. */
  client?: Client;
}

/** The info of an activity in a {@link MockActivityEnvironment}, where the test gives none. */
export const defaultActivityInfo: Info = {
  attempt: 1,
  taskQueue: 'test',
  isLocal: false,
  taskToken: Buffer.from('test'),
  activityId: 'test',
  activityType: 'unknown',
  workflowType: 'test',
  base64TaskToken: Buffer.from('test').toString('base64'),
  heartbeatTimeoutMs: undefined,
  heartbeatDetails: undefined,
  activityNamespace: 'default',
  workflowNamespace: 'default',
  workflowExecution: { workflowId: 'test', runId: '00000000-0000-0000-0000-000000000000' },
  scheduledTimestampMs: 1,
  startToCloseTimeoutMs: 1000,
  scheduleToCloseTimeoutMs: 1000,
  currentAttemptScheduledTimestampMs: 1,
  namespace: 'test',
  inWorkflow: true,
};

/**
 * A context for activities under test. Emits `heartbeat` with the details of each heartbeat. One context serves all functions
 * that are run in it: once cancelled it stays so.
 *
 * ```ts
 * const env = new MockActivityEnvironment({ attempt: 2 });
 * env.on('heartbeat', (details) => seen.push(details));
 * assert.equal(await env.run(copyFiles, ['a', 'b']), 2);
 * ```
 */
export class MockActivityEnvironment extends EventEmitter {
  /** Cancels the activity; by default as a cancellation that was asked for. */
  cancel: (reason?: CancelReason, details?: ActivityCancellationDetails) => void;
  readonly context: Context;
  readonly #execution: ActivityExecution;
  readonly #client: Client | undefined;

  constructor(info?: Partial<Info>, options: MockActivityEnvironmentOptions = {}) {
    super();
    this.#client = options.client;
    const activityInfo = { ...defaultActivityInfo, ...info };
    const { namespace, activityId, workflowExecution, isLocal } = activityInfo;
    const workflowId = workflowExecution?.workflowId;
    this.#execution = new ActivityExecution({
      info: activityInfo,
      heartbeat: (details) => void this.emit('heartbeat', details),
      client: options.client,
      logger: LoggerWithComposedMetadata.compose(options.logger ?? new DefaultLogger(), {
        sdkComponent: SdkComponent.worker,
      }),
      metricMeter: options.metricMeter ?? noopMetricMeter,
      interceptors: options.interceptors ?? [],
      dataConverter: defaultDataConverter,
      serializationContext: {
        type: 'activity',
        namespace,
        activityId,
        isLocal,
        ...(workflowId !== undefined && { workflowId }),
      },
      now: Date.now,
    });
    this.context = this.#execution.context;
    this.cancel = (
      reason = 'CANCELLED',
      details = new ActivityCancellationDetails({ cancelRequested: true }),
    ) => this.#execution.cancel(reason, details);
  }

  /** Runs a function in the context and gives what it gives. */
  async run<P extends Any[], R, F extends ActivityFunction<P, R>>(fn: F, ...args: P): Promise<R> {
    const run = async () =>
      // Sound: interceptors aside, it is the function's own value.
      (await this.#execution.runRaw(fn as ActivityFunction<Any[], unknown>, { args, headers: {} })) as R;
    // Calls of the client end with the activity. What stands for a client in a test may not know how.
    const client: Partial<Pick<Client, 'withAbortSignal'>> = this.#client ?? {};
    return client.withAbortSignal === undefined
      ? await run()
      : await client.withAbortSignal(this.context.cancellationSignal, run);
  }
}
