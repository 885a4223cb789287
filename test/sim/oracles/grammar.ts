/**
 * The grammar of histories, written down: what may follow what. It knows nothing of the engine.
 *
 * G1 Event IDs count from 1. The first event is WorkflowExecutionStarted, and only the first is.
 * G2 A workflow task is scheduled, started and ended, one at a time; its start is followed by its end and by nothing else.
 * G3 What code commands follows the WorkflowTaskCompleted that it names, in one piece.
 * G4 What has begun ends at most once, after it began, and its events name each other rightly.
 * G5 Nothing follows the end of a run.
 * G6 A timer does not fire early.
 */
import type { EventType, HistoryEvent } from '../../../src/sdk/common/wire/events.ts';

/** Begun by an event of its own, then perhaps started, then ended. */
interface Thread {
  begun: number;
  started: number | undefined;
  ended: number | undefined;
}

interface Rule {
  /** Where the event says what it belongs to. */
  of: 'scheduledEventId' | 'startedEventId' | 'initiatedEventId' | 'acceptedEventId';
  begins: EventType;
  part: 'starts' | 'ends';
}

const by = (begins: EventType, of: Rule['of'], part: Rule['part']): Rule => ({ begins, of, part });
const activity = (part: Rule['part']) => by('ActivityTaskScheduled', 'scheduledEventId', part);
const child = (part: Rule['part']) => by('StartChildWorkflowExecutionInitiated', 'initiatedEventId', part);
const timer = by('TimerStarted', 'startedEventId', 'ends');
const signal = by('SignalExternalWorkflowExecutionInitiated', 'initiatedEventId', 'ends');
const cancel = by('RequestCancelExternalWorkflowExecutionInitiated', 'initiatedEventId', 'ends');

const THREADS: Partial<Record<EventType, Rule>> = {
  ActivityTaskStarted: activity('starts'),
  ActivityTaskCompleted: activity('ends'),
  ActivityTaskFailed: activity('ends'),
  ActivityTaskTimedOut: activity('ends'),
  ActivityTaskCanceled: activity('ends'),
  TimerFired: timer,
  TimerCanceled: timer,
  StartChildWorkflowExecutionFailed: child('ends'),
  ChildWorkflowExecutionStarted: child('starts'),
  ChildWorkflowExecutionCompleted: child('ends'),
  ChildWorkflowExecutionFailed: child('ends'),
  ChildWorkflowExecutionCanceled: child('ends'),
  ChildWorkflowExecutionTimedOut: child('ends'),
  ChildWorkflowExecutionTerminated: child('ends'),
  SignalExternalWorkflowExecutionFailed: signal,
  ExternalWorkflowExecutionSignaled: signal,
  RequestCancelExternalWorkflowExecutionFailed: cancel,
  ExternalWorkflowExecutionCancelRequested: cancel,
  WorkflowExecutionUpdateCompleted: by('WorkflowExecutionUpdateAccepted', 'acceptedEventId', 'ends'),
};

/** What code asks for itself. */
export const COMMANDED: ReadonlySet<EventType> = new Set<EventType>([
  'ActivityTaskScheduled',
  'ActivityTaskCancelRequested',
  'TimerStarted',
  'TimerCanceled',
  'MarkerRecorded',
  'StartChildWorkflowExecutionInitiated',
  'SignalExternalWorkflowExecutionInitiated',
  'RequestCancelExternalWorkflowExecutionInitiated',
  'UpsertWorkflowSearchAttributes',
  'WorkflowPropertiesModified',
  'WorkflowExecutionCompleted',
  'WorkflowExecutionFailed',
  'WorkflowExecutionCanceled',
  'WorkflowExecutionContinuedAsNew',
]);

/** Between the end of a task and the last of its commands nothing but these, which code caused too. */
const AMONG_COMMANDS: ReadonlySet<EventType> = new Set<EventType>([
  'WorkflowExecutionUpdateAccepted',
  'WorkflowExecutionUpdateCompleted',
  // A cancel of an attempt that was not started takes effect with the request.
  'ActivityTaskCanceled',
]);

const CLOSING: ReadonlySet<EventType> = new Set<EventType>([
  'WorkflowExecutionCompleted',
  'WorkflowExecutionFailed',
  'WorkflowExecutionCanceled',
  'WorkflowExecutionTerminated',
  'WorkflowExecutionTimedOut',
  'WorkflowExecutionContinuedAsNew',
]);

const TASK_ENDS: ReadonlySet<EventType> = new Set<EventType>([
  'WorkflowTaskCompleted',
  'WorkflowTaskFailed',
  'WorkflowTaskTimedOut',
]);

export function isClosing(type: EventType): boolean {
  return CLOSING.has(type);
}

