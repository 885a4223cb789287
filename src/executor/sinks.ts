/** One-way calls out of workflow code, logs among them (LOG-1 to LOG-4): noted during an activation, made when it has ended. */
import type { WorkflowInfo } from './workflow-info.ts';

// biome-ignore lint/suspicious/noExplicitAny: Temporal's public type; arguments of sink functions are the user's.
export type SinkFunction = (...args: any[]) => void;
export type Sink = Record<string, SinkFunction>;
export type Sinks = Record<string, Sink>;

export interface SinkCall {
  ifaceName: string;
  fnName: string;
  args: unknown[];
  workflowInfo: WorkflowInfo;
}

export interface InjectedSinkFunction {
  fn(info: WorkflowInfo, ...args: unknown[]): void | Promise<void>;
  /**
   * Whether the function is also called on replay.
   *
   * @default false
   */
  callDuringReplay?: boolean;
}

export type InjectedSinks = Record<string, Record<string, InjectedSinkFunction>>;

/** Name of the sink that `log` writes to. */
export const LOGGER_SINK = '__temporal_logger';

/** Names of sinks that hosts provide as they need them. */
const OWN_SINKS = '__temporal_';

/** Makes the noted calls, and gives those that have not ended yet. What goes wrong is logged and goes no further. */
export function dispatchSinkCalls(
  calls: readonly SinkCall[],
  sinks: InjectedSinks,
  logError: (message: string, attributes: Record<string, unknown>) => void,
): Promise<void>[] {
  const pending: Promise<void>[] = [];
  for (const { ifaceName, fnName, args, workflowInfo } of calls) {
    const sink = sinks[ifaceName]?.[fnName];
    const about = { ...attributesOf(workflowInfo), ifaceName, fnName };
    if (sink === undefined && !ifaceName.startsWith(OWN_SINKS))
      logError('Workflow referenced an unregistered external sink', about);
    if (
      sink === undefined ||
      (workflowInfo.unsafe.isReplayingHistoryEvents && sink.callDuringReplay !== true)
    )
      continue;
    const report = (error: unknown) =>
      logError('External sink function threw an error', { ...about, error, workflowInfo });
    try {
      const ended = sink.fn(workflowInfo, ...args);
      if (ended !== undefined) pending.push(Promise.resolve(ended).catch(report));
    } catch (error) {
      report(error);
    }
  }
  return pending;
}

function attributesOf({ namespace, taskQueue, workflowId, runId, workflowType }: WorkflowInfo) {
  return { namespace, taskQueue, workflowId, runId, workflowType };
}
