/** Replays a history against workflow code: the check before a deploy, and what `perdure/worker` offers as `runReplayHistory`. */
import { defaultFailureConverter } from '../sdk/common/converter/data-converter.ts';
import type { FailureConverter } from '../sdk/common/converter/failure-converter.ts';
import { defaultPayloadConverter, type PayloadConverter } from '../sdk/common/converter/payload-converter.ts';
import type { HistoryEvent } from '../sdk/common/wire/events.ts';
import { connectFuel, DEFAULT_FUEL_LIMITS, type FuelLimits } from './fuel.ts';
import { type Host, platformHost } from './host.ts';
import type { WorkflowInterceptorsFactory } from './interceptors.ts';
import { RunFactory } from './run-factory.ts';
import { dispatchSinkCalls, type InjectedSinks } from './sinks.ts';
import { installUnhandledRejectionHook } from './unhandled-rejections.ts';
import type { WorkflowBundle } from './workflow-bundle.ts';

export interface ReplayHistoryOptions {
  bundle: WorkflowBundle;
  /** The whole history of one run, from its first event. */
  events: readonly HistoryEvent[];
  workflowId?: string;
  modules?: Readonly<Record<string, unknown>>;
  payloadConverter?: PayloadConverter;
  failureConverter?: FailureConverter;
  interceptors?: readonly WorkflowInterceptorsFactory[];
  namespace?: string;
  /** Called for what code says on replay, as far as they ask for that. */
  sinks?: InjectedSinks;
  /** Names of error classes that fail the run instead of the task. */
  failureErrorTypes?: (workflowType: string) => readonly string[];
  log?: (message: string, attributes: Record<string, unknown>) => void;
  fuel?: FuelLimits;
  host?: Partial<Host>;
}

/**
 * Resolves when the code of `bundle` does on every completed workflow task what the history says it did. Rejects with a
 * DeterminismViolationError that names command and event where it does not, and with the code's own error where that fails the
 * workflow task.
 */
export async function replayHistory(options: ReplayHistoryOptions): Promise<void> {
  const { bundle, events, modules = {}, interceptors = [], namespace = 'default' } = options;
  const [first] = events;
  if (first?.eventType !== 'WorkflowExecutionStarted') {
    throw new TypeError(
      `A history begins with WorkflowExecutionStarted, this one with ${first?.eventType ?? 'nothing'}`,
    );
  }
  connectFuel(bundle.fuel);
  installUnhandledRejectionHook();
  const { workflowType, taskQueue, originalExecutionRunId, workflowId } = first.attributes;
  const runs = new RunFactory({
    bundle,
    modules,
    interceptors,
    payloadConverter: options.payloadConverter ?? defaultPayloadConverter,
    failureConverter: options.failureConverter ?? defaultFailureConverter,
    host: { ...platformHost(), ...options.host },
    failureErrorTypes: options.failureErrorTypes ?? (() => []),
    fuelLimits: options.fuel ?? DEFAULT_FUEL_LIMITS,
  });
  const replayer = runs.create({
    namespace,
    workflowId: options.workflowId ?? workflowId ?? '',
    runId: originalExecutionRunId,
    workflowType: workflowType.name,
    taskQueue: taskQueue.name,
  });
  try {
    await replayer.apply(events);
  } catch (error) {
    runs.stacks.mapError(error);
    throw error;
  } finally {
    // Also what was said on the way to a failure.
    const calls = replayer.run.takeSinkCalls();
    replayer.dispose();
    await Promise.all(
      dispatchSinkCalls(calls, options.sinks ?? {}, (message, attributes) =>
        options.log?.(message, attributes),
      ),
    );
  }
}
