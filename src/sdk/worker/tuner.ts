/** How many tasks of each kind a worker takes at once. */

export interface FixedSizeSlotSupplier<_Info = unknown> {
  type: 'fixed-size';
  numSlots: number;
}

/** Sized by the machine's load in Temporal; here its maximum counts. */
export interface ResourceBasedSlotsForType<_Info = unknown> {
  type: 'resource-based';
  minimumSlots?: number;
  maximumSlots?: number;
  rampThrottle?: unknown;
  tunerOptions?: ResourceBasedTunerOptions;
}

export type SlotSupplier<Info = unknown> = FixedSizeSlotSupplier<Info> | ResourceBasedSlotsForType<Info>;

export interface TunerHolder {
  workflowTaskSlotSupplier: SlotSupplier;
  activityTaskSlotSupplier: SlotSupplier;
  localActivityTaskSlotSupplier: SlotSupplier;
  nexusTaskSlotSupplier?: SlotSupplier;
}

export interface ResourceBasedTunerOptions {
  targetMemoryUsage: number;
  targetCpuUsage: number;
}

export interface ResourceBasedSlotOptions {
  minimumSlots?: number;
  maximumSlots?: number;
  rampThrottle?: unknown;
}

export interface ResourceBasedTuner {
  tunerOptions: ResourceBasedTunerOptions;
  workflowTaskSlotOptions?: ResourceBasedSlotOptions;
  activityTaskSlotOptions?: ResourceBasedSlotOptions;
  localActivityTaskSlotOptions?: ResourceBasedSlotOptions;
}

export type WorkerTuner = ResourceBasedTuner | TunerHolder;

export interface Slots {
  workflow: number;
  activity: number;
  localActivity: number;
}

const RESOURCE_BASED_MAX = 500;

/** The numbers a tuner comes to. */
export function slotsOf(tuner: WorkerTuner): Slots {
  if ('tunerOptions' in tuner) {
    return {
      workflow: tuner.workflowTaskSlotOptions?.maximumSlots ?? RESOURCE_BASED_MAX,
      activity: tuner.activityTaskSlotOptions?.maximumSlots ?? RESOURCE_BASED_MAX,
      localActivity: tuner.localActivityTaskSlotOptions?.maximumSlots ?? RESOURCE_BASED_MAX,
    };
  }
  return {
    workflow: numberOf(tuner.workflowTaskSlotSupplier),
    activity: numberOf(tuner.activityTaskSlotSupplier),
    localActivity: numberOf(tuner.localActivityTaskSlotSupplier),
  };
}

function numberOf(supplier: SlotSupplier): number {
  return supplier.type === 'fixed-size' ? supplier.numSlots : (supplier.maximumSlots ?? RESOURCE_BASED_MAX);
}
