/** Flags that several commands on deployments have. */
import { text, toggle } from '../command/flags.ts';

export const nameFlag = text('-d, --name <name>', 'Deployment name').required;
export const deploymentNameFlag = text('--deployment-name <name>', 'Deployment name').required;
export const buildIdFlag = text('--build-id <id>', 'Build ID');
export const versionFlags = { deploymentName: deploymentNameFlag, buildId: buildIdFlag.required };
export const yesFlag = toggle('-y, --yes', 'Do not ask');
