/**
 * Activities that go through a Cloudflare Queue: the object sends a message and can sleep, and a consumer of the queue runs the
 * attempt for as long as it takes and reports it by its token.
 *
 * C1 Retries are the workflow's: a message is worked on once. One that comes again has lost its consumer, and the attempt counts
 *    as lost.
 * C2 An attempt that is not the current one any more when its message is read does not begin.
 * C3 From the moment at which it begins, heartbeats keep its deadline; until then its message does.
 * C4 What is too large for a message is run at once, as without a queue.
 */
import type { ActivityReference, ActivityTask } from '../../engine/api.ts';
import { fromJson, toJson } from '../../sdk/common/wire/json.ts';
import {
  activityAttempt,
  PushedActivitySchema,
  polledActivity,
} from '../../sdk/common/wire/push-messages.ts';
import type { CallAddress } from '../execution/workflow-execution-api.ts';
import type { LogSink } from '../object-options.ts';
import { inputOf, tokenOf } from './activity-dispatcher.ts';
import { type ActivityWorker, runActivity } from './activity-runner.ts';
import type { ActivityOutcome } from './activity-task-codec.ts';
import { type ReportInput, type ReportOptions, reportByToken } from './report-by-token.ts';
import { cancelWhenTimedOut, NO_LEASE } from './unleased.ts';

/** The side of a queue that takes messages: a `Queue` of Cloudflare is one. */
export interface ActivityQueue {
  send(message: string, options: { contentType: 'text' }): Promise<unknown>;
}

/** The other side. */
export interface QueuedMessage {
  readonly body: unknown;
  /** How often it was delivered, this time included. */
  readonly attempts: number;
  ack(): void;
  retry(): void;
}

/** Cloudflare takes 128 KB. */
const MESSAGE_BYTES_MAX = 127_000;

/** Sends the attempt. Undefined when it is too large (C4). */
export async function enqueueActivity(
  queue: ActivityQueue,
  task: ActivityTask,
): Promise<ActivityOutcome | undefined> {
  const message = { ...polledActivity(task), taskQueue: task.taskQueue };
  const text = JSON.stringify(toJson(PushedActivitySchema, message));
  if (new TextEncoder().encode(text).length > MESSAGE_BYTES_MAX) return undefined;
  try {
    await queue.send(text, { contentType: 'text' });
    return { kind: 'willCompleteAsync' };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failed(`The Cloudflare Queue of task queue '${task.taskQueue}' took no message: ${reason}`);
  }
}

export interface QueuedActivitiesOptions extends ReportOptions {
  /** By task queue. */
  workers: ReadonlyMap<string, ActivityWorker>;
}

/** Runs what a message holds. Never rejects: what cannot be reported is left to its timeouts. */
export async function runQueuedActivity(
  options: QueuedActivitiesOptions,
  message: QueuedMessage,
): Promise<void> {
  const task = taskOf(message, options.log);
  if (task === undefined) return message.ack();
  const at: CallAddress = { namespace: task.namespace, workflowId: task.workflowId, depth: 1 };
  const activity = tokenOf(task);
  const tell = (input: ReportInput) => reportByToken(options, at, input);
  if (message.attempts > 1) {
    await tell({
      kind: 'ActivityAttemptLost',
      activity,
      reason: 'the consumer of its message ended before it',
    });
    return message.ack();
  }
  const begun = await begin(tell, activity, task);
  // Not heard at all: delivered again it counts as lost, so that its next attempt need not wait for a timeout.
  if (begun === undefined) return message.retry();
  if (begun) await tell(inputOf(task, await run(options, at, task)));
  message.ack();
}

type Tell = (input: ReportInput) => ReturnType<typeof reportByToken>;

/** C2, C3. False for an attempt that is over; undefined when nobody answered. */
async function begin(
  tell: Tell,
  activity: ActivityReference,
  { heartbeatTimeout }: ActivityTask,
): Promise<boolean | undefined> {
  // Its object may have died before it knew that the message was sent.
  const told = await tell({ kind: 'ActivityWillCompleteAsync', activity });
  if (told?.ok && heartbeatTimeout > 0) await tell({ kind: 'ActivityHeartbeat', activity });
  return told?.ok;
}

async function run(
  { workers, report }: QueuedActivitiesOptions,
  at: CallAddress,
  task: ActivityTask,
): Promise<ActivityOutcome> {
  const worker = workers.get(task.taskQueue);
  if (worker === undefined) return failed(`This Worker has no activities for task queue '${task.taskQueue}'`);
  const activity = tokenOf(task);
  const running = runActivity(
    worker,
    { task, depth: at.depth ?? 1, lease: NO_LEASE },
    { send: (input) => report(at, { ...input, activity } as ReportInput) },
  );
  cancelWhenTimedOut(running, task.startToCloseTimeout, Date.now() - task.startedTime);
  return await running.outcome;
}

/** Undefined for what others put into the queue. */
function taskOf({ body }: QueuedMessage, log: LogSink): ActivityTask | undefined {
  try {
    const pushed = fromJson(PushedActivitySchema, JSON.parse(String(body)));
    const attempt = activityAttempt(pushed);
    if (attempt !== undefined) return { ...attempt, taskQueue: pushed.taskQueue };
    log('ERROR', 'A message of an activity queue has no valid task token: dropped');
  } catch (error) {
    log('ERROR', 'A message of an activity queue is no activity task: dropped', { error });
  }
  return undefined;
}

function failed(message: string): ActivityOutcome {
  return {
    kind: 'failed',
    failure: { message, source: 'Server', applicationFailureInfo: { type: 'QueueFailed' } },
  };
}
