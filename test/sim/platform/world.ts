/** The platform as a whole: objects by name, isolates, the network between them, and what a deploy does. */
import type { ActivityTask, HeartbeatReply, Input, Result } from '../../../src/engine/api.ts';
import { engine } from '../../../src/engine/engine.ts';
import { DEFAULT_LIMITS } from '../../../src/engine/limits.ts';
import { withNamespace } from '../../../src/objects/call-stubs.ts';
import type { TaskQueueOf } from '../../../src/objects/execution/remote-tasks.ts';
import type {
  CallAddress,
  WorkflowExecutionApi,
} from '../../../src/objects/execution/workflow-execution-api.ts';
import type { NamespaceDirectory } from '../../../src/objects/namespace/namespace-api.ts';
import {
  DEFAULT_INVOCATION_LIMITS,
  DEFAULT_OBJECT_TIMES,
  type ObjectOptions,
} from '../../../src/objects/object-options.ts';
import type { TaskQueueApi } from '../../../src/objects/task-queue/task-queue-api.ts';
import type { VisibilityApi, VisibilityIndex } from '../../../src/objects/visibility/visibility-api.ts';
import { createVisibilityIndex } from '../../../src/objects/visibility/visibility-index.ts';
import { visibilityName } from '../../../src/objects/visibility/visibility-shards.ts';
import { localNamespaces } from '../../../src/sdk/testing/server/local-namespaces.ts';
import type { Faults } from '../faults.ts';
import { Random } from '../random.ts';
import { type Deployment, Isolate, TASK_QUEUE } from './isolate.ts';
import type { Life } from './lives.ts';
import { Network, NetworkError } from './network.ts';
import { RemoteWorker } from './remote-worker.ts';
import { Scheduler } from './scheduler.ts';
import { type ExecutionAddress, SimExecution } from './sim-execution.ts';
import { type Core, ResetError, type SimObject } from './sim-object.ts';
import { SimQueue } from './sim-queue.ts';
import { SimShard } from './sim-shard.ts';

export const RETENTION_MS = 72 * 3_600_000;

export interface SimWorldOptions {
  seed: number;
  faults: Faults;
  deployment: Deployment;
  /** Isolates of one version side by side. */
  isolates: number;
  dispatchWindow: number;
  /** How many workers elsewhere run workflows and activities. None: the objects' own isolates do. */
  workersElsewhere: number;
  begun(task: ActivityTask): void;
  /** What an activity told its object was acknowledged. */
  reported(input: Input): void;
  /** An object has lost its memory. */
  onLoss(object: SimExecution): void;
  /** What must not fail has failed. */
  onFailure(error: unknown): void;
  log?: ObjectOptions['log'];
}

interface StepLimits {
  stepsMax: number;
}

/** Calls that the callee recognises when they come again. */
const REPEATABLE: ReadonlySet<string> = new Set([
  'apply',
  'childClosed',
  'start',
  'upsert',
  'erase',
  'add',
  'acknowledge',
  'completeWorkflowTask',
]);

export class SimWorld {
  readonly faults: Faults;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly network: Network;
  readonly options: ObjectOptions;
  /** The objects of workflow IDs. */
  readonly objects = new Map<string, SimExecution>();
  /** The objects of the index. */
  readonly shards = new Map<string, SimShard>();
  readonly queues = new Map<string, SimQueue>();
  readonly #workers: RemoteWorker[] = [];
  readonly namespaces: NamespaceDirectory & { put: ReturnType<typeof localNamespaces>['put'] };
  deployment: Deployment;
  readonly onLoss: (object: SimExecution) => void;
  readonly #options: SimWorldOptions;
  #isolates: Isolate[] = [];
  /** The version that an object has reached: it never goes back. */
  readonly #versions = new Map<SimObject, Deployment>();
  #ids = 0;
  #isolatesMade = 0;

  constructor(options: SimWorldOptions) {
    const { seed, faults, deployment, dispatchWindow, workersElsewhere, log = () => {} } = options;
    this.#options = options;
    this.onLoss = options.onLoss;
    this.faults = faults;
    this.deployment = deployment;
    this.scheduler = new Scheduler(new Random(seed, 'order'));
    this.random = new Random(seed, 'world');
    this.network = new Network(this.scheduler, new Random(seed, 'network'), faults);
    this.namespaces = localNamespaces();
    this.options = {
      engine,
      workflowTaskHandler: () => undefined,
      servesActivities: (queue) => workersElsewhere === 0 && queue === TASK_QUEUE,
      limits: DEFAULT_LIMITS,
      workerIdentity: 'simulated',
      dispatchWindow,
      times: DEFAULT_OBJECT_TIMES,
      invocation: DEFAULT_INVOCATION_LIMITS,
      log,
    };
    this.scheduler.onStep = () => this.#beforeStep();
    for (let index = 1; index <= workersElsewhere; index++)
      this.#workers.push(new RemoteWorker(this, this.queue('default', TASK_QUEUE), `worker ${index}`));
  }

