/** The Durable Object of one partition of a task queue: `TaskQueueCore` on the platform's storage and timers. */
import { DurableObject } from 'cloudflare:workers';
import { objectStorage } from '../durable-object-ports.ts';
import type { PollRequest, TaskKind, TaskQueueApi, TaskReference } from './task-queue-api.ts';
import type { TaskQueueConfigUpdate } from './task-queue-config.ts';
import { TaskQueueCore } from './task-queue-core.ts';
import type { TaskQueueRouting } from './task-routing.ts';

export class TaskQueue extends DurableObject implements TaskQueueApi {
  readonly core: TaskQueueCore;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.core = new TaskQueueCore({
      storage: objectStorage(ctx),
      clock: {
        now: Date.now,
        after: (ms, run) => {
          const timer = setTimeout(run, ms);
          return () => clearTimeout(timer);
        },
      },
    });
  }

  async add(tasks: readonly TaskReference[]) {
    await this.core.add(tasks);
    // What is stored has to be on disk before the workflow takes it for offered.
    await this.ctx.storage.sync();
  }

  poll(request: PollRequest) {
    return this.core.poll(request);
  }

  acknowledge(kind: TaskKind, ticket: string) {
    return this.core.acknowledge(kind, ticket);
  }

  release(kind: TaskKind, ticket: string) {
    return this.core.release(kind, ticket);
  }

  cancelPoll(kind: TaskKind, pollId: string) {
    return this.core.cancelPoll(kind, pollId);
  }

  forgetWorker(workerId: string) {
    return this.core.forgetWorker(workerId);
  }

  ended(kind: TaskKind, ticket: string) {
    return this.core.ended(kind, ticket);
  }

  async configure(kind: TaskKind, update: TaskQueueConfigUpdate) {
    const config = await this.core.configure(kind, update);
    await this.ctx.storage.sync();
    return config;
  }

  async route(kind: TaskKind, routing: TaskQueueRouting) {
    await this.core.route(kind, routing);
    await this.ctx.storage.sync();
  }

  describe(kind: TaskKind) {
    return this.core.describe(kind);
  }
}
