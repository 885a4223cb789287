/** The Worker under test: short leases, and a counter of what leaves the objects. */
import { createRuntime } from 'perdure';
import workflows from '../../../.perdure/object-tests.js';
import * as activities from './activities.ts';

export const logs: { level: string; message: string; attributes: Record<string, unknown> | undefined }[] = [];

const runtime = createRuntime({
  taskQueue: 'default',
  workflows,
  activities,
  development: false,
  logLevel: 'WARN',
  log: (level, message, attributes) => void logs.push({ level, message, attributes }),
  times: {
    lease: {
      pingAfterMs: 100,
      pingIntervalMs: 600,
      slowAfterMs: 5_000,
      slowPingIntervalMs: 400,
      intervalsPerLease: 3,
    },
    tellAfterSendMs: 2_000,
    retryMs: 50,
    retryMaxMs: 5_000,
  },
});

export const { WorkflowExecution, Activities, Namespace } = runtime;
export default runtime.app;