  queue(namespace: string, taskQueue: string): SimQueue {
    return found(
      this.queues,
      JSON.stringify([namespace, taskQueue]),
      () => new SimQueue(this, namespace, taskQueue),
    );
  }

  /** As an object reaches the queue of its tasks; undefined where nobody works elsewhere. */
  taskQueueOf(from: Life, sender: SimObject): TaskQueueOf | undefined {
    if (this.#workers.length === 0) return undefined;
    return (namespace, taskQueue) =>
      this.stubOf<TaskQueueApi>(from, sender, this.queue(namespace, taskQueue));
  }

  get hasWorkersElsewhere(): boolean {
    return this.#workers.length > 0;
  }

  /** No run is open: workers have nothing to poll for. */
  isAllClosed(): boolean {
    return [...this.objects.values()].every(({ storage }) => {
      if (storage.rows().runs === undefined) return true;
      return storage.exec('SELECT 1 AS found FROM runs WHERE close_time IS NULL LIMIT 1').length === 0;
    });
  }

  /** Its own process: no object is in it. */
  isolateOfWorker(): Isolate {
    return this.#makeIsolate(this.deployment);
  }

  background(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#options.onFailure(error));
  }

  async prepare(): Promise<void> {
    const visibilityShards = this.random.between(1, 2);
    const record = await this.namespaces.find('default');
    if (record !== undefined) this.namespaces.put({ ...record, retentionMs: RETENTION_MS, visibilityShards });
  }

  #beforeStep(): void {
    if (this.faults.draw('evicted') !== undefined) {
      const loaded = this.all.filter(({ instance }) => instance !== undefined);
      const [first, ...rest] = loaded;
      if (first !== undefined) this.random.pick([first, ...rest]).crash();
    }
    const step = this.faults.draw('clockStep');
    if (step !== undefined) this.scheduler.offBy += Math.round((step - 0.5) * 10_000);
  }

  newId(): string {
    this.#ids += 1;
    return `00000000-0000-4000-8000-${this.#ids.toString(16).padStart(12, '0')}`;
  }

  get all(): SimObject[] {
    return [...this.objects.values(), ...this.shards.values(), ...this.queues.values()];
  }

  object(workflowId: string, namespace = 'default'): SimExecution {
    const address: ExecutionAddress = { namespace, workflowId };
    return found(
      this.objects,
      JSON.stringify([namespace, workflowId]),
      () => new SimExecution(this, address),
    );
  }

  /** Which version of a run the index has. */
  listedVersion(runId: string): number | undefined {
    for (const shard of this.shards.values()) {
      const version = shard.listedVersion(runId);
      if (version !== undefined) return version;
    }
    return undefined;
  }

