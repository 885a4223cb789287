/** What a `WorkflowExecution` object answers to workers elsewhere, by way of the routes. Plain data. */
import type { ActivityTask, NexusTask, Result } from '../../engine/api.ts';
import type { QueryAnswer, WorkflowTask, WorkflowTaskCompletion } from '../../engine/workflow-task.ts';
import type { HistoryEvent } from '../../sdk/common/wire/events.ts';
import type { TaskReference } from '../task-queue/task-queue-api.ts';
import type { CallAddress } from './workflow-execution-api.ts';

/** Who works on a task. */
export interface RemoteWorker {
  /** Names the process, for stickiness. */
  workerId: string;
  /** For events to record. */
  identity: string;
  /** How long the next task waits for this worker before another gets it. @default 10 s */
  stickyMs?: number;
}

/** A workflow task on its way: the handler's task, with history as data. */
export interface RemoteWorkflowTask extends Omit<WorkflowTask, 'loadHistory'> {
  /** From event 1, unless the worker is taken to have the run in memory or the history is long: then it asks for it if it must. */
  history?: readonly HistoryEvent[];
}

export type StartedTask =
  | { kind: 'workflow'; task: RemoteWorkflowTask; queryId?: string }
  | { kind: 'activity'; task: ActivityTask }
  | { kind: 'nexus'; task: NexusTask };

/** The started workflow task that a completion is for. */
export interface WorkflowTaskReference {
  runId: string;
  startedEventId: number;
  attempt: number;
}

export interface RemoteTasksApi {
  /** Records the task as started and gives all of it. NOT_FOUND when it does not wait any more. */
  startTask(at: CallAddress, reference: TaskReference, worker: RemoteWorker): Promise<Result<StartedTask>>;
  /** NOT_FOUND for a task that ended, INVALID_ARGUMENT for a completion that is refused: then the worker drops its instance. */
  completeWorkflowTask(
    at: CallAddress,
    task: WorkflowTaskReference,
    completion: WorkflowTaskCompletion,
    worker: RemoteWorker,
  ): Promise<Result<{ closed: boolean }>>;
  answerQuery(at: CallAddress, queryId: string, answer: QueryAnswer): Promise<Result<undefined>>;
}
