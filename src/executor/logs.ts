/** The workflow logger: silent on replay, each line with the run's attributes (LOG-3, LOG-4). */
import { type LogMetadata, SdkComponent } from '../sdk/common/logger.ts';
import { maybeContext, requireContext } from './context.ts';
import { ContinueAsNew, isCancellation } from './errors.ts';
import type { GetLogAttributesInput } from './interceptors.ts';
import { LOGGER_SINK } from './sinks.ts';
import type { WorkflowInfo } from './workflow-info.ts';

export type WorkflowLogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

type LoggedInfo = Pick<WorkflowInfo, 'namespace' | 'taskQueue' | 'workflowId' | 'runId' | 'workflowType'>;

/** Under this symbol loggers look for the time of a line, as nanoseconds. */
const LOG_TIMESTAMP = Symbol.for('log_timestamp');

export function workflowLogAttributes(info: LoggedInfo): Record<string, unknown> {
  const { namespace, taskQueue, workflowId, runId, workflowType } = info;
  const update = maybeContext()?.update;
  return {
    namespace,
    taskQueue,
    workflowId,
    runId,
    workflowType,
    ...(update && { updateId: update.id, updateName: update.name }),
  };
}

/** Notes a line; it is written when the activation has ended. */
export function writeLog(level: WorkflowLogLevel, message: string, attributes?: LogMetadata): void {
  const { run } = requireContext('Workflow.log(...) may only be used from workflow context.');
  const attributesOf = run.interceptors.outbound('getLogAttributes', (input: GetLogAttributesInput) => input);
  // Interceptors are asked on replay too: they may draw from the run's random stream.
  const ofRun = attributesOf(workflowLogAttributes(run));
  if (run.isReplayingHistoryEvents) return;
  run.addSinkCall(LOGGER_SINK, level, [
    message,
    {
      [LOG_TIMESTAMP]: BigInt(Math.round(run.host.now() * 1_000_000)),
      sdkComponent: SdkComponent.workflow,
      ...ofRun,
      ...attributes,
    },
  ]);
}

/** Runs the main function with a line at its start and one at its end. */
export function withLifecycleLogs<T>(main: () => Promise<T>): Promise<T> {
  const sdkComponent = SdkComponent.worker;
  writeLog('debug', 'Workflow started', { sdkComponent });
  return main().then(
    (result) => {
      writeLog('debug', 'Workflow completed', { sdkComponent });
      return result;
    },
    (error: unknown) => {
      if (isCancellation(error)) writeLog('debug', 'Workflow completed as cancelled', { sdkComponent });
      else if (error instanceof ContinueAsNew)
        writeLog('debug', 'Workflow continued as new', { sdkComponent });
      else writeLog('warn', 'Workflow failed', { error, sdkComponent });
      throw error;
    },
  );
}
