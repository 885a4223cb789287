/** Steps that run activities. */
import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  TimeoutFailure,
  uuid4,
} from '../../../src/sdk/workflow/index.ts';
import type { Work } from './activities.ts';
import type { ActivitySettings, Step } from './program.ts';

export type Activities = { work(work: Work): Promise<string>; untilCancelled(id: string): Promise<string> };

export const plain = {
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: 10, backoffCoefficient: 1 },
} as const;

function optionsOf({ startToClose, scheduleToClose, scheduleToStart, heartbeat, retry }: ActivitySettings) {
  const { initial, coefficient, maximum, attempts, isOnceOnly } = retry;
  return {
    ...(startToClose !== undefined && { startToCloseTimeout: startToClose }),
    ...(scheduleToClose !== undefined && { scheduleToCloseTimeout: scheduleToClose }),
    ...(scheduleToStart !== undefined && { scheduleToStartTimeout: scheduleToStart }),
    ...(heartbeat !== undefined && { heartbeatTimeout: heartbeat }),
    retry: {
      initialInterval: initial,
      backoffCoefficient: coefficient,
      ...(maximum !== undefined && { maximumInterval: maximum }),
      ...(attempts !== undefined && { maximumAttempts: attempts }),
      ...(isOnceOnly && { nonRetryableErrorTypes: ['NotYet'] }),
    },
  };
}

export async function activity({
  id,
  ms,
  failures,
  behaviour,
  settings,
}: Extract<Step, { kind: 'activity' }>): Promise<string> {
  const { work } = proxyActivities<Activities>(optionsOf(settings));
  try {
    return await work({ id, ms, failures, behaviour, answer: `done ${id}` });
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    const isRefusal = error.cause instanceof ApplicationFailure && error.cause.type === 'Refused';
    return `${isRefusal ? 'refused' : 'gave up'} ${id}`;
  }
}

export async function onlyOnce(id: string, ms: number): Promise<string> {
  const { work } = proxyActivities<Activities>({
    startToCloseTimeout: '2 minutes',
    retry: { maximumAttempts: 1 },
  });
  try {
    return await work({ id, ms, failures: 0, behaviour: 'answers', answer: `once ${id}` });
  } catch (error) {
    if (error instanceof ActivityFailure && error.cause instanceof TimeoutFailure) return `lost ${id}`;
    throw error;
  }
}

export async function sameRandom(id: string): Promise<string> {
  const { work } = proxyActivities<Activities>(plain);
  const answer = uuid4();
  const given = await work({ id, ms: 5, failures: 0, behaviour: 'answers', answer });
  return given === answer ? `same ${id}` : 'differs';
}
