import type { ActivityFunction } from './interfaces.ts';
import type { Any } from './type-helpers.ts';
import type { PayloadTypeInfo } from './type-info.ts';

/** @experimental */
export interface ActivityDefinitionOptions {
  typeInfo?: PayloadTypeInfo;
}

type ActivityKeys<A> = { [K in keyof A & string]: A[K] extends ActivityFunction ? K : never }[keyof A &
  string];

/** @experimental */
export type ActivityTypeInfoMap<A> = Partial<Record<ActivityKeys<A>, PayloadTypeInfo>>;

/** @experimental */
export interface ActivityFunctionWithOptions<Args extends Any[] = Any[], ReturnType = Any>
  extends ActivityFunction<Args, ReturnType> {
  activityDefinitionOptions: ActivityDefinitionOptions;
}

export function isActivityFunctionWithOptions(
  value: unknown,
): value is ActivityFunctionWithOptions<Any[], Any> {
  if (typeof value !== 'function' || !Object.hasOwn(value, 'activityDefinitionOptions')) return false;
  const options: unknown = Reflect.get(value, 'activityDefinitionOptions');
  return typeof options === 'object' && options !== null;
}
