/** Makes scripts out of a seed, and a server that answers them in a random order. */
import { alea } from '../../../src/executor/random.ts';
import type { HistoryEvent } from '../../../src/sdk/common/wire/events.ts';
import { type CancellationType, type Step, script } from './script-workflow.ts';
import { World, type WorldOptions } from './world.ts';

export class Chance {
  readonly #draw: () => number;

  constructor(seed: number) {
    this.#draw = alea([seed & 0xff, (seed >> 8) & 0xff, 7]);
  }

  below(bound: number): number {
    return Math.floor(this.#draw() * bound);
  }

  happens(probability: number): boolean {
    return this.#draw() < probability;
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  }
}

const CANCELLATION: readonly CancellationType[] = ['ABANDON', 'TRY_CANCEL', 'WAIT_CANCELLATION_COMPLETED'];

export function makeSteps(chance: Chance, depth = 0): Step[] {
  return Array.from({ length: 1 + chance.below(depth === 0 ? 5 : 3) }, () => makeStep(chance, depth));
}

function makeStep(chance: Chance, depth: number): Step {
  const nested = () => makeSteps(chance, depth + 1);
  const simple: (() => Step)[] = [
    () => ({ op: 'sleep', ms: 1 + chance.below(50) }),
    () => ({ op: 'sleep', ms: 1000 }),
    () => ({ op: 'activity', cancellationType: chance.pick(CANCELLATION) }),
    () => ({ op: 'activity', cancellationType: chance.pick(CANCELLATION) }),
    () => ({ op: 'child', cancellationType: chance.pick(CANCELLATION), start: chance.happens(0.5) }),
    () => ({ op: 'external', cancel: chance.happens(0.5) }),
    () => ({ op: 'patch', id: chance.pick(['a', 'b', 'c']), deprecated: chance.happens(0.3) }),
    () => ({ op: 'condition', count: 1 + chance.below(2), ms: chance.pick([0, 5, 500]) }),
    () => ({ op: 'condition', count: 1 }),
    () => ({ op: 'trigger' }),
    () => ({ op: 'cancel' }),
  ];
  const compound: (() => Step)[] = [
    () => ({ op: 'parallel', branches: Array.from({ length: 2 + chance.below(2) }, nested) }),
    () => ({ op: 'scope', cancellable: chance.happens(0.6), steps: nested() }),
    () => ({ op: 'timeout', ms: chance.pick([5, 100]), steps: nested() }),
  ];
  return chance.pick(depth < 3 ? [...simple, ...compound, ...compound] : simple)();
}

/** Something that waits for the server, by the event that began it. */
type Waiting = Extract<
  HistoryEvent,
  {
    eventType:
      | 'TimerStarted'
      | 'ActivityTaskScheduled'
      | 'StartChildWorkflowExecutionInitiated'
      | 'SignalExternalWorkflowExecutionInitiated'
      | 'RequestCancelExternalWorkflowExecutionInitiated';
  }
>;

class SimulatedServer {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #answered = new Set<number>();
  readonly #startedChildren = new Set<number>();

  constructor(world: World, chance: Chance) {
    this.#world = world;
    this.#chance = chance;
  }

  #waiting(): Waiting[] {
    const { events } = this.#world;
    const canceled = new Set(
      events.flatMap((event) => (event.eventType === 'TimerCanceled' ? [event.attributes.timerId] : [])),
    );
    return events.flatMap((event): Waiting[] => {
      switch (event.eventType) {
        case 'TimerStarted':
          return canceled.has(event.attributes.timerId) || this.#answered.has(event.eventId) ? [] : [event];
        case 'ActivityTaskScheduled':
        case 'StartChildWorkflowExecutionInitiated':
        case 'SignalExternalWorkflowExecutionInitiated':
        case 'RequestCancelExternalWorkflowExecutionInitiated':
          return this.#answered.has(event.eventId) ? [] : [event];
        default:
          return [];
      }
    });
  }

  /** Adds what comes from outside before the next task; false when there is nothing to come. */
  answer(): boolean {
    const waiting = this.#waiting();
    const chosen = waiting.filter(() => this.#chance.happens(0.5));
    if (chosen.length === 0 && waiting.length > 0) chosen.push(this.#chance.pick(waiting));
    for (const event of chosen) this.#answerOne(event);
    return chosen.length > 0;
  }

  #answerOne(event: Waiting): void {
    const world = this.#world;
    const { eventId } = event;
    if (event.eventType === 'StartChildWorkflowExecutionInitiated') {
      this.#answerChild(event);
      return;
    }
    this.#answered.add(eventId);
    switch (event.eventType) {
      case 'TimerStarted':
        world.fireTimer(event.attributes.timerId);
        return;
      case 'ActivityTaskScheduled':
        this.#answerActivity(eventId);
        return;
      case 'SignalExternalWorkflowExecutionInitiated':
        world.add('ExternalWorkflowExecutionSignaled', { initiatedEventId: eventId, workflowExecution: {} });
        return;
      case 'RequestCancelExternalWorkflowExecutionInitiated':
        world.add('ExternalWorkflowExecutionCancelRequested', {
          initiatedEventId: eventId,
          workflowExecution: {},
        });
    }
  }

  #answerActivity(scheduledEventId: number): void {
    const world = this.#world;
    const startedEventId = world.add('ActivityTaskStarted', { scheduledEventId, attempt: 1 });
    if (this.#chance.happens(0.7)) world.add('ActivityTaskCompleted', { scheduledEventId, startedEventId });
    else
      world.add('ActivityTaskFailed', {
        scheduledEventId,
        startedEventId,
        failure: { message: 'f', applicationFailureInfo: {} },
      });
  }

  #answerChild({
    eventId,
    attributes,
  }: Extract<Waiting, { eventType: 'StartChildWorkflowExecutionInitiated' }>): void {
    const { workflowId, workflowType } = attributes;
    const child = {
      initiatedEventId: eventId,
      workflowType,
      workflowExecution: { workflowId, runId: 'kid' },
    };
    if (!this.#startedChildren.has(eventId)) {
      this.#startedChildren.add(eventId);
      this.#world.add('ChildWorkflowExecutionStarted', child);
      return;
    }
    this.#answered.add(eventId);
    const how = this.#chance.pick(['Completed', 'Failed', 'Canceled', 'TimedOut', 'Terminated'] as const);
    const extra = how === 'Failed' ? { failure: { message: 'c', applicationFailureInfo: {} } } : {};
    this.#world.add(`ChildWorkflowExecution${how}`, { ...child, ...extra });
  }
}

const TASKS_MAX = 40;

/** Plays the script of a seed to its end, or for a number of tasks. */
export async function simulate(seed: number, options: WorldOptions): Promise<World> {
  const chance = new Chance(seed);
  const world = new World({ script }, 'script', [makeSteps(chance)], options);
  const server = new SimulatedServer(world, chance);
  for (let task = 0; task < TASKS_MAX && !world.types.at(-1)?.startsWith('WorkflowExecutionC'); task++) {
    const hasNews = task === 0 || server.answer();
    const isPoked = chance.happens(hasNews ? 0.2 : 0.9);
    if (isPoked) world.signal('poke', chance.happens(0.5) ? makeSteps(chance, 2) : []);
    if (chance.happens(0.05) && !world.types.includes('WorkflowExecutionCancelRequested')) world.cancel();
    const updates = chance.happens(0.1) ? [world.update(`u${task}`, 'ask', makeSteps(chance, 2))] : [];
    await world.run({ updates });
  }
  return world;
}
