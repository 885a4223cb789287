/** An isolate: one version of the code, its cache of workflow code, and the activities that run in it. */

import type {
  ActivityReference,
  ActivityTask,
  HeartbeatReply,
  Input,
  Result,
} from '../../../src/engine/api.ts';
import type { WorkflowTaskHandler } from '../../../src/engine/workflow-task.ts';
import { createExecutor, type Executor } from '../../../src/executor/executor.ts';
import type { LocalActivityFunction } from '../../../src/executor/local-activity-runner.ts';
import type { WorkflowBundle } from '../../../src/executor/workflow-bundle.ts';
import { createActivitiesApp } from '../../../src/objects/activity/activity-app.ts';
import { tokenOf } from '../../../src/objects/activity/activity-dispatcher.ts';
import type { HeartbeatInput } from '../../../src/objects/activity/activity-heartbeats.ts';
import {
  type ActivityWorker,
  type AnyActivity,
  runActivity,
} from '../../../src/objects/activity/activity-runner.ts';
import {
  type ActivityOutcome,
  decodeActivityCall,
} from '../../../src/objects/activity/activity-task-codec.ts';
import { cancelWhenTimedOut, NO_LEASE } from '../../../src/objects/activity/unleased.ts';
import type { CallAddress } from '../../../src/objects/execution/workflow-execution-api.ts';
import { defaultDataConverter } from '../../../src/sdk/common/converter/data-converter.ts';
import { noopMetricMeter } from '../../../src/sdk/common/metrics.ts';
import type { Faults } from '../faults.ts';
import { currentLife, inLife, Life } from './lives.ts';
import { NetworkError } from './network.ts';
import type { Scheduler } from './scheduler.ts';

export const TASK_QUEUE = 'default';

export interface Deployment {
  version: number;
  bundle: WorkflowBundle;
  /** Replays each task in the shadow. */
  development: boolean;
  activities: Readonly<Record<string, AnyActivity>>;
  localActivities(type: string): LocalActivityFunction | undefined;
}

export interface IsolateOptions {
  name: string;
  deployment: Deployment;
  scheduler: Scheduler;
  faults: Faults;
  random(): number;
  /** An attempt has begun to run. */
  begun(task: ActivityTask): void;
  report(from: Life, at: CallAddress, input: Input): Promise<Result<HeartbeatReply | undefined>>;
}

const silent = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
/** A handler whose caller is gone may go on for this long. */
const AFTER_DISCONNECT_MS = 30_000;

export class Isolate {
  readonly life: Life;
  readonly deployment: Deployment;
  readonly executor: Executor;
  readonly handler: WorkflowTaskHandler;
  readonly #options: IsolateOptions;

  constructor(options: IsolateOptions) {
    const { deployment, scheduler, name } = options;
    this.#options = options;
    this.deployment = deployment;
    this.life = new Life(name);
    const after = (ms: number, run: () => void) =>
      scheduler.after(ms, (currentLife() ?? this.life).guard(run));
    this.executor = createExecutor({
      bundle: deployment.bundle,
      development: deployment.development,
      log: () => {},
      localActivities: (type) => deployment.localActivities(type),
      host: {
        now: () => scheduler.wall,
        macrotask: () => new Promise((resolve) => void after(0, resolve)),
        setTimeout: (fn, ms) => after(ms, fn),
        clearTimeout: (cancel) => (cancel as (() => void) | undefined)?.(),
        random: options.random,
      },
    });
    this.handler = {
      handle: async (task) => {
        const slow = options.faults.draw('slowTask');
        if (slow !== undefined)
          await new Promise<void>((resolve) => void after(20 + slow ** 3 * 16_000, resolve));
        return await this.executor.handle(task);
      },
      evict: (runId) => this.executor.evict(runId),
    };
  }

  /** As the `Activities` entrypoint answers. `disconnected` fires when the caller is gone, perhaps before its request is here. */
  async serveActivity(url: string, body: Uint8Array, disconnected: AbortSignal): Promise<Uint8Array> {
    if (!this.life.isAlive) throw new NetworkError('There is no such isolate any more.');
    const { faults, scheduler, begun } = this.#options;
    const life = new Life('activity', this.life);
    const { task } = decodeActivityCall(body);
    // What the handler does when it hears of it belongs to its own life, and not to that of its caller.
    const heard = new AbortController();
    const hear = () => {
      if (faults.draw('handlerCut') !== undefined) scheduler.after(AFTER_DISCONNECT_MS, () => life.end());
      inLife(life, () => heard.abort());
    };
    if (disconnected.aborted) hear();
    else disconnected.addEventListener('abort', hear);
    begun(task);
    const response = await inLife(life, () => {
      const request = new Request(url, { method: 'POST', body: body.slice(), signal: heard.signal });
      return this.#app(life).fetch(request, {}, { waitUntil() {}, passThroughOnException() {}, props: {} });
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  /** As a worker elsewhere runs it: nobody waits for the answer, and the worker itself ends what takes too long. */
  runActivity(task: ActivityTask): Promise<ActivityOutcome> {
    const { begun, report } = this.#options;
    const life = new Life('activity', this.life);
    begun(task);
    return inLife(life, () => {
      const at = { namespace: task.namespace, workflowId: task.workflowId };
      const call = { task, depth: 0, lease: NO_LEASE };
      const activity: ActivityReference = tokenOf(task);
      // Sound: what is sent lacks this alone.
      const send = (input: HeartbeatInput) => report(life, at, { ...input, activity } as Input);
      const running = runActivity(this.#worker(), call, { send });
      cancelWhenTimedOut(running, task.startToCloseTimeout);
      return running.outcome;
    });
  }

  #worker(): ActivityWorker {
    return {
      taskQueue: TASK_QUEUE,
      activities: new Map(Object.entries(this.deployment.activities)),
      dataConverter: defaultDataConverter,
      interceptors: [],
      logger: silent,
      metricMeter: noopMetricMeter,
      client: () => undefined,
    };
  }

  #app(life: Life): ReturnType<typeof createActivitiesApp> {
    return createActivitiesApp({
      workers: [this.#worker()],
      report: (at, input) => this.#options.report(life, at, input),
      log: () => {},
    });
  }
}
