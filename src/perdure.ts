/**
 * What a Worker imports to be a Perdure: `createRuntime`, and the activities app for hosts of its own.
 *
 * @module
 */
export type { WorkflowBundle } from './executor/workflow-bundle.ts';
export { type ActivitiesAppOptions, createActivitiesApp } from './objects/activity/activity-app.ts';
export type { PushBinding } from './objects/activity/activity-push.ts';
export type { ActivityWorker } from './objects/activity/activity-runner.ts';
export type { ActivityQueue, QueuedMessage } from './objects/activity/queued-activities.ts';
export type { LogLevel, LogSink, ObjectTimes } from './objects/object-options.ts';
export { type R2PayloadStorageOptions, r2PayloadStorage } from './r2-payload-storage.ts';
export {
  createRuntime,
  type Runtime,
  type RuntimeBindings,
  type RuntimeOptions,
  type WorkerDefinition,
} from './runtime/runtime.ts';
export { VERSION } from './version.ts';
