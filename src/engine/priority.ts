/** Whose turn a task is when workers have not room for all (TQ-4): activities and children take from the workflow what they do not say. */
import type { WirePriority } from '../sdk/common/wire/messages.ts';

/** `own` over `base`, member by member: 0 and empty mean not said. */
export function mergedPriority(
  base: WirePriority | undefined,
  own: WirePriority | undefined,
): WirePriority | undefined {
  if (base === undefined || own === undefined) return own ?? base;
  const merged: WirePriority = {};
  const priorityKey = own.priorityKey || base.priorityKey;
  const fairnessKey = own.fairnessKey || base.fairnessKey;
  const fairnessWeight = own.fairnessWeight || base.fairnessWeight;
  if (priorityKey) merged.priorityKey = priorityKey;
  if (fairnessKey) merged.fairnessKey = fairnessKey;
  if (fairnessWeight) merged.fairnessWeight = fairnessWeight;
  return merged;
}
