/** A server, and clients and workers that are traced by the plugin. */
import { join } from 'node:path';
import { Client } from 'perdure/client';
import { OpenTelemetryPlugin } from 'perdure/interceptors-opentelemetry';
import { TestWorkflowEnvironment } from 'perdure/testing';
import {
  bundleWorkflowCode,
  DefaultLogger,
  type LogEntry,
  Runtime,
  Worker,
  type WorkerOptions,
  type WorkflowBundleWithSourceMap,
} from 'perdure/worker';
import { activities } from './activities.ts';
import { processor, registerTracing, resource } from './spans.ts';

const workflowsPath = join(import.meta.dirname, 'workflows.ts');

/** All of it is given by one plugin, to the client, to the bundle and to workers. */
export class TracedEnvironment {
  readonly env: TestWorkflowEnvironment;
  readonly client: Client;
  readonly logged: LogEntry[];
  readonly #plugin = new OpenTelemetryPlugin({ resource, spanProcessor: processor });
  #bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

  private constructor(env: TestWorkflowEnvironment, logged: LogEntry[]) {
    this.env = env;
    this.logged = logged;
    this.client = new Client({ connection: env.connection, plugins: [this.#plugin] });
  }

  static async create(): Promise<TracedEnvironment> {
    const logged: LogEntry[] = [];
    Runtime.install({ logger: new DefaultLogger('INFO', (entry) => logged.push(entry)) });
    registerTracing();
    return new TracedEnvironment(await TestWorkflowEnvironment.createLocal(), logged);
  }

  async teardown(): Promise<void> {
    await this.env.teardown();
    await Runtime.instance().shutdown();
  }

  async worker(taskQueue: string, options: Partial<WorkerOptions> = {}): Promise<Worker> {
    const plugins = [this.#plugin];
    this.#bundle ??= bundleWorkflowCode({ workflowsPath, plugins });
    const workflowBundle = await this.#bundle;
    const connection = this.env.nativeConnection;
    return await Worker.create({ connection, taskQueue, workflowBundle, activities, plugins, ...options });
  }
}
