/** `perdure task-queue …` */
import type { JsonObject } from '../command/api.ts';
import { defineCommand, type Group } from '../command/definition.ts';
import { choice, choices, pairs, text, toggle } from '../command/flags.ts';
import { UsageError } from '../command/usage-error.ts';
import { parseNumber } from '../input/parse.ts';
import { defined, named as nameOf, unlessEmpty } from '../input/requests.ts';
import { duration, named, plain, time } from '../output/formats.ts';
import { blockOf, type Column, type Format, listAt, type Pair, tableOf, textAt } from '../output/table.ts';

const PREFIX = 'TASK_QUEUE_TYPE_';
const TYPES = {
  workflow: `${PREFIX}WORKFLOW`,
  activity: `${PREFIX}ACTIVITY`,
  nexus: `${PREFIX}NEXUS`,
} as const;

const taskQueue = text('-t, --task-queue <name>', 'Task queue').required;

const POLLERS: readonly Column[] = [
  ['TaskQueueType', 'taskQueueType', named(PREFIX)],
  ['Identity', 'identity'],
  ['LastAccessTime', 'lastAccessTime', time],
  ['RatePerSecond', 'ratePerSecond'],
  ['DeploymentName', 'deploymentOptions.deploymentName'],
  ['BuildId', 'deploymentOptions.buildId'],
];

const rate: Format = (value) => String(Number(Number(value ?? 0).toFixed(3)));

const STATS: readonly Column[] = [
  ['TaskQueueType', 'taskQueueType', named(PREFIX)],
  ['ApproximateBacklogCount', 'stats.approximateBacklogCount', (value) => String(value ?? 0)],
  [
    'ApproximateBacklogAge',
    'stats.approximateBacklogAge',
    (value, options) => duration(value, options) || '0s',
  ],
  ['TasksAddRate', 'stats.tasksAddRate', rate],
  ['TasksDispatchRate', 'stats.tasksDispatchRate', rate],
];

const VERSIONING: readonly Pair[] = [
  ['CurrentVersion', 'currentVersion'],
  ['CurrentDeploymentName', 'currentDeploymentVersion.deploymentName'],
  ['CurrentBuildId', 'currentDeploymentVersion.buildId'],
  ['RampingDeploymentName', 'rampingDeploymentVersion.deploymentName'],
  ['RampingBuildId', 'rampingDeploymentVersion.buildId'],
  ['RampingPercentage', 'rampingVersionPercentage'],
  ['UpdateTime', 'updateTime', time],
];

const CONFIG: readonly Pair[] = [
  ['QueueRateLimit', 'queueRateLimit.rateLimit.requestsPerSecond'],
  ['QueueRateLimitReason', 'queueRateLimit.metadata.reason'],
  ['FairnessKeyRateLimitDefault', 'fairnessKeysRateLimitDefault.rateLimit.requestsPerSecond'],
  ['FairnessKeyRateLimitReason', 'fairnessKeysRateLimitDefault.metadata.reason'],
  ['FairnessKeyConcurrencyLimit', 'fairnessKeysConcurrencyLimit.concurrencyLimit.tasks'],
  ['FairnessWeights', 'fairnessWeightOverrides', plain],
];

