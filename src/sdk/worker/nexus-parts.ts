/** What of a worker serves Nexus operations: the handlers of its services, and a poller for their tasks. */
import type { LoadedDataConverter } from '../common/converter/data-converter.ts';
import type { Logger } from '../common/logger.ts';
import type { MetricMeter } from '../common/metrics.ts';
import { pollsOf } from './compile-options.ts';
import { NexusTasks, type PolledNexusTask } from './nexus-tasks.ts';
import { Poller } from './poller.ts';
import type { SlotSource } from './slots.ts';
import type { CurrentConnection } from './worker-connection.ts';
import { deploymentOfPolls } from './worker-deployment.ts';
import type { CompiledWorkerOptions } from './worker-options.ts';
import { loopsOf } from './worker-slots.ts';

export interface NexusPartsInput {
  current: CurrentConnection;
  options: CompiledWorkerOptions;
  dataConverter: LoadedDataConverter;
  logger: Logger;
  metricMeter: MetricMeter;
  slots: SlotSource;
  workerInstanceKey: string;
  /** How long one poll waits at the server. */
  pollMs: number;
  fatal(error: unknown): void;
}

export interface NexusParts {
  tasks: NexusTasks;
  poller: Poller<PolledNexusTask>;
}

/** Undefined for a worker without services. */
export function nexusParts(input: NexusPartsInput): NexusParts | undefined {
  const { current, options, dataConverter, logger, workerInstanceKey, pollMs, fatal } = input;
  const { namespace, taskQueue, identity, nexusServiceHandlers: services } = options;
  if (services.size === 0) return undefined;
  const { gateway } = current;
  const tasks = new NexusTasks({
    gateway,
    identity,
    worker: {
      namespace,
      taskQueue,
      services,
      dataConverter,
      interceptors: options.interceptors.nexus,
      logger,
      metricMeter: input.metricMeter,
      client: () => current.client,
    },
  });
  const poller = new Poller<PolledNexusTask>({
    loops: loopsOf(pollsOf(options.nexusTaskPollerBehavior), options.tuner.nexusTaskSlotSupplier),
    slots: input.slots,
    slotInfo: ({ request }) => {
      const { service = '', operation = '' } = request?.startOperation ?? request?.cancelOperation ?? {};
      return { type: 'nexus', service, operation };
    },
    async poll(signal) {
      const request = {
        namespace,
        taskQueue: { name: taskQueue },
        identity,
        workerInstanceKey,
        ...deploymentOfPolls(options),
      };
      const task = await gateway.pollNexusTaskQueue(request, { signal, waitMs: pollMs });
      return task.taskToken !== undefined && task.taskToken.length > 0 ? task : undefined;
    },
    handle: (task) => tasks.handle(task),
    changed: () => {},
    fatal,
    failed: (error, retryMs) => logger.warn('Failed to poll for Nexus tasks', { error, retryMs }),
  });
  return { tasks, poller };
}
