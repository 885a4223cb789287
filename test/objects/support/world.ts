/**
 * Workflow objects in Node: the real core and engine over SQLite in memory, virtual time, and stubs that call each other. A
 * crash throws an object's memory away; what was stored and its alarm remain.
 */
import type { ActivityTask, Engine, EngineLimits, Input } from '../../../src/engine/api.ts';
import { engine } from '../../../src/engine/engine.ts';
import { DEFAULT_LIMITS } from '../../../src/engine/limits.ts';
import type {
  WorkflowTask,
  WorkflowTaskCompletion,
  WorkflowTaskHandler,
} from '../../../src/engine/workflow-task.ts';
import { inputOf } from '../../../src/objects/activity/activity-dispatcher.ts';
import {
  type ActivityOutcome,
  decodeActivityCall,
  encodeActivityOutcome,
} from '../../../src/objects/activity/activity-task-codec.ts';
import type {
  CallAddress,
  WorkflowExecutionApi,
} from '../../../src/objects/execution/workflow-execution-api.ts';
import { WorkflowExecutionCore } from '../../../src/objects/execution/workflow-execution-core.ts';
import {
  DEFAULT_INVOCATION_LIMITS,
  DEFAULT_OBJECT_TIMES,
  type ObjectOptions,
} from '../../../src/objects/object-options.ts';
import type { ObjectPorts, WaiterSocket } from '../../../src/objects/ports.ts';
import type { VisibilityWriter } from '../../../src/objects/visibility/visibility-api.ts';
import type { Command } from '../../../src/sdk/common/wire/commands.ts';
import type { HistoryEvent } from '../../../src/sdk/common/wire/events.ts';
import { MemoryStorage } from './memory-storage.ts';

export const TASK_QUEUE = 'default';

/** Workflow code as a function of the whole history: what a task of it commands. */
export type Decider = (
  history: readonly HistoryEvent[],
  task: WorkflowTask,
) => Command[] | WorkflowTaskCompletion;

export type ActivityHandler = (
  task: ActivityTask,
  signal: AbortSignal,
) => Promise<ActivityOutcome> | ActivityOutcome;

interface Timer {
  at: number;
  run: () => void;
}

export interface WorldOptions {
  decide: Decider;
  activity?: ActivityHandler;
  options?: Partial<ObjectOptions>;
  limits?: Partial<EngineLimits>;
  engine?: Engine;
  visibility?: VisibilityWriter;
  /** Whatever else objects can reach. */
  stubs?: Partial<ObjectPorts['stubs']>;
  /** Whether something still works that no timer shows: time stands still meanwhile. */
  isBusy?: () => boolean;
  /** Sees every object when it comes into being. */
  onObject?: (object: WorldObject) => void;
}

export class World {
  now = Date.UTC(2026, 0, 1);
  readonly logs: { level: string; message: string; attributes: Record<string, unknown> | undefined }[] = [];
  readonly dispatched: ActivityTask[] = [];
  /** Instances dropped by the object. */
  readonly evictions: string[] = [];
  decide: Decider;
  activity: ActivityHandler;
  /** Answers a workflow task instead of `decide`. */
  handle: ((task: WorkflowTask) => Promise<WorkflowTaskCompletion>) | undefined;
  readonly options: ObjectOptions;
  readonly visibility: VisibilityWriter | undefined;
  readonly stubs: Partial<ObjectPorts['stubs']>;
  readonly #objects = new Map<string, WorldObject>();
  #timers: Timer[] = [];
  #ids = 0;
  /** Promises that objects asked to be kept alive for. */
  readonly #work = new Set<Promise<unknown>>();
  readonly #isBusy: () => boolean;
  readonly #onObject: (object: WorldObject) => void;