const describe = defineCommand({
  name: 'describe',
  about: 'Show who polls a task queue, and what waits in it',
  flags: {
    taskQueue,
    types: choices('--task-queue-type <type>', 'Of this kind of tasks. Default workflow and activity', TYPES),
    reportConfig: toggle('--report-config', 'With its limits'),
    disableStats: toggle('--disable-stats', 'Without its backlog'),
  },
  async run({ api, out }, flags) {
    const types = flags.types.length > 0 ? flags.types : [TYPES.workflow, TYPES.activity];
    const queues: JsonObject[] = [];
    for (const taskQueueType of types) {
      const answer = await api.call('describeTaskQueue', {
        taskQueue: nameOf(flags.taskQueue),
        taskQueueType,
        ...(!flags.disableStats && { reportStats: true }),
        ...(flags.reportConfig && { reportConfig: true }),
      });
      queues.push({ taskQueueType, ...answer });
    }
    const pollers = queues.flatMap((queue) =>
      listAt(queue, 'pollers').map((poller) => ({ taskQueueType: queue.taskQueueType, ...poller })),
    );
    out.show({ taskQueue: flags.taskQueue, types: queues }, (options) => {
      const block = (title: string, pairs: readonly Pair[], path: string): string[] =>
        queues.flatMap((queue) => {
          const body = blockOf('', pairs, queue[path], options);
          return body === ''
            ? []
            : [
                `${blockOf(`${title}, ${named(PREFIX)(queue.taskQueueType, options)}`, [], {}, options)}\n${body}`,
              ];
        });
      return [
        ...(flags.disableStats
          ? []
          : [`${blockOf('Task Queue Statistics', [], {}, options)}\n${tableOf(STATS, queues, options)}`]),
        `${blockOf('Pollers', [], {}, options)}\n${pollers.length === 0 ? '  Nobody polls it: is a worker running?' : tableOf(POLLERS, pollers, options)}`,
        ...block('Versioning', VERSIONING, 'versioningInfo'),
        ...block('Config', CONFIG, 'config'),
      ].join('\n\n');
    });
  },
});

const oneType = choice('--task-queue-type <type>', 'Kind of tasks', TYPES).required;

const getConfig = defineCommand({
  name: 'get',
  about: 'Show the limits of a task queue',
  flags: { taskQueue, type: oneType },
  async run({ api, out }, { taskQueue: name, type }) {
    const { config = {} } = await api.call('describeTaskQueue', {
      taskQueue: nameOf(name),
      taskQueueType: type,
      reportConfig: true,
    });
    out.show(config, (options) => blockOf('', CONFIG, config, options) || 'No limits are set');
  },
});

/** Takes a limit away. */
const DEFAULT = 'default';

const setConfig = defineCommand({
  name: 'set',
  about: 'Set limits of a task queue; "default" takes one away',
  flags: {
    taskQueue,
    type: oneType,
    queueRpsLimit: text('--queue-rps-limit <number>', 'Tasks per second that it gives out'),
    queueRpsLimitReason: text('--queue-rps-limit-reason <text>', 'Why'),
    fairnessRpsLimit: text(
      '--fairness-key-rps-limit-default <number>',
      'Tasks per second of one fairness key',
    ),
    fairnessRpsLimitReason: text('--fairness-key-rps-limit-reason <text>', 'Why'),
    weights: pairs(
      '--fairness-key-weight <key=number>',
      'The weight of a fairness key; key=default forgets it',
    ),
  },
  async run({ api, out }, flags) {
    const weights = flags.weights.filter(([, weight]) => weight !== DEFAULT);
    const forgotten = flags.weights.flatMap(([key, weight]) => (weight === DEFAULT ? [key] : []));
    const request = defined({
      updateQueueRateLimit: limitOf(flags.queueRpsLimit, flags.queueRpsLimitReason),
      updateFairnessKeyRateLimitDefault: limitOf(flags.fairnessRpsLimit, flags.fairnessRpsLimitReason),
      setFairnessWeightOverrides: unlessEmpty(
        Object.fromEntries(weights.map(([key, weight]) => [key, parseNumber(weight)])),
      ),
      unsetFairnessWeightOverrides: forgotten.length === 0 ? undefined : forgotten,
    });
    if (Object.keys(request).length === 0) throw new UsageError('expected a limit or a weight to set');
    const { identity } = api;
    const answer = await api.call('updateTaskQueueConfig', {
      taskQueue: flags.taskQueue,
      taskQueueType: flags.type,
      identity,
      ...request,
    });
    out.done(`Task queue ${textAt(flags, 'taskQueue')} configured`, answer);
  },
});

function limitOf(limit: string | undefined, reason: string | undefined): JsonObject | undefined {
  if (limit === undefined) return undefined;
  const isUnset = limit === DEFAULT;
  return {
    ...(!isUnset && { rateLimit: { requestsPerSecond: parseNumber(limit) } }),
    ...(reason !== undefined && { reason }),
  };
}

export const taskQueueGroup: Group = {
  name: 'task-queue',
  about: 'Look at task queues, and limit them',
  commands: [describe, { name: 'config', about: 'Limits of task queues', commands: [getConfig, setConfig] }],
};
