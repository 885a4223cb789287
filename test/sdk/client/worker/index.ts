/** The Worker that the client is tested against. */
import { createRuntime } from 'perdure';
import workflows from '../../../../.perdure/client-tests.js';
import * as activities from './activities.ts';
import { tillHandler } from './nexus.ts';

/** Expected failures of workflows are told at WARN. */
export const runtime = createRuntime({
  taskQueue: 'default',
  workflows,
  activities,
  nexusServices: [tillHandler],
  logLevel: 'ERROR',
});
export const { WorkflowExecution, Activities, Namespace, Schedule, ScheduleIndex, Visibility } = runtime;
export default runtime.app;
