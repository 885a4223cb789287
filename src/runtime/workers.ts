/** What runs here of each task queue: workflow code by the executor, activities as functions. */
import type { WorkflowTaskHandler } from '../engine/workflow-task.ts';
import { createExecutor } from '../executor/executor.ts';
import type { ActivityWorker, AnyActivity } from '../objects/activity/activity-runner.ts';
import { localActivityContext } from '../objects/activity/local-activity-context.ts';
import { batchWorkflowHandler } from '../objects/batch/batch-workflow.ts';
import type { LogLevel, LogSink } from '../objects/object-options.ts';
import { BATCH_TASK_QUEUE } from '../sdk/common/batch.ts';
import { loadDataConverter } from '../sdk/common/converter/data-converter.ts';
import type { Logger } from '../sdk/common/logger.ts';
import { noopMetricMeter } from '../sdk/common/metrics.ts';
import { metricSink } from '../sdk/worker/metrics/metric-sink.ts';
import { workflowPayloadCodec } from '../sdk/worker/workflow-payloads.ts';
import { WORKFLOW_MODULES } from '../sdk/workflow/modules.ts';
import { withPayloadCodecs } from './codecs.ts';
import type { WorkerDefinition } from './options.ts';
import type { PlatformCalls } from './platform-calls.ts';

export function activityWorker(
  definition: WorkerDefinition,
  calls: PlatformCalls,
  logger: Logger,
): ActivityWorker {
  const { taskQueue, activities = {}, dataConverter, interceptors, metricMeter } = definition;
  const functions = Object.entries(activities).filter(
    (entry): entry is [string, AnyActivity] => typeof entry[1] === 'function',
  );
  return {
    taskQueue,
    activities: new Map(functions),
    dataConverter: loadDataConverter(dataConverter),
    interceptors: interceptors?.activity ?? [],
    logger,
    metricMeter: metricMeter ?? noopMetricMeter,
    client: (namespace, depth) => calls.client(namespace, depth, definition),
  };
}

/** Cached instances of all task queues together. */
const CACHE_BYTES = 24 * 1024 * 1024;

export function workflowHandlers(
  definitions: readonly WorkerDefinition[],
  workers: readonly ActivityWorker[],
  log: LogSink,
  isDevelopment: boolean,
): ReadonlyMap<string, WorkflowTaskHandler> {
  const handlers = new Map<string, WorkflowTaskHandler>([[BATCH_TASK_QUEUE, batchWorkflowHandler]]);
  for (const [index, definition] of definitions.entries()) {
    const { taskQueue, workflows, dataConverter, interceptors, sinks, metricMeter } = definition;
    const { workflowFailureErrorTypes } = definition;
    const worker = workers[index];
    if (workflows === undefined || worker === undefined) continue;
    const handler = createExecutor({
      bundle: workflows,
      modules: WORKFLOW_MODULES,
      ...(dataConverter?.payloadConverter && { payloadConverter: dataConverter.payloadConverter }),
      ...(dataConverter?.failureConverter && { failureConverter: dataConverter.failureConverter }),
      ...(interceptors?.workflow && { interceptors: interceptors.workflow }),
      sinks: { ...(metricMeter && metricSink(metricMeter.withTags({ taskQueue }))), ...sinks },
      ...(workflowFailureErrorTypes && { workflowFailureErrorTypes }),
      cache: { bytes: CACHE_BYTES / definitions.length },
      development: isDevelopment,
      localActivities: (type) => worker.activities.get(type),
      wrapLocalActivity: localActivityContext(worker),
      log: (level, message, attributes) => log(level.toUpperCase() as LogLevel, message, attributes),
    });
    handlers.set(taskQueue, withPayloadCodecs(handler, workflowPayloadCodec(worker.dataConverter)));
  }
  return handlers;
}
