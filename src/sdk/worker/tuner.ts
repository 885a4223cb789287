/** How many tasks of each kind a worker takes at once. */
import { type Duration, optionalDurationToMs } from '../common/time.ts';
import type { WorkerDeploymentVersion } from '../common/worker-deployments.ts';

/** What takes a slot, by kind of task. */
export type SlotInfo = WorkflowSlotInfo | ActivitySlotInfo | LocalActivitySlotInfo | NexusSlotInfo;

export interface WorkflowSlotInfo {
  type: 'workflow';
  workflowType: string;
  /** The task came for a run that was in memory here. */
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

export interface NexusSlotInfo {
  type: 'nexus';
  service: string;
  operation: string;
}

export interface FixedSizeSlotSupplier {
  type: 'fixed-size';
  numSlots: number;
}

/** Sized by the machine's load in Temporal; here its maximum counts. */
export type ResourceBasedSlotsForType = ResourceBasedSlotOptions &
  ResourceBasedTunerConfig & { type: 'resource-based' };

/** What a supplier gave for a slot: any object, handed back when the slot is used and released. */
// biome-ignore lint/complexity/noBannedTypes: Temporal's public type: an object of any form.
export type SlotPermit = {};

export interface SlotReserveContext {
  slotType: SlotInfo['type'];
  taskQueue: string;
  workerIdentity: string;
  workerBuildId: string;
  /** Of a worker without a deployment its build, with an empty name. */
  workerDeploymentVersion?: WorkerDeploymentVersion;
  /** Never set: one poll serves both kinds of queue. */
  isSticky: boolean;
}

export interface SlotMarkUsedContext<SI extends SlotInfo> {
  slotInfo: SI;
  permit: SlotPermit;
}

export interface SlotReleaseContext<SI extends SlotInfo> {
  /** Undefined where no task came for the slot. */
  slotInfo?: SI | undefined;
  permit: SlotPermit;
}

/**
 * Slots by one's own rules. A slot is reserved before a task is asked for; what is thrown is logged.
 *
 * @experimental
 */
export interface CustomSlotSupplier<SI extends SlotInfo> {
  type: 'custom';
  /** Waits for a slot. The signal is aborted when the worker shuts down. */
  reserveSlot(ctx: SlotReserveContext, abortSignal: AbortSignal): Promise<SlotPermit>;
  /** Not called: no task is handed out without a poll. */
  tryReserveSlot(ctx: SlotReserveContext): SlotPermit | null;
  /** The slot has its task. */
  markSlotUsed(ctx: SlotMarkUsedContext<SI>): void;
  releaseSlot(ctx: SlotReleaseContext<SI>): void;
}

export type SlotSupplier<SI extends SlotInfo> =
  | ResourceBasedSlotsForType
  | FixedSizeSlotSupplier
  | CustomSlotSupplier<SI>;

export interface TunerHolder {
  workflowTaskSlotSupplier: SlotSupplier<WorkflowSlotInfo>;
  activityTaskSlotSupplier: SlotSupplier<ActivitySlotInfo>;
  localActivityTaskSlotSupplier: SlotSupplier<LocalActivitySlotInfo>;
  /** @default 100 slots */
  nexusTaskSlotSupplier?: SlotSupplier<NexusSlotInfo>;
}

export interface ResourceBasedTunerOptions {
  targetMemoryUsage: number;
  targetCpuUsage: number;
}

/** Options that tuners share. Accepted for code that makes one: the maxima of the slots count. */
export class ResourceBasedController {
  readonly options: ResourceBasedTunerOptions;

  private constructor(options: ResourceBasedTunerOptions) {
    this.options = options;
  }

