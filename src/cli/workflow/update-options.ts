import type { JsonObject } from '../command/api.ts';
import { defineCommand } from '../command/definition.ts';
import { choice, text } from '../command/flags.ts';
import { UsageError } from '../command/usage-error.ts';
import { oneOf, startBatch, targetFlags } from './batch-target.ts';

export const updateOptions = defineCommand({
  name: 'update-options',
  about: 'Pin a workflow to a version of its workers, or let it move on',
  flags: {
    ...targetFlags,
    behavior: choice('--versioning-override-behavior <behavior>', 'Which worker versions run it', {
      pinned: 'pinned',
      auto_upgrade: 'auto_upgrade',
      unspecified: 'unspecified',
    }).required,
    deploymentName: text('--versioning-override-deployment-name <name>', 'Of pinned: the deployment'),
    buildId: text('--versioning-override-build-id <id>', 'Of pinned: the build ID'),
  },
  async run(context, flags) {
    const { api, out } = context;
    const workflowExecution = oneOf(flags);
    const { behavior, deploymentName, buildId } = flags;
    const isPinned = behavior === 'pinned';
    if (isPinned !== (deploymentName !== undefined && buildId !== undefined))
      throw new UsageError(
        '--versioning-override-behavior pinned goes with --versioning-override-deployment-name and --versioning-override-build-id',
      );
    const change = {
      workflowExecutionOptions: overrideOf(behavior, { deploymentName, buildId }),
      updateMask: 'versioningOverride',
    };
    if (workflowExecution === undefined)
      return await startBatch(context, flags, {
        updateWorkflowOptionsOperation: { identity: api.identity, ...change },
      });
    const answer = await api.call('updateWorkflowExecutionOptions', { workflowExecution, ...change });
    out.done('Update workflow options succeeded', answer);
  },
});

function overrideOf(
  behavior: string,
  version: { deploymentName?: string | undefined; buildId?: string | undefined },
): JsonObject {
  if (behavior === 'unspecified') return {};
  if (behavior === 'auto_upgrade') return { versioningOverride: { autoUpgrade: true } };
  return {
    versioningOverride: { pinned: { behavior: 'PINNED_OVERRIDE_BEHAVIOR_PINNED', version } },
  };
}
