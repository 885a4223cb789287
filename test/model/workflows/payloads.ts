/** Runs that put values everywhere a payload can be. */
import { ApplicationFailure } from 'perdure/common';
import {
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  executeChild,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  upsertMemo,
  workflowInfo,
} from 'perdure/workflow';
import type * as activities from '../worker/activities.ts';
import { isPoint, Point } from './point-converter.ts';

const { charge, move } = proxyActivities<typeof activities>({ startToCloseTimeout: '10s' });
const { greet } = proxyLocalActivities<typeof activities>({ startToCloseTimeout: '10s' });

export const remember = defineSignal<[string]>('remember');
export const remembered = defineQuery<string[], [string]>('remembered');
export const replaceCard = defineUpdate<string, [string]>('replaceCard');
export const finish = defineSignal('finish');

export async function child(secret: string): Promise<string> {
  return `child of ${secret}`;
}

/** All kinds of payloads, a continue-as-new between them. `secret` is in each. */
export async function everywhere(secret: string, isSecondRun = false): Promise<string[]> {
  const words: string[] = [];
  let isFinished = false;
  setHandler(remember, (word) => void words.push(word));
  setHandler(remembered, (prefix) => words.map((word) => prefix + word));
  setHandler(replaceCard, (card) => {
    if (card.startsWith('bad'))
      throw ApplicationFailure.create({ message: `refused ${card}`, details: [card] });
    words.push(card);
    return card;
  });
  setHandler(finish, () => {
    isFinished = true;
  });
  if (isSecondRun) {
    await condition(() => isFinished);
    return [...words, String(workflowInfo().memo?.given)];
  }
  if (patched('encrypted')) upsertMemo({ note: `memo ${secret}` });
  words.push(await charge(secret), await greet(secret), await executeChild(child, { args: [secret] }));
  await charge(`bad ${secret}`).catch((error: unknown) => words.push(String((error as Error).cause)));
  await sleep(1, { summary: `sleep over ${secret}` });
  await condition(() => isFinished);
  return await continueAsNew<typeof everywhere>(words.join(), true);
}

/** A class of the converter on its way through client, workflow and activity. */
export async function walk(from: Point): Promise<Point> {
  if (!isPoint(from))
    throw ApplicationFailure.nonRetryable(`expected a point, found ${JSON.stringify(from)}`);
  const there = await move(from, new Point(1, 1));
  if (there.x > 100) throw ApplicationFailure.nonRetryable('too far');
  return there;
}
