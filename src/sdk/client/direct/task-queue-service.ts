/** Task queues as an operator sees them: who polls, what waits, how fast it may go out (TQ-2 to TQ-4). */
import type {
  PollerInfo,
  TaskKind,
  TaskQueueApi,
  TaskQueueDescription,
} from '../../../objects/task-queue/task-queue-api.ts';
import type {
  LimitConfig,
  TaskQueueConfig,
  TaskQueueConfigUpdate,
} from '../../../objects/task-queue/task-queue-config.ts';
import type { TaskQueueRouting } from '../../../objects/task-queue/task-routing.ts';
import { toCanonicalString, type WorkerDeploymentVersion } from '../../common/worker-deployments.ts';
import type { Gateway, ResponseOf } from '../calls/index.ts';
import { invalidArgument, RpcError } from '../rpc-error.ts';
import { type DirectServiceOptions, requireNamespace, set } from './service.ts';

/** The task queues of this server, where it has any. */
export interface TaskQueues {
  /** Partitions of every task queue. */
  readonly partitions: number;
  partition(namespace: string, taskQueue: string, partition: number): TaskQueueApi;
}

export interface WorkerServiceOptions extends DirectServiceOptions {
  readonly taskQueues?: TaskQueues | undefined;
}

export function requireQueues(queues: TaskQueues | undefined): TaskQueues {
  if (queues !== undefined) return queues;
  throw new RpcError(
    'UNIMPLEMENTED',
    'This server has no task queues: its Worker does not export the class TaskQueue.',
  );
}

export function partitionsOf(queues: TaskQueues, namespace: string, taskQueue: string): TaskQueueApi[] {
  return Array.from({ length: queues.partitions }, (_, index) =>
    queues.partition(namespace, taskQueue, index),
  );
}

type Operations = Pick<Gateway, 'describeTaskQueue' | 'updateTaskQueueConfig'>;
type UpdateRequest = Parameters<Gateway['updateTaskQueueConfig']>[0];
type Description = ResponseOf<'describeTaskQueue'>;

export function taskQueueOperations(options: WorkerServiceOptions): Operations {
  return {
    async describeTaskQueue({ namespace, taskQueue, taskQueueType, reportStats, reportConfig }) {
      await requireNamespace(options, namespace);
      const queues = requireQueues(options.taskQueues);
      const kind = KINDS[taskQueueType ?? 'WORKFLOW'];
      const all = await Promise.all(
        partitionsOf(queues, namespace, taskQueue.name).map((queue) => queue.describe(kind)),
      );
      const pollers = new Map(all.flatMap((each) => each.pollers.map((poller) => [poller.identity, poller])));
      const config = all[0]?.config ?? {};
      return {
        pollers: [...pollers.values()].map((poller) => pollerMessage(poller, queues.partitions)),
        ...(reportStats && { stats: statsOf(all), statsByPriorityKey: statsByPriority(all) }),
        ...(reportConfig && { config: configMessage(config) }),
        ...set('versioningInfo', versioningInfo(latestRouting(all))),
        ...set('effectiveRateLimit', effectiveRate(config, [...pollers.values()], queues.partitions)),
      };
    },
    async updateTaskQueueConfig(request) {
      const { namespace, taskQueue, taskQueueType } = request;
      await requireNamespace(options, namespace);
      const queues = requireQueues(options.taskQueues);
      if (taskQueueType !== 'ACTIVITY')
        throw invalidArgument(
          'taskQueueType: only task queues of activities have limits (TASK_QUEUE_TYPE_ACTIVITY)',
        );
      const update = configUpdate(request, queues.partitions);
      const configs = await Promise.all(
        partitionsOf(queues, namespace, taskQueue).map((queue) => queue.configure('activity', update)),
      );
      return { config: configMessage(configs[0] ?? {}) };
    },
  };
}

interface Backlog {
  backlogCount: number;
  backlogAgeMs: number;
}

function backlogOf(parts: readonly Backlog[]) {
  return {
    approximateBacklogCount: parts.reduce((sum, { backlogCount }) => sum + backlogCount, 0),
    approximateBacklogAge: Math.max(0, ...parts.map(({ backlogAgeMs }) => backlogAgeMs)),
  };
}

function statsOf(partitions: readonly TaskQueueDescription[]): NonNullable<Description['stats']> {
  return {
    ...backlogOf(partitions),
    tasksAddRate: partitions.reduce((sum, { addRate }) => sum + addRate, 0),
    tasksDispatchRate: partitions.reduce((sum, { handOutRate }) => sum + handOutRate, 0),
  };
}

function statsByPriority(
  partitions: readonly TaskQueueDescription[],
): NonNullable<Description['statsByPriorityKey']> {
  const parts = new Map<number, Backlog[]>();
  for (const part of partitions.flatMap(({ byPriority }) => byPriority))
    parts.set(part.priority, [...(parts.get(part.priority) ?? []), part]);
  return Object.fromEntries([...parts].map(([priority, backlogs]) => [priority, backlogOf(backlogs)]));
}

/** A partition knows its share of what a worker asked for. */
function pollerMessage({ deployment, ratePerSecond, hasLeft: _, ...poller }: PollerInfo, partitions: number) {
  const { isVersioned, ...named } = deployment ?? {};
  const mode = isVersioned ? ('VERSIONED' as const) : ('UNVERSIONED' as const);
  return {
    ...poller,
    ...set('ratePerSecond', ratePerSecond && ratePerSecond * partitions),
    ...(deployment && { deploymentOptions: { ...named, workerVersioningMode: mode } }),
  };
}

