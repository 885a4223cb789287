/**
 * A whole Perdure server in this process: the routes, engine and object code of the Worker on ports of memory. It runs no
 * workflow code and no activities: workers come for them.
 */
import { engine } from '../../../engine/engine.ts';
import { DEFAULT_LIMITS } from '../../../engine/limits.ts';
import { createActivitiesApp } from '../../../objects/activity/activity-app.ts';
import { type PushBinding, type PushTarget, pushTarget } from '../../../objects/activity/activity-push.ts';
import { storedElsewhere } from '../../../objects/archive/stored-elsewhere.ts';
import { batchWorker } from '../../../objects/batch/batch-worker.ts';
import { batchWorkflowHandler } from '../../../objects/batch/batch-workflow.ts';
import { withNamespace } from '../../../objects/call-stubs.ts';
import type { WorkflowExecutionApi } from '../../../objects/execution/workflow-execution-api.ts';
import type { NamespaceRecord } from '../../../objects/namespace/namespace-api.ts';
import { namespaceSettingsLookup } from '../../../objects/namespace/namespace-config.ts';
import { searchAttributeLookup } from '../../../objects/namespace/search-attribute-types.ts';
import { createStartGate, type StartGate } from '../../../objects/namespace/start-gate.ts';
import { localNexusEndpoints } from '../../../objects/nexus/nexus-endpoints.ts';
import {
  DEFAULT_INVOCATION_LIMITS,
  DEFAULT_OBJECT_TIMES,
  type LogSink,
  type ObjectOptions,
} from '../../../objects/object-options.ts';
import type { ObjectStubs } from '../../../objects/ports.ts';
import { openOf } from '../../../objects/visibility/visibility-index.ts';
import { localWorkerDeployments } from '../../../objects/worker-deployment/deployments.ts';
import { type AppOptions, createApp } from '../../../routes/app.ts';
import { VERSION } from '../../../version.ts';
import { Client, DirectConnection } from '../../client/index.ts';
import { BATCH_TASK_QUEUE } from '../../common/batch.ts';
import { DefaultLogger } from '../../worker/logger.ts';
import { type RunningServer, serve } from './http-server.ts';
import { localNamespaces } from './local-namespaces.ts';
import { LocalObject } from './local-object.ts';
import { LocalSchedules } from './local-schedules.ts';
import { LocalTaskQueues } from './local-task-queues.ts';
import { LocalVisibility } from './local-visibility.ts';
import { MemoryBucket } from './memory-bucket.ts';
import { ServerClock } from './server-clock.ts';
import { loadSqlite, type OpenSqlite } from './sqlite-database.ts';
import { TimeSkipping } from './time-skipping.ts';

export interface LocalServerOptions {
  host?: string;
  /** @default a free one */
  port?: number;
  log?: LogSink;
  /** Task queues whose activities are pushed to an endpoint. */
  push?: Readonly<Record<string, PushBinding>>;
  /** @default 1 */
  taskQueuePartitions?: number;
}

type Settings = Required<Pick<LocalServerOptions, 'log' | 'push' | 'taskQueuePartitions'>>;

export class LocalServer {
  readonly clock = new ServerClock();
  readonly skipping: TimeSkipping = new TimeSkipping(this.clock, this);
  readonly #namespaces = localNamespaces();
  readonly #nexusEndpoints = localNexusEndpoints();
  readonly #workerDeployments = localWorkerDeployments();
  /** A test need not register what its workflows set. */
  readonly #searchAttributes = searchAttributeLookup(this.#namespaces, () => true);
  readonly #objects = new Map<string, LocalObject>();
  readonly #queues: LocalTaskQueues;
  readonly #work = new Set<Promise<unknown>>();
  readonly #log: LogSink;
  readonly #openSqlite: OpenSqlite;
  readonly #schedules: LocalSchedules;
  readonly #visibility: LocalVisibility;
  readonly #startGate: StartGate;
  readonly #payloads = new MemoryBucket();
  readonly #archive = new MemoryBucket();
  readonly #elsewhere = storedElsewhere({ archive: this.#archive, payloads: this.#payloads });
  readonly #pushes: ReadonlyMap<string, PushTarget>;
  readonly #activities: ReturnType<typeof createActivitiesApp>;
  #running: RunningServer | undefined;

