/**
 * The requests of a workflow's Nexus operations, on their way to those who serve them: an endpoint's name is looked up, and the
 * request is offered to the task queue that it leads to. As with other tasks the queue holds a hint; what counts is here.
 *
 * T1 A request that nobody can have, because there is no such endpoint, is refused for now: it is tried again with backoff, and
 *    describe says why.
 * T2 An offer is made after the commit that made it due, and an object may die between the two: the alarm of that commit stands
 *    for it.
 */
import type { NexusAnswer, NexusTask, Result, StatusError, WaitingNexusTask } from '../../engine/api.ts';
import type { NexusRequestKind } from '../../engine/nexus-state.ts';
import type { StartedTask } from '../execution/remote-tasks-api.ts';
import { TaskOffers, type WaitingTask } from '../execution/task-offers.ts';
import type { TurnLoop } from '../execution/turn-loop.ts';
import type { CallAddress } from '../execution/workflow-execution-api.ts';
import type { ObjectOptions } from '../object-options.ts';
import type { ObjectPorts } from '../ports.ts';
import type { TaskReference } from '../task-queue/task-queue-api.ts';

/** Serves the requests to one task queue. Rejects when it could not; what a handler throws is an answer. */
export type NexusHandlerOf = (
  taskQueue: string,
) => ((task: NexusTask, where: { namespace: string; depth: number }) => Promise<NexusAnswer>) | undefined;

/** When an object that has died looks after what it may not have offered. */
const OFFER_LOST_MS = 5_000;

export class NexusTasks {
  readonly #ports: ObjectPorts;
  readonly #options: ObjectOptions;
  readonly #loop: TurnLoop;
  /** By endpoint: which queue that is, is found out when an offer is made. */
  readonly #offers: TaskOffers;

  constructor(ports: ObjectPorts, options: ObjectOptions, loop: TurnLoop) {
    this.#ports = ports;
    this.#options = options;
    this.#loop = loop;
    this.#offers = new TaskOffers({
      times: options.times,
      queue: (endpoint) => ({ add: (references) => this.#send(endpoint, references) }),
      now: () => ports.clock.now(),
      keepAlive: (work) => ports.keepAlive(work),
      failed: (endpoint, error) => {
        options.log('WARN', 'A Nexus request could not be offered to its task queue', { endpoint, error });
        void loop.wake();
      },
    });
  }

  /** Called whenever the turns have come to rest. */
  offer(): void {
    if (!this.#loop.state.isLoaded) return;
    this.#offers.reconcile(this.#waiting());
  }

  /** T2. */
  nextOffer(): number | undefined {
    const again = this.#offers.earliest();
    if (this.#waiting().every(({ reference }) => this.#offers.knows(reference))) return again;
    const lost = this.#ports.clock.now() + OFFER_LOST_MS;
    return again === undefined ? lost : Math.min(again, lost);
  }

  forget(): void {
    this.#offers.forget();
  }

  #waiting(): WaitingTask[] {
    const { execution } = this.#loop.state;
    const run = execution.current;
    if (run === undefined) return [];
    const { namespace, workflowId } = execution;
    return this.#options.engine.waitingNexusTasks(execution).map((task) => ({
      taskQueue: task.endpoint,
      reference: { kind: 'nexus', namespace, workflowId, runId: run.runId, key: keyOf(task) },
    }));
  }

  async #send(endpoint: string, references: readonly TaskReference[]): Promise<void> {
    const { nexusEndpoint, taskQueue } = this.#ports.stubs;
    const found = await nexusEndpoint?.(endpoint);
    const handler = found && this.#options.nexusHandler?.(found.taskQueue);
    if (found !== undefined && handler !== undefined) {
      const { namespace } = found;
      const serve = (reference: TaskReference) => this.#serve(reference, namespace, handler);
      this.#ports.keepAlive(Promise.all(references.map(serve)));
      return;
    }
    if (found === undefined || taskQueue === undefined) {
      const message =
        taskQueue === undefined
          ? 'This server has no task queues that workers can poll: export the class TaskQueue'
          : `There is no Nexus endpoint named '${endpoint}': register it, or correct its name where it is called`;
      await this.#refuse(references, message);
      return;
    }
    const { workflowId } = this.#loop.state.execution;
    await taskQueue(found.namespace, found.taskQueue, workflowId).add(references);
  }

  /** What dies with the object is made again when the request's time is over. */
  async #serve(
    reference: TaskReference,
    namespace: string,
    handler: NonNullable<ReturnType<NexusHandlerOf>>,
  ): Promise<void> {
    const depth = this.#loop.budget.hops + 1;
    const { execution } = this.#loop.state;
    const at = { namespace: execution.namespace, workflowId: execution.workflowId, depth };
    const started = await this.startTask(at, reference);
    if (!started.ok || started.value.kind !== 'nexus') return;
    const { task } = started.value;
    const { runId, scheduledEventId, kind: request, attempt, requestId } = task;
    try {
      const answer = await handler(task, { namespace, depth });
      await this.#loop.submit((turn) =>
        turn.apply({
          kind: 'NexusTaskAnswered',
          runId,
          scheduledEventId,
          request,
          attempt,
          requestId,
          answer,
        }),
      );
    } catch (error) {
      this.#options.log('WARN', 'A Nexus request could not be served', { taskQueue: reference.key, error });
    }
  }

  /** T1. */
  async #refuse(references: readonly TaskReference[], message: string): Promise<void> {
    const failure = { message, source: 'Server', nexusHandlerFailureInfo: { type: 'NOT_FOUND' } };
    const answer: NexusAnswer = { kind: 'refused', failure, isRetryable: true };
    for (const { runId, key } of references) {
      const task = taskOf(key);
      if (task === undefined) continue;
      const { scheduledEventId, kind: request, attempt } = task;
      await this.#loop.submit((turn) =>
        turn.apply({ kind: 'NexusTaskAnswered', runId, scheduledEventId, request, attempt, answer }),
      );
    }
  }

  /** A worker has come for the request: from now on it has it. */
  async startTask(at: CallAddress, { runId, key }: TaskReference): Promise<Result<StartedTask>> {
    const task = taskOf(key);
    const started =
      task &&
      (await this.#loop.submit(
        (turn) => {
          if (turn.execution.current?.runId !== runId) return undefined;
          return turn.startNexusTask({ endpoint: '', ...task });
        },
        { depth: at.depth ?? 0 },
      ));
    if (started === undefined) return { ok: false, error: NO_SUCH_TASK };
    return { ok: true, value: { kind: 'nexus', task: started } };
  }
}

const NO_SUCH_TASK: StatusError = { code: 'NOT_FOUND', message: 'The task does not wait any more.' };

function keyOf({ scheduledEventId, kind, attempt }: WaitingNexusTask): string {
  return `nexus/${scheduledEventId}/${kind}/${attempt}`;
}

function taskOf(key: string): Omit<WaitingNexusTask, 'endpoint'> | undefined {
  const [, scheduledEventId, kind, attempt] = key.split('/');
  if (kind !== 'start' && kind !== 'cancel') return undefined;
  const request: NexusRequestKind = kind;
  return { scheduledEventId: Number(scheduledEventId), kind: request, attempt: Number(attempt) };
}
