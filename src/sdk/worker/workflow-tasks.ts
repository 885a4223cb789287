/** Workflow tasks of a worker: from the poll's answer to the executor's task, and its completion back to the server. */
import type { WorkflowTask, WorkflowTaskCompletion } from '../../engine/workflow-task.ts';
import type { Executor } from '../../executor/executor.ts';
import type { Gateway, ResponseOf } from '../client/calls/index.ts';
import { deliveryOfMessage, messageOfResponse } from '../client/direct/update-messages.ts';
import { isGrpcServiceError } from '../client/errors.ts';
import { pagesOf } from '../client/pages.ts';
import { type Logger, SdkComponent } from '../common/logger.ts';
import type { HistoryEvent } from '../common/wire/events.ts';
import { commandToMessage } from '../common/wire/worker-requests.ts';
import { decodePayloadsIn, encodePayloadsIn } from './payload-codecs.ts';
import { KnownActivities, PayloadContexts } from './payload-contexts.ts';
import type { WorkflowPayloadCodec } from './workflow-payloads.ts';

/** Changes the payloads of a message of one task. */
interface TaskPayloads {
  decode<T>(message: T): Promise<T>;
  decodeHistory(events: HistoryEvent[]): Promise<HistoryEvent[]>;
  encode<T>(message: T): Promise<T>;
}

export type PolledWorkflowTask = ResponseOf<'pollWorkflowTaskQueue'>;

export interface WorkflowTaskOptions {
  gateway: Gateway;
  executor: Executor;
  namespace: string;
  identity: string;
  workerInstanceKey: string;
  /** Whether runs stay in memory between tasks. */
  isSticky: boolean;
  /** How long a task waits for this worker before another gets it. */
  stickyTimeoutMs: number;
  codecOf: WorkflowPayloadCodec | undefined;
  logger: Logger;
}

const AS_THEY_ARE: TaskPayloads = {
  decode: async (message) => message,
  decodeHistory: async (events) => events,
  encode: async (message) => message,
};
const QUERY_ID = 'query';
const PAGE_EVENTS = 1000;

export class WorkflowTasks {
  readonly #options: WorkflowTaskOptions;
  readonly #activities = new KnownActivities();

  constructor(options: WorkflowTaskOptions) {
    this.#options = options;
  }

