/**
 * A worker elsewhere: a process that polls a task queue, has workflows' objects start what it was handed, and reports what became
 * of it. It can be gone at any moment, and comes again with nothing in memory.
 */
import type { ActivityTask, Result } from '../../../src/engine/api.ts';
import { inputOf } from '../../../src/objects/activity/activity-dispatcher.ts';
import type { RemoteWorkflowTask, StartedTask } from '../../../src/objects/execution/remote-tasks-api.ts';
import type { HistoryPage } from '../../../src/objects/execution/workflow-execution-api.ts';
import type { HandedOut, PollAnswer, TaskKind } from '../../../src/objects/task-queue/task-queue-api.ts';
import type { HistoryEvent } from '../../../src/sdk/common/wire/events.ts';
import type { Isolate } from './isolate.ts';
import { inLife, Life } from './lives.ts';
import type { SimExecution } from './sim-execution.ts';
import type { SimQueue } from './sim-queue.ts';
import type { SimWorld } from './world.ts';

const POLL_MS = 10_000;
const POLLERS: readonly TaskKind[] = ['workflow', 'workflow', 'activity', 'activity'];
const BACK_MS = 20_000;
const RETRY_MS = 200;
const TRIES_MAX = 60;

/** One life of its process. */
interface Process {
  life: Life;
  isolate: Isolate;
}

export class RemoteWorker {
  readonly #world: SimWorld;
  readonly #queue: SimQueue;
  readonly #name: string;
  #process: Process | undefined;
  #incarnations = 0;
  /** Which of its pollers poll. */
  readonly #polling = new Set<number>();
  #isDown = false;

  constructor(world: SimWorld, queue: SimQueue, name: string) {
    this.#world = world;
    this.#queue = queue;
    this.#name = name;
  }

  /** Polls, as far as it does not. Each poller stops by itself when there is nothing left to be done. */
  wake(): void {
    if (this.#isDown || this.#polling.size === POLLERS.length) return;
    this.#process ??= this.#begin();
    const { life } = this.#process;
    for (const index of POLLERS.keys()) {
      if (this.#polling.has(index)) continue;
      this.#polling.add(index);
      inLife(life, () => this.#world.background(this.#poll(index)));
    }
  }

  #begin(): Process {
    this.#incarnations += 1;
    const isolate = this.#world.isolateOfWorker();
    return { life: new Life(this.#name, isolate.life), isolate };
  }

  /** Gone, and started again after a while, with the code of that moment. */
  restart(afterMs: number): void {
    this.stop();
    this.#isDown = true;
    this.#world.scheduler.after(afterMs, () => {
      this.#isDown = false;
      this.wake();
    });
  }

  stop(): void {
    this.#process?.life.end();
    this.#process?.isolate.life.end();
    this.#process = undefined;
    this.#polling.clear();
  }

  /** Names the process, as stickiness does. */
  get #worker(): { workerId: string; identity: string } {
    const workerId = `${this.#name} (${this.#incarnations})`;
    return { workerId, identity: workerId };
  }

  async #poll(index: number): Promise<void> {
    const process = this.#process;
    const kind = POLLERS[index];
    if (process === undefined || kind === undefined) return;
    for (;;) {
      const answer = await this.#ask(process, kind);
      const lost = this.#world.faults.draw('workerLost');
      if (lost !== undefined) {
        this.restart(1 + lost ** 2 * BACK_MS);
        return;
      }
      if (answer === 'shutdown') throw new Error('Nobody has told this worker to shut down.');
      if (answer !== undefined) await this.#take(process, kind, answer);
      else if (this.#world.isAllClosed()) break;
    }
    this.#polling.delete(index);
  }

  async #ask({ life }: Process, kind: TaskKind): Promise<PollAnswer> {
    const request = { kind, pollId: this.#world.newId(), ...this.#worker, waitMs: POLL_MS };
    try {
      return await this.#world.call<PollAnswer>(life, this.#queue, 'poll', [request]);
    } catch {
      await this.#sleep(life, RETRY_MS);
      return undefined;
    }
  }

  #sleep(life: Life, ms: number): Promise<void> {
    return new Promise((resolve) => void this.#world.scheduler.after(ms, life.guard(resolve)));
  }

  /** Has the workflow's object start the task, and sets to work. */
  async #take(process: Process, kind: TaskKind, { ticket, task }: HandedOut): Promise<void> {
    const { life } = process;
    const tell = (method: 'acknowledge' | 'release') =>
      void this.#world.call(life, this.#queue, method, [kind, ticket]).catch(() => undefined);
    const object = this.#world.object(task.workflowId);
    let started: Result<StartedTask>;
    try {
      started = await this.#world.call(life, object, 'startTask', [object.address, task, this.#worker]);
    } catch {
      return tell('release');
    }
    if (!started.ok) return tell(started.error.code === 'NOT_FOUND' ? 'acknowledge' : 'release');
    tell('acknowledge');
    const { value } = started;
    if (value.kind === 'activity') this.#world.background(this.#runActivity(process, object, value.task));
    else if (value.kind === 'workflow') await this.#runTask(process, object, value);
  }

