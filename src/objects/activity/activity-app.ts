/**
 * The Hono app that runs activities: `POST /activities/:type`, a task in, an outcome out. The `Activities` entrypoint serves it
 * inside the Worker; it has no access control of its own and must not be reachable from outside.
 *
 * B1 The handler runs under `waitUntil`: a caller that goes away does not end it.
 * B2 When the caller is gone the outcome is reported by token instead.
 * B3 An attempt that ends at once, before the caller could go, costs neither: nothing can come in between.
 */
import { Hono, type Context as HonoContext } from 'hono';
import { LinearRouter } from 'hono/router/linear-router';
import type { ActivityReference, ActivityTask } from '../../engine/api.ts';
import type { CallAddress } from '../execution/workflow-execution-api.ts';
import { FrameError } from '../storage/binary-frame.ts';
import { inputOf, tokenOf } from './activity-dispatcher.ts';
import { type PushTarget, pushActivity } from './activity-push.ts';
import {
  type ActivityReports,
  type ActivityWorker,
  type RunningActivity,
  runActivity,
} from './activity-runner.ts';
import {
  type ActivityCall,
  type ActivityOutcome,
  decodeActivityCall,
  encodeActivityOutcome,
} from './activity-task-codec.ts';
import { noteBegun } from './begun-attempts.ts';
import { type ActivityQueue, enqueueActivity } from './queued-activities.ts';
import { type ReportInput, type ReportOptions, reportByToken } from './report-by-token.ts';

export interface ActivitiesAppOptions extends ReportOptions {
  /** One per task queue. */
  workers: readonly ActivityWorker[];
  /** Task queues whose activities are run elsewhere, by the name of the queue. */
  pushes?: ReadonlyMap<string, PushTarget>;
  /** Those whose activities go through a Cloudflare Queue. */
  queues?: ReadonlyMap<string, () => ActivityQueue>;
}

/** The app alone. Mount it where a queue or another host pushes activity tasks. */
export function createActivitiesApp(options: ActivitiesAppOptions): Hono {
  const workers = new Map(options.workers.map((worker) => [worker.taskQueue, worker]));
  // One route: a router that compiles its routes costs more than it saves.
  const app = new Hono({ router: new LinearRouter() });
  app.post('/activities/:type', async (c) => {
    const call = decodeActivityCall(new Uint8Array(await c.req.raw.arrayBuffer()));
    const { taskQueue } = call.task;
    const target = options.pushes?.get(taskQueue);
    if (target !== undefined)
      return serve(c, options, call, (reports) => pushActivity(target, call, reports));
    const queue = options.queues?.get(taskQueue);
    const queued = queue && (await enqueueActivity(queue(), call.task));
    if (queued !== undefined) return respond(queued);
    const worker = workers.get(taskQueue);
    if (worker === undefined) return c.text(`no activities for task queue ${taskQueue}`, 404);
    return serve(c, options, call, (reports) => runActivity(worker, call, reports));
  });
  app.onError((error, c) => {
    options.log('ERROR', 'An activity task could not be run', { error });
    return c.text(error.message, error instanceof FrameError ? 400 : 500);
  });
  return app;
}

async function serve(
  c: HonoContext,
  options: ActivitiesAppOptions,
  call: ActivityCall,
  run: (reports: ActivityReports) => RunningActivity,
): Promise<Response> {
  const { task } = call;
  noteBegun(task);
  const at: CallAddress = { namespace: task.namespace, workflowId: task.workflowId, depth: call.depth + 1 };
  const activity: ActivityReference = tokenOf(task);
  const running = run({
    send: (input) => options.report(at, { ...input, activity } as ReportInput),
    lasts: () => waitUntil(c, outlive(options, c.req.raw.signal, running, at, task)),
  });
  return respond(await running.outcome);
}

/** What an attempt needs that does not end at once (B1, B2). */
async function outlive(
  options: ActivitiesAppOptions,
  signal: AbortSignal,
  running: RunningActivity,
  at: CallAddress,
  task: ActivityTask,
): Promise<void> {
  if (signal.aborted) running.callerGone();
  else signal.addEventListener('abort', running.callerGone, { once: true });
  const outcome = await running.outcome;
  signal.removeEventListener('abort', running.callerGone);
  if (signal.aborted) await reportByToken(options, at, inputOf(task, outcome));
}

function waitUntil(c: HonoContext, work: Promise<unknown>): void {
  try {
    c.executionCtx.waitUntil(work);
  } catch {
    // Not a Worker: nothing ends this process while the work goes on.
  }
}

function respond(outcome: ActivityOutcome): Response {
  return new Response(encodeActivityOutcome(outcome));
}
