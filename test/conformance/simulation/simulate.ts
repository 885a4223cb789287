/**
 * A random program on real objects, engine and executor in Node, with virtual time: objects are lost at random commits, the
 * isolate at random moments, and what callers and activities do goes on as it does on the platform.
 */
import type { ActivityTask } from '../../../src/engine/api.ts';
import type { WorkflowTaskHandler } from '../../../src/engine/workflow-task.ts';
import { createExecutor, type Executor } from '../../../src/executor/executor.ts';
import type { ActivityOutcome } from '../../../src/objects/activity/activity-task-codec.ts';
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
  updates: number;
  progress: Progress;
  /** Histories of all runs, by run ID. */
  histories: Map<string, readonly HistoryEvent[]>;
  /** How often each attempt of each activity was sent. */
  sent: Map<string, number>;
  crashes: number;
}

const ROUNDS_MAX = 3_000;
const CRASHES_MAX = 8;
/** At 10 ms each: longer than the first waits of a run whose tasks were lost three times in a row. */
const TRIES_MAX = 3_000;

const payloadsOf = (...values: unknown[]): Payloads => ({
  payloads: toPayloads(defaultPayloadConverter, ...values) ?? [],
});

/** Sound for what this file itself has encoded. */
function decode<T>(payloads: Payloads | undefined, index = 0): T {
  const payload = payloads?.payloads?.[index];
  if (payload === undefined) throw new Error('A payload was expected');
  return defaultPayloadConverter.fromPayload<T>(payload);
}

export interface Dangers {
  /** How likely an object is lost after a commit of its. */
  crashRate: number;
  /** How likely a workflow task outlasts its turn. */
  slowRate: number;
}

export async function simulate(seed: number, dangers: Dangers): Promise<Simulation> {
  const simulator = new Simulator(new Random(seed), dangers);
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

  constructor(random: Random, { crashRate, slowRate }: Dangers) {
    this.#random = random;
    this.#crashRate = crashRate;
    this.#executor = this.#newExecutor();
    const handler: WorkflowTaskHandler = {
      handle: async (task) => {
        // A codec that takes its time: the task outlasts its turn, and what comes meanwhile is buffered.
        if (this.#random.chance(slowRate)) await this.#pause(this.#random.between(1, 120));
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

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#world.after(ms, resolve));
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
    await this.#pause(ms);
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
    const updates = this.#random.between(0, 4);
    const steps = makeProgram(this.#random, { signals, updates });
    const root = this.#world.object('root');
    await this.#start(root, steps);
    const progress = await this.#play(root, signals, updates);
    await this.#world.advance(5_000);
    const histories = await this.#histories();
    return { steps, signals, updates, progress, histories, sent: this.#sent, crashes: this.#crashes };
  }

  /** Its request ID is that of the first run only: after a continue-as-new a repetition finds another one (START-9). */
  #start(root: WorldObject, steps: Step[]) {
    const input = payloadsOf(steps);
    return this.#insist(async () => {
      const request = { workflowType: 'program', taskQueue: TASK_QUEUE, requestId: 'start', input };
      const reply = await root.core.start(root.at, request);
      return { ...reply, ok: reply.ok || reply.error.code === 'ALREADY_EXISTS' };
    });
  }

  async #play(root: WorldObject, signals: number, updates: number): Promise<Progress> {
    let sentSignals = 0;
    let sentUpdates = 0;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      await this.#world.advance(this.#random.between(1, 40));
      if (sentSignals < signals && this.#random.chance(0.3)) {
        await this.#signal(root, sentSignals);
        sentSignals += 1;
      }
      if (sentUpdates < updates && this.#random.chance(0.2)) {
        await this.#update(root, sentUpdates);
        sentUpdates += 1;
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

  /** One whose answer was lost may find the program ended: it has been handled then, which the result shows. */
  #signal(root: WorldObject, id: number) {
    const input = payloadsOf(id);
    return this.#insist(async () => {
      const reply = await root.apply({
        kind: 'Signal',
        signalName: 'poke',
        input,
        requestId: `signal-${id}`,
      });
      return { ...reply, ok: reply.ok || reply.error.code === 'NOT_FOUND' };
    });
  }

  /** Sent again until it is accepted. One that a run has taken is not known to the next, which may have ended since. */
  #update(root: WorldObject, id: number) {
    const request = { meta: { updateId: `update-${id}` }, input: { name: 'note', args: payloadsOf(id) } };
    return this.#insist(async () => {
      const reply = await root.core.update(root.at, { request, waitStage: 'ACCEPTED', waitMs: 0 });
      if (!reply.ok) return { ...reply, ok: reply.error.code === 'NOT_FOUND' };
      const { stage, outcome } = reply.value;
      return { ...reply, ok: stage === 'ACCEPTED' || (outcome !== undefined && 'success' in outcome) };
    });
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
    let last: T | undefined;
    let crashes = -1;
    let pending: Promise<T | undefined> = Promise.resolve(undefined);
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const isLost = crashes !== this.#crashes || last !== undefined;
      if (isLost) pending = call().catch(() => undefined);
      crashes = this.#crashes;
      last = await Promise.race([pending, this.#world.settle().then(() => undefined)]);
      if (last?.ok) return last as T & { ok: true };
      await this.#world.advance(10);
    }
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