  constructor({ decide, activity, options, limits, isBusy, onObject, visibility, stubs }: WorldOptions) {
    this.stubs = stubs ?? {};
    this.visibility = visibility;
    this.#isBusy = isBusy ?? (() => false);
    this.#onObject = onObject ?? (() => {});
    this.decide = decide;
    this.activity = activity ?? (() => ({ kind: 'completed', result: { payloads: [] } }));
    this.options = {
      engine,
      workflowTaskHandler: (taskQueue) => (taskQueue === TASK_QUEUE ? this.#handler : undefined),
      servesActivities: (taskQueue) => taskQueue === TASK_QUEUE,
      limits: { ...DEFAULT_LIMITS, ...limits },
      workerIdentity: 'test',
      dispatchWindow: 100,
      times: DEFAULT_OBJECT_TIMES,
      invocation: DEFAULT_INVOCATION_LIMITS,
      log: (level, message, attributes) => void this.logs.push({ level, message, attributes }),
      ...options,
    };
  }

  readonly #handler: WorkflowTaskHandler = {
    handle: async (task) => {
      if (this.handle !== undefined) return this.handle(task);
      const decided = this.decide(await task.loadHistory(), task);
      if (!Array.isArray(decided)) return decided;
      const queries = task.queries.map(({ id }) => ({ id, result: { payloads: [] } }));
      return { kind: 'completed', commands: decided, updates: [], queries };
    },
    evict: (runId) => void this.evictions.push(runId),
  };

  object(workflowId: string, namespace = 'default'): WorldObject {
    const name = `${namespace}/${workflowId}`;
    const known = this.#objects.get(name);
    if (known !== undefined) return known;
    const created = new WorldObject(this, { namespace, workflowId });
    this.#objects.set(name, created);
    this.#onObject(created);
    return created;
  }

  newId(): string {
    this.#ids += 1;
    return `id-${this.#ids}`;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Whether anything holds an object in memory. */
  get isHeld(): boolean {
    return this.#work.size > 0;
  }

  keepAlive(work: Promise<unknown>): void {
    const tracked = work.catch(() => undefined).finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }

  /** Until nothing moves any more at this moment: every promise chain has been followed to a timer, an alarm or an answer. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#runDueAlarm() || this.#isBusy()) quiet = -1;
    }
  }

  #runDueAlarm(): boolean {
    const due = [...this.#objects.values()].find((object) => object.isAlarmDue(this.now));
    if (due === undefined) return false;
    this.keepAlive(due.fireAlarm());
    return true;
  }

  /** Moves time forward, stopping at every timer and alarm on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    await this.settle();
    for (;;) {
      const next = this.#nextMoment();
      if (next === undefined || next > end) break;
      this.now = Math.max(this.now, next);
      const due = this.#timers.filter((timer) => timer.at <= this.now);
      this.#timers = this.#timers.filter((timer) => timer.at > this.now);
      for (const timer of due) timer.run();
      await this.settle();
    }
    this.now = end;
    await this.settle();
  }

  #nextMoment(): number | undefined {
    const times = this.#timers.map((timer) => timer.at);
    for (const object of this.#objects.values()) times.push(object.nextAlarm ?? Number.POSITIVE_INFINITY);
    const next = Math.min(...times);
    return Number.isFinite(next) ? next : undefined;
  }

  /** As the entrypoint does: who calls gets the outcome, and when it is gone the object does, by token. */
  async fetchActivity(request: Request, isCallerAlive: () => boolean): Promise<Response> {
    const { task } = decodeActivityCall(new Uint8Array(await request.arrayBuffer()));
    this.dispatched.push(task);
    const outcome = await this.activity(task, request.signal);
    if (isCallerAlive()) return new Response(encodeActivityOutcome(outcome));
    await this.report(task, outcome);
    return new Promise(() => {});
  }

  /** The outcome of an attempt whose caller is gone, by token. */
  report(task: ActivityTask, outcome: ActivityOutcome) {
    const object = this.object(task.workflowId, task.namespace);
    return object.core.apply(object.at, inputOf(task, outcome));
  }
}

export class WorldObject {
  readonly at: CallAddress;
  readonly storage: MemoryStorage;
  alarmAt: number | null = null;
  sockets: WaiterSocket[] = [];
  alarmsSet = 0;
  crashes = 0;
  readonly #world: World;
  #core: WorkflowExecutionCore | undefined;
  /** Grows with each crash: what an instance from before it still does has no effect. */
  #life = 0;
  #isAlarmRunning = false;
  #lost = new AbortController();

