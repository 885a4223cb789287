/**
 * Deliveries to other workflows: starts of children, signals, cancel requests, parent close policy, the end of a child and of what
 * stands for a Nexus operation. The intent
 * stands in history; what is here is only which deliveries are under way and when one is tried again.
 *
 * O1 Delivered until acknowledged, with backoff; the receiver deduplicates by request ID.
 * O2 NOT_FOUND is an answer, not a failure of the delivery; but not while the start of what is meant may still arrive.
 * O3 A child is started after what an earlier run, reset or continued, still has to tell the child of that ID: its termination
 *    frees the ID.
 */
import type { Input, PendingWork, Result, StatusError, Turn } from '../../engine/api.ts';
import { backoffMs, type LogSink, type ObjectTimes } from '../object-options.ts';
import type { ObjectClock, ObjectStubs } from '../ports.ts';
import type { CallAddress } from './workflow-execution-api.ts';

/** What an acknowledged delivery tells the turn. */
export type Acknowledgement = (turn: Turn) => void;

export interface Delivery {
  key: string;
  /** Undefined: not acknowledged, try again. */
  deliver(stubs: ObjectStubs, depth: number, now: () => number): Promise<Acknowledgement | undefined>;
}

interface Progress {
  attempt: number;
  nextAt: number;
}

export interface OutboxOptions {
  clock: ObjectClock;
  stubs: ObjectStubs;
  times: ObjectTimes;
  log: LogSink;
  acknowledge(acknowledgement: Acknowledgement, depth: number): void;
  /** A delivery failed: the alarm has to stand at `earliest()`. */
  failed(): void;
}

/** An attempt that has not come back after this long is made again by whoever is loaded then. */
const UNDER_WAY_MAX_MS = 30_000;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #progress = new Map<string, Progress>();
  #prepared: Delivery[] = [];

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /**
   * Level-triggered: of what is pending and neither under way nor waiting for its next try, up to `capacity` will be sent by
   * `send`, after the commit. The rest stays due.
   */
  prepare(work: PendingWork, capacity: number, now: number): void {
    this.#prepared = [];
    const pending = deliveriesOf(work);
    if (pending.length === 0 && this.#progress.size === 0) return;
    const keys = new Set(pending.map((delivery) => delivery.key));
    for (const key of this.#progress.keys()) if (!keys.has(key)) this.#progress.delete(key);
    for (const delivery of pending) this.#prepareOne(delivery, capacity, now);
  }

  /** After a load: what is pending is due, and the alarm knows of it. */
  found(work: PendingWork, now: number): void {
    this.prepare(work, 0, now);
  }

  #prepareOne(delivery: Delivery, capacity: number, now: number): void {
    const progress = this.#progress.get(delivery.key) ?? { attempt: 0, nextAt: now };
    this.#progress.set(delivery.key, progress);
    if (progress.nextAt > now || this.#prepared.length >= capacity) return;
    progress.attempt += 1;
    progress.nextAt = now + UNDER_WAY_MAX_MS;
    this.#prepared.push(delivery);
  }

  /** When the next delivery has to be tried, or one under way counts as lost. */
  earliest(): number | undefined {
    let earliest: number | undefined;
    for (const { nextAt } of this.#progress.values())
      if (earliest === undefined || nextAt < earliest) earliest = nextAt;
    return earliest;
  }

  /** Begins what was prepared; gives how many. */
  send(depth: number): number {
    const begun = this.#prepared;
    this.#prepared = [];
    for (const delivery of begun) void this.#deliver(delivery, depth);
    return begun.length;
  }

  async #deliver(delivery: Delivery, depth: number): Promise<void> {
    const progress = this.#progress.get(delivery.key);
    if (progress === undefined) return;
    const { stubs, clock } = this.#options;
    const answer = delivery.deliver(stubs, depth + 1, () => clock.now());
    const acknowledgement = await answer.catch((error: unknown) => {
      this.#options.log('WARN', `A delivery failed (${delivery.key}, attempt ${progress.attempt})`, {
        error,
      });
      return undefined;
    });
    if (acknowledgement !== undefined) return this.#options.acknowledge(acknowledgement, depth);
    progress.nextAt = this.#options.clock.now() + backoffMs(this.#options.times, progress.attempt);
    this.#options.failed();
  }

  forget(): void {
    this.#progress.clear();
    this.#prepared = [];
  }
}

function deliveriesOf(work: PendingWork): Delivery[] {
  return [
    ...work.childStarts.filter((start) => !isOccupied(start, work)).map(childStart),
    ...work.externalDeliveries.map(externalDelivery),
    ...work.parentCloseActions.map(parentCloseAction),
    ...work.parentNotifications.map(parentNotification),
    ...work.scheduleNotifications.map(scheduleNotification),
    ...work.nexusNotifications.map(nexusNotification),
  ];
}

type Item<Key extends keyof PendingWork> = PendingWork[Key][number];

/** O3. */
function isOccupied(
  { namespace, workflowId }: Item<'childStarts'>,
  { parentCloseActions }: PendingWork,
): boolean {
  return parentCloseActions.some(
    (action) => action.namespace === namespace && action.target.workflowId === workflowId,
  );
}

