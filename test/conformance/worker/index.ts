/** The Worker of the conformance programs: Temporal's limits but for the waits between runs of one chain. */
import { createRuntime } from 'perdure';
import workflows from '../../../.perdure/conformance.js';
import * as activities from './activities.ts';
import { contextOf, hiding, passHeaders, readHeader } from './secrecy.ts';

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

export const runtime = createRuntime(
  [
    {
      taskQueue: 'default',
      workflows,
      activities,
      workflowFailureErrorTypes: { failsByName: ['OutOfStock'] },
      sinks: {
        audit: { written: noted('written'), everywhere: { ...noted('everywhere'), callDuringReplay: true } },
      },
    },
    {
      taskQueue: 'secret',
      workflows,
      activities: { ...activities, contextOf },
      dataConverter: hiding,
      interceptors: { workflow: [passHeaders], activity: [readHeader] },
    },
  ],
  {
    development: false,
    logLevel: 'DEBUG',
    log: (level, message, attributes) => void logs.push({ level, message, attributes }),
    limits: { minimalStartIntervalMs: 0, continueAsNewIntervalMs: 0 },
  },
);

function noted(name: string) {
  const fn = ({ workflowId }: { workflowId: string }, ...args: unknown[]) =>
    void sinkCalls.push({ name, args, workflowId });
  return { fn };
}

export const { WorkflowExecution, Activities, Namespace } = runtime;
export default runtime.app;