function latestRouting(partitions: readonly TaskQueueDescription[]): TaskQueueRouting | undefined {
  return partitions.map(({ routing }) => routing).sort((a, b) => b.revision - a.revision)[0];
}

/** None of a queue that no deployment has a say about. */
function versioningInfo(routing: TaskQueueRouting | undefined): Description['versioningInfo'] {
  if (routing === undefined || routing.revision === 0) return undefined;
  const { current, ramping, updateTime } = routing;
  return {
    currentVersion: formerNameOf(current),
    ...set('currentDeploymentVersion', current),
    ...(ramping && {
      rampingVersion: formerNameOf(ramping.version),
      ...set('rampingDeploymentVersion', ramping.version),
      rampingVersionPercentage: ramping.percentage,
    }),
    ...set('updateTime', updateTime),
  };
}

function formerNameOf(version: WorkerDeploymentVersion | undefined): string {
  return version === undefined ? '__unversioned__' : toCanonicalString(version);
}

/** TQ-3: what an operator has set outranks what workers ask for. */
function effectiveRate(
  { queueRate }: TaskQueueConfig,
  pollers: readonly { lastAccessTime: number; ratePerSecond?: number }[],
  partitions: number,
): Description['effectiveRateLimit'] {
  if (queueRate?.limit !== undefined) return { requestsPerSecond: queueRate.limit, rateLimitSource: 'API' };
  const [last] = pollers
    .filter(({ ratePerSecond }) => ratePerSecond !== undefined)
    .sort((a, b) => b.lastAccessTime - a.lastAccessTime);
  if (last?.ratePerSecond === undefined) return undefined;
  return { requestsPerSecond: last.ratePerSecond * partitions, rateLimitSource: 'WORKER' };
}

function configMessage(config: TaskQueueConfig): NonNullable<Description['config']> {
  const { queueRate, keyRate, keyConcurrency, fairnessWeights } = config;
  return {
    ...set('queueRateLimit', queueRate && rateMessage(queueRate)),
    ...set('fairnessKeysRateLimitDefault', keyRate && rateMessage(keyRate)),
    ...set(
      'fairnessKeysConcurrencyLimit',
      keyConcurrency && {
        metadata: metadataOf(keyConcurrency),
        ...set('concurrencyLimit', limitOf('tasks', keyConcurrency)),
      },
    ),
    ...set('fairnessWeightOverrides', fairnessWeights),
  };
}

function rateMessage(config: LimitConfig) {
  return { metadata: metadataOf(config), ...set('rateLimit', limitOf('requestsPerSecond', config)) };
}

function limitOf<Name extends string>(
  name: Name,
  { limit }: LimitConfig,
): { [K in Name]?: number } | undefined {
  return limit === undefined ? undefined : set(name, limit);
}

function metadataOf({ reason, updateIdentity, updateTime }: LimitConfig) {
  return { reason, updateIdentity, updateTime };
}

function configUpdate(request: UpdateRequest, partitions: number): TaskQueueConfigUpdate {
  const {
    identity = '',
    updateQueueRateLimit: queueRate,
    updateFairnessKeyRateLimitDefault: keyRate,
    updateFairnessKeyConcurrencyLimit: keyConcurrency,
    setFairnessWeightOverrides: weights,
    unsetFairnessWeightOverrides: unset,
  } = request;
  checkWeights(weights);
  return {
    identity,
    partitions,
    ...set('queueRate', queueRate && rateUpdate('updateQueueRateLimit', queueRate)),
    ...set('keyRate', keyRate && rateUpdate('updateFairnessKeyRateLimitDefault', keyRate)),
    ...set(
      'keyConcurrency',
      keyConcurrency && {
        ...set('reason', keyConcurrency.reason),
        ...set(
          'limit',
          keyConcurrency.concurrencyLimit &&
            checkLimit(
              'updateFairnessKeyConcurrencyLimit.concurrencyLimit.tasks',
              keyConcurrency.concurrencyLimit.tasks,
            ),
        ),
      },
    ),
    ...set('setFairnessWeights', weights),
    ...set('unsetFairnessWeights', unset),
  };
}

function rateUpdate(
  field: string,
  { rateLimit, reason }: NonNullable<UpdateRequest['updateQueueRateLimit']>,
): { limit?: number; reason?: string } {
  const limit = rateLimit && checkLimit(`${field}.rateLimit.requestsPerSecond`, rateLimit.requestsPerSecond);
  return { ...set('reason', reason), ...set('limit', limit) };
}

function checkLimit(field: string, limit = 0): number {
  if (Number.isFinite(limit) && limit >= 0) return limit;
  throw invalidArgument(`${field}: a number from 0 on, where 0 hands out nothing, found ${limit}`);
}

const WEIGHT_OVERRIDES_MAX = 1000;
const WEIGHT_MIN = 0.001;
const WEIGHT_MAX = 1000;

function checkWeights(weights: Readonly<Record<string, number>> = {}): void {
  const entries = Object.entries(weights);
  if (entries.length > WEIGHT_OVERRIDES_MAX)
    throw invalidArgument(`setFairnessWeightOverrides: at most ${WEIGHT_OVERRIDES_MAX} keys at a time`);
  for (const [key, weight] of entries) {
    if (weight >= WEIGHT_MIN && weight <= WEIGHT_MAX) continue;
    throw invalidArgument(
      `setFairnessWeightOverrides.${key}: a weight from ${WEIGHT_MIN} to ${WEIGHT_MAX}, found ${weight}`,
    );
  }
}

const KINDS = { WORKFLOW: 'workflow', ACTIVITY: 'activity', NEXUS: 'nexus' } as const satisfies Record<
  string,
  TaskKind
>;
