/**
 * A random program on real objects, engine and executor in Node, with virtual time: objects are lost at random commits, the
 * isolate at random moments, and what callers and activities do goes on as it does on the platform.
 */
import type { ActivityTask } from '../../../src/engine/api.ts';
import type { WorkflowTaskHandler } from '../../../src/engine/workflow-task.ts';
import { createExecutor, type Executor } from '../../../src/executor/executor.ts';
import type { ActivityOutcome } from '../../../src/objects/activity-task-codec.ts';
import { DEFAULT_OBJECT_TIMES } from '../../../src/objects/object-options.ts';
import { defaultPayloadConverter } from '../../../src/sdk/common/converter/payload-converter.ts';
import { toPayloads } from '../../../src/sdk/common/converter/payload-lists.ts';
import type { HistoryEvent } from '../../../src/sdk/common/wire/events.ts';
import type { Payloads } from '../../../src/sdk/common/wire/messages.ts';
import { bundleOf } from '../../executor/support/world.ts';
import { TASK_QUEUE, World, type WorldObject } from '../../objects/support/world.ts';
import { makeProgram, type Progress, type Step } from './program.ts';
import { Random } from './random.ts';
import { program, type Work } from './workflow.ts';

export const bundle = bundleOf({ program });

export interface Simulation {
  steps: Step[];
  signals: number;
  progress: Progress;
  /** Histories of all runs, by run ID. */
  histories: Map<string, readonly HistoryEvent[]>;
  /** How often each attempt of each activity was sent. */
  sent: Map<string, number>;
  crashes: number;
}

const ROUNDS_MAX = 3_000;
const CRASHES_MAX = 8;

const payloadsOf = (...values: unknown[]): Payloads => ({
  payloads: toPayloads(defaultPayloadConverter, ...values) ?? [],
});

/** Sound for what this file itself has encoded. */
function decode<T>(payloads: Payloads | undefined, index = 0): T {
  const payload = payloads?.payloads?.[index];
  if (payload === undefined) throw new Error('A payload was expected');
  return defaultPayloadConverter.fromPayload<T>(payload);
}

export async function simulate(seed: number, crashRate: number): Promise<Simulation> {
  const simulator = new Simulator(new Random(seed), crashRate);
  return await simulator.run();
}

class Simulator {
  readonly #random: Random;
  readonly #crashRate: number;
  readonly #world: World;
  readonly #objects: WorldObject[] = [];
  readonly #sent = new Map<string, number>();
  readonly #localAttempts = new Map<string, number>();
  #executor: Executor;
  #working = 0;
  #crashes = 0;

