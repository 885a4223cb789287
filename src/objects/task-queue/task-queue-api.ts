/**
 * What a `TaskQueue` object answers: one partition of one task queue. It holds references; what a task is, and whether it still
 * waits, only the workflow's object knows.
 */
import type { WirePriority } from '../../sdk/common/wire/messages.ts';
import type { TaskQueueConfig, TaskQueueConfigUpdate } from './task-queue-config.ts';
import type { TaskQueueRouting, VersionKey } from './task-routing.ts';

export type TaskKind = 'workflow' | 'activity' | 'nexus';

/** A task that waits for a worker. Kind, workflow, run and key name it: added twice it is one. */
export interface TaskReference {
  kind: TaskKind;
  /** Where the workflow is, when that is not the namespace of the queue: the caller of a Nexus operation. */
  namespace?: string;
  workflowId: string;
  runId: string;
  /** Tells it from earlier and later tasks of its run. */
  key: string;
  /** A workflow task that only carries this query. */
  queryId?: string;
  /** The worker that has the run in memory. Others get the task when it does not come in time. */
  stickyTo?: string;
  /** How long it waits for that worker. @default 10 s */
  stickyMs?: number;
  /** The version of a pinned run: `deploymentName:buildId`. */
  pinnedTo?: VersionKey;
  /** What goes first when workers have not room for all (TQ-4). */
  priority?: WirePriority;
  /** When it must have ended once it is started: one whose end got lost counts so long. */
  timeoutMs?: number;
  /** Its queue counts who has what: the workflow has to say when it ended (`TaskQueueApi.ended`). */
  isCounted?: true;
}

export interface PollRequest {
  kind: TaskKind;
  /** Tells this poll from others of the worker, so that it can be taken back. */
  pollId: string;
  /** Names the worker's process, for stickiness. */
  workerId: string;
  /** Who polls, for people. */
  identity: string;
  /** At most 10 s. */
  waitMs: number;
  /** Tasks handed out per second by this partition; the last poller that says so wins. */
  maxTasksPerSecond?: number;
  /** Which deployment the worker says that it belongs to. */
  deployment?: PollerDeployment;
  /** Of the worker's queue, as the registry of deployments has it. */
  routing?: TaskQueueRouting;
}

export interface PollerDeployment {
  deploymentName: string;
  buildId: string;
  /** False: tasks go to it as to any worker without a version. */
  isVersioned: boolean;
}

/** A task handed out: until it is acknowledged, or `ACKNOWLEDGE_MS` have passed, nobody else gets it. */
export interface HandedOut {
  ticket: string;
  task: TaskReference;
}

export type PollAnswer = HandedOut | 'shutdown' | undefined;

export interface PollerInfo {
  identity: string;
  lastAccessTime: number;
  ratePerSecond?: number;
  deployment?: PollerDeployment;
  /** Its worker has shut down. */
  hasLeft?: true;
}

export interface TaskQueueDescription {
  pollers: PollerInfo[];
  /** Tasks that wait for a poller. */
  backlogCount: number;
  /** How long the oldest of them waits, in milliseconds. */
  backlogAgeMs: number;
  /** Tasks per second, over the last half minute. */
  addRate: number;
  handOutRate: number;
  byPriority: { priority: number; backlogCount: number; backlogAgeMs: number }[];
  /** By the version that tasks go to. */
  byVersion: { version: VersionKey; backlogCount: number; backlogAgeMs: number }[];
  config: TaskQueueConfig;
  routing: TaskQueueRouting;
}

export interface TaskQueueApi {
  /** Resolves once each task is with a poller, or stored. */
  add(tasks: readonly TaskReference[]): Promise<void>;
  /** The next task; undefined when none came in time, `shutdown` for a worker that is to get no more. */
  poll(request: PollRequest): Promise<PollAnswer>;
  /** The task was started, or does not wait any more. */
  acknowledge(kind: TaskKind, ticket: string): Promise<void>;
  /** It was not started: the next poller gets it. */
  release(kind: TaskKind, ticket: string): Promise<void>;
  /** The poller is gone. */
  cancelPoll(kind: TaskKind, pollId: string): Promise<void>;
  /** The worker is shutting down: its polls end, and nothing waits for it in particular any more. */
  forgetWorker(workerId: string): Promise<void>;
  /** A task that was handed out with `isCounted` has ended. */
  ended(kind: TaskKind, ticket: string): Promise<void>;
  describe(kind: TaskKind): Promise<TaskQueueDescription>;
  /** Resolves once the change is stored. */
  configure(kind: TaskKind, update: TaskQueueConfigUpdate): Promise<TaskQueueConfig>;
  /** Resolves once the routing is stored, unless a later one is known. */
  route(kind: TaskKind, routing: TaskQueueRouting): Promise<void>;
}

/** The partition of a task queue in which the tasks of a workflow are. */
export function partitionOf(workflowId: string, partitions: number): number {
  let hash = 0;
  for (let index = 0; index < workflowId.length; index++)
    hash = (Math.imul(hash, 31) + workflowId.charCodeAt(index)) | 0;
  return (hash >>> 0) % partitions;
}

export function taskQueueName(namespace: string, taskQueue: string, partition: number): string {
  return JSON.stringify([namespace, taskQueue, partition]);
}