  #shard(namespace: string, shard: number): SimShard {
    return found(this.shards, visibilityName(namespace, shard), () => new SimShard(this, namespace, shard));
  }

  isolateFor(object: SimObject): Isolate {
    const deployment = this.deployment;
    this.#versions.set(object, deployment);
    const alive = this.#isolates.filter(
      ({ life, deployment: { version } }) => life.isAlive && version === deployment.version,
    );
    if (alive.length < this.#options.isolates) return this.#newIsolate(deployment);
    const [first, ...rest] = alive;
    return first === undefined ? this.#newIsolate(deployment) : this.random.pick([first, ...rest]);
  }

  #newIsolate(deployment: Deployment): Isolate {
    const isolate = this.#makeIsolate(deployment);
    this.#isolates = [...this.#isolates.filter(({ life }) => life.isAlive), isolate];
    return isolate;
  }

  #makeIsolate(deployment: Deployment): Isolate {
    this.#isolatesMade += 1;
    return new Isolate({
      name: `isolate ${this.#isolatesMade}`,
      deployment,
      scheduler: this.scheduler,
      faults: this.faults,
      random: () => this.random.next(),
      begun: this.#options.begun,
      report: (from, at, input) => this.report(from, at, input),
    });
  }

  loseIsolate(isolate: Isolate): void {
    isolate.life.end();
    for (const object of this.all) if (object.instance?.isolate === isolate) object.lose();
  }

  /** New code: an object gets it when it is loaded again, at the latest after some seconds. */
  deploy(deployment: Deployment): void {
    this.deployment = deployment;
    for (const worker of this.#workers) worker.restart(this.random.between(0, 5_000));
    for (const object of this.all) {
      const { instance } = object;
      if (instance === undefined) continue;
      this.scheduler.after(this.random.between(0, 5_000), () => {
        if (object.instance === instance) object.unload();
      });
    }
  }

  /** As another object, or an activity, reaches a workflow. */
  stub(from: Life, sender: SimObject, namespace: string, workflowId: string): WorkflowExecutionApi {
    const api = this.stubOf<WorkflowExecutionApi>(from, sender, this.object(workflowId, namespace));
    return withNamespace(api, namespace, this.namespaces);
  }

  /** As an object reaches a shard of the index. */
  shardStub(from: Life, sender: SimObject, namespace: string, shard: number): VisibilityApi {
    return this.stubOf<VisibilityApi>(from, sender, this.#shard(namespace, shard));
  }

  index(from: Life, sender: SimObject): VisibilityIndex {
    const { namespaces } = this;
    return createVisibilityIndex({
      namespaces,
      shard: (namespace, shard) => this.shardStub(from, sender, namespace, shard),
    });
  }

  /** A stub whose object was gone under a call of it reaches it no more. */
  stubOf<Api extends object>(from: Life, sender: SimObject, target: SimObject): Api {
    const gate = (run: () => void) => sender.storage.whenFlushed(from.guard(run));
    let broken: unknown;
    const call = async (method: string, args: readonly unknown[]) => {
      if (broken !== undefined) throw broken;
      try {
        return await this.call(from, target, method, args, gate);
      } catch (error) {
        if (error instanceof ResetError) broken = error;
        throw error;
      }
    };
    return new Proxy({} as Api, {
      get:
        (_, method) =>
        (...args: unknown[]) =>
          call(String(method), args),
    });
  }

  call<T>(
    from: Life,
    target: SimObject<Core>,
    method: string,
    args: readonly unknown[],
    gate?: (run: () => void) => void,
    lost: 'requestLost' | 'reportLost' = 'requestLost',
  ): Promise<T> {
    if (target instanceof SimExecution) for (const worker of this.#workers) worker.wake();
    return this.network.call<T>({
      from,
      gate,
      isRepeatable: REPEATABLE.has(method),
      faults: { request: lost, answer: 'answerLost' },
      // What crosses RPC is copied.
      deliver: async () => {
        const answer = target.receive<T>((core) => {
          const call = Reflect.get(core, method) as (...args: unknown[]) => Promise<T>;
          return Reflect.apply(call, core, structuredClone(args) as unknown[]);
        });
        return structuredClone(await answer.catch(asCrossed));
      },
    });
  }

  async report(from: Life, at: CallAddress, input: Input): Promise<Result<HeartbeatReply | undefined>> {
    const target = this.object(at.workflowId, at.namespace);
    const reply = await this.call<Result<HeartbeatReply | undefined>>(
      from,
      target,
      'apply',
      [at, input],
      undefined,
      'reportLost',
    );
    if (reply.ok) this.#options.reported(input);
    return reply;
  }

  async fetchActivity(from: Life, sender: SimObject, isolate: Isolate, request: Request): Promise<Response> {
    const { url, signal } = request;
    const body = new Uint8Array(await request.arrayBuffer());
    const disconnected = new AbortController();
    const disconnect = () => disconnected.abort();
    signal.addEventListener('abort', disconnect);
    from.onEnd(disconnect);
    const answer = this.network.call<Uint8Array<ArrayBuffer>>({
      from,
      gate: (run) => sender.storage.whenFlushed(from.guard(run)),
      isRepeatable: false,
      faults: { request: 'activityRequestLost', answer: 'activityAnswerLost' },
      deliver: () =>
        isolate.serveActivity(url, body, disconnected.signal) as Promise<Uint8Array<ArrayBuffer>>,
    });
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
    // The isolate that ran it is gone: so is the connection to it.
    const gone = new Promise<never>((_, reject) => {
      isolate.life.onEnd(from.guard(() => reject(new NetworkError('Network connection lost.'))));
    });
    return new Response(await Promise.race([answer, aborted, gone]));
  }

  /** Lets things happen until `isDone`, or nothing is left, or `until` is reached. */
  async run(
    isDone: () => boolean,
    { stepsMax }: StepLimits,
    until = Number.POSITIVE_INFINITY,
  ): Promise<boolean> {
    for (;;) {
      if (this.scheduler.steps > stepsMax) throw new Error(`No end after ${stepsMax} steps.`);
      await this.scheduler.drain();
      if (isDone()) return true;
      const next = this.scheduler.next();
      if (next === undefined || next > until) return false;
      await this.scheduler.step();
    }
  }

  close(): void {
    for (const isolate of this.#isolates) isolate.life.end();
    for (const worker of this.#workers) worker.stop();
    for (const { storage } of this.all) storage.close();
  }
}

/** Errors cross calls, too: those of classes of their own as plain ones, with their names and what they carry. */
function asCrossed(error: unknown): never {
  if (!(error instanceof Error) || error instanceof ResetError) throw error;
  throw Object.assign(structuredClone(error), { name: error.name }, { ...error });
}

function found<T>(among: Map<string, T>, name: string, make: () => T): T {
  const known = among.get(name);
  if (known !== undefined) return known;
  const made = make();
  among.set(name, made);
  return made;
}
