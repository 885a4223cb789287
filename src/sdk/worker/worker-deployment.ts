/** How a worker says to which deployment it belongs. */
import type { WorkerDeploymentPollOptions } from '../common/wire/messages.ts';
import type { CompiledWorkerOptions } from './worker-options.ts';

/** What every poll says of the worker's code. */
export function deploymentOfPolls({
  workerDeploymentOptions,
}: Pick<CompiledWorkerOptions, 'workerDeploymentOptions'>): {
  deploymentOptions?: WorkerDeploymentPollOptions;
} {
  if (workerDeploymentOptions === undefined) return {};
  const { version, useWorkerVersioning } = workerDeploymentOptions;
  const workerVersioningMode = useWorkerVersioning ? 'VERSIONED' : 'UNVERSIONED';
  return { deploymentOptions: { ...version, workerVersioningMode } };
}
