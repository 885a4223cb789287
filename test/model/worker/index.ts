/** A Worker with everything that a programming model may add: codecs, converters, interceptors, a namespace's settings. */
import { createRuntime } from 'perdure';
import workflows from '../../../.perdure/model.js';
import * as activities from './activities.ts';

export const runtime = createRuntime({
  taskQueue: 'default',
  workflows,
  activities,
  logLevel: 'ERROR',
  limits: { minimalStartIntervalMs: 0 },
});

export const { WorkflowExecution, Activities, Namespace } = runtime;
export default runtime.app;
