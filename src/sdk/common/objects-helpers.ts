/** Plain-object helpers of the SDK. */

export function filterNullAndUndefined<T extends Record<string | symbol, unknown>>(value: T): T {
  const kept = Reflect.ownKeys(value).filter((key) => value[key] !== null && value[key] !== undefined);
  // A subset of `T`'s members, each of its own type.
  return Object.fromEntries(kept.map((key) => [key, value[key]])) as T;
}

/** `original` with the members of `delta` over it; null and undefined delete. The same object when nothing changes. */
export function mergeObjects<T extends Record<string, unknown>>(original: T, delta: T | undefined): T {
  // Without an original there is only the delta, if that.
  if (original === undefined || original === null) return delta as T;
  if (delta === undefined || delta === null) return original;
  const changes = Object.entries(delta).filter(([key, value]) => value !== original[key]);
  if (changes.length === 0) return original;
  return filterDeleted({ ...original, ...Object.fromEntries(changes) }, changes);
}

function filterDeleted<T extends Record<string, unknown>>(
  merged: T,
  changes: readonly [string, unknown][],
): T {
  const deleted = new Set(
    changes.filter(([, value]) => value === null || value === undefined).map(([key]) => key),
  );
  return Object.fromEntries(Object.entries(merged).filter(([key]) => !deleted.has(key))) as T;
}

/** A copy of `target` with the members of `source` over it; objects within are merged, lists are replaced. */
export function deepMerge<T extends Record<string, unknown>>(target: T, source: Partial<T>): T {
  const merged: Record<string, unknown> = { ...target };
  if (!isPlain(target) || !isPlain(source)) return merged as T;
  for (const [key, value] of Object.entries(source)) {
    const own = target[key];
    merged[key] = isPlain(value) && isPlain(own) ? deepMerge(own, value) : value;
  }
  return merged as T;
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
