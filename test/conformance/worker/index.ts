/** The Worker of the conformance programs: Temporal's limits but for the waits between runs of one chain. */
import { createRuntime } from 'perdure';
import workflows from '../../../.perdure/conformance.js';
import * as activities from './activities.ts';

export interface LogEntry {
  level: string;
  message: string;
  attributes: Record<string, unknown> | undefined;
}

export const logs: LogEntry[] = [];

export interface SinkEntry {
  name: string;
  args: unknown[];
  workflowId: string;
}

export const sinkCalls: SinkEntry[] = [];

export const runtime = createRuntime({
  taskQueue: 'default',
  workflows,
  activities,
  development: false,
  logLevel: 'DEBUG',
  log: (level, message, attributes) => void logs.push({ level, message, attributes }),
  limits: { minimalStartIntervalMs: 0, continueAsNewIntervalMs: 0 },
  workflowFailureErrorTypes: { failsByName: ['OutOfStock'] },
  sinks: {
    audit: {
      written: {
        fn: (info: { workflowId: string }, ...args: unknown[]) =>
          void sinkCalls.push({ name: 'written', args, workflowId: info.workflowId }),
      },
      everywhere: {
        fn: (info: { workflowId: string }, ...args: unknown[]) =>
          void sinkCalls.push({ name: 'everywhere', args, workflowId: info.workflowId }),
        callDuringReplay: true,
      },
    },
  },
});

export const { WorkflowExecution, Activities, Namespace } = runtime;
export default runtime.app;
