/** Timers: started by command, fired by time, cancelled by command (TMR-2, TMR-3). */
import type { CommandAttributes } from '../sdk/common/wire/commands.ts';
import type { EventAttributes, HistoryEventOf } from '../sdk/common/wire/events.ts';
import type { UserMetadata } from '../sdk/common/wire/messages.ts';
import { queueTimer } from './deadlines.ts';
import { assertNever, BadCommandError, invariant } from './errors.ts';
import { DURATION_MAX_MS } from './limits.ts';
import type { BufferedEvent, PendingTimer, RunState } from './run-state.ts';
import type { RunTurn } from './run-turn.ts';

type TimerEvent =
  | HistoryEventOf<'TimerStarted'>
  | HistoryEventOf<'TimerFired'>
  | HistoryEventOf<'TimerCanceled'>;

export function evolveTimer(run: RunState, event: TimerEvent): void {
  switch (event.eventType) {
    case 'TimerStarted': {
      const { timerId, startToFireTimeout } = event.attributes;
      invariant(!run.timers.has(timerId), run, event.eventId, `timer ${timerId} is already open`);
      const fireTime = event.eventTime + startToFireTimeout;
      const timer = { timerId, startedEventId: event.eventId, fireTime };
      run.timers.set(timerId, timer);
      queueTimer(run, timer);
      return;
    }
    case 'TimerFired':
    case 'TimerCanceled': {
      const { timerId } = event.attributes;
      const wasOpen = run.timers.delete(timerId);
      invariant(wasOpen, run, event.eventId, `${event.eventType} for timer ${timerId}, which is not open`);
      return;
    }
    default:
      assertNever(event);
  }
}

/** What this completion would leave open, while its commands are checked one after the other. */
export interface TimerCheck {
  readonly opened: Set<string>;
  readonly closed: Set<string>;
}

export function checkStartTimer(
  run: RunState,
  check: TimerCheck,
  { timerId, startToFireTimeout }: CommandAttributes<'StartTimer'>,
): void {
  if (!timerId)
    throw new BadCommandError('BAD_START_TIMER_ATTRIBUTES', 'TimerId is not set on StartTimer command.');
  if (!(startToFireTimeout >= 0)) {
    const message = `StartToFireTimeout is not valid on StartTimer command. TimerId=${timerId}`;
    throw new BadCommandError('BAD_START_TIMER_ATTRIBUTES', message);
  }
  const isOpen = check.opened.has(timerId) || (run.timers.has(timerId) && !check.closed.has(timerId));
  if (isOpen) throw new BadCommandError('START_TIMER_DUPLICATE_ID', `timer ${timerId} is already open`);
  check.opened.add(timerId);
}

export function checkCancelTimer(
  run: RunState,
  check: TimerCheck,
  { timerId }: CommandAttributes<'CancelTimer'>,
): void {
  if (check.opened.delete(timerId)) return;
  const isOpen = run.timers.has(timerId) || bufferedFiring(run, timerId) !== undefined;
  if (!isOpen || check.closed.has(timerId))
    throw new BadCommandError('BAD_CANCEL_TIMER_ATTRIBUTES', `timer ${timerId} is not open`);
  check.closed.add(timerId);
}

/** WFT-6: a firing that workflow code has not seen is taken back by the cancel. */
export function bufferedFiring(run: RunState, timerId: string): BufferedEvent | undefined {
  return run.buffered.find(
    (event) => event.eventType === 'TimerFired' && firingOf(event).timerId === timerId,
  );
}

function firingOf(event: BufferedEvent): EventAttributes<'TimerFired'> {
  return event.attributes as EventAttributes<'TimerFired'>;
}

export function startTimer(
  turn: RunTurn,
  workflowTaskCompletedEventId: number,
  { timerId, startToFireTimeout }: CommandAttributes<'StartTimer'>,
  userMetadata: UserMetadata | undefined,
): void {
  const timeout = Math.min(startToFireTimeout, DURATION_MAX_MS);
  const attributes = { timerId, startToFireTimeout: timeout, workflowTaskCompletedEventId };
  turn.record('TimerStarted', attributes, { userMetadata });
}

export function cancelTimer(turn: RunTurn, workflowTaskCompletedEventId: number, timerId: string): void {
  const timer = turn.run.timers.get(timerId) ?? takeBackFiring(turn, timerId);
  invariant(timer, turn.run, turn.run.nextEventId, `timer ${timerId} to be cancelled is not open`);
  const identity = turn.context.workerIdentity;
  const { startedEventId } = timer;
  turn.record('TimerCanceled', { timerId, startedEventId, workflowTaskCompletedEventId, identity });
}

function takeBackFiring(turn: RunTurn, timerId: string): PendingTimer | undefined {
  const { run } = turn;
  const firing = bufferedFiring(run, timerId);
  if (firing === undefined) return undefined;
  run.buffered.splice(run.buffered.indexOf(firing), 1);
  run.bufferedBytes -= firing.bytes;
  turn.touchVolatile();
  const timer = { timerId, startedEventId: firingOf(firing).startedEventId ?? 0, fireTime: firing.eventTime };
  run.timers.set(timerId, timer);
  return timer;
}

export function fireTimer(turn: RunTurn, timerId: string): void {
  const timer = turn.run.timers.get(timerId);
  invariant(timer, turn.run, turn.run.nextEventId, `timer ${timerId} to be fired is not open`);
  turn.arrive('TimerFired', { timerId, startedEventId: timer.startedEventId });
}
