/** The slots of a worker, by the suppliers of its tuner. */
import type { WorkflowBundle } from '../../executor/workflow-bundle.ts';
import { CustomSlots } from './custom-slots.ts';
import type { Runtime } from './runtime.ts';
import { type SlotSource, Slots } from './slots.ts';
import { type CustomSlotSupplier, type SlotInfo, type SlotSupplier, sizeOf } from './tuner.ts';
import type { CompiledWorkerOptions } from './worker-options.ts';

interface SlotOwner {
  options: CompiledWorkerOptions;
  bundle: WorkflowBundle | undefined;
  runtime: Runtime;
}

export function slotsOf<SI extends SlotInfo>(
  { options, bundle, runtime }: SlotOwner,
  slotType: SI['type'],
  supplier: SlotSupplier<SI>,
): SlotSource {
  const { taskQueue, identity, buildId, workerDeploymentOptions } = options;
  const deployment = workerDeploymentOptions?.version;
  if (supplier.type !== 'custom') return new Slots(sizeOf(supplier) ?? 1);
  const context = {
    slotType,
    taskQueue,
    workerIdentity: identity,
    workerBuildId: deployment?.buildId ?? buildId ?? bundle?.hash ?? '',
    ...(deployment && { workerDeploymentVersion: deployment }),
    isSticky: false,
  };
  // It is told of slots of its own type alone.
  return new CustomSlots(supplier as CustomSlotSupplier<SlotInfo>, context, runtime.logger);
}

/** No more polls than slots. */
export const loopsOf = (polls: number, supplier: SlotSupplier<SlotInfo>): number =>
  Math.min(polls, sizeOf(supplier) ?? polls);
