/** How many tasks of each kind a worker takes at once. */
import type { Duration } from '../common/time.ts';

/** What takes a slot, by kind of task. */
export type SlotInfo = WorkflowSlotInfo | ActivitySlotInfo | LocalActivitySlotInfo | NexusSlotInfo;

export interface WorkflowSlotInfo {
  type: 'workflow';
  workflowType: string;
  isSticky: boolean;
}

export interface ActivitySlotInfo {
  type: 'activity';
  activityType: string;
}

export interface LocalActivitySlotInfo {
  type: 'local-activity';
  activityType: string;
}

interface NexusSlotInfo {
  type: 'nexus';
  service: string;
  operation: string;
}

export interface FixedSizeSlotSupplier {
  type: 'fixed-size';
  numSlots: number;
}

/** Sized by the machine's load in Temporal; here its maximum counts. */
export interface ResourceBasedSlotsForType extends ResourceBasedSlotOptions {
  type: 'resource-based';
  tunerOptions: ResourceBasedTunerOptions;
}

/** The parameter says for which kind of task. */
export type SlotSupplier<_Info extends SlotInfo> = FixedSizeSlotSupplier | ResourceBasedSlotsForType;

export interface TunerHolder {
  workflowTaskSlotSupplier: SlotSupplier<WorkflowSlotInfo>;
  activityTaskSlotSupplier: SlotSupplier<ActivitySlotInfo>;
  localActivityTaskSlotSupplier: SlotSupplier<LocalActivitySlotInfo>;
  /** Accepted for code that sets it; there is no Nexus here. */
  nexusTaskSlotSupplier?: SlotSupplier<NexusSlotInfo>;
}

export interface ResourceBasedTunerOptions {
  targetMemoryUsage: number;
  targetCpuUsage: number;
}

export interface ResourceBasedSlotOptions {
  minimumSlots?: number;
  maximumSlots?: number;
  rampThrottle?: Duration;
}

export interface ResourceBasedTuner {
  tunerOptions: ResourceBasedTunerOptions;
  workflowTaskSlotOptions?: ResourceBasedSlotOptions;
  activityTaskSlotOptions?: ResourceBasedSlotOptions;
  localActivityTaskSlotOptions?: ResourceBasedSlotOptions;
  /** Accepted for code that sets it; there is no Nexus here. */
  nexusTaskSlotOptions?: ResourceBasedSlotOptions;
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

function numberOf(supplier: SlotSupplier<SlotInfo>): number {
  return supplier.type === 'fixed-size' ? supplier.numSlots : (supplier.maximumSlots ?? RESOURCE_BASED_MAX);
}