  /** Never rejects: a task whose completion cannot be sent times out, and the server gives it to someone else. */
  async handle(polled: PolledWorkflowTask): Promise<void> {
    const { executor, logger, isSticky } = this.#options;
    const runId = polled.workflowExecution?.runId ?? '';
    try {
      const payloads = await this.#payloadsOf(polled);
      const task = await this.#task(await payloads.decode(polled), payloads);
      const completion = await payloads.encode(await executor.handle(task));
      await (task.isQueryOnly
        ? this.#answerQuery(polled, completion)
        : this.#complete(polled, task, completion));
      if (!isSticky || completion.kind === 'failed') executor.evict(runId);
    } catch (error) {
      executor.evict(runId);
      const { workflowId } = polled.workflowExecution ?? {};
      logger.warn('Failed to complete workflow task', { workflowId, runId, error });
    }
  }

  async #payloadsOf(polled: PolledWorkflowTask): Promise<TaskPayloads> {
    const { codecOf, namespace } = this.#options;
    if (codecOf === undefined) return AS_THEY_ARE;
    const { workflowExecution, workflowType, history } = polled;
    const { workflowId = '', runId = '' } = workflowExecution ?? {};
    const codecs = [
      codecOf({ kind: 'workflow', namespace, id: workflowId, runId, type: workflowType?.name ?? '' }),
    ];
    const contexts = new PayloadContexts(namespace, workflowId, this.#activities.of(runId));
    const events = history?.events ?? [];
    await contexts.learn(events, () => this.#earlierEvents(polled, events));
    return {
      decode: (message) => decodePayloadsIn(codecs, contexts, message),
      async decodeHistory(earlier) {
        await contexts.learn(earlier, () => []);
        return await decodePayloadsIn(codecs, contexts, earlier);
      },
      encode: (message) => encodePayloadsIn(codecs, contexts, message),
    };
  }

  async #task(polled: PolledWorkflowTask, payloads: TaskPayloads): Promise<WorkflowTask> {
    const { namespace } = this.#options;
    const {
      workflowExecution,
      workflowType,
      workflowExecutionTaskQueue,
      query,
      messages = [],
      history,
    } = polled;
    const { previousStartedEventId = 0 } = polled;
    const events = history?.events ?? [];
    const isWhole = events[0]?.eventId === 1;
    return {
      namespace,
      workflowId: workflowExecution?.workflowId ?? '',
      runId: workflowExecution?.runId ?? '',
      workflowType: workflowType?.name ?? '',
      taskQueue: workflowExecutionTaskQueue?.name ?? '',
      attempt: polled.attempt ?? 1,
      startedEventId: polled.startedEventId ?? 0,
      previousStartedEventId,
      newEvents: isWhole ? events.filter(({ eventId }) => eventId > previousStartedEventId) : events,
      loadHistory: async () =>
        isWhole
          ? events
          : [...(await payloads.decodeHistory(await this.#earlierEvents(polled, events))), ...events],
      queries: query ? [{ id: QUERY_ID, ...query }] : [],
      updates: messages.map(deliveryOfMessage),
      isQueryOnly: query !== undefined,
    };
  }

  /** What came before the events that came with the task, page by page. */
  async #earlierEvents(
    { workflowExecution }: PolledWorkflowTask,
    newer: readonly HistoryEvent[],
  ): Promise<HistoryEvent[]> {
    const { gateway, namespace } = this.#options;
    const firstKnown = newer[0]?.eventId ?? Number.POSITIVE_INFINITY;
    const events: HistoryEvent[] = [];
    const request = { namespace, execution: workflowExecution ?? {}, maximumPageSize: PAGE_EVENTS };
    const pages = pagesOf((next) => gateway.getWorkflowExecutionHistory({ ...request, ...next }));
    for await (const { history } of pages) {
      events.push(...history.events.filter(({ eventId }) => eventId < firstKnown));
      if ((history.events.at(-1)?.eventId ?? firstKnown) >= firstKnown) break;
    }
    return events;
  }

  async #answerQuery({ taskToken }: PolledWorkflowTask, completion: WorkflowTaskCompletion): Promise<void> {
    const { gateway, namespace } = this.#options;
    const token = { namespace, taskToken: taskToken ?? new Uint8Array() };
    const answer = completion.kind === 'completed' ? completion.queries[0] : undefined;
    if (answer !== undefined && 'result' in answer) {
      await gateway.respondQueryTaskCompleted({
        ...token,
        completedType: 'ANSWERED',
        queryResult: answer.result,
      });
      return;
    }
    const failure = completion.kind === 'failed' ? completion.failure : (answer?.failure ?? {});
    const errorMessage = failure.message ?? '';
    await gateway.respondQueryTaskCompleted({ ...token, completedType: 'FAILED', errorMessage, failure });
  }

  async #complete(
    { taskToken = new Uint8Array() }: PolledWorkflowTask,
    task: WorkflowTask,
    completion: WorkflowTaskCompletion,
  ): Promise<void> {
    const { gateway, executor, namespace, identity, logger } = this.#options;
    try {
      if (completion.kind === 'failed') {
        const { cause, failure } = completion;
        const { workflowId, runId, attempt } = task;
        // What Temporal's core says.
        const sdkComponent = SdkComponent.core;
        logger.warn('Failing workflow task', { sdkComponent, workflowId, runId, attempt, cause, failure });
        await gateway.respondWorkflowTaskFailed({ namespace, taskToken, identity, cause, failure });
        return;
      }
      await gateway.respondWorkflowTaskCompleted(this.#completedRequest(taskToken, completion));
    } catch (error) {
      // The task ended without us, or what we made of it is refused: either way our instance stands nowhere in history.
      executor.evict(task.runId);
      if (!isGrpcServiceError(error)) throw error;
      logger.debug('Workflow task completion was refused', { runId: task.runId, error });
    }
  }

  #completedRequest(
    taskToken: Uint8Array,
    completion: Extract<WorkflowTaskCompletion, { kind: 'completed' }>,
  ) {
    const { namespace, identity, isSticky, stickyTimeoutMs, workerInstanceKey } = this.#options;
    const {
      commands,
      updates,
      sdkMetadata,
      build,
      nonfirstLocalActivityExecutionAttempts: retries,
    } = completion;
    return {
      namespace,
      taskToken,
      identity,
      commands: commands.map(commandToMessage),
      messages: updates.map(messageOfResponse),
      ...(isSticky && {
        stickyAttributes: {
          workerTaskQueue: { name: workerInstanceKey },
          scheduleToStartTimeout: stickyTimeoutMs,
        },
      }),
      ...(build && { workerVersionStamp: { buildId: build.buildId } }),
      ...(build?.deployment && { deploymentOptions: build.deployment }),
      ...(build?.versioningBehavior && { versioningBehavior: build.versioningBehavior }),
      ...(completion.forceNewWorkflowTask && { forceCreateNewWorkflowTask: true }),
      ...(sdkMetadata && { sdkMetadata }),
      ...(retries && { meteringMetadata: { nonfirstLocalActivityExecutionAttempts: retries } }),
    };
  }
}
