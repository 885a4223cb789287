/**
 * Which workers of a task queue get a task, by the version of their code.
 *
 * V1 A task of a run that is pinned goes to workers of that version alone.
 * V2 Any other goes to the current version of the queue, or to the ramping one for the share of workflow IDs that it has; without
 *    a current version, to workers that name none.
 * V3 The routing with the highest revision counts: views of the registry that are late change nothing.
 */
import type { WorkerDeploymentVersion } from '../../sdk/common/worker-deployments.ts';
import type { ObjectStorage } from '../ports.ts';
import type { TaskKind, TaskReference } from './task-queue-api.ts';
import { hasTable } from './task-queue-config.ts';

/** What the registry of deployments says about one task queue and kind of tasks. */
export interface TaskQueueRouting {
  /** Of the registry. */
  revision: number;
  /** Unset: workers without a version. */
  current?: WorkerDeploymentVersion;
  /** `version` unset: workers without one. */
  ramping?: { version?: WorkerDeploymentVersion; percentage: number };
  /** Those whose workers have polled this queue. */
  versions: readonly WorkerDeploymentVersion[];
  /** When current or ramping version changed last. */
  updateTime?: number;
}

/** A version as a key; empty: workers without one. */
export type VersionKey = string;

export const NO_VERSION: VersionKey = '';

export const NO_ROUTING: TaskQueueRouting = { revision: 0, versions: [] };

/** Names of deployments have no colon. */
export function versionKey(version: WorkerDeploymentVersion | undefined): VersionKey {
  return version === undefined ? NO_VERSION : `${version.deploymentName}:${version.buildId}`;
}

export function targetOf(
  { kind, workflowId, pinnedTo }: TaskReference,
  routing: TaskQueueRouting,
): VersionKey {
  if (pinnedTo !== undefined && (kind === 'workflow' || isPolledBy(pinnedTo, routing))) return pinnedTo;
  const { current, ramping } = routing;
  if (ramping !== undefined && rampPosition(workflowId) < ramping.percentage)
    return versionKey(ramping.version);
  return versionKey(current);
}

/** An activity on a task queue that its workflow's version does not poll is nothing of that version's. */
function isPolledBy(key: VersionKey, { versions }: TaskQueueRouting): boolean {
  return versions.some((version) => versionKey(version) === key);
}

/** Where a workflow ID stands among all, from 0 to 100: the same at every percentage, so that a growing ramp takes none back. */
export function rampPosition(workflowId: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < workflowId.length; index++)
    hash = Math.imul(hash ^ workflowId.charCodeAt(index), 0x01000193);
  // FNV leaves the high bits of short texts alike.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) % 10_000) / 100;
}

/** A queue that no deployment has a say about has no table. */
export class RoutingStore {
  readonly #storage: ObjectStorage;
  readonly #kind: TaskKind;

  constructor(storage: ObjectStorage, kind: TaskKind) {
    this.#storage = storage;
    this.#kind = kind;
  }

  load(): TaskQueueRouting {
    if (!hasTable(this.#storage, 'routing')) return NO_ROUTING;
    const [row] = this.#storage.exec<{ routing: string }>(
      'SELECT routing FROM routing WHERE kind = ?',
      this.#kind,
    );
    // Sound: written by `save`.
    return row === undefined ? NO_ROUTING : (JSON.parse(row.routing) as TaskQueueRouting);
  }

  save(routing: TaskQueueRouting): void {
    if (!hasTable(this.#storage, 'routing'))
      this.#storage.exec(
        'CREATE TABLE routing (kind TEXT PRIMARY KEY, routing TEXT NOT NULL) STRICT, WITHOUT ROWID',
      );
    this.#storage.exec('INSERT OR REPLACE INTO routing VALUES (?, ?)', this.#kind, JSON.stringify(routing));
  }
}