  constructor(random: Random, crashRate: number) {
    this.#random = random;
    this.#crashRate = crashRate;
    this.#executor = this.#newExecutor();
    const handler: WorkflowTaskHandler = {
      handle: async (task) => {
        this.#working += 1;
        try {
          return await this.#executor.handle(task);
        } finally {
          this.#working -= 1;
        }
      },
      evict: (runId) => this.#executor.evict(runId),
    };
    const { lease } = DEFAULT_OBJECT_TIMES;
    this.#world = new World({
      decide: () => [],
      activity: (task) => this.#activity(task),
      isBusy: () => this.#working > 0,
      onObject: (object) => this.#objects.push(this.#endangered(object)),
      limits: { continueAsNewIntervalMs: 0, minimalStartIntervalMs: 0 },
      options: {
        workflowTaskHandler: (taskQueue) => (taskQueue === TASK_QUEUE ? handler : undefined),
        times: {
          ...DEFAULT_OBJECT_TIMES,
          lease: { ...lease, pingIntervalMs: 300 },
          retryMs: 20,
          retryMaxMs: 200,
        },
      },
    });
  }

  #newExecutor(): Executor {
    return createExecutor({
      bundle,
      log: () => {},
      localActivities: (type) => (type === 'work' ? (work: Work) => this.#localWork(work) : undefined),
    });
  }

  async #localWork({ id, failures, answer }: Work): Promise<string> {
    const attempt = (this.#localAttempts.get(id) ?? 0) + 1;
    this.#localAttempts.set(id, attempt);
    if (attempt <= failures) throw new Error('not yet');
    return answer;
  }

  async #activity(task: ActivityTask): Promise<ActivityOutcome> {
    const key = `${task.runId} ${task.scheduledEventId} ${task.attempt} of ${task.retryPolicy?.maximumAttempts}`;
    this.#sent.set(key, (this.#sent.get(key) ?? 0) + 1);
    if (task.activityType === 'fail') {
      const applicationFailureInfo = { type: 'Doomed', nonRetryable: true };
      return { kind: 'failed', failure: { message: 'doomed', applicationFailureInfo } };
    }
    const { ms, failures, answer } = decode<Work>(task.input);
    await new Promise<void>((resolve) => void this.#world.after(ms, resolve));
    if (task.attempt > failures) return { kind: 'completed', result: payloadsOf(answer) };
    return { kind: 'failed', failure: { message: 'not yet', applicationFailureInfo: { type: 'NotYet' } } };
  }

  /** Loses the object's memory at random commits: before anything of the commit leaves, or after. */
  #endangered(object: WorldObject): WorldObject {
    const { storage } = object;
    const transaction = storage.transaction.bind(storage);
    let depth = 0;
    storage.transaction = (work) => {
      depth += 1;
      try {
        return transaction(work);
      } finally {
        depth -= 1;
        if (depth === 0) this.#perhapsCrash(object);
      }
    };
    return object;
  }

  #perhapsCrash(object: WorldObject): void {
    if (this.#crashes >= CRASHES_MAX || !this.#random.chance(this.#crashRate)) return;
    this.#crashes += 1;
    const isWholeIsolate = this.#random.chance(0.3);
    const crash = () => {
      object.crash();
      if (!isWholeIsolate) return;
      this.#executor = this.#newExecutor();
      for (const other of this.#objects) if (other !== object) other.crash();
    };
    if (this.#random.chance(0.5)) crash();
    else setImmediate(crash);
  }

  async run(): Promise<Simulation> {
    const signals = this.#random.between(0, 5);
    const steps = makeProgram(this.#random, signals);
    const root = this.#world.object('root');
    await this.#insist(() =>
      root.core.start(root.at, {
        workflowType: 'program',
        taskQueue: TASK_QUEUE,
        requestId: 'start',
        input: payloadsOf(steps),
      }),
    );
    const progress = await this.#play(root, signals);
    await this.#world.advance(5_000);
    const histories = await this.#histories();
    return { steps, signals, progress, histories, sent: this.#sent, crashes: this.#crashes };
  }

  async #play(root: WorldObject, signals: number): Promise<Progress> {
    let sentSignals = 0;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      await this.#world.advance(this.#random.between(1, 40));
      if (sentSignals < signals && this.#random.chance(0.3)) {
        await this.#signal(root, sentSignals);
        sentSignals += 1;
      }
      if (this.#random.chance(0.1)) await this.#query(root);
      const ended = await this.#ended(root);
      if (ended !== undefined) return ended;
    }
    throw new Error(`The program does not end: ${JSON.stringify(await this.#standings(), null, 1)}`);
  }

  /** What each object shows when nothing goes on. */
  async #standings(): Promise<unknown[]> {
    const standing = async (object: WorldObject) => ({
      workflowId: object.at.workflowId,
      last: await object.eventTypes().then(
        (types) => types.slice(-6),
        (error: Error) => error.message,
      ),
      alarmInMs: object.alarmAt && object.alarmAt - this.#world.now,
      crashes: object.crashes,
    });
    const objects = await Promise.all(this.#objects.map(standing));
    return [...objects, ...this.#world.logs.slice(-10)];
  }

  #signal(root: WorldObject, id: number) {
    return this.#insist(() =>
      root.apply({ kind: 'Signal', signalName: 'poke', input: payloadsOf(id), requestId: `signal-${id}` }),
    );
  }

  /** Any answer will do: after three lost tasks in a row there is none until the next attempt (QRY-4). */
  async #query(root: WorldObject): Promise<void> {
    const query = () => root.core.query(root.at, { queryType: 'progress' });
    await this.#insist(async () => {
      const reply = await query();
      return { ...reply, ok: reply.ok || reply.error.code === 'FAILED_PRECONDITION' };
    });
  }

  async #ended(root: WorldObject): Promise<Progress | undefined> {
    const { value } = await this.#insist(() => root.core.result(root.at, { followRuns: true, waitMs: 0 }));
    const { closeEvent } = value;
    if (closeEvent === undefined) return undefined;
    if (closeEvent.eventType === 'WorkflowExecutionCompleted') return decode(closeEvent.attributes.result);
    throw new Error(`The program ended otherwise: ${JSON.stringify(closeEvent)}`);
  }

  /** As a client does: a call that dies is made again, under the same request ID. */
  async #insist<T extends { ok: boolean }>(call: () => Promise<T>): Promise<T & { ok: true }> {
    for (let tries = 0; tries < 50; tries++) {
      const reply = await Promise.race([call().catch(() => undefined), this.#world.settle()]);
      if (reply?.ok) return reply as T & { ok: true };
      await this.#world.advance(10);
    }
    const last = await call();
    throw new Error(`Not answered: ${JSON.stringify(last)}`);
  }

  async #histories(): Promise<Map<string, readonly HistoryEvent[]>> {
    const histories = new Map<string, readonly HistoryEvent[]>();
    for (const object of this.#objects) {
      for (let events = await object.history(); ; ) {
        const [started] = events;
        if (started?.eventType !== 'WorkflowExecutionStarted') break;
        const { originalExecutionRunId = '', continuedExecutionRunId } = started.attributes;
        histories.set(originalExecutionRunId, events);
        if (!continuedExecutionRunId) break;
        events = await object.history(continuedExecutionRunId);
      }
    }
    return histories;
  }
}
