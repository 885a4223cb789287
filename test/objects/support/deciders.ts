/** Workflow code for tests of objects, each a function of the history. */
import type { Command } from '../../../src/sdk/common/wire/commands.ts';
import type { HistoryEvent } from '../../../src/sdk/common/wire/events.ts';
import type { WireRetryPolicy } from '../../../src/sdk/common/wire/messages.ts';
import type { Decider } from './world.ts';

const count = (history: readonly HistoryEvent[], type: HistoryEvent['eventType']) =>
  history.filter((event) => event.eventType === type).length;

export interface ActivityStep {
  startToCloseTimeout?: number;
  heartbeatTimeout?: number;
  retryPolicy?: WireRetryPolicy;
  taskQueue?: string;
}

export function scheduleActivity(activityId: string, step: ActivityStep = {}): Command {
  const { taskQueue, ...timeouts } = step;
  return {
    commandType: 'ScheduleActivityTask',
    attributes: {
      activityId,
      activityType: { name: 'work' },
      startToCloseTimeout: 60_000,
      ...timeouts,
      ...(taskQueue && { taskQueue: { name: taskQueue } }),
    },
  };
}

export function startTimer(timerId: string, ms: number): Command {
  return { commandType: 'StartTimer', attributes: { timerId, startToFireTimeout: ms } };
}

export const complete: Command = { commandType: 'CompleteWorkflowExecution', attributes: {} };

/** Steps one after another, then the end. */
export function inSequence(steps: readonly ((index: number) => Command)[]): Decider {
  return (history) => {
    const done = count(history, 'ActivityTaskCompleted') + count(history, 'TimerFired');
    const begun = count(history, 'ActivityTaskScheduled') + count(history, 'TimerStarted');
    if (begun > done) return [];
    const step = steps[done];
    return step === undefined ? [complete] : [step(done + 1)];
  };
}

export function activities(total: number, step?: ActivityStep): Decider {
  return inSequence(
    Array.from({ length: total }, () => (index: number) => scheduleActivity(`${index}`, step)),
  );
}

/** All at once, then the end. */
export function inParallel(total: number, step?: ActivityStep): Decider {
  return (history) => {
    if (count(history, 'ActivityTaskScheduled') === 0) {
      return Array.from({ length: total }, (_, index) => scheduleActivity(`${index + 1}`, step));
    }
    return count(history, 'ActivityTaskCompleted') === total ? [complete] : [];
  };
}

/** Ends when it has this many signals. */
export function untilSignals(total: number): Decider {
  return (history) => (count(history, 'WorkflowExecutionSignaled') >= total ? [complete] : []);
}
