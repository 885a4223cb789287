/** The activities of generated programs. What they do depends on what they are given and on their attempt alone. */
import type { AnyActivity } from '../../../src/objects/activity/activity-runner.ts';
import { CompleteAsyncError, Context } from '../../../src/sdk/activity/index.ts';
import { ApplicationFailure } from '../../../src/sdk/common/failure.ts';
import { type Behaviour, isLate } from './program.ts';

export interface Work {
  id: string;
  ms: number;
  failures: number;
  behaviour: Behaviour;
  answer: string;
}

export interface ActivityHooks {
  /** Somebody else will answer for the attempt that this token names. */
  answerLater(token: Uint8Array, work: Work): void;
}

const BEATS = 4;
export const POSTPONED_MS = 700;
const DAY_MS = 86_400_000;

export function activitiesOf(hooks: ActivityHooks): Readonly<Record<string, AnyActivity>> {
  return { work: (work: Work) => perform(work, hooks), untilCancelled };
}

async function perform(work: Work, hooks: ActivityHooks): Promise<string> {
  const context = Context.current();
  const { attempt, taskToken } = context.info;
  const isFailing = attempt <= work.failures;
  if (isFailing && isLate(work.behaviour)) return await answerTooLate(work, context, hooks);
  switch (work.behaviour) {
    case 'answersLater':
    case 'answersTooLate':
      hooks.answerLater(taskToken, work);
      throw new CompleteAsyncError();
    case 'hangs':
    case 'silent':
      await context.sleep(isFailing ? DAY_MS : work.ms);
      return work.answer;
    case 'beats':
      for (let beat = 0; beat < BEATS; beat++) {
        context.heartbeat({ beat });
        await context.sleep(Math.max(1, work.ms / BEATS));
      }
      break;
    default:
      await context.sleep(work.ms);
  }
  if (work.behaviour === 'refuses') throw ApplicationFailure.nonRetryable('never', 'Refused');
  if (isFailing && work.behaviour === 'postpones')
    throw ApplicationFailure.create({ message: 'later', type: 'NotYet', nextRetryDelay: POSTPONED_MS });
  if (isFailing) throw ApplicationFailure.retryable('not yet', 'NotYet');
  return work.answer;
}

/** When the attempt after this one is half done. */
async function answerTooLate(work: Work, { info }: Context, hooks: ActivityHooks): Promise<string> {
  const { startToCloseTimeoutMs, retryPolicy, attempt, taskToken } = info;
  const ms = startToCloseTimeoutMs + Number(retryPolicy?.initialInterval ?? 0) + work.ms / 2;
  const answer = `late ${work.id} (${attempt})`;
  if (work.behaviour === 'answersTooLate') {
    hooks.answerLater(taskToken, { ...work, ms, answer });
    throw new CompleteAsyncError();
  }
  // Not the sleep of its context, which a cancel would end.
  await new Promise((resolve) => setTimeout(resolve, ms));
  return answer;
}

async function untilCancelled(id: string): Promise<string> {
  const context = Context.current();
  context.heartbeat(id);
  for (;;) {
    await context.sleep(5_000);
    context.heartbeat(id);
  }
}
