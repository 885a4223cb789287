/** The slots of a worker, by the suppliers of its tuner. */
import type { WorkflowBundle } from '../../executor/workflow-bundle.ts';
import type { Logger } from '../common/logger.ts';
import { CustomSlots } from './custom-slots.ts';
import { type SlotSource, Slots } from './slots.ts';
import { type CustomSlotSupplier, type SlotInfo, type SlotSupplier, sizeOf } from './tuner.ts';
import type { CompiledWorkerOptions } from './worker-options.ts';

interface SlotOwner {
  options: CompiledWorkerOptions;
  bundle: WorkflowBundle | undefined;
  logger: Logger;
}

export function slotsOf<SI extends SlotInfo>(
  { options, bundle, logger }: SlotOwner,
  slotType: SI['type'],
  supplier: SlotSupplier<SI>,
): SlotSource {
  const { taskQueue, identity, buildId, workerDeploymentOptions } = options;
  const deployment = workerDeploymentOptions?.version;
  if (supplier.type !== 'custom') return new Slots(sizeOf(supplier) ?? 1);
  // A build of its own belongs to no deployment.
  const version = deployment ?? { buildId: buildId ?? bundle?.hash ?? '', deploymentName: '' };
  const context = {
    slotType,
    taskQueue,
    workerIdentity: identity,
    workerBuildId: version.buildId,
    workerDeploymentVersion: version,
    isSticky: false,
  };
  // It is told of slots of its own type alone.
  return new CustomSlots(supplier as CustomSlotSupplier<SlotInfo>, context, logger);
}

/** No more polls than slots. */
export const loopsOf = (polls: number, supplier: SlotSupplier<SlotInfo>): number =>
  Math.min(polls, sizeOf(supplier) ?? polls);