  constructor(world: World, at: CallAddress) {
    this.#world = world;
    this.at = at;
    this.storage = new MemoryStorage({
      save: () => {
        const before = this.alarmAt;
        return () => {
          this.alarmAt = before;
        };
      },
      clear: () => {
        this.alarmAt = null;
      },
    });
  }

  get core(): WorkflowExecutionCore {
    this.#core ??= new WorkflowExecutionCore(this.#ports(), this.#world.options);
    return this.#core;
  }

  get rowsWritten(): number {
    return this.storage.rowsWritten + this.alarmsSet;
  }

  /** Memory is gone; storage and alarm remain. */
  crash(): void {
    this.crashes += 1;
    this.#life += 1;
    this.#isAlarmRunning = false;
    this.#core = undefined;
    this.#lost.abort();
    this.#lost = new AbortController();
  }

  /** As others call it: what is outstanding when the object is lost fails. */
  get stub(): WorkflowExecutionApi {
    return new Proxy(this.core as unknown as WorkflowExecutionApi, {
      get:
        (core, name) =>
        (...args: unknown[]) => {
          const { signal } = this.#lost;
          const lost = new Promise<never>((_, reject) => {
            signal.addEventListener('abort', () => reject(new Error('The object was reset.')), {
              once: true,
            });
          });
          const method = Reflect.get(core, name) as (...args: unknown[]) => Promise<unknown>;
          return Promise.race([method.apply(core, args), lost]);
        },
    });
  }

  /** An alarm does not run while another one of the object does. */
  isAlarmDue(now: number): boolean {
    return (this.nextAlarm ?? Number.POSITIVE_INFINITY) <= now;
  }

  get nextAlarm(): number | undefined {
    return this.#isAlarmRunning || this.alarmAt === null ? undefined : this.alarmAt;
  }

  async fireAlarm(): Promise<void> {
    const life = this.#life;
    this.alarmAt = null;
    this.#isAlarmRunning = true;
    await this.core.alarm();
    if (this.#life === life) this.#isAlarmRunning = false;
  }

  async history(runId?: string): Promise<HistoryEvent[]> {
    const page = await this.core.history(this.at, { pageSize: 100_000, ...(runId && { runId }) });
    if (!page.ok) throw new Error(page.error.message);
    return page.value.events;
  }

  async eventTypes(runId?: string): Promise<string[]> {
    return (await this.history(runId)).map((event) => event.eventType);
  }

  apply(input: Input) {
    return this.core.apply(this.at, input);
  }

  #ports(): ObjectPorts {
    const world = this.#world;
    const life = this.#life;
    const isAlive = () => this.#life === life;
    return {
      storage: this.#guarded(isAlive),
      clock: {
        now: () => world.now,
        getAlarm: async () => this.alarmAt,
        setAlarm: (at) => {
          this.alarmsSet += 1;
          this.alarmAt = at;
        },
        deleteAlarm: () => {
          this.alarmAt = null;
        },
        after: (ms, run) => world.after(ms, () => isAlive() && run()),
      },
      stubs: {
        workflowExecution: (namespace, workflowId) => world.object(workflowId, namespace).stub,
        visibility: world.visibility,
        ...world.stubs,
      },
      activities: {
        fetch: (url, init) =>
          isAlive() ? world.fetchActivity(new Request(url, init), isAlive) : new Promise(() => {}),
      },
      sockets: { list: () => this.sockets },
      newId: () => world.newId(),
      keepAlive: (work) => world.keepAlive(work),
    };
  }

  /** Storage that stops an instance from before the crash. */
  #guarded(isAlive: () => boolean): MemoryStorage {
    return new Proxy(this.storage, {
      get: (storage, key) => {
        if (!isAlive()) throw new Error('This instance has crashed.');
        const value: unknown = Reflect.get(storage, key, storage);
        return typeof value === 'function' ? value.bind(storage) : value;
      },
    });
  }
}

export function start(
  object: WorldObject,
  request: Partial<Parameters<WorkflowExecutionCore['start']>[1]> = {},
) {
  return object.core.start(object.at, {
    workflowType: 'test',
    taskQueue: TASK_QUEUE,
    requestId: 'start',
    ...request,
  });
}
