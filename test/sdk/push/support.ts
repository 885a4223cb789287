/** An endpoint on this machine, a server that pushes to it, and a worker for the workflow that has activities there. */
import { join } from 'node:path';
import { WorkflowFailedError, type WorkflowHandle } from 'perdure/client';
import { createPushApp, type PushAppOptions } from 'perdure/push';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime, Worker } from 'perdure/worker';
import { expect } from 'vitest';
import { type FetchHandler, type RunningServer, serve } from '../../../src/sdk/testing/server/http-server.ts';
import { type PushedOptions, pushed } from './workflows.ts';

const secret = (fill: number) => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
export const OLD: string = secret(1);
export const NEW: string = secret(2);
export const FOREIGN: string = secret(3);

type PushedHandle = WorkflowHandle<typeof pushed>;

export class PushWorld {
  /** What the endpoint does. */
  answer: FetchHandler = () => new Response('not yet', { status: 500 });
  /** What came since `listen`. */
  readonly requests: Request[] = [];
  readonly env: TestWorkflowEnvironment;
  readonly #endpoint: RunningServer;
  readonly #worker: Worker;
  readonly #running: Promise<void>;
  #started = 0;

  private constructor(env: TestWorkflowEnvironment, endpoint: RunningServer, worker: Worker) {
    this.env = env;
    this.#endpoint = endpoint;
    this.#worker = worker;
    this.#running = worker.run();
  }

  static async open(): Promise<PushWorld> {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const endpoint = await serve((request) => world.#receive(request), { host: '127.0.0.1', port: 0 });
    const env = await TestWorkflowEnvironment.createLocal({
      server: {
        push: {
          pushed: { url: `http://${endpoint.address}/`, secrets: () => [NEW, OLD] },
          nowhere: { url: 'http://127.0.0.1:1/', secrets: [NEW] },
        },
      },
    });
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue: 'workflows',
      workflowsPath: join(import.meta.dirname, 'workflows.ts'),
    });
    const world = new PushWorld(env, endpoint, worker);
    return world;
  }

  async close(): Promise<void> {
    this.#worker.shutdown();
    await this.#running;
    await this.env.teardown();
    await this.#endpoint.close();
    await Runtime.instance().shutdown();
  }

  #receive(request: Request): Promise<Response> | Response {
    this.requests.push(request.clone());
    return this.answer(request);
  }

  /** Has the endpoint run these. */
  listen(activities: object, options: Partial<PushAppOptions> = {}): ReturnType<typeof createPushApp> {
    const logger = new DefaultLogger('ERROR', () => undefined);
    const app = createPushApp({ activities, secrets: [NEW], logger, ...options });
    this.answer = (request) => app.fetch(request);
    this.requests.length = 0;
    return app;
  }

  async start(options: Partial<PushedOptions> = {}, taskQueue = 'pushed'): Promise<PushedHandle> {
    return await this.env.client.workflow.start(pushed, {
      taskQueue: 'workflows',
      workflowId: `pushed-${this.#started++}`,
      args: [taskQueue, { maximumAttempts: 3, ...options }],
    });
  }

  async execute(options: Partial<PushedOptions> = {}, taskQueue = 'pushed'): Promise<unknown> {
    return await (await this.start(options, taskQueue)).result();
  }

  /** The last request, as it came. */
  last(): Request {
    const last = this.requests.at(-1);
    if (last === undefined) throw new Error('no request');
    return last.clone();
  }
}

/** Why the activity failed that failed its workflow. */
export async function causeOf(work: Promise<unknown>): Promise<Error | undefined> {
  const error = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WorkflowFailedError);
  return (error as WorkflowFailedError).cause?.cause as Error | undefined;
}

/** The attempt that ended the activity, as history has it. */
export async function startedOf(handle: PushedHandle) {
  const { events = [] } = await handle.fetchHistory();
  const started = events?.find((event) => event.activityTaskStartedEventAttributes);
  return started?.activityTaskStartedEventAttributes;
}
