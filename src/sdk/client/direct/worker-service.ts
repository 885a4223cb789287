/** Tasks for workers elsewhere: a poll finds one in a task queue and has the workflow's object start it. */
import type { Result } from '../../../engine/api.ts';
import type { WorkerBuild } from '../../../engine/worker-build.ts';
import type { QueryAnswer, WorkflowTaskCompletion } from '../../../engine/workflow-task.ts';
import type {
  RemoteTasksApi,
  RemoteWorker,
  StartedTask,
} from '../../../objects/execution/remote-tasks-api.ts';
import type { CallAddress } from '../../../objects/execution/workflow-execution-api.ts';
import type {
  HandedOut,
  PollAnswer,
  PollerDeployment,
  PollRequest,
  TaskKind,
  TaskQueueApi,
} from '../../../objects/task-queue/task-queue-api.ts';
import type { TaskQueueRouting } from '../../../objects/task-queue/task-routing.ts';
import type { WorkerDeploymentPollOptions } from '../../common/wire/messages.ts';
import { polledActivity } from '../../common/wire/push-messages.ts';
import { commandFromMessage } from '../../common/wire/worker-requests.ts';
import { convertDeploymentVersion } from '../../common/worker-deployments.ts';
import {
  decodeWorkflowTaskToken,
  encodeWorkflowTaskToken,
  type WorkflowTaskToken,
} from '../../common/workflow-task-token.ts';
import type { CallOptions, Gateway } from '../calls/index.ts';
import type { PollWorkflowTaskQueueResponse } from '../calls/worker-calls.ts';
import { grpcStatus, invalidArgument, RpcError } from '../rpc-error.ts';
import { callExecution, errorOfStatus } from './executions.ts';
import { nexusTaskResponse } from './nexus-task-service.ts';
import { executionTarget, requireNamespace, set } from './service.ts';
import {
  partitionsOf,
  requireQueues,
  taskQueueOperations,
  type WorkerServiceOptions,
} from './task-queue-service.ts';
import { messageOfUpdate, updateResponsesOf } from './update-messages.ts';

export type { TaskQueues, WorkerServiceOptions } from './task-queue-service.ts';

type WorkerCalls = Pick<
  Gateway,
  | 'pollWorkflowTaskQueue'
  | 'respondWorkflowTaskCompleted'
  | 'respondWorkflowTaskFailed'
  | 'respondQueryTaskCompleted'
  | 'pollActivityTaskQueue'
  | 'pollNexusTaskQueue'
  | 'shutdownWorker'
  | 'describeTaskQueue'
  | 'updateTaskQueueConfig'
>;

interface PollCall {
  namespace: string;
  taskQueue: { name: string };
  identity?: string;
  workerInstanceKey?: string;
  deploymentOptions?: WorkerDeploymentPollOptions;
}

/** How long a poll without work lasts when its caller does not say. */
const POLL_MS = 30_000;
/** One wait at a queue's object. */
const WAIT_MS = 10_000;

