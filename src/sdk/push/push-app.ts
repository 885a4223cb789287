/**
 * The app that serves the endpoint of a task queue: takes signed activity tasks, runs them, and answers with what came of them.
 *
 * S1 Nothing is read of a request before its signature holds: unsigned, wrongly signed and stale ones are refused with 401, and
 *    one that came before with 409.
 * S2 An attempt that lasts is acknowledged (202) and reported by its token. Without a connection its answer is waited for.
 */
import { Hono, type Context as HonoContext } from 'hono';
import {
  type ActivityWorker,
  type AnyActivity,
  runActivity,
} from '../../objects/activity/activity-runner.ts';
import type { ActivityOutcome } from '../../objects/activity/activity-task-codec.ts';
import type { ActivityInterceptorsFactory } from '../activity/interceptors.ts';
import { Client, type Connection } from '../client/index.ts';
import { type DataConverter, loadDataConverter } from '../common/converter/data-converter.ts';
import type { Logger } from '../common/logger.ts';
import { type MetricMeter, noopMetricMeter } from '../common/metrics.ts';
import { type Duration, durationToMs } from '../common/time.ts';
import { webhookKey } from '../common/webhook-signature.ts';
import { fromJson, toJson, WireError } from '../common/wire/json.ts';
import {
  PUSH_MEDIA_TYPE,
  type PushAnswer,
  PushAnswerSchema,
  type PushedActivity,
  PushedActivitySchema,
} from '../common/wire/push-messages.ts';
import { NO_LEASE, reportOutcome, sendHeartbeat, taskOf } from '../worker/polled-activity.ts';
import { consoleLogger } from './console-logger.ts';
import { RecentIds } from './recent-ids.ts';
import { refusalOf, type SeenIds } from './request-signature.ts';

export type { SeenIds } from './request-signature.ts';

export interface PushAppOptions {
  /** Functions by activity type; the one named `default` gets what no other does. */
  activities: object;
  /** `whsec_…`: requests signed with any of them are taken. While a key is changed there are two. */
  secrets: readonly string[];
  /** How far a request's time may lie from now, in both directions. @default 5 minutes */
  tolerance?: Duration;
  /** @default those of this process, in memory: give one that its instances share where there are several. */
  seen?: SeenIds;
  /** The server, for heartbeats, for `Context.current().client`, and for attempts that last longer than `acknowledgeAfter`. */
  connection?: Connection;
  /** How long the answer to a request is held back, where there is a connection. @default 10 seconds */
  acknowledgeAfter?: Duration;
  dataConverter?: DataConverter;
  interceptors?: readonly ActivityInterceptorsFactory[];
  /** Who works, for events to record. @default push */
  identity?: string;
  /** @default lines of JSON on the console */
  logger?: Logger;
  metricMeter?: MetricMeter;
}

/** Larger requests are refused. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;
const FIVE_MINUTES_MS = 300_000;
const TEN_SECONDS_MS = 10_000;

/**
 * Makes the app: `POST /` takes an activity task. Mount it where the queue's `push.url` points.
 *
 * ```ts
 * const app = createPushApp({ activities, secrets: [process.env.PUSH_SECRET] });
 * export default app; // Workers, Deno and Bun; in Node: serve(app) of @hono/node-server
 * ```
 *
 * Throws a `TypeError` for a secret that is none.
 */
export function createPushApp(options: PushAppOptions): Hono {
  const receiver = new Receiver(options);
  const app = new Hono();
  app.post('/', (c) => receiver.receive(c));
  return app;
}

class Receiver {
  readonly #options: PushAppOptions;
  readonly #keys: readonly Uint8Array<ArrayBuffer>[];
  readonly #toleranceMs: number;
  readonly #acknowledgeAfterMs: number;
  readonly #seen: SeenIds;
  readonly #logger: Logger;

  constructor(options: PushAppOptions) {
    const { secrets, tolerance, acknowledgeAfter, seen, logger } = options;
    if (secrets.length === 0) throw new TypeError('createPushApp: secrets: at least one is needed');
    this.#options = options;
    this.#keys = secrets.map(webhookKey);
    this.#toleranceMs = durationToMs(tolerance ?? FIVE_MINUTES_MS);
    this.#acknowledgeAfterMs = durationToMs(acknowledgeAfter ?? TEN_SECONDS_MS);
    this.#seen = seen ?? new RecentIds();
    this.#logger = logger ?? consoleLogger;
  }

