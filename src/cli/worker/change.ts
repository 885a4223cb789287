/** What changes deployments: their routing, their versions, their manager. */
import type { JsonObject } from '../command/api.ts';
import type { Context } from '../command/context.ts';
import { defineCommand } from '../command/definition.ts';
import { number, pairs, text, texts, toggle } from '../command/flags.ts';
import { UsageError } from '../command/usage-error.ts';
import { fieldsOf } from '../input/payloads.ts';
import { defined } from '../input/requests.ts';
import { buildIdFlag, deploymentNameFlag, nameFlag, versionFlags, yesFlag } from './flags.ts';

const routingFlags = {
  deploymentName: deploymentNameFlag,
  buildId: buildIdFlag,
  unversioned: toggle('--unversioned', 'Workers without a version'),
  ignoreMissingTaskQueues: toggle(
    '--ignore-missing-task-queues',
    'Also when workers of it poll fewer task queues than those of before',
  ),
  allowNoPollers: toggle('--allow-no-pollers', 'Also when no worker of it polls'),
  yes: yesFlag,
};

/** The token says that nobody changed it since it was shown. */
async function tokenOf({ api }: Context, deploymentName: string): Promise<JsonObject> {
  const { conflictToken } = await api.call('describeWorkerDeployment', { deploymentName });
  return defined({ conflictToken });
}

function buildOf({ buildId, unversioned }: { buildId: string | undefined; unversioned: boolean }): string {
  if ((buildId !== undefined) === unversioned)
    throw new UsageError('expected either --build-id or --unversioned');
  return buildId ?? '';
}

const inWords = (buildId: string): string =>
  buildId === '' ? 'workers without a version' : `build '${buildId}'`;

export const setCurrentVersion = defineCommand({
  name: 'set-current-version',
  about: 'Have new workflows, and those that move on, run on a version',
  flags: routingFlags,
  async run(context, flags) {
    const { api, out, confirm } = context;
    const { deploymentName, ignoreMissingTaskQueues, allowNoPollers } = flags;
    const buildId = buildOf(flags);
    const token = await tokenOf(context, deploymentName);
    await confirm(
      `Make ${inWords(buildId)} the current version of deployment '${deploymentName}'?`,
      flags.yes,
    );
    const answer = await api.call('setWorkerDeploymentCurrentVersion', {
      deploymentName,
      buildId,
      identity: api.identity,
      ignoreMissingTaskQueues,
      allowNoPollers,
      ...token,
    });
    out.done(`Current version of deployment '${deploymentName}': ${inWords(buildId)}`, answer);
  },
});

export const setRampingVersion = defineCommand({
  name: 'set-ramping-version',
  about: 'Have a share of new workflows run on a version',
  flags: {
    ...routingFlags,
    percentage: number('--percentage <number>', 'Their share, from 0 to 100'),
    delete: toggle('--delete', 'Ramp up no version'),
  },
  async run(context, flags) {
    const { api, out, confirm } = context;
    const { deploymentName, ignoreMissingTaskQueues, allowNoPollers } = flags;
    const buildId = flags.delete ? '' : buildOf(flags);
    const share = flags.delete ? 0 : (flags.percentage ?? 0);
    const token = await tokenOf(context, deploymentName);
    const what = flags.delete ? 'Ramp up no version' : `Ramp up ${inWords(buildId)} to ${share}%`;
    await confirm(`${what} of deployment '${deploymentName}'?`, flags.yes);
    const answer = await api.call('setWorkerDeploymentRampingVersion', {
      deploymentName,
      buildId,
      percentage: share,
      identity: api.identity,
      ignoreMissingTaskQueues,
      allowNoPollers,
      ...token,
    });
    out.done(
      flags.delete
        ? `Deployment '${deploymentName}' ramps up no version`
        : `Deployment '${deploymentName}' ramps up ${inWords(buildId)} to ${share}%`,
      answer,
    );
  },
});

export const create = defineCommand({
  name: 'create',
  about: 'Create a deployment, before its first worker comes',
  flags: { deploymentName: nameFlag },
  async run({ api, out }, { deploymentName }) {
    const answer = await api.call('createWorkerDeployment', { deploymentName, identity: api.identity });
    out.done(`Deployment '${deploymentName}' created`, answer);
  },
});

