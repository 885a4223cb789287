/** How the tests of the samples reach the Worker: through its own front door, as any caller would. */
import { Client } from 'perdure/client';
import { expect } from 'vitest';
import type { Order } from '../../src/activities/index.ts';
import type { LedgerEntry } from '../../src/demo/operations.ts';
import { fetchWorker } from './front-door.ts';

export const taskQueue = 'default';

const origin = 'http://localhost';

export const client = new Client({ fetch: (input, init) => fetchWorker(new Request(input, init)) });

/** Every test has workflow IDs, and so books, of its own. */
export function uniqueId(name: string): string {
  return `${name}-${crypto.randomUUID().slice(0, 8)}`;
}

export function lampOrder(orderId: string, changes: Partial<Order> = {}): Order {
  return { orderId, items: [{ sku: 'lamp', quantity: 1 }], amount: 20, ...changes };
}

export interface RecordedEvent {
  eventId: string;
  eventType: string;
  attributes: Record<string, unknown>;
}

interface HistoryPage {
  history?: { events?: Record<string, unknown>[] };
  nextPageToken?: string;
}

export async function readHistory(workflowId: string, runId?: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const page of pages(workflowId, { runId })) events.push(...page);
  return events;
}

/** The history page by page as it is answered; with `isWaiting`, each page as soon as there is something new, until the end. */
export async function* pages(
  workflowId: string,
  { runId, isWaiting = false }: { runId?: string; isWaiting?: boolean },
): AsyncGenerator<RecordedEvent[]> {
  let token = '';
  do {
    const query = new URLSearchParams({ nextPageToken: token, waitNewEvent: String(isWaiting) });
    if (runId) query.set('execution.runId', runId);
    const path = `/api/v1/namespaces/default/workflows/${encodeURIComponent(workflowId)}/history?${query}`;
    const page = await getJson<HistoryPage>(path);
    yield (page.history?.events ?? []).map(toRecordedEvent);
    token = page.nextPageToken ?? '';
  } while (token !== '');
}

/** Waits until the history so far is as `isEnough` says, and gives it. */
export async function untilHistory(
  workflowId: string,
  isEnough: (events: RecordedEvent[]) => boolean,
): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const page of pages(workflowId, { isWaiting: true })) {
    events.push(...page);
    if (isEnough(events)) return events;
  }
  throw new Error(`${workflowId} closed before it came so far:\n${eventTypes(events).join('\n')}`);
}

/** Waits until an activity of this type is scheduled, or has ended, `times` times. */
export function untilActivity(workflowId: string, type: string, event: 'Scheduled' | 'Completed', times = 1) {
  const wanted = `ActivityTask${event}(${type})`;
  return untilHistory(
    workflowId,
    (events) => milestones(events).filter((name) => name === wanted).length >= times,
  );
}

/** Types of all events, as the documentation writes them: `WorkflowTaskStarted`. */
export function eventTypes(events: RecordedEvent[]): string[] {
  return events.map((event) => event.eventType);
}

/** What happened, without the workflow tasks in between; activities with their type, signals and timers with their name. */
export function milestones(events: RecordedEvent[]): string[] {
  return events
    .filter(({ eventType }) => !eventType.startsWith('WorkflowTask'))
    .map((event) => describe(event, events));
}

export async function ledger(subject: string): Promise<LedgerEntry[]> {
  const json = await getJson<{ entries: LedgerEntry[] }>(
    `/demo/ledger?prefix=${encodeURIComponent(subject)}`,
  );
  return json.entries;
}

/** What the demo service did, in order: `chargePayment done`. */
export async function outcomes(subject: string): Promise<string[]> {
  return (await ledger(subject)).map(({ operation, outcome }) => `${operation} ${outcome}`);
}

/** Of each step, what it made stands undone: nothing is left of the order. */
export async function expectNothingLeft(subject: string): Promise<void> {
  const entries = await ledger(subject);
  const made = entries.filter(({ outcome }) => outcome === 'done' || outcome === 'answer-lost').length;
  const undone = entries.filter(({ outcome }) => outcome === 'undone').length;
  expect({ made, undone }).toEqual({ made, undone: made });
}

function toRecordedEvent(event: Record<string, unknown>): RecordedEvent {
  const member = Object.keys(event).find((name) => name.endsWith('EventAttributes'));
  return {
    eventId: String(event.eventId),
    eventType: inPascalCase(String(event.eventType).replace('EVENT_TYPE_', '')),
    attributes: (member ? event[member] : {}) as Record<string, unknown>,
  };
}

function inPascalCase(name: string): string {
  return name.toLowerCase().replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function describe({ eventType, attributes }: RecordedEvent, events: RecordedEvent[]): string {
  const scheduled = attributes.scheduledEventId
    ? events.find(({ eventId }) => eventId === attributes.scheduledEventId)?.attributes
    : attributes;
  const activityType = scheduled?.activityType as { name: string } | undefined;
  const name = activityType?.name ?? attributes.signalName ?? attributes.startToFireTimeout;
  return name ? `${eventType}(${name})` : eventType;
}

async function getJson<T>(path: string): Promise<T> {
  const response = await fetchWorker(origin + path);
  expect(response.status, path).toBe(200);
  return response.json<T>();
}
