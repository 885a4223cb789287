/** What goes to the registry of worker deployments and back, as plain data. */
import type { Result } from '../../engine/api.ts';
import type { TaskQueueRouting } from '../task-queue/task-routing.ts';
import type { Deployment, VersionTaskQueue } from './deployment-record.ts';

/** What every change of a deployment says. */
export interface ChangeOrigin {
  deploymentName: string;
  identity?: string;
  /** `Deployment.revision` that the caller has seen. */
  expectedRevision?: number;
}

/** One that makes another version current or ramping. */
export interface VersionChange extends ChangeOrigin {
  /** Null: workers without a version. */
  buildId: string | null;
  /** The version need not exist. */
  allowNoPollers?: boolean;
}

export type DeploymentRequest =
  /** A worker of the version polls the queue. */
  | { kind: 'poll'; deploymentName: string; buildId: string; queue: VersionTaskQueue }
  | ({ kind: 'setCurrent' } & VersionChange)
  /** Without `percentage`: no version is ramping any more. */
  | ({ kind: 'setRamping'; percentage?: number } & VersionChange)
  | { kind: 'get'; deploymentName: string }
  | { kind: 'list'; size: number; from?: string }
  | { kind: 'routing'; queue: VersionTaskQueue }
  | ({ kind: 'create' } & ChangeOrigin)
  | ({ kind: 'createVersion'; buildId: string } & ChangeOrigin)
  | ({ kind: 'delete' } & ChangeOrigin)
  | ({ kind: 'deleteVersion'; buildId: string; skipDrainage?: boolean } & ChangeOrigin)
  /** Empty: none. */
  | ({ kind: 'setManager'; managerIdentity: string } & ChangeOrigin)
  | ({
      kind: 'updateMetadata';
      buildId: string;
      upsert: Readonly<Record<string, unknown>>;
      remove: readonly string[];
    } & ChangeOrigin)
  /** Whether any open run was pinned to the version when that was looked up. */
  | { kind: 'drainageChecked'; deploymentName: string; buildId: string; isDrained: boolean };

/** A change, with the deployment as it was before. */
export interface Changed {
  before: Deployment;
  after: Deployment;
}

export interface DeploymentAnswers {
  poll: Result<TaskQueueRouting>;
  setCurrent: Result<Changed>;
  setRamping: Result<Changed>;
  get: Result<Deployment>;
  list: DeploymentPage;
  routing: TaskQueueRouting;
  create: Result<Deployment>;
  createVersion: Result<Deployment>;
  delete: Result<null>;
  deleteVersion: Result<null>;
  setManager: Result<Changed>;
  updateMetadata: Result<Deployment>;
  drainageChecked: Result<Deployment>;
}

export interface DeploymentPage {
  deployments: readonly Deployment[];
  /** The name at which the next page begins. */
  next?: string;
}
