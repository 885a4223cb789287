/** How a worker stops: no new polls, time for what runs, and at last an end. */
import type { Logger } from '../common/logger.ts';
import { GracefulShutdownPeriodExpiredError } from './errors.ts';
import type { CompiledWorkerOptions } from './worker-options.ts';
import type { WorkerParts } from './worker-parts.ts';

export interface WindDown {
  parts: WorkerParts;
  options: CompiledWorkerOptions;
  logger: Logger;
  /** Tells the server. Never rejects. */
  announce(): Promise<void>;
  /** All that was begun has ended. */
  drained(): void;
}

/** Ends polling, lets activities go on for the grace time, cancels them, and waits; not longer than the force time. */
export async function windDown(windDown: WindDown): Promise<void> {
  const { shutdownGraceTimeMs, shutdownForceTimeMs } = windDown.options;
  const { activityTasks, workflowPoller, activityPoller, nexus } = windDown.parts;
  const cancelAll = () => {
    activityTasks.cancelAll();
    nexus?.tasks.cancelAll();
  };
  const grace = setTimeout(cancelAll, shutdownGraceTimeMs);
  if (shutdownGraceTimeMs === 0) cancelAll();
  const timers: NodeJS.Timeout[] = [grace];
  const work = drain(windDown);
  try {
    if (shutdownForceTimeMs === undefined) return await work;
    work.catch(() => undefined);
    const force = new Promise<never>((_, reject) => {
      const expire = () => {
        windDown.logger.debug('Shutdown force time expired, terminating worker');
        reject(expired());
      };
      timers.push(setTimeout(expire, shutdownForceTimeMs));
    });
    await Promise.race([work, force]);
  } finally {
    for (const timer of timers) clearTimeout(timer);
    workflowPoller?.abandon();
    activityPoller?.abandon();
    nexus?.poller.abandon();
  }
}

function expired(): GracefulShutdownPeriodExpiredError {
  return new GracefulShutdownPeriodExpiredError('Timed out while waiting for worker to shutdown gracefully');
}

async function drain({ parts, announce, drained, logger }: WindDown): Promise<void> {
  const { workflowPoller, activityPoller, nexus } = parts;
  const ends = [
    ended(workflowPoller, () => logger.debug('Workflow Worker terminated')),
    ended(activityPoller, () => logger.debug('Activity Worker terminated')),
    ended(nexus?.poller, () => logger.debug('Nexus Worker terminated')),
  ];
  await announce();
  await Promise.all(ends);
  drained();
  logger.debug('Heartbeats complete');
}

/** Once its polls, and then its tasks, have ended. */
async function ended(
  poller: { stop(): Promise<void>; drained(): Promise<void> } | undefined,
  tell: () => void,
): Promise<void> {
  if (poller === undefined) return;
  await poller.stop();
  await poller.drained();
  tell();
}

const SHUTDOWN_CALL_MS = 2000;

/** The server ends the worker's polls, and gives tasks that wait for this worker to others. */
export async function announceShutdown(
  { namespace, taskQueue, identity }: CompiledWorkerOptions,
  { parts, workerInstanceKey }: { parts: WorkerParts; workerInstanceKey: string },
  logger: Logger,
): Promise<void> {
  try {
    await parts.current.gateway.shutdownWorker(
      { namespace, taskQueue: { name: taskQueue }, workerInstanceKey, identity },
      { deadline: Date.now() + SHUTDOWN_CALL_MS },
    );
  } catch (error) {
    logger.debug('The server was not told of the shutdown', { error });
  }
}