export function workerService(options: WorkerServiceOptions): WorkerCalls {
  let turn = 0;

  async function poll(kind: TaskKind, call: PollCall, rate: number | undefined, limits: CallOptions) {
    const { namespace, taskQueue, identity = '', workerInstanceKey = '' } = call;
    const queues = requireQueues(options.taskQueues);
    await requireNamespace(options, namespace);
    const worker: RemoteWorker = { workerId: workerInstanceKey, identity };
    const deployment = pollerDeployment(call.deploymentOptions);
    const until = Date.now() + (limits.waitMs || POLL_MS);
    while (!limits.signal?.aborted) {
      // Pollers take turns at the partitions; one wait is short enough that none is left out for long.
      const queue = queues.partition(namespace, taskQueue.name, turn++ % queues.partitions);
      const waitMs = Math.max(Math.min(until - Date.now(), queues.partitions > 1 ? 1000 : WAIT_MS), 0);
      const request: PollRequest = { kind, pollId: crypto.randomUUID(), ...worker, waitMs };
      if (rate !== undefined) request.maxTasksPerSecond = rate / queues.partitions;
      if (deployment !== undefined) request.deployment = deployment;
      if (deployment?.isVersioned)
        request.routing = await registered(namespace, deployment, { name: taskQueue.name, kind });
      const handedOut = await pollOnce(queue, request, limits.signal);
      if (handedOut === 'shutdown') return undefined;
      const started = handedOut && (await start(queue, kind, namespace, handedOut, worker, limits.signal));
      if (started !== undefined) return started;
      if (handedOut === undefined && Date.now() >= until) return undefined;
    }
    return undefined;
  }

  /** VER-1. */
  async function registered(
    namespace: string,
    { deploymentName, buildId }: PollerDeployment,
    queue: { name: string; kind: TaskKind },
  ): Promise<TaskQueueRouting> {
    const { workerDeployments } = options;
    if (workerDeployments === undefined)
      throw new RpcError('UNIMPLEMENTED', 'This server keeps no worker deployments.');
    const answer = await workerDeployments.polled(namespace, { deploymentName, buildId, queue });
    if (!answer.ok) throw errorOfStatus(answer.error);
    return answer.value;
  }

  async function start(
    queue: TaskQueueApi,
    kind: TaskKind,
    namespace: string,
    { ticket, task }: HandedOut,
    worker: RemoteWorker,
    signal: AbortSignal | undefined,
  ): Promise<StartedTask | undefined> {
    // Whoever asked is gone: the task is for someone else.
    if (signal?.aborted) return void (await queue.release(kind, ticket));
    try {
      const started = await onWorkflow(task.namespace ?? namespace, task.workflowId, (stub, at) =>
        stub.startTask(at, task, worker),
      );
      void queue.acknowledge(kind, ticket).catch(() => undefined);
      return started;
    } catch (error) {
      if (!(error instanceof RpcError) || error.code !== grpcStatus.NOT_FOUND) {
        await queue.release(kind, ticket);
        throw error;
      }
      await queue.acknowledge(kind, ticket);
      if (task.isCounted) await queue.ended(kind, ticket);
      return undefined;
    }
  }

  async function onWorkflow<T>(
    namespace: string,
    workflowId: string,
    call: (stub: RemoteTasksApi, at: CallAddress) => Promise<Result<T>>,
  ): Promise<T> {
    const target = await executionTarget(options, namespace, workflowId);
    // Sound: a server with task queues has objects that answer these calls.
    return callExecution(options.executions, target, (stub, at) =>
      call(stub as unknown as RemoteTasksApi, at),
    );
  }

  const complete = (
    namespace: string,
    taskToken: Uint8Array,
    completion: WorkflowTaskCompletion,
    worker: RemoteWorker,
  ) => {
    const token = tokenOf(namespace, taskToken, 'workflow');
    const { workflowId, runId, startedEventId, attempt } = token;
    const task = { runId, startedEventId, attempt };
    return onWorkflow(namespace, workflowId, (stub, at) =>
      stub.completeWorkflowTask(at, task, completion, worker),
    );
  };

  return {
    async pollWorkflowTaskQueue(request, limits = {}) {
      const started = await poll('workflow', request, undefined, limits);
      return started?.kind === 'workflow' ? workflowResponse(started) : {};
    },
    async pollActivityTaskQueue(request, limits = {}) {
      const rate = request.taskQueueMetadata?.maxTasksPerSecond;
      const started = await poll('activity', request, rate, limits);
      return started?.kind === 'activity' ? polledActivity(started.task) : {};
    },
    async pollNexusTaskQueue(request, limits = {}) {
      const started = await poll('nexus', request, undefined, limits);
      return started?.kind === 'nexus' ? nexusTaskResponse(request.namespace, started.task) : {};
    },
    async respondWorkflowTaskCompleted(request) {
      const { namespace, taskToken, commands = [], messages = [], identity = '', stickyAttributes } = request;
      const retries = request.meteringMetadata?.nonfirstLocalActivityExecutionAttempts;
      const completion: WorkflowTaskCompletion = {
        kind: 'completed',
        commands: commands.map((command, index) => {
          const known = commandFromMessage(command);
          if (known === undefined)
            throw invalidArgument(`commands[${index}].commandType: unknown ${command.commandType}`);
          return known;
        }),
        updates: updateResponsesOf(messages),
        queries: [],
        ...(request.sdkMetadata && { sdkMetadata: request.sdkMetadata }),
        ...set('build', buildOf(request)),
        ...(request.forceCreateNewWorkflowTask && { forceNewWorkflowTask: true }),
        ...(retries && { nonfirstLocalActivityExecutionAttempts: retries }),
      };
      const workerId = stickyAttributes?.workerTaskQueue?.name ?? '';
      const stickyMs = stickyAttributes?.scheduleToStartTimeout;
      await complete(namespace, taskToken, completion, { workerId, identity, ...set('stickyMs', stickyMs) });
      return {};
    },
    async respondWorkflowTaskFailed({ namespace, taskToken, identity = '', cause, failure }) {
      const completion: WorkflowTaskCompletion = {
        kind: 'failed',
        cause: cause ?? 'WORKFLOW_WORKER_UNHANDLED_FAILURE',
        failure: failure ?? {},
      };
      await complete(namespace, taskToken, completion, { workerId: '', identity });
      return {};
    },
    async respondQueryTaskCompleted({
      namespace,
      taskToken,
      completedType,
      queryResult,
      errorMessage,
      failure,
    }) {
      const { workflowId, queryId } = tokenOf(namespace, taskToken, 'query');
      const answer: QueryAnswer =
        completedType === 'ANSWERED'
          ? { id: QUERY_ID, result: queryResult ?? {} }
          : { id: QUERY_ID, failure: failure ?? { message: errorMessage ?? '' } };
      await onWorkflow(namespace, workflowId, (stub, at) => stub.answerQuery(at, queryId, answer));
      return {};
    },
    async shutdownWorker({ namespace, taskQueue, workerInstanceKey }) {
      await requireNamespace(options, namespace);
      const queues = requireQueues(options.taskQueues);
      await Promise.all(
        partitionsOf(queues, namespace, taskQueue.name).map((queue) => queue.forgetWorker(workerInstanceKey)),
      );
      return {};
    },
    ...taskQueueOperations(options),
  };
}

