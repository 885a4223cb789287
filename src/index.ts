/** The Worker that this repository deploys: the sample workflows on the runtime, and the demo service that they call. */
import { createRuntime } from 'perdure';
import workflows from '../.perdure/workflows.js';
import { createActivities } from './activities/index.ts';
import { demo, onlyWhenOpen } from './demo/app.ts';
import { fetchDemoService } from './demo/entrypoints.ts';

const activities = createActivities({ fetch: fetchDemoService });
const runtime = createRuntime({ taskQueue: 'default', workflows, activities });

export { DemoLedger, DemoService } from './demo/entrypoints.ts';
export const { WorkflowExecution, Activities, Namespace, TaskQueue, Schedule, ScheduleIndex, Visibility } =
  runtime;
export default runtime.app.use('/demo/*', onlyWhenOpen).route('/demo', demo);