  private constructor(openSqlite: OpenSqlite, { log, push, taskQueuePartitions }: Settings) {
    this.#log = log;
    this.#queues = new LocalTaskQueues(openSqlite, taskQueuePartitions);
    this.#pushes = new Map(
      Object.entries(push).map(([taskQueue, binding]) => [taskQueue, pushTarget(taskQueue, binding)]),
    );
    this.#activities = createActivitiesApp({
      workers: [batchWorker((namespace) => this.#client(namespace), new DefaultLogger('WARN'))],
      pushes: this.#pushes,
      report: (at, input) => this.#execution(at.namespace, at.workflowId).apply(at, input),
      log,
    });
    this.#openSqlite = openSqlite;
    this.#visibility = new LocalVisibility({
      openSqlite,
      clock: this.clock,
      namespaces: this.#namespaces,
      executions: (namespace, workflowId) => this.#execution(namespace, workflowId),
      log,
      keepAlive: (work) => this.#keepAlive(work),
    });
    this.#startGate = createStartGate({
      namespaces: this.#namespaces,
      countOpen: async (namespace) => openOf(await this.#visibility.index.statistics(namespace)),
    });
    this.#schedules = new LocalSchedules({
      openSqlite,
      clock: this.clock,
      options: this.#objectOptions(),
      stubs: () => this.#stubs(),
      keepAlive: (work) => this.#keepAlive(work),
    });
  }

  static async start({
    host = '127.0.0.1',
    port = 0,
    log = () => {},
    push = {},
    taskQueuePartitions = 1,
  }: LocalServerOptions = {}): Promise<LocalServer> {
    const server = new LocalServer(await loadSqlite(), { log, push, taskQueuePartitions });
    const app = createApp(server.#services());
    const bindings = {
      PERDURE_OPEN: 'true',
      PERDURE_ALLOWED_HOSTS: host,
      PAYLOADS: server.#payloads,
      ARCHIVE: server.#archive,
    };
    server.#running = await serve((request) => app.fetch(request, bindings), { host, port });
    return server;
  }

  #services(): AppOptions {
    return {
      executions: (namespace, workflowId) => this.#execution(namespace, workflowId),
      namespaces: this.#namespaces,
      version: VERSION,
      taskQueues: this.#queues,
      schedules: (namespace, scheduleId) => this.#schedules.schedule(namespace, scheduleId),
      scheduleIndex: (namespace) => this.#schedules.index(namespace),
      visibility: this.#visibility.index,
      startGate: this.#startGate,
      nexusEndpoints: this.#nexusEndpoints,
      workerDeployments: this.#workerDeployments,
      elsewhere: this.#elsewhere,
    };
  }

  #client(namespace: string): Client {
    return new Client({ connection: new DirectConnection(this.#services()), namespace });
  }

  /** `host:port` */
  get address(): string {
    return this.#running?.address ?? '';
  }

  /** Rows written by task queues since the start. */
  get queueRowsWritten(): number {
    return this.#queues.rowsWritten;
  }

  async addNamespace(name: string, changes: Partial<NamespaceRecord> = {}): Promise<void> {
    const found = await this.#namespaces.find(name);
    const [template] = (await this.#namespaces.list({ size: 1 })).records;
    const record = found ?? (template && { ...template, id: crypto.randomUUID(), name });
    if (record !== undefined) this.#namespaces.put({ ...record, ...changes });
  }

  async close(): Promise<void> {
    this.clock.stop();
    await this.#running?.close();
    for (const object of this.#objects.values()) object.close();
    this.#queues.close();
    this.#schedules.close();
    this.#visibility.close();
    this.#objects.clear();
  }

  countBusy(): number {
    let count = 0;
    for (const object of this.#objects.values()) count += object.countBusy();
    return count;
  }

  isAtRest(): boolean {
    return this.#work.size === 0;
  }

  nextDeadline(): number | undefined {
    let earliest = this.#schedules.nextDeadline();
    for (const object of this.#objects.values()) {
      const deadline = object.nextDeadline();
      if (deadline !== undefined && (earliest === undefined || deadline < earliest)) earliest = deadline;
    }
    return earliest;
  }

  #execution(namespace: string, workflowId: string): WorkflowExecutionApi {
    const { core } = this.#object(namespace, workflowId);
    return new Proxy(core, {
      get: (target, key) => {
        // Without a socket callers wait by call.
        if (key === 'fetch') return async () => new Response(null, { status: 426 });
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        return (...input: unknown[]) => {
          const answer: unknown = Reflect.apply(value, target, input);
          if (answer instanceof Promise)
            void answer.finally(() => this.skipping.check()).catch(() => undefined);
          return answer;
        };
      },
    }) as unknown as WorkflowExecutionApi;
  }

  /** What one workflow sends to another is on its way until it is answered: time must not overtake it. */
  #held(api: WorkflowExecutionApi): WorkflowExecutionApi {
    return new Proxy(api, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        return (...input: unknown[]) => {
          const answer: unknown = Reflect.apply(value, target, input);
          if (answer instanceof Promise) this.#keepAlive(answer);
          return answer;
        };
      },
    });
  }

  #object(namespace: string, workflowId: string): LocalObject {
    const name = JSON.stringify([namespace, workflowId]);
    let object = this.#objects.get(name);
    if (object === undefined) {
      object = new LocalObject({
        openSqlite: this.#openSqlite,
        clock: this.clock,
        objectOptions: this.#objectOptions(),
        stubs: this.#stubs(),
        activities: { fetch: async (url, init) => await this.#activities.fetch(new Request(url, init)) },
        keepAlive: (work) => this.#keepAlive(work),
      });
      this.#objects.set(name, object);
    }
    return object;
  }

  #stubs(): ObjectStubs {
    return {
      searchAttributes: this.#searchAttributes,
      namespaceSettings: namespaceSettingsLookup(this.#namespaces),
      elsewhere: this.#elsewhere,
      nexusEndpoint: (name) => this.#nexusEndpoints.find(name),
      workflowExecution: (namespace, id) =>
        this.#held(
          withNamespace(this.#execution(namespace, id), namespace, this.#namespaces, this.#startGate),
        ),
      taskQueue: this.#queues.of,
      schedule: (namespace, scheduleId) => this.#schedules.schedule(namespace, scheduleId),
      visibility: this.#visibility.index,
      scheduleIndex: (namespace) => this.#schedules.index(namespace),
    };
  }

  #objectOptions(): ObjectOptions {
    return {
      engine,
      workflowTaskHandler: (taskQueue) => (taskQueue === BATCH_TASK_QUEUE ? batchWorkflowHandler : undefined),
      servesActivities: (taskQueue) => taskQueue === BATCH_TASK_QUEUE || this.#pushes.has(taskQueue),
      limits: DEFAULT_LIMITS,
      workerIdentity: 'perdure',
      dispatchWindow: 100,
      // A test that has started a workflow looks for it at once.
      times: { ...DEFAULT_OBJECT_TIMES, visibilityDelayMs: 0 },
      invocation: DEFAULT_INVOCATION_LIMITS,
      log: this.#log,
    };
  }

  #keepAlive(work: Promise<unknown>): void {
    const tracked = work
      .catch(() => undefined)
      .finally(() => {
        this.#work.delete(tracked);
        this.skipping.check();
      });
    this.#work.add(tracked);
  }
}
