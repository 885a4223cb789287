/** How a worker stops: no new polls, time for what runs, and at last an end. */
import { GracefulShutdownPeriodExpiredError } from './errors.ts';
import type { CompiledWorkerOptions } from './worker-options.ts';
import type { WorkerParts } from './worker-parts.ts';
import type { State } from './worker-state.ts';

export interface WindDown {
  parts: WorkerParts;
  options: CompiledWorkerOptions;
  /** Tells the server. Never rejects. */
  announce(): Promise<void>;
  become(state: State): void;
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
      timers.push(setTimeout(() => reject(expired()), shutdownForceTimeMs));
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

async function drain({ parts, announce, become }: WindDown): Promise<void> {
  const { workflowPoller, activityPoller, nexus } = parts;
  const stopping = [workflowPoller?.stop(), activityPoller?.stop(), nexus?.poller.stop()];
  await announce();
  await Promise.all(stopping);
  become('DRAINING');
  await Promise.all([workflowPoller?.drained(), activityPoller?.drained(), nexus?.poller.drained()]);
  become('DRAINED');
}
