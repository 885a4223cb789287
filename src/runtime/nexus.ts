/** Nexus services that the Worker serves itself: their handlers run beside the workflow that calls them, without a poll between. */

import type { NexusAnswer, NexusTask } from '../engine/api.ts';
import type { ActivityWorker } from '../objects/activity/activity-runner.ts';
import type { NexusHandlerOf } from '../objects/nexus/nexus-tasks.ts';
import { answerOfError, linksOf } from '../sdk/client/direct/nexus-answers.ts';
import { nexusRequestOf } from '../sdk/client/direct/nexus-task-service.ts';
import { CancelledFailure } from '../sdk/common/failure.ts';
import type { NexusOutcome } from '../sdk/nexus/nexus-runner.ts';
import type { WorkerDefinition } from './options.ts';
import type { PlatformCalls } from './platform-calls.ts';

/** By the task queue that an endpoint leads to. Undefined where no definition has services. */
export function nexusHandlers(
  definitions: readonly WorkerDefinition[],
  workers: readonly ActivityWorker[],
  calls: Pick<PlatformCalls, 'client'>,
): NexusHandlerOf | undefined {
  const handlers = new Map<string, ReturnType<NexusHandlerOf>>();
  for (const [index, definition] of definitions.entries()) {
    const worker = workers[index];
    if (!definition.nexusServices?.length || worker === undefined) continue;
    handlers.set(definition.taskQueue, handlerOf(definition, worker, calls));
  }
  return handlers.size === 0 ? undefined : (taskQueue) => handlers.get(taskQueue);
}

let runner: typeof import('../sdk/nexus/nexus-runner.ts') | undefined;

function handlerOf(
  definition: WorkerDefinition,
  { dataConverter, logger, metricMeter }: ActivityWorker,
  calls: Pick<PlatformCalls, 'client'>,
) {
  const { taskQueue, nexusServices = [], interceptors } = definition;
  const services = new Map(nexusServices.map((service) => [service.definition.name, service]));
  if (services.size < nexusServices.length)
    throw new TypeError(`createRuntime: task queue ${taskQueue} has two Nexus services of one name`);
  return async (task: NexusTask, { namespace, depth }: { namespace: string; depth: number }) => {
    // Who serves no operations loads nothing of it. What an import waits for belongs to the object that began it, and may be gone with
    // it: once loaded, it is not asked for again.
    runner ??= await import('../sdk/nexus/nexus-runner.ts');
    const { runNexusRequest } = runner;
    const worker = {
      namespace,
      taskQueue,
      services,
      dataConverter,
      interceptors: interceptors?.nexus ?? [],
      logger,
      metricMeter,
      client: () => calls.client(namespace, depth, definition),
    };
    const { signal, clear } = timeout(task.requestTimeoutMs);
    try {
      return answerOf(await runNexusRequest(worker, nexusRequestOf(task), signal));
    } finally {
      clear();
    }
  };
}

/** Unlike `AbortSignal.timeout` it can be cleared: a pending timer keeps an object in memory. */
function timeout(ms: number): { signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const reason = new CancelledFailure('TIMED_OUT');
  const timer = setTimeout(() => controller.abort(reason), ms);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

function answerOf(outcome: NexusOutcome): NexusAnswer {
  switch (outcome.kind) {
    case 'sync':
      return { kind: 'completed', result: outcome.payload, ...linksOf(outcome.links) };
    case 'async':
      return { kind: 'started', operationToken: outcome.operationToken, ...linksOf(outcome.links) };
    case 'cancelled':
      return { kind: 'cancelRequested' };
    case 'operationFailed': {
      const { failure } = outcome;
      return { kind: failure.canceledFailureInfo === undefined ? 'failed' : 'canceled', failure };
    }
    case 'handlerFailed':
      return answerOfError(undefined, outcome.failure);
  }
}