interface Task {
  scheduled: number;
  started: number | undefined;
}

class Reader {
  readonly #threads = new Map<number, Thread & { type: EventType }>();
  readonly #events: readonly HistoryEvent[];
  #task: Task | undefined;
  /** The task whose commands are being read. */
  #completed: number | undefined;
  #isClosed = false;

  constructor(events: readonly HistoryEvent[]) {
    this.#events = events;
  }

  read(): string | undefined {
    for (const [index, event] of this.#events.entries()) {
      const problem = this.#readOne(event, index);
      if (problem !== undefined) return `${event.eventId} ${event.eventType}: ${problem}`;
    }
    return undefined;
  }

  #readOne(event: HistoryEvent, index: number): string | undefined {
    const { eventId, eventType } = event;
    if (eventId !== index + 1) return `expected ID ${index + 1} (G1)`;
    if ((eventType === 'WorkflowExecutionStarted') !== (index === 0))
      return 'not at the beginning, or not it (G1)';
    if (this.#isClosed) return 'after the end of the run (G5)';
    if (CLOSING.has(eventType)) this.#isClosed = true;
    if (this.#task?.started !== undefined && !TASK_ENDS.has(eventType))
      return 'while a workflow task is started (G2)';
    return this.#readTask(event) ?? this.#readCommand(event) ?? this.#readThread(event);
  }

  #readTask(event: HistoryEvent): string | undefined {
    const { eventId, eventType } = event;
    const attributes = event.attributes as { scheduledEventId?: number; startedEventId?: number };
    if (eventType === 'WorkflowTaskScheduled') {
      if (this.#task !== undefined) return 'while another one is pending (G2)';
      this.#task = { scheduled: eventId, started: undefined };
    } else if (eventType === 'WorkflowTaskStarted') {
      if (this.#task?.scheduled !== attributes.scheduledEventId) return `of no scheduled task (G2)`;
      if (this.#task !== undefined) this.#task.started = eventId;
    } else if (TASK_ENDS.has(eventType)) {
      const task = this.#task;
      if (task?.scheduled !== attributes.scheduledEventId || task?.started !== attributes.startedEventId)
        return 'of no started task (G2)';
      this.#task = undefined;
      if (eventType === 'WorkflowTaskCompleted') {
        this.#completed = eventId;
        return undefined;
      }
    }
    return undefined;
  }

  #readCommand({ eventType, eventId, attributes }: HistoryEvent): string | undefined {
    if (eventType === 'WorkflowTaskCompleted') return undefined;
    if (COMMANDED.has(eventType)) {
      const { workflowTaskCompletedEventId: named } = attributes as { workflowTaskCompletedEventId?: number };
      const isByTimeout = eventType === 'WorkflowExecutionFailed' && named === undefined;
      if (!isByTimeout && (named === undefined || named !== this.#completed))
        return `names task ${named}, expected ${this.#completed} (G3)`;
    } else if (!AMONG_COMMANDS.has(eventType)) this.#completed = undefined;
    void eventId;
    return undefined;
  }

  #readThread(event: HistoryEvent): string | undefined {
    const { eventId, eventType } = event;
    const rule = THREADS[eventType];
    if (rule === undefined) {
      this.#threads.set(eventId, { type: eventType, begun: eventId, started: undefined, ended: undefined });
      return undefined;
    }
    const attributes = event.attributes as Record<string, unknown>;
    const begun = attributes[rule.of] as number;
    const thread = this.#threads.get(begun);
    if (thread?.type !== rule.begins) return `of event ${begun}, which is no ${rule.begins} (G4)`;
    if (thread.ended !== undefined) return `of event ${begun}, which ended with ${thread.ended} (G4)`;
    if (rule.part === 'starts') {
      if (thread.started !== undefined) return `of event ${begun}, which started with ${thread.started} (G4)`;
      thread.started = eventId;
      return undefined;
    }
    thread.ended = eventId;
    if (rule.of !== 'startedEventId' && (attributes.startedEventId ?? undefined) !== thread.started)
      return `names start ${attributes.startedEventId}, which is ${thread.started} (G4)`;
    return this.#readTime(event, begun);
  }

  #readTime(event: HistoryEvent, begun: number): string | undefined {
    if (event.eventType !== 'TimerFired') return undefined;
    const timer = this.#events[begun - 1];
    if (timer?.eventType !== 'TimerStarted') return undefined;
    const dueAt = timer.eventTime + timer.attributes.startToFireTimeout;
    return event.eventTime < dueAt ? `${dueAt - event.eventTime} ms early (G6)` : undefined;
  }
}

/** Where a history breaks the grammar; undefined where it does not. */
export function grammarProblem(events: readonly HistoryEvent[]): string | undefined {
  return new Reader(events).read();
}
