/** What may be said in place of a run's own versioning. */
import { invalidArgument } from '../rpc-error.ts';

type Message = Readonly<Record<string, unknown>>;

/** Temporal's message, once it says where tasks are to go; undefined when there is none. Throws INVALID_ARGUMENT. */
export function checkVersioningOverride(override: unknown, field = 'versioningOverride'): unknown {
  if (override === undefined || override === null) return undefined;
  if (typeof override !== 'object') throw invalidArgument(`${field}: expected an object`);
  const { pinned, oneTime, autoUpgrade, behavior, pinnedVersion } = override as Message;
  if (pinned !== undefined) checkVersion((pinned as Message).version, `${field}.pinned.version`);
  else if (oneTime !== undefined)
    checkVersion((oneTime as Message).targetDeploymentVersion, `${field}.oneTime.targetDeploymentVersion`);
  else if (!autoUpgrade && !behavior && !pinnedVersion)
    throw invalidArgument(`${field}: expected pinned, oneTime or autoUpgrade`);
  return override;
}

function checkVersion(version: unknown, field: string): void {
  const { deploymentName, buildId } = (version ?? {}) as Message;
  if (typeof deploymentName !== 'string' || deploymentName === '')
    throw invalidArgument(`${field}.deploymentName: required, but not set`);
  if (typeof buildId !== 'string' || buildId === '')
    throw invalidArgument(`${field}.buildId: required, but not set`);
}