  async #runTask(
    process: Process,
    object: SimExecution,
    { task: sent, queryId }: Extract<StartedTask, { kind: 'workflow' }>,
  ): Promise<void> {
    const { isolate } = process;
    const task = { ...sent, loadHistory: () => this.#history(process, object, sent) };
    const completion = await isolate.handler.handle(task);
    if (!process.life.isAlive) return;
    if (queryId !== undefined) {
      const answer = completion.kind === 'completed' ? completion.queries[0] : undefined;
      const given = answer ?? { id: 'query', failure: { message: 'the query could not be answered' } };
      await this.#insist(process, object, 'answerQuery', [queryId, given]);
      return;
    }
    const { runId, startedEventId, attempt } = sent;
    const reference = { runId, startedEventId, attempt };
    const args = [reference, completion, this.#worker];
    const reply = await this.#insist(process, object, 'completeWorkflowTask', args);
    if (!reply?.ok) isolate.executor.evict(runId);
  }

  async #history(
    { life }: Process,
    object: SimExecution,
    { runId, history, newEvents, startedEventId }: RemoteWorkflowTask,
  ): Promise<readonly HistoryEvent[]> {
    if (history !== undefined) return history;
    const request = { runId, fromEventId: 1, pageSize: 10_000 };
    const page = await this.#world.call<Result<HistoryPage>>(life, object, 'history', [
      object.address,
      request,
    ]);
    if (!page.ok) throw new Error(page.error.message);
    const first = newEvents[0]?.eventId ?? startedEventId + 1;
    return [...page.value.events.filter(({ eventId }) => eventId < first), ...newEvents];
  }

  async #runActivity(process: Process, object: SimExecution, task: ActivityTask): Promise<void> {
    const { life, isolate } = process;
    const outcome = await isolate.runActivity(task);
    if (!life.isAlive) return;
    const input = inputOf(task, outcome);
    for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
      const reply = await this.#world.report(life, object.address, input).catch(() => undefined);
      if (reply !== undefined && (reply.ok || reply.error.code !== 'UNAVAILABLE')) return;
      await this.#sleep(life, RETRY_MS * attempt);
    }
  }

  /** Undefined when it was never heard. */
  async #insist(
    { life }: Process,
    object: SimExecution,
    method: string,
    args: readonly unknown[],
  ): Promise<Result<unknown> | undefined> {
    for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
      const call = this.#world.call<Result<unknown>>(life, object, method, [object.address, ...args]);
      const reply = await call.catch(() => undefined);
      if (reply !== undefined && (reply.ok || reply.error.code !== 'UNAVAILABLE')) return reply;
      await this.#sleep(life, RETRY_MS * attempt);
    }
    return undefined;
  }
}