export const createVersion = defineCommand({
  name: 'create-version',
  about: 'Create a version of a deployment, before its first worker comes',
  flags: versionFlags,
  async run({ api, out }, { deploymentName, buildId }) {
    const answer = await api.call('createWorkerDeploymentVersion', {
      deploymentVersion: { deploymentName, buildId },
      identity: api.identity,
    });
    out.done(`Version '${buildId}' of deployment '${deploymentName}' created`, answer);
  },
});

export const remove = defineCommand({
  name: 'delete',
  about: 'Delete a deployment that has no versions',
  flags: { deploymentName: nameFlag },
  async run({ api, out }, { deploymentName }) {
    const answer = await api.call('deleteWorkerDeployment', { deploymentName, identity: api.identity });
    out.done(`Deployment '${deploymentName}' deleted`, answer);
  },
});

export const removeVersion = defineCommand({
  name: 'delete-version',
  about: 'Delete a version that no workflow runs on and no worker polls for',
  flags: {
    ...versionFlags,
    skipDrainage: toggle('--skip-drainage', 'Also when workflows may still run on it'),
  },
  async run({ api, out }, { deploymentName, buildId, skipDrainage }) {
    const answer = await api.call('deleteWorkerDeploymentVersion', {
      deploymentVersion: { deploymentName, buildId },
      identity: api.identity,
      ...(skipDrainage && { skipDrainage }),
    });
    out.done(`Version '${buildId}' of deployment '${deploymentName}' deleted`, answer);
  },
});

export const updateVersionMetadata = defineCommand({
  name: 'update-version-metadata',
  aliases: ['update-metadata-version'],
  about: 'Change what is noted of a version',
  flags: {
    ...versionFlags,
    metadata: pairs('--metadata <key=json>', 'A note'),
    removeEntries: texts('--remove-entries <key>', 'A note to take away'),
  },
  async run({ api, out }, { deploymentName, buildId, metadata, removeEntries }) {
    const answer = await api.call('updateWorkerDeploymentVersionMetadata', {
      deploymentVersion: { deploymentName, buildId },
      identity: api.identity,
      ...defined({ upsertEntries: fieldsOf(metadata, '--metadata') }),
      ...(removeEntries.length > 0 && { removeEntries: [...removeEntries] }),
    });
    out.done(`Metadata of version '${buildId}' of deployment '${deploymentName}' updated`, answer);
  },
});

export const setManager = defineCommand({
  name: 'set',
  about: 'Say who alone may change the routing of a deployment',
  flags: {
    deploymentName: deploymentNameFlag,
    managerIdentity: text('--manager-identity <name>', 'Who'),
    self: toggle('--self', 'Whoever runs this command'),
    yes: yesFlag,
  },
  async run(context, { deploymentName, managerIdentity, self, yes }) {
    const { api, out, confirm } = context;
    if ((managerIdentity !== undefined) === self)
      throw new UsageError('expected either --manager-identity or --self');
    const token = await tokenOf(context, deploymentName);
    const manager = managerIdentity ?? api.identity;
    await confirm(`Make '${manager}' the manager of deployment '${deploymentName}'?`, yes);
    const answer = await api.call('setWorkerDeploymentManager', {
      deploymentName,
      identity: api.identity,
      ...(self ? { self } : { managerIdentity }),
      ...token,
    });
    out.done(`The manager of deployment '${deploymentName}' is '${manager}'`, answer);
  },
});

export const unsetManager = defineCommand({
  name: 'unset',
  about: 'Let everyone change the routing of a deployment',
  flags: { deploymentName: deploymentNameFlag, yes: yesFlag },
  async run(context, { deploymentName, yes }) {
    const { api, out, confirm } = context;
    const token = await tokenOf(context, deploymentName);
    await confirm(`Take the manager of deployment '${deploymentName}' away?`, yes);
    const answer = await api.call('setWorkerDeploymentManager', {
      deploymentName,
      identity: api.identity,
      managerIdentity: '',
      ...token,
    });
    out.done(`Deployment '${deploymentName}' has no manager`, answer);
  },
});