  static create(options: ResourceBasedTunerOptions): ResourceBasedController {
    return new ResourceBasedController(options);
  }
}

type ResourceBasedTunerConfig =
  | { tunerOptions: ResourceBasedTunerOptions; controller?: never }
  | { controller: ResourceBasedController; tunerOptions?: never };

export interface ResourceBasedSlotOptions {
  minimumSlots?: number;
  maximumSlots?: number;
  rampThrottle?: Duration;
}

interface ResourceBasedTunerSlotOptions {
  workflowTaskSlotOptions?: ResourceBasedSlotOptions;
  activityTaskSlotOptions?: ResourceBasedSlotOptions;
  localActivityTaskSlotOptions?: ResourceBasedSlotOptions;
  nexusTaskSlotOptions?: ResourceBasedSlotOptions;
}

export interface ResourceBasedTuner extends ResourceBasedTunerSlotOptions {
  tunerOptions: ResourceBasedTunerOptions;
  controller?: never;
}

export interface ResourceBasedTunerWithController extends ResourceBasedTunerSlotOptions {
  controller: ResourceBasedController;
  tunerOptions?: never;
}

export type WorkerTuner = ResourceBasedTuner | ResourceBasedTunerWithController | TunerHolder;

const RESOURCE_BASED_MAX = 500;

/** The suppliers of a tuner. Throws a `TypeError` for what is none. */
export function suppliersOf(tuner: WorkerTuner): TunerHolder {
  if ('tunerOptions' in tuner || 'controller' in tuner) {
    const { tunerOptions, controller } = tuner;
    const config = { ...(tunerOptions && { tunerOptions }), ...(controller && { controller }) };
    const supplier = (options: ResourceBasedSlotOptions | undefined) =>
      // One of the two, as the tuner has it.
      checked({ ...options, ...config, type: 'resource-based' } as ResourceBasedSlotsForType);
    return {
      workflowTaskSlotSupplier: supplier(tuner.workflowTaskSlotOptions),
      activityTaskSlotSupplier: supplier(tuner.activityTaskSlotOptions),
      localActivityTaskSlotSupplier: supplier(tuner.localActivityTaskSlotOptions),
      nexusTaskSlotSupplier: supplier(tuner.nexusTaskSlotOptions),
    };
  }
  if (!('workflowTaskSlotSupplier' in tuner)) throw new TypeError('Invalid worker tuner configuration');
  const { workflowTaskSlotSupplier, activityTaskSlotSupplier, localActivityTaskSlotSupplier } = tuner;
  const { nexusTaskSlotSupplier } = tuner;
  const resourceBased = [
    workflowTaskSlotSupplier,
    activityTaskSlotSupplier,
    localActivityTaskSlotSupplier,
    ...(nexusTaskSlotSupplier ? [nexusTaskSlotSupplier] : []),
  ]
    .filter((supplier) => supplier.type === 'resource-based')
    .map(checked);
  if (resourceBased.some((supplier) => !isSameConfig(supplier, resourceBased[0]))) {
    throw new TypeError(
      'Cannot construct worker tuner with multiple different resource-based tuner configurations',
    );
  }
  return tuner;
}

function checked(supplier: ResourceBasedSlotsForType): ResourceBasedSlotsForType {
  const { controller, tunerOptions } = supplier;
  if ((controller === undefined) === (tunerOptions === undefined))
    throw new TypeError('Resource-based tuner must specify exactly one of controller or tunerOptions');
  if (controller !== undefined && !(controller instanceof ResourceBasedController))
    throw new TypeError('Resource-based tuner controller must be a ResourceBasedController');
  optionalDurationToMs(supplier.rampThrottle);
  return supplier;
}

function isSameConfig(a: ResourceBasedSlotsForType, b: ResourceBasedSlotsForType | undefined): boolean {
  return (
    a.controller === b?.controller &&
    a.tunerOptions?.targetCpuUsage === b?.tunerOptions?.targetCpuUsage &&
    a.tunerOptions?.targetMemoryUsage === b?.tunerOptions?.targetMemoryUsage
  );
}

/** How many slots there are; undefined where a supplier of the user's own decides. */
export function sizeOf<SI extends SlotInfo>(supplier: SlotSupplier<SI>): number | undefined {
  if (supplier.type === 'custom') return undefined;
  return supplier.type === 'fixed-size' ? supplier.numSlots : (supplier.maximumSlots ?? RESOURCE_BASED_MAX);
}
