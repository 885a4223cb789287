/** The state of a version of a worker deployment. */

export type VersionStatus = 'INACTIVE' | 'CURRENT' | 'RAMPING' | 'DRAINING' | 'DRAINED' | 'CREATED';

interface Routed {
  readonly current: string | null;
  readonly ramping?: { readonly buildId: string | null };
}

interface Version {
  readonly buildId: string;
  /** Since it was current or ramping. */
  readonly drainage?: { readonly status: 'DRAINING' | 'DRAINED' };
  /** From which its workers have polled. */
  readonly taskQueues: readonly unknown[];
}

export function versionStatus(
  { current, ramping }: Routed,
  { buildId, drainage, taskQueues }: Version,
): VersionStatus {
  if (current === buildId) return 'CURRENT';
  if (ramping?.buildId === buildId) return 'RAMPING';
  if (drainage !== undefined) return drainage.status;
  return taskQueues.length === 0 ? 'CREATED' : 'INACTIVE';
}