const apply =
  (input: Input): Acknowledgement =>
  (turn) =>
    void turn.apply(input);

/** Errors that another attempt can mend. */
function isTransient(error: StatusError): boolean {
  return ['UNAVAILABLE', 'RESOURCE_EXHAUSTED', 'DEADLINE_EXCEEDED', 'INTERNAL', 'ABORTED'].includes(
    error.code,
  );
}

function childStart({
  runId,
  initiatedEventId,
  namespace,
  workflowId,
  request,
}: Item<'childStarts'>): Delivery {
  return {
    key: `child ${runId}/${initiatedEventId}`,
    async deliver(stubs, depth) {
      const result = await stubs
        .workflowExecution(namespace, workflowId)
        .start({ namespace, workflowId, depth }, request);
      if (result.ok)
        return apply({ kind: 'ChildStarted', runId, initiatedEventId, childRunId: result.value.runId });
      if (isTransient(result.error)) return undefined;
      const cause = result.error.code === 'NOT_FOUND' ? 'NAMESPACE_NOT_FOUND' : 'WORKFLOW_ALREADY_EXISTS';
      return apply({ kind: 'ChildStartFailed', runId, initiatedEventId, cause });
    },
  };
}

function externalDelivery(delivery: Item<'externalDeliveries'>): Delivery {
  const { runId, initiatedEventId, namespace, target, source } = delivery;
  const workflowId = target.workflowId ?? '';
  return {
    key: `external ${runId}/${initiatedEventId}`,
    async deliver(stubs, depth) {
      const at: CallAddress = { namespace, workflowId, depth };
      const input: Input = {
        ...delivery.input,
        ...(target.runId && { runId: target.runId }),
        requestId: source.requestId,
        external: source,
      };
      const result = await stubs.workflowExecution(namespace, workflowId).apply(at, input);
      return externalAcknowledgement(delivery.input.kind, result, { runId, initiatedEventId });
    },
  };
}

function externalAcknowledgement(
  kind: 'Signal' | 'RequestCancel',
  result: Result<unknown>,
  at: { runId: string; initiatedEventId: number },
): Acknowledgement | undefined {
  if (result.ok)
    return apply({ kind: kind === 'Signal' ? 'ExternalSignalDelivered' : 'ExternalCancelDelivered', ...at });
  if (isTransient(result.error)) return undefined;
  const isMissing = result.error.code === 'NOT_FOUND';
  if (kind === 'RequestCancel') {
    return apply({ kind: 'ExternalCancelFailed', ...at, cause: 'EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND' });
  }
  const cause = isMissing ? 'EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND' : 'SIGNAL_COUNT_LIMIT_EXCEEDED';
  return apply({ kind: 'ExternalSignalFailed', ...at, cause });
}

function parentCloseAction(action: Item<'parentCloseActions'>): Delivery {
  const { runId, initiatedEventId, namespace, target, input, startMayArriveUntil = 0 } = action;
  const workflowId = target.workflowId ?? '';
  return {
    key: `close ${runId}/${initiatedEventId}`,
    async deliver(stubs, depth, now) {
      const result = await stubs
        .workflowExecution(namespace, workflowId)
        .apply({ namespace, workflowId, depth }, input);
      if (!result.ok && isTransient(result.error)) return undefined;
      // The action must not overtake the start of the child that it is for.
      if (!result.ok && now() < startMayArriveUntil) return undefined;
      return (turn) => turn.confirmParentClose(runId, initiatedEventId);
    },
  };
}

function parentNotification(notification: Item<'parentNotifications'>): Delivery {
  const { namespace, workflowId } = notification.parent;
  return {
    key: `parent ${notification.runId}`,
    async deliver(stubs, depth) {
      const stub = stubs.workflowExecution(namespace, workflowId);
      const result = await stub.childClosed({ namespace, workflowId, depth }, notification);
      if (!result.ok && isTransient(result.error)) return undefined;
      return (turn) => turn.confirmParentNotified(notification.runId);
    },
  };
}

/** NOT_FOUND: it was deleted, and nobody wants to know any more. */
function scheduleNotification({
  runId,
  namespace,
  scheduleId,
  closed,
}: Item<'scheduleNotifications'>): Delivery {
  return {
    key: `schedule ${runId}`,
    async deliver(stubs, depth) {
      const result = await stubs
        .schedule?.(namespace, scheduleId)
        .actionClosed({ namespace, scheduleId, depth }, closed);
      if (result !== undefined && !result.ok && isTransient(result.error)) return undefined;
      return (turn) => turn.confirmScheduleNotified(runId);
    },
  };
}

/** NOT_FOUND: the caller does not wait for it any more. */
function nexusNotification({ runId, index, caller, input }: Item<'nexusNotifications'>): Delivery {
  const { namespace, workflowId } = caller;
  return {
    key: `nexus ${runId}/${index}`,
    async deliver(stubs, depth) {
      const stub = stubs.workflowExecution(namespace, workflowId);
      const result = await stub.apply({ namespace, workflowId, depth }, input);
      if (!result.ok && isTransient(result.error)) return undefined;
      return (turn) => turn.confirmNexusNotified(runId, index);
    },
  };
}