/** Which code completed the task, as its worker says. */
function buildOf({
  workerVersionStamp,
  deploymentOptions,
  versioningBehavior,
}: Parameters<Gateway['respondWorkflowTaskCompleted']>[0]): WorkerBuild | undefined {
  const deployment = convertDeploymentVersion(deploymentOptions);
  const buildId = workerVersionStamp?.buildId || deployment?.buildId;
  if (!buildId) return undefined;
  return { buildId, ...(deployment && { deployment }), ...(versioningBehavior && { versioningBehavior }) };
}

function pollerDeployment(options: WorkerDeploymentPollOptions | undefined): PollerDeployment | undefined {
  const { deploymentName = '', buildId = '', workerVersioningMode } = options ?? {};
  const isVersioned = workerVersioningMode === 'VERSIONED';
  if (isVersioned && (deploymentName === '' || buildId === ''))
    throw invalidArgument(
      `deploymentOptions.${buildId === '' ? 'buildId' : 'deploymentName'}: required of a versioned worker, but not set`,
    );
  return buildId === '' ? undefined : { deploymentName, buildId, isVersioned };
}

/** The ID under which a query's answer travels inside the server. */
const QUERY_ID = 'query';

async function pollOnce(
  queue: TaskQueueApi,
  request: PollRequest,
  signal: AbortSignal | undefined,
): Promise<PollAnswer> {
  const cancel = () => void queue.cancelPoll(request.kind, request.pollId).catch(() => undefined);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await queue.poll(request);
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

function tokenOf<Kind extends WorkflowTaskToken['kind']>(
  namespace: string,
  bytes: Uint8Array,
  kind: Kind,
): Extract<WorkflowTaskToken, { kind: Kind }> {
  const token = decodeWorkflowTaskToken(bytes);
  if (token?.kind !== kind || token.namespace !== namespace) {
    throw invalidArgument(`taskToken: expected the token of a ${kind} task of namespace '${namespace}'`);
  }
  // Sound: its kind was just compared.
  return token as Extract<WorkflowTaskToken, { kind: Kind }>;
}

function workflowResponse({
  task,
  queryId,
}: Extract<StartedTask, { kind: 'workflow' }>): PollWorkflowTaskQueueResponse {
  const { namespace, workflowId, runId, workflowType, taskQueue, startedEventId, attempt } = task;
  const [query] = task.queries;
  const token: WorkflowTaskToken =
    queryId === undefined
      ? { kind: 'workflow', namespace, workflowId, runId, startedEventId, attempt }
      : { kind: 'query', namespace, workflowId, queryId };
  return {
    taskToken: encodeWorkflowTaskToken(token),
    workflowExecution: { workflowId, runId },
    workflowType: { name: workflowType },
    previousStartedEventId: task.previousStartedEventId,
    startedEventId,
    attempt,
    workflowExecutionTaskQueue: { name: taskQueue },
    messages: task.updates.map(messageOfUpdate),
    history: { events: [...(task.history ?? task.newEvents)] },
    ...(query && {
      query: {
        queryType: query.queryType,
        ...(query.queryArgs && { queryArgs: query.queryArgs }),
        ...(query.header && { header: query.header }),
      },
    }),
  };
}
