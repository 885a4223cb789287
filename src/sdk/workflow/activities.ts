/** Calling activities. */
import { scheduleActivity, validateActivityOptions } from '../../executor/activities.ts';
import type { ActivityOptions, LocalActivityOptions } from '../../executor/interceptors.ts';
import { scheduleLocalActivity } from '../../executor/local-activities.ts';
import type { ActivityTypeInfoMap } from '../common/activity-definition-options.ts';
import type { ActivityFunction, UntypedActivities } from '../common/interfaces.ts';
import { deepMerge } from '../common/objects-helpers.ts';
import type { Any } from '../common/type-helpers.ts';
import type { PayloadTypeInfo } from '../common/type-info.ts';

export { scheduleActivity } from '../../executor/activities.ts';
export type { ActivityOptions, LocalActivityOptions } from '../../executor/interceptors.ts';
export { scheduleLocalActivity } from '../../executor/local-activities.ts';

/** Stands in the types of proxies for members of the interface that are no functions. */
export const NotAnActivityMethod: unique symbol = Symbol.for('__TEMPORAL_NOT_AN_ACTIVITY_METHOD') as never;

/** An activity function that can also be called with options of its own. */
export type ActivityFunctionWithOptions<T extends ActivityFunction> = T & {
  /** Calls the activity with `options` laid over those of the proxy. */
  executeWithOptions(options: ActivityOptions, args: Parameters<T>): Promise<Awaited<ReturnType<T>>>;
};

/** A local activity function that can also be called with options of its own. */
export type LocalActivityFunctionWithOptions<T extends ActivityFunction> = T & {
  executeWithOptions(options: LocalActivityOptions, args: Parameters<T>): Promise<Awaited<ReturnType<T>>>;
};

export type ActivityInterfaceFor<T> = {
  [K in keyof T]: T[K] extends ActivityFunction
    ? ActivityFunctionWithOptions<T[K]>
    : typeof NotAnActivityMethod;
};

export type LocalActivityInterfaceFor<T> = {
  [K in keyof T]: T[K] extends ActivityFunction
    ? LocalActivityFunctionWithOptions<T[K]>
    : typeof NotAnActivityMethod;
};

export interface ActivityProxyOptions<A = UntypedActivities> extends ActivityOptions {
  /** @experimental */
  activityTypeInfo?: ActivityTypeInfoMap<A>;
}

export interface LocalActivityProxyOptions<A = UntypedActivities> extends LocalActivityOptions {
  /** @experimental */
  activityTypeInfo?: ActivityTypeInfoMap<A>;
}

type Schedule<Options> = (
  type: string,
  args: Any[],
  options: Options,
  typeInfo?: PayloadTypeInfo,
) => Promise<unknown>;

function proxyOf<Options extends Pick<ActivityOptions, 'scheduleToCloseTimeout' | 'startToCloseTimeout'>>(
  options: Options & { activityTypeInfo?: unknown },
  schedule: Schedule<Options>,
): object {
  if (options === undefined) throw new TypeError('options must be defined');
  validateActivityOptions(options);
  // Read at each call: whoever made the proxy may have changed its options since.
  const optionsFor = (activityType: string) => {
    const { activityTypeInfo, ...rest } = options;
    const typeInfo = (activityTypeInfo as Record<string, PayloadTypeInfo | undefined> | undefined)?.[
      activityType
    ];
    return { activityOptions: rest as unknown as Options & Record<string, unknown>, typeInfo };
  };
  return new Proxy(
    {},
    {
      get(_, activityType) {
        if (typeof activityType !== 'string') {
          throw new TypeError(`Only strings are supported for Activity types, got: ${String(activityType)}`);
        }
        const call = (...args: Any[]) => {
          const { activityOptions, typeInfo } = optionsFor(activityType);
          return schedule(activityType, args, activityOptions, typeInfo);
        };
        const executeWithOptions = (overrides: Options & Record<string, unknown>, args: Any[]) => {
          const { activityOptions, typeInfo } = optionsFor(activityType);
          return schedule(activityType, args, deepMerge(activityOptions, overrides), typeInfo);
        };
        return Object.assign(call, { executeWithOptions });
      },
    },
  );
}

/**
 * Functions that run activities: each property, called, schedules the activity of that name and resolves with its result.
 * `startToCloseTimeout` or `scheduleToCloseTimeout` is required, else it is a TypeError. A failure, once retries are exhausted,
 * arrives as an ActivityFailure whose `cause` is the reason. When the caller's scope is cancelled, `cancellationType` decides
 * what the call does.
 *
 * @example
 * ```ts
 * import type * as activities from '../activities';
 * const { charge } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });
 *
 * export async function order(amount: number): Promise<string> {
 *   return await charge(amount);
 * }
 * ```
 */
export function proxyActivities<A = UntypedActivities>(
  options: ActivityProxyOptions<A>,
): ActivityInterfaceFor<A> {
  // A proxy has every property; its type is that of the interface it stands for.
  return proxyOf<ActivityOptions>(options, scheduleActivity) as ActivityInterfaceFor<A>;
}

/**
 * Like `proxyActivities`, but the activities run in the process of the workflow task itself, and history holds only how they
 * ended. For short ones. They may run more than once when the task is repeated.
 */
export function proxyLocalActivities<A = UntypedActivities>(
  options: LocalActivityProxyOptions<A>,
): LocalActivityInterfaceFor<A> {
  return proxyOf<LocalActivityOptions>(options, scheduleLocalActivity) as LocalActivityInterfaceFor<A>;
}
