/**
 * One run during one turn: where machines record what they decide. Each recorded event is folded into the state at once, so
 * that the next decision sees it; what must be committed is collected here.
 *
 * R1 `record` gives an event the next ID. `arrive` is for what comes from outside: while a workflow task is started it is
 *    absorbed and buffered instead (WFT-1, WFT-3).
 * R2 `flush` places buffered events, activity and child closings behind all others (WFT-2).
 */

import type { WireEventGroupMarker } from '../sdk/common/wire/event-groups.ts';
import type { EventAttributes, EventType, HistoryEvent } from '../sdk/common/wire/events.ts';
import type { Link } from '../sdk/common/wire/links.ts';
import type { UserMetadata } from '../sdk/common/wire/messages.ts';
import type { TurnContext } from './api.ts';
import { invariant } from './errors.ts';
import { absorb, evolve, isClosingOfPending, place } from './evolve.ts';
import type { BufferedEvent, PendingActivity, RunState, StartedAttributes } from './run-state.ts';
import { eventBytes } from './size.ts';

/** What a run may ask of its execution: the next run of its chain. */
export interface ExecutionScope {
  readonly context: TurnContext;
  beginRun(run: NewRun): RunTurn;
}

export interface NewRun {
  runId: string;
  started: StartedAttributes;
  userMetadata?: UserMetadata | undefined;
  links?: readonly Link[] | undefined;
  /** Of a copied history (reset): when its first event happened. */
  startTime?: number;
}

export interface EventOptions {
  /** When it happened; the turn's time by default. */
  time?: number | undefined;
  userMetadata?: UserMetadata | undefined;
  links?: readonly Link[] | undefined;
}

export class RunTurn {
  readonly run: RunState;
  readonly scope: ExecutionScope;
  readonly events: HistoryEvent[] = [];
  readonly touchedActivities = new Set<PendingActivity>();
  /** Of the command whose event is recorded next. */
  #groups: readonly WireEventGroupMarker[] | undefined;
  isVolatileTouched = false;
  isSummaryTouched = false;

  constructor(run: RunState, scope: ExecutionScope) {
    this.run = run;
    this.scope = scope;
  }

  get context(): TurnContext {
    return this.scope.context;
  }

  get now(): number {
    return this.scope.context.now;
  }

  record<T extends EventType>(
    eventType: T,
    attributes: EventAttributes<T>,
    options: EventOptions = {},
  ): HistoryEvent {
    const groups = this.#groups;
    this.#groups = undefined;
    const time = options.time ?? this.now;
    const event = makeEvent(this.run.nextEventId, eventType, attributes, time, { ...options, groups });
    const versionBefore = this.run.visibilityVersion;
    evolve(this.run, event);
    this.#keep(event, versionBefore);
    return event;
  }

  /** The event of a command belongs to the groups that the command belongs to. */
  groupNext(groups: readonly WireEventGroupMarker[] | undefined): void {
    this.#groups = groups?.length ? groups : undefined;
  }

  /** Records what came from outside, or buffers it. Returns its ID, 0 when it has none yet. */
  arrive<T extends EventType>(
    eventType: T,
    attributes: EventAttributes<T>,
    options: EventOptions = {},
  ): number {
    if (this.run.workflowTask.state !== 'started') return this.record(eventType, attributes, options).eventId;
    const event = makeEvent(0, eventType, attributes, options.time ?? this.now, options);
    const versionBefore = this.run.visibilityVersion;
    absorb(this.run, event);
    if (this.run.visibilityVersion !== versionBefore) this.touchSummary();
    const { eventTime, links } = event;
    const bytes = eventBytes(event);
    const buffered = { eventType, eventTime, attributes: event.attributes, bytes };
    this.run.buffered.push(links === undefined ? buffered : { ...buffered, links });
    this.run.bufferedBytes += bytes;
    this.touchVolatile();
    return 0;
  }

  /** R2. The workflow task that held them back must have ended. */
  flush(): void {
    const { run } = this;
    if (run.buffered.length === 0) return;
    invariant(
      run.workflowTask.state !== 'started',
      run,
      run.nextEventId,
      'buffered events cannot pass a started task',
    );
    const waiting = run.buffered.splice(0);
    run.bufferedBytes = 0;
    this.touchVolatile();
    const startedIds = new Map<number, number>();
    const isLast = (event: BufferedEvent) => isClosingOfPending(event.eventType);
    for (const event of waiting) if (!isLast(event)) this.#placeBuffered(event, startedIds);
    for (const event of waiting) if (isLast(event)) this.#placeBuffered(event, startedIds);
  }

  /** Its row must be written: something other than the first admission of its first attempt. */
  touchActivity(activity: PendingActivity): void {
    activity.deviates = true;
    this.touchedActivities.add(activity);
  }

  touchVolatile(): void {
    this.isVolatileTouched = true;
  }

  touchSummary(): void {
    this.isSummaryTouched = true;
  }

  #placeBuffered(waiting: BufferedEvent, startedIds: Map<number, number>): void {
    const eventId = this.run.nextEventId;
    const attributes = linkToStarted(waiting, eventId, startedIds);
    const { eventType, eventTime, links } = waiting;
    const event = makeEvent(eventId, eventType, attributes as never, eventTime, { links });
    const versionBefore = this.run.visibilityVersion;
    place(this.run, event);
    this.#keep(event, versionBefore);
  }

  #keep(event: HistoryEvent, visibilityVersionBefore: number): void {
    this.events.push(event);
    if (this.run.visibilityVersion !== visibilityVersionBefore) this.touchSummary();
  }
}

function makeEvent<T extends EventType>(
  eventId: number,
  eventType: T,
  attributes: EventAttributes<T>,
  eventTime: number,
  { userMetadata, links, groups }: EventOptions & { groups?: readonly WireEventGroupMarker[] | undefined },
): HistoryEvent {
  const event = { eventId, eventTime, eventType, attributes };
  // Sound: `eventType` and `attributes` belong together by the signature, which a union cannot express.
  const described = userMetadata === undefined ? event : { ...event, userMetadata };
  const linked = links?.length ? { ...described, links } : described;
  return (groups === undefined ? linked : { ...linked, eventGroupMarkers: groups }) as HistoryEvent;
}

/** A closing that was buffered together with its started event learns that event's ID when both are placed. */
function linkToStarted(
  { eventType, attributes }: BufferedEvent,
  eventId: number,
  startedIds: Map<number, number>,
): HistoryEvent['attributes'] {
  if (eventType === 'ActivityTaskStarted') {
    startedIds.set((attributes as EventAttributes<'ActivityTaskStarted'>).scheduledEventId, eventId);
    return attributes;
  }
  if (eventType === 'ChildWorkflowExecutionStarted') {
    startedIds.set(
      (attributes as EventAttributes<'ChildWorkflowExecutionStarted'>).initiatedEventId,
      eventId,
    );
    return attributes;
  }
  if (!isClosingOfPending(eventType)) return attributes;
  const closing = attributes as {
    scheduledEventId?: number;
    initiatedEventId?: number;
    startedEventId?: number;
  };
  const startedEventId = startedIds.get(closing.scheduledEventId ?? closing.initiatedEventId ?? 0);
  if (startedEventId === undefined) return attributes;
  return { ...closing, startedEventId } as HistoryEvent['attributes'];
}