  async receive(c: HonoContext): Promise<Response> {
    const body = new Uint8Array(await c.req.raw.arrayBuffer());
    if (body.length > BODY_BYTES_MAX) return c.text(`The body has more than ${BODY_BYTES_MAX} bytes.`, 413);
    const refusal = await refusalOf(c.req.raw.headers, body, {
      keys: this.#keys,
      toleranceMs: this.#toleranceMs,
      seen: this.#seen,
      now: Date.now(),
    });
    if (refusal !== undefined) return c.text(refusal.message, refusal.status);
    try {
      const pushed = fromJson(PushedActivitySchema, JSON.parse(new TextDecoder().decode(body)));
      return await this.#run(c, pushed);
    } catch (error) {
      if (error instanceof WireError || error instanceof SyntaxError) return c.text(error.message, 400);
      throw error;
    }
  }

  async #run(c: HonoContext, pushed: PushedActivity): Promise<Response> {
    const { taskQueue, workflowNamespace: namespace = 'default', taskToken = new Uint8Array() } = pushed;
    const task = taskOf(pushed, { namespace, taskQueue });
    if (task === undefined) return c.text('taskToken: not the token of an activity task', 400);
    const { connection, identity = 'push' } = this.#options;
    const reporter = connection && { gateway: connection.gateway, namespace, identity, taskToken };
    const { outcome } = runActivity(
      this.#worker(taskQueue),
      { task, depth: 0, lease: NO_LEASE },
      {
        send: async (input) =>
          reporter === undefined ? { ok: true, value: undefined } : await sendHeartbeat(reporter, input),
      },
    );
    if (reporter === undefined) return answer(await outcome);
    const prompt = await this.#within(outcome);
    if (prompt !== undefined) return answer(prompt);
    const { activityId } = task;
    const reported = outcome
      .then((late) => reportOutcome(reporter, late))
      .catch((error: unknown) =>
        this.#logger.warn('Failed to report the outcome of an activity', { activityId, error }),
      );
    waitUntil(c, reported);
    return new Response(null, { status: 202 });
  }

  /** S2. Undefined for one that lasts. */
  async #within(outcome: Promise<ActivityOutcome>): Promise<ActivityOutcome | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const lasts = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), this.#acknowledgeAfterMs);
    });
    const first = await Promise.race([outcome, lasts]);
    clearTimeout(timer);
    return first;
  }

  #worker(taskQueue: string): ActivityWorker {
    const { activities, dataConverter, interceptors = [], connection, metricMeter } = this.#options;
    const functions = Object.entries(activities).filter(
      (entry): entry is [string, AnyActivity] => typeof entry[1] === 'function',
    );
    return {
      taskQueue,
      activities: new Map(functions),
      dataConverter: loadDataConverter(dataConverter),
      interceptors,
      logger: this.#logger,
      metricMeter: metricMeter ?? noopMetricMeter,
      client: (namespace) =>
        connection && new Client({ connection, namespace, ...(dataConverter && { dataConverter }) }),
    };
  }
}

function answer(outcome: ActivityOutcome): Response {
  if (outcome.kind === 'willCompleteAsync') return new Response(null, { status: 202 });
  const body = JSON.stringify(toJson(PushAnswerSchema, messageOf(outcome)));
  return new Response(body, { headers: { 'content-type': PUSH_MEDIA_TYPE } });
}

function messageOf(outcome: Exclude<ActivityOutcome, { kind: 'willCompleteAsync' }>): PushAnswer {
  switch (outcome.kind) {
    case 'completed':
      return { completed: { result: outcome.result } };
    case 'failed': {
      const { failure, lastHeartbeatDetails } = outcome;
      return { failed: { failure, ...(lastHeartbeatDetails && { lastHeartbeatDetails }) } };
    }
    case 'canceled':
      return { canceled: outcome.details ? { details: outcome.details } : {} };
  }
}

function waitUntil(c: HonoContext, work: Promise<unknown>): void {
  try {
    c.executionCtx.waitUntil(work);
  } catch {
    // Not a Worker: nothing ends this process while the work goes on.
  }
}
