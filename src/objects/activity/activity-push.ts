/**
 * Activities that are pushed: each attempt is a signed request to the endpoint that its task queue is bound to.
 *
 * P1 The answer is the outcome (200), or that the attempt goes on and is completed by its token (202): then nothing here waits
 *    for it any more, and its timeouts are all that counts.
 * P2 What is not an answer, and an endpoint that is not reached, fails the attempt, and its retry policy says what becomes of it.
 * P3 Every attempt is signed anew, with all keys; its ID is the same for the same attempt.
 * P4 An endpoint that is too busy (429, 503) says by `retry-after` when the next attempt may come, in seconds.
 */
import type { ActivityTask, HeartbeatReply, Result } from '../../engine/api.ts';
import { signWebhook, webhookKey } from '../../sdk/common/webhook-signature.ts';
import { fromJson, toJson } from '../../sdk/common/wire/json.ts';
import type { Failure } from '../../sdk/common/wire/messages.ts';
import {
  PUSH_MEDIA_TYPE,
  type PushAnswer,
  PushAnswerSchema,
  PushedActivitySchema,
  polledActivity,
} from '../../sdk/common/wire/push-messages.ts';
import { readBody } from '../../sdk/common/wire/read-body.ts';
import { ActivityHeartbeats, type HeartbeatInput } from './activity-heartbeats.ts';
import type { ActivityReports, RunningActivity } from './activity-runner.ts';
import type { ActivityCall, ActivityOutcome } from './activity-task-codec.ts';

export interface PushTarget {
  /** An https address, or one on this machine. */
  url: string;
  /** `whsec_…`, the newest first: requests carry a signature of each. Called for each request, so that it can read a binding. */
  secrets: () => readonly string[];
  fetch(request: Request): Promise<Response>;
}

/** Longer answers are refused. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
/** So much of an answer that is none is shown. */
const REASON_CHARACTERS_MAX = 500;
const RETRY_AFTER_MAX_MS = 86_400_000;
const LOCAL_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Where the activities of a task queue are run, when that is elsewhere. */
export interface PushBinding {
  /** An https address, or one on this machine. */
  url: string;
  /** `whsec_…`, the newest first: requests carry a signature of each. A function is called for each request. */
  secrets: readonly string[] | (() => readonly string[]);
}

/** Throws a `TypeError` for an address that is not safe, and for secrets that are none. */
export function pushTarget(taskQueue: string, { url, secrets }: PushBinding): PushTarget {
  if (typeof secrets !== 'function') {
    if (secrets.length === 0)
      throw new TypeError(`push.secrets of task queue '${taskQueue}': at least one is needed`);
    for (const secret of secrets) webhookKey(secret);
  }
  return {
    url: checkPushUrl(url, taskQueue),
    secrets: typeof secrets === 'function' ? secrets : () => secrets,
    fetch: (request) => fetch(request),
  };
}

/** Throws a `TypeError` unless requests to it can be kept from others' eyes. */
function checkPushUrl(url: string, taskQueue: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isSafe = parsed?.protocol === 'https:' || (parsed && LOCAL_HOSTS.has(parsed.hostname));
  if (isSafe && (parsed?.protocol === 'https:' || parsed?.protocol === 'http:')) return url;
  throw new TypeError(`push.url of task queue '${taskQueue}': expected an https address, found '${url}'`);
}

/** Sends the attempt. `outcome` never rejects. */
export function pushActivity(
  target: PushTarget,
  { task, lease }: ActivityCall,
  reports: ActivityReports,
): RunningActivity {
  const abort = new AbortController();
  const heartbeats = new ActivityHeartbeats({
    lease,
    heartbeatTimeoutMs: 0,
    send: (input: HeartbeatInput): Promise<Result<HeartbeatReply | undefined>> => reports.send(input),
    encode: () =>
      Promise.reject(new Error('Heartbeats of pushed activities go to the server by themselves.')),
    onReply: () => undefined,
    onGone: () => abort.abort(),
    onConversionError: () => undefined,
    now: Date.now,
  });
  const outcome = send(target, task, abort.signal).finally(() => heartbeats.stop());
  // Not before the caller knows what runs.
  setImmediate(() => {
    heartbeats.startPings();
    reports.lasts?.();
  });
  return {
    outcome,
    callerGone: () => void heartbeats.ping(),
    cancel() {
      abort.abort();
      return true;
    },
  };
}

async function send(target: PushTarget, task: ActivityTask, signal: AbortSignal): Promise<ActivityOutcome> {
  try {
    return await answerOf(await target.fetch(await signedRequest(target, task, signal)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return pushFailed(`The endpoint of task queue '${task.taskQueue}' could not be reached: ${reason}`);
  }
}

async function signedRequest(
  { url, secrets }: PushTarget,
  task: ActivityTask,
  signal: AbortSignal,
): Promise<Request> {
  const message = { ...polledActivity(task), taskQueue: task.taskQueue };
  const body = new TextEncoder().encode(JSON.stringify(toJson(PushedActivitySchema, message)));
  const id = `${task.runId}/${task.scheduledEventId}/${task.stamp}`;
  const keys = secrets().map(webhookKey);
  if (keys.length === 0) throw new TypeError('no signing secret is set');
  const signature = await signWebhook(keys, { id, timestampMs: Date.now(), body });
  return new Request(url, {
    method: 'POST',
    headers: { 'content-type': PUSH_MEDIA_TYPE, ...signature },
    body,
    signal,
    redirect: 'manual',
  });
}

/** P1, P2. */
async function answerOf(response: Response): Promise<ActivityOutcome> {
  if (response.status === 202) {
    await response.body?.cancel();
    return { kind: 'willCompleteAsync' };
  }
  const bytes = await readBody(response, ANSWER_BYTES_MAX);
  if (bytes === undefined)
    return pushFailed(`The endpoint of the task queue answered with more than ${ANSWER_BYTES_MAX} bytes`);
  const text = new TextDecoder().decode(bytes);
  if (response.status !== 200)
    return pushFailed(
      `The endpoint of the task queue answered ${response.status}: ${text.slice(0, REASON_CHARACTERS_MAX)}`,
      retryAfterMs(response),
    );
  try {
    return outcomeOf(fromJson(PushAnswerSchema, JSON.parse(text)));
  } catch (error) {
    return pushFailed(`The endpoint of the task queue gave no valid answer: ${String(error)}`);
  }
}

/** P4 */
function retryAfterMs({ status, headers }: Response): number | undefined {
  const seconds = headers.get('retry-after') ?? '';
  const isAsked = (status === 429 || status === 503) && /^\d{1,9}$/.test(seconds);
  return isAsked ? Math.min(Number(seconds) * 1000, RETRY_AFTER_MAX_MS) : undefined;
}

function outcomeOf({ completed, failed, canceled }: PushAnswer): ActivityOutcome {
  if (completed !== undefined) return { kind: 'completed', result: completed.result ?? {} };
  if (canceled !== undefined)
    return { kind: 'canceled', ...(canceled.details && { details: canceled.details }) };
  if (failed === undefined) throw new TypeError("expected one of 'completed', 'failed' and 'canceled'");
  const { failure = {}, lastHeartbeatDetails } = failed;
  return { kind: 'failed', failure, ...(lastHeartbeatDetails && { lastHeartbeatDetails }) };
}

function pushFailed(message: string, nextRetryDelay?: number): ActivityOutcome {
  const applicationFailureInfo = {
    type: 'PushFailed',
    ...(nextRetryDelay !== undefined && { nextRetryDelay }),
  };
  const failure: Failure = { message, source: 'Server', applicationFailureInfo };
  return { kind: 'failed', failure };
}
