/** `perdure worker deployment …`: the versions of workers, and which of them gets the tasks. */
import { defineCommand, type Group } from '../command/definition.ts';
import { toggle } from '../command/flags.ts';
import { fields, named, percentage, time } from '../output/formats.ts';
import { blockOf, type Column, listAt, type Pair, tableOf } from '../output/table.ts';
import {
  create,
  createVersion,
  remove,
  removeVersion,
  setCurrentVersion,
  setManager,
  setRampingVersion,
  unsetManager,
  updateVersionMetadata,
} from './change.ts';
import { nameFlag, versionFlags } from './flags.ts';

const VERSION_STATUS = named('WORKER_DEPLOYMENT_VERSION_STATUS_');
const DRAINAGE = named('VERSION_DRAINAGE_STATUS_');

const LIST: readonly Column[] = [
  ['Name', 'name'],
  ['CreateTime', 'createTime', time],
  ['CurrentVersionBuildId', 'routingConfig.currentDeploymentVersion.buildId'],
  ['RampingVersionBuildId', 'routingConfig.rampingDeploymentVersion.buildId'],
  ['RampingPercentage', 'routingConfig.rampingVersionPercentage', percentage],
];

const DEPLOYMENT: readonly Pair[] = [
  ['Name', 'name'],
  ['CreateTime', 'createTime', time],
  ['LastModifierIdentity', 'lastModifierIdentity'],
  ['ManagerIdentity', 'managerIdentity'],
  ['CurrentVersionBuildId', 'routingConfig.currentDeploymentVersion.buildId'],
  ['CurrentVersionChangedTime', 'routingConfig.currentVersionChangedTime', time],
  ['RampingVersionBuildId', 'routingConfig.rampingDeploymentVersion.buildId'],
  ['RampingVersionPercentage', 'routingConfig.rampingVersionPercentage', percentage],
  ['RampingVersionChangedTime', 'routingConfig.rampingVersionChangedTime', time],
];

const VERSIONS: readonly Column[] = [
  ['BuildId', 'deploymentVersion.buildId'],
  ['Status', 'status', VERSION_STATUS],
  ['DrainageStatus', 'drainageStatus', DRAINAGE],
  ['CreateTime', 'createTime', time],
];

const VERSION: readonly Pair[] = [
  ['DeploymentName', 'deploymentVersion.deploymentName'],
  ['BuildId', 'deploymentVersion.buildId'],
  ['Status', 'status', VERSION_STATUS],
  ['CreateTime', 'createTime', time],
  ['RoutingChangedTime', 'routingChangedTime', time],
  ['CurrentSinceTime', 'currentSinceTime', time],
  ['RampingSinceTime', 'rampingSinceTime', time],
  ['RampPercentage', 'rampPercentage', percentage],
  ['DrainageStatus', 'drainageInfo.status', DRAINAGE],
  ['DrainageLastChangedTime', 'drainageInfo.lastChangedTime', time],
  ['Metadata', 'metadata', fields],
];

const TASK_QUEUES: readonly Column[] = [
  ['Name', 'name'],
  ['Type', 'type', named('TASK_QUEUE_TYPE_')],
  ['ApproximateBacklogCount', 'stats.approximateBacklogCount'],
];

const list = defineCommand({
  name: 'list',
  about: 'List deployments',
  flags: {},
  async run({ api, out }) {
    await out.list(api.pages('listWorkerDeployments', {}, 'workerDeployments'), LIST);
  },
});

const describe = defineCommand({
  name: 'describe',
  about: 'Show a deployment and its versions',
  flags: { deploymentName: nameFlag },
  async run({ api, out }, { deploymentName }) {
    const { workerDeploymentInfo: info } = await api.call('describeWorkerDeployment', { deploymentName });
    const versions = listAt(info, 'versionSummaries');
    out.show(info, (options) =>
      [
        blockOf('Worker Deployment', DEPLOYMENT, info, options),
        ...(versions.length === 0
          ? []
          : [`${blockOf('Version Summaries', [], {}, options)}\n${tableOf(VERSIONS, versions, options)}`]),
      ].join('\n\n'),
    );
  },
});

const describeVersion = defineCommand({
  name: 'describe-version',
  about: 'Show a version of a deployment',
  flags: {
    ...versionFlags,
    stats: toggle('--report-task-queue-stats', 'With the backlogs of its task queues'),
  },
  async run({ api, out }, { deploymentName, buildId, stats }) {
    const answer = await api.call('describeWorkerDeploymentVersion', {
      deploymentVersion: { deploymentName, buildId },
      ...(stats && { reportTaskQueueStats: true }),
    });
    const { workerDeploymentVersionInfo: info } = answer;
    const withStats = listAt(answer, 'versionTaskQueues');
    const queues = withStats.length > 0 ? withStats : listAt(info, 'taskQueueInfos');
    out.show(stats ? answer : info, (options) =>
      [
        blockOf('Worker Deployment Version', VERSION, info, options),
        ...(queues.length === 0
          ? []
          : [`${blockOf('Task Queues', [], {}, options)}\n${tableOf(TASK_QUEUES, queues, options)}`]),
      ].join('\n\n'),
    );
  },
});

export const deployment: Group = {
  name: 'deployment',
  about: 'Versions of workers, and which of them gets the tasks',
  commands: [
    list,
    describe,
    describeVersion,
    setCurrentVersion,
    setRampingVersion,
    create,
    createVersion,
    remove,
    removeVersion,
    updateVersionMetadata,
    {
      name: 'manager-identity',
      about: 'Who may change the routing of a deployment',
      commands: [setManager, unsetManager],
    },
  ],
};
