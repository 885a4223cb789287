/** The worker deployments of each namespace as the rest of the Worker sees them. */
import type { Result } from '../../engine/api.ts';
import type { TaskQueueRouting } from '../task-queue/task-routing.ts';
import { applyToDeployments } from './deployment-changes.ts';
import { type DeploymentRegistry, NO_DEPLOYMENTS, type VersionTaskQueue } from './deployment-record.ts';
import type { DeploymentAnswers, DeploymentRequest } from './deployment-requests.ts';

/** Asks whoever keeps a namespace's registry. */
export type AskDeployments = <Request extends DeploymentRequest>(
  namespace: string,
  request: Request,
) => Promise<DeploymentAnswers[Request['kind']]>;

export interface WorkerDeployments {
  ask: AskDeployments;
  /** A worker polls: its version is registered, and what it answers says where tasks go. May be some seconds old. */
  polled(namespace: string, poll: VersionedPoll): Promise<Result<TaskQueueRouting>>;
}

export interface VersionedPoll {
  deploymentName: string;
  buildId: string;
  queue: VersionTaskQueue;
}

/** How old a routing that polls carry may be: changes are told to queues at once, and this heals what did not arrive. */
const CACHE_MS = 10_000;
const CACHED_MAX = 1000;

export function workerDeployments(ask: AskDeployments, now: () => number = Date.now): WorkerDeployments {
  const cache = new Map<string, { routing: TaskQueueRouting; readTime: number }>();
  return {
    ask: async (namespace, request) => {
      // What this isolate changes it does not read from before.
      if (request.kind !== 'get' && request.kind !== 'list') cache.clear();
      return ask(namespace, request);
    },
    async polled(namespace, poll) {
      const key = JSON.stringify([namespace, poll]);
      const cached = cache.get(key);
      if (cached !== undefined && now() - cached.readTime < CACHE_MS)
        return { ok: true, value: cached.routing };
      const answer = await ask(namespace, { kind: 'poll', ...poll });
      if (!answer.ok) return answer;
      if (cache.size >= CACHED_MAX) cache.clear();
      cache.set(key, { routing: answer.value, readTime: now() });
      return answer;
    },
  };
}

/** Those of a server in this process. */
export function localWorkerDeployments(): WorkerDeployments {
  const registries = new Map<string, DeploymentRegistry>();
  return workerDeployments(async (namespace, request) => {
    const change = applyToDeployments(registries.get(namespace) ?? NO_DEPLOYMENTS, request, Date.now());
    registries.set(namespace, change.registry);
    // Sound: the answer is that of the request's kind.
    return change.answer as never;
  });
}
