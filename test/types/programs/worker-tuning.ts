/** Tuners, pollers, deployment versions, plugins. */
import type {
  ActivitySlotInfo,
  FixedSizeSlotSupplier,
  ResourceBasedSlotOptions,
  SlotSupplier,
  WorkerDeploymentOptions,
  WorkerOptions,
  WorkerPlugin,
  WorkerTuner,
  WorkflowSlotInfo,
} from '@temporalio/worker';

const slots: FixedSizeSlotSupplier = { type: 'fixed-size', numSlots: 5 };
export const workflowSlots: SlotSupplier<WorkflowSlotInfo> = slots;
export const activitySlots: SlotSupplier<ActivitySlotInfo> = {
  type: 'resource-based',
  tunerOptions: { targetCpuUsage: 0.8, targetMemoryUsage: 0.8 },
  minimumSlots: 1,
  rampThrottle: '50ms',
};
export const resourceBased: WorkerTuner = {
  tunerOptions: { targetCpuUsage: 0.5, targetMemoryUsage: 0.5 },
  activityTaskSlotOptions: { minimumSlots: 1, maximumSlots: 10, rampThrottle: 50 },
};
export const throttle: ResourceBasedSlotOptions['rampThrottle'] = '1s';
export const polling: WorkerOptions = {
  taskQueue: 'q',
  tuner: resourceBased,
  workflowTaskPollerBehavior: { type: 'autoscaling', minimum: 1, maximum: 5, initial: 2 },
  activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 5 },
};
export const versioned: WorkerDeploymentOptions = {
  useWorkerVersioning: true,
  version: { deploymentName: 'orders', buildId: 'b1' },
  defaultVersioningBehavior: 'PINNED',
};
export const unversioned: WorkerDeploymentOptions = {
  useWorkerVersioning: false,
  version: { deploymentName: 'orders', buildId: 'b1' },
};
export const plugin: WorkerPlugin = {
  name: 'mine',
  configureWorker: (options) => ({ ...options, maxCachedWorkflows: 1 }),
  configureReplayWorker: (options) => options,
  runWorker: async (worker, next) => {
    await next(worker);
  },
};
// @ts-expect-error TS2322: versioned workers say how workflows are versioned
export const withoutBehavior: WorkerDeploymentOptions = {
  useWorkerVersioning: true,
  version: { deploymentName: 'orders', buildId: 'b1' },
};
// @ts-expect-error TS2741: a plugin has a name
export const unnamed: WorkerPlugin = {};
// @ts-expect-error TS2322: slots are counted
export const badSlots: FixedSizeSlotSupplier = { type: 'fixed-size', numSlots: '5' };
// @ts-expect-error TS2322: a throttle is a duration
export const badThrottle: ResourceBasedSlotOptions = { rampThrottle: 'often' };
