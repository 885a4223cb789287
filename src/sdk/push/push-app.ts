/**
 * The app that serves the endpoint of a task queue: takes signed activity tasks, runs them, and answers with what came of them.
 *
 * S1 Nothing is read of a request before its signature holds: unsigned, wrongly signed and stale ones are refused with 401, and
 *    one that came before with 409.
 * S2 With a connection an attempt that lasts is acknowledged (202) and reported by its token, and so is one whose caller went
 *    away. Without one its answer is waited for, and it is cancelled when its caller is gone.
 * S3 An attempt learns by its heartbeats that it is cancelled or over, and by itself that its time is.
 */
import { Hono, type Context as HonoContext } from 'hono';
import {
  type ActivityWorker,
  type AnyActivity,
  type RunningActivity,
  runActivity,
} from '../../objects/activity/activity-runner.ts';
import type { ActivityOutcome } from '../../objects/activity/activity-task-codec.ts';
import { cancelWhenTimedOut, NO_LEASE } from '../../objects/activity/unleased.ts';
import type { ActivityInterceptorsFactory } from '../activity/interceptors.ts';
import { Client, type ConnectionLike } from '../client/index.ts';
import { type DataConverter, loadDataConverter } from '../common/converter/data-converter.ts';
import type { Logger } from '../common/logger.ts';
import { type MetricMeter, noopMetricMeter } from '../common/metrics.ts';
import { type Duration, durationToMs } from '../common/time.ts';
import { webhookKey } from '../common/webhook-signature.ts';
import { fromJson, WireError } from '../common/wire/json.ts';
import type { Failure } from '../common/wire/messages.ts';
import { type PushedActivity, PushedActivitySchema } from '../common/wire/push-messages.ts';
import { readBody } from '../common/wire/read-body.ts';
import { type Reporter, reportOutcome, sendHeartbeat, taskOf } from '../worker/polled-activity.ts';
import { consoleLogger } from './console-logger.ts';
import { acknowledged, answer } from './push-answer.ts';
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
  /**
   * The server: for heartbeats, for `Context.current().client`, and for the outcome of what lasts longer than
   * `acknowledgeAfter`. Without it heartbeats go nowhere, and activities learn of no cancellation.
   */
  connection?: ConnectionLike;
  /**
   * With a connection: how long the answer to a request is held back. What lasts longer is acknowledged, so that its workflow
   * can sleep meanwhile, and is reported when it ends.
   *
   * @default 10 seconds; in a Worker, which is ended soon after its answer, the answer is waited for
   */
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
const CALLER_GONE: Failure = {
  message: 'The request by which the activity was pushed ended before the activity did',
  applicationFailureInfo: { type: 'PushFailed' },
};
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
  readonly #acknowledgeAfterMs: number | undefined;
  readonly #seen: SeenIds;
  readonly #logger: Logger;
  #hasWarned = false;

  constructor(options: PushAppOptions) {
    const { secrets, tolerance, acknowledgeAfter, seen, logger } = options;
    if (secrets.length === 0) throw new TypeError('createPushApp: secrets: at least one is needed');
    this.#options = options;
    this.#keys = secrets.map(webhookKey);
    this.#toleranceMs = durationToMs(tolerance ?? FIVE_MINUTES_MS);
    this.#acknowledgeAfterMs = acknowledgeAfter === undefined ? undefined : durationToMs(acknowledgeAfter);
    this.#seen = seen ?? new RecentIds();
    this.#logger = logger ?? consoleLogger;
  }

  async receive(c: HonoContext): Promise<Response> {
    const body = await readBody(c.req.raw, BODY_BYTES_MAX);
    if (body === undefined) return c.text(`The body has more than ${BODY_BYTES_MAX} bytes.`, 413);
    const refusal = await refusalOf(c.req.raw.headers, body, {
      keys: this.#keys,
      toleranceMs: this.#toleranceMs,
      seen: this.#seen,
      now: Date.now(),
    });
    if (refusal !== undefined) return c.text(refusal.message, refusal.status);
    try {
      return await this.#run(c, fromJson(PushedActivitySchema, JSON.parse(new TextDecoder().decode(body))));
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
    const activity = runActivity(
      this.#worker(taskQueue),
      { task, depth: 0, lease: NO_LEASE },
      {
        send: async (input) => {
          if (reporter !== undefined) return await sendHeartbeat(reporter, input);
          this.#warnOfHeartbeats(task.activityType);
          return { ok: true, value: undefined };
        },
      },
    );
    cancelWhenTimedOut(activity, task.startToCloseTimeout);
    return reporter === undefined
      ? await heldAnswer(c, activity)
      : await this.#answerOrAcknowledge(c, activity, reporter);
  }

  /** S2 */
  async #answerOrAcknowledge(
    c: HonoContext,
    { outcome }: RunningActivity,
    reporter: Reporter,
  ): Promise<Response> {
    const afterMs = this.#acknowledgeAfterMs ?? (isWorker(c) ? undefined : TEN_SECONDS_MS);
    const prompt = await within(outcome, afterMs, c.req.raw.signal);
    if (prompt !== undefined) return answer(prompt);
    const reported = outcome
      .then((late) => reportOutcome(reporter, late))
      .catch((error: unknown) =>
        this.#logger.warn('Failed to report the outcome of an activity: it is left to its timeouts', {
          error,
        }),
      );
    waitUntil(c, reported);
    return acknowledged();
  }

  #warnOfHeartbeats(activityType: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#logger.warn(
      'Activities heartbeat, but there is nowhere to send it: give createPushApp a connection to the server',
      { activityType },
    );
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

/** S2, without a connection: nobody is left to take the outcome once the caller is gone. */
async function heldAnswer(c: HonoContext, activity: RunningActivity): Promise<Response> {
  const { signal } = c.req.raw;
  let isOwnDoing = false;
  const cancel = () => {
    isOwnDoing = activity.cancel('NOT_FOUND', { notFound: true });
  };
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  const outcome = await activity.outcome;
  signal.removeEventListener('abort', cancel);
  // Nobody asked for the cancellation: the attempt failed.
  return answer(
    isOwnDoing && outcome.kind === 'canceled' ? { kind: 'failed', failure: CALLER_GONE } : outcome,
  );
}

/** Undefined for an attempt that lasts longer, and for one whose caller is gone. */
async function within(
  outcome: Promise<ActivityOutcome>,
  afterMs: number | undefined,
  signal: AbortSignal,
): Promise<ActivityOutcome | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let gone = () => {};
  const lasts = new Promise<undefined>((resolve) => {
    gone = () => resolve(undefined);
    if (afterMs !== undefined) timer = setTimeout(gone, afterMs);
    if (signal.aborted) gone();
    else signal.addEventListener('abort', gone, { once: true });
  });
  const first = await Promise.race([outcome, lasts]);
  clearTimeout(timer);
  signal.removeEventListener('abort', gone);
  return first;
}

function isWorker(c: HonoContext): boolean {
  try {
    return c.executionCtx !== undefined;
  } catch {
    return false;
  }
}

function waitUntil(c: HonoContext, work: Promise<unknown>): void {
  // Elsewhere nothing ends the process while the work goes on.
  if (isWorker(c)) c.executionCtx.waitUntil(work);
}
