import type { Any } from '../common/type-helpers.ts';
import type { TypeInfo } from '../common/type-info.ts';
import type { ActivityClientInterceptor } from './activity-interceptors.ts';
import type {
  ActivityDescribeOptions,
  ActivityOptionsUpdate,
  ActivityOptionsUpdateResult,
  ActivityPauseOptions,
  ActivityUnpauseOptions,
} from './activity-options.ts';
import type { ActivityExecutionDescription } from './activity-types.ts';

/**
 * One activity without a workflow. Each method is one call (`result` as many as it takes); without such an activity it rejects with
 * `ActivityNotFoundError`.
 */
export interface ActivityHandle<R = Any> {
  readonly activityId: string;
  /** Undefined: whichever run is the latest. Set by `start`. */
  readonly runId?: string;
  /** Waits for the end. Rejects with `ActivityExecutionFailedError`, whose `cause` says why it did not complete. */
  result(): Promise<R>;
  describe(options?: ActivityDescribeOptions): Promise<ActivityExecutionDescription>;
  /** Asks it to stop. An attempt that runs hears of it by its heartbeats and need not obey; one that waits is cancelled at once. */
  cancel(reason: string): Promise<void>;
  /** Ends it at once. An attempt that runs may go on, to no effect. */
  terminate(reason: string): Promise<void>;
  /** No further attempt begins. One that runs hears of it by its heartbeats. @experimental */
  pause(options?: ActivityPauseOptions): Promise<void>;
  /** @experimental */
  unpause(options?: ActivityUnpauseOptions): Promise<void>;
  /** Resolves with all options as they are then. @experimental */
  updateOptions(options: ActivityOptionsUpdate): Promise<ActivityOptionsUpdateResult>;
  /** Back to the options that it was started with. @experimental */
  restoreOriginalOptions(): Promise<ActivityOptionsUpdate>;
}

/** The calls behind a handle, each through its interceptors. */
export type ActivityHandlers = Required<{ [K in keyof ActivityClientInterceptor]: (input: Any) => Any }>;

export function createActivityHandle<R>(
  handlers: ActivityHandlers,
  {
    activityId,
    runId,
    outputType,
  }: { activityId: string; runId?: string | undefined; outputType?: TypeInfo | undefined },
): ActivityHandle<R> {
  if (!activityId) throw new TypeError('activityId is required');
  const of = () => ({ activityId, activityRunId: runId ?? '', headers: {} });
  return {
    activityId,
    ...(runId !== undefined && { runId }),
    result: async () => handlers.getResult({ ...of(), ...(outputType && { outputType }) }),
    describe: async (options) =>
      handlers.describe({
        ...of(),
        options: {
          includeInput: options?.includeInput ?? false,
          includeOutcome: options?.includeOutcome ?? false,
          includeHeartbeatDetails: options?.includeHeartbeatDetails ?? false,
          includeLastFailure: options?.includeLastFailure ?? false,
        },
      }),
    cancel: async (reason) => handlers.cancel({ ...of(), reason }),
    terminate: async (reason) => handlers.terminate({ ...of(), reason }),
    pause: async (options = {}) => handlers.pause({ ...of(), options }),
    unpause: async (options = {}) => handlers.unpause({ ...of(), options }),
    updateOptions: async (options) => handlers.updateOptions({ ...of(), options }),
    restoreOriginalOptions: async () => handlers.restoreOriginalOptions(of()),
  };
}
