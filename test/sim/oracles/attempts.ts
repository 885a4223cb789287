/**
 * Attempts of activities: one that was admitted runs at most once; no more of them than the policy allows; the next not before
 * its time; and where nothing went wrong, exactly those that the program asks for.
 */

import { decode } from '../caller.ts';
import { type AttemptBegun, attemptOf } from '../ledger.ts';
import { POSTPONED_MS, type Work } from '../programs/activities.ts';
import { isTaken } from '../scenario.ts';
import { type Chronicle, eventsOf, hasFired, isUndisturbed } from './chronicle.ts';
import { check } from './failure.ts';

export function checkAttempts(chronicle: Chronicle): void {
  const { ledger } = chronicle;
  const byActivity = Map.groupBy(
    ledger.begun,
    ({ task }) => `${task.workflowId} ${task.runId} ${task.scheduledEventId}`,
  );
  for (const [activity, attempts] of byActivity) {
    checkStamps(activity, attempts);
    // What is begun anew counts from one again, at once.
    const isReset = isTaken(chronicle.scenario, 'resetActivities') || isTaken(chronicle.scenario, 'reset');
    // What fails while it is paused waits for another, whatever the policy says, and gets it with the unpause (ACT-25, ACT-26).
    const isPaused = isTaken(chronicle.scenario, 'pauseActivities');
    if (!isReset && !isPaused) checkPolicy(activity, attempts);
    if (!isReset && !isPaused && !hasFired(chronicle, 'clockStep')) checkPauses(activity, attempts);
    // Of workers elsewhere nobody knows that they are gone but the timeouts of what they had.
    const { dispatchWindow, workersElsewhere = 0 } = chronicle.scenario;
    if (dispatchWindow > 10 && workersElsewhere === 0) checkLost(activity, attempts);
    if (isUndisturbed(chronicle) && chronicle.scenario.interference === 'none')
      checkCount(activity, attempts);
  }
  if (isUndisturbed(chronicle)) checkTimers(chronicle);
  checkZombies(chronicle);
}

/** A result that was taken is that of the attempt which history says was started last. */
function checkZombies({ ledger, runs, scenario }: Chronicle): void {
  // An attempt that is under way when its activity is begun anew counts as the first.
  if (isTaken(scenario, 'resetActivities')) return;
  for (const { task } of ledger.begun) {
    if (!ledger.resultsAcknowledged.has(attemptOf(task))) continue;
    const run = runs.find(({ runId }) => runId === task.runId);
    const isOwn = (event: { scheduledEventId: number }) => event.scheduledEventId === task.scheduledEventId;
    const started = run && eventsOf(run, 'ActivityTaskStarted').find(({ attributes }) => isOwn(attributes));
    const attempt = started?.attributes.attempt ?? task.attempt;
    check(
      attempt === task.attempt,
      'attempts',
      () => `the result of attempt ${task.attempt} of ${task.activityId} was taken for that of ${attempt}`,
    );
  }
}

function checkStamps(activity: string, attempts: readonly AttemptBegun[]): void {
  const stamps = attempts.map(({ task }) => task.stamp);
  const isOnceEach = new Set(stamps).size === stamps.length;
  check(isOnceEach, 'attempts', () => `${activity}: an attempt was run twice (stamps ${stamps})`);
}

function checkPolicy(activity: string, attempts: readonly AttemptBegun[]): void {
  const atMost = attempts[0]?.task.retryPolicy.maximumAttempts ?? 0;
  if (atMost === 0) return;
  check(
    attempts.length <= atMost,
    'attempts',
    () => `${activity}: ${attempts.length} attempts of at most ${atMost}`,
  );
}

/** Between two attempts at least the first interval of the policy. */
function checkPauses(activity: string, attempts: readonly AttemptBegun[]): void {
  const inOrder = [...attempts].sort((a, b) => a.task.stamp - b.task.stamp);
  for (const [index, { task }] of inOrder.entries()) {
    const before = inOrder[index - 1]?.task;
    if (before === undefined || task.attempt === before.attempt) continue;
    const initialInterval = Math.min(task.retryPolicy.initialInterval ?? 0, pauseOf(task));
    const pause = task.startedTime - before.startedTime;
    check(
      pause >= initialInterval,
      'attempts',
      () => `${activity}: attempt ${task.attempt} came ${pause} ms after the one before`,
    );
  }
}

/** What an attempt that was lost waits for, at most: its lease, an object that backs off, alarms and messages that are late. */
const NOTICED_MS = 600_000;
const ENDING: readonly Work['behaviour'][] = ['answers', 'postpones', 'refuses'];

/** An attempt that was lost is followed by the next long before it would have timed out. */
function checkLost(activity: string, attempts: readonly AttemptBegun[]): void {
  const [first] = attempts;
  if (first?.task.activityType !== 'work') return;
  const { behaviour, ms } = decode<Work>(first.task.input);
  if (!ENDING.includes(behaviour)) return;
  const inOrder = [...attempts].sort((a, b) => a.at - b.at);
  for (const [index, { at }] of inOrder.entries()) {
    const gap = at - (inOrder[index - 1]?.at ?? at);
    check(gap <= ms + NOTICED_MS, 'attempts', () => `${activity}: an attempt was missed for ${gap} ms`);
  }
}

/** What a failure says itself goes before the policy. */
function pauseOf({ activityType, input }: AttemptBegun['task']): number {
  const isPostponed = activityType === 'work' && decode<Work>(input).behaviour === 'postpones';
  return isPostponed ? POSTPONED_MS : Number.POSITIVE_INFINITY;
}

function checkCount(activity: string, attempts: readonly AttemptBegun[]): void {
  const task = attempts[0]?.task;
  if (task?.activityType !== 'work') return;
  const { behaviour, failures } = decode<Work>(task.input);
  if (behaviour === 'answersLater' || behaviour === 'refuses') {
    check(
      attempts.length === 1,
      'attempts',
      () => `${activity}: ${attempts.length} attempts where one is enough`,
    );
    return;
  }
  const atMost = task.retryPolicy.maximumAttempts || Number.POSITIVE_INFINITY;
  const wanted = Math.min(failures + 1, atMost);
  check(
    attempts.length <= wanted,
    'attempts',
    () => `${activity}: ${attempts.length} attempts where ${wanted} are enough`,
  );
}

/** Where nothing goes wrong a timer is not late either. */
const LATE_MS = 100;

function checkTimers({ runs }: Chronicle): void {
  for (const run of runs) {
    for (const fired of eventsOf(run, 'TimerFired')) {
      const timer = run.events[(fired.attributes.startedEventId ?? 0) - 1];
      if (timer?.eventType !== 'TimerStarted') continue;
      const late = fired.eventTime - timer.eventTime - timer.attributes.startToFireTimeout;
      check(
        late <= LATE_MS,
        'times',
        () => `${run.workflowId}: timer ${timer.attributes.timerId} fired ${late} ms late`,
      );
    }
  }
}
