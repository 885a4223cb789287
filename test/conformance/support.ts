/** What the conformance tests share: clients over HTTP and straight to the objects, and ways to read a history. */
import { exports } from 'cloudflare:workers';
import { Client, type WorkflowHandle } from 'perdure/client';
import { runtime } from './worker/index.ts';

const worker = exports as unknown as { default: { fetch(request: Request): Promise<Response> } };

export const fetchWorker = (path: string, init?: RequestInit): Promise<Response> =>
  worker.default.fetch(new Request(new URL(path, 'http://localhost'), init));

/** Through Temporal's HTTP API, as from anywhere. */
export const client = new Client({ fetch: (input, init) => worker.default.fetch(new Request(input, init)) });
/** Straight to the objects, as from the same Worker. */
export const direct = runtime.client();

export const taskQueue = 'default';

let count = 0;
export function unique(name: string): string {
  count += 1;
  return `${name}-${count}`;
}

/** Options of a start with an ID of its own. */
export function options(name: string): { workflowId: string; taskQueue: string } {
  return { workflowId: unique(name), taskQueue };
}

export interface JsonEvent {
  eventId: string;
  eventTime: string;
  eventType: string;
  // biome-ignore lint/suspicious/noExplicitAny: history JSON, read member by member.
  attributes: any;
  // biome-ignore lint/suspicious/noExplicitAny: history JSON, read member by member.
  userMetadata?: any;
}

/** History as HTTP gives it, all pages; `attributes` is the event's own member. */
export async function history(workflowId: string, runId?: string): Promise<JsonEvent[]> {
  const path = `/api/v1/namespaces/default/workflows/${encodeURIComponent(workflowId)}/history`;
  const events: JsonEvent[] = [];
  let nextPageToken = '';
  do {
    const query = new URLSearchParams({ ...(runId && { 'execution.runId': runId }), nextPageToken });
    const response = await fetchWorker(`${path}?${query}`);
    if (!response.ok) throw new Error(`History of ${workflowId}: ${await response.text()}`);
    const page = (await response.json()) as { history: { events: JsonEvent[] }; nextPageToken?: string };
    events.push(...page.history.events.map(withAttributes));
    nextPageToken = page.nextPageToken ?? '';
  } while (nextPageToken !== '');
  return events;
}

function withAttributes(event: JsonEvent): JsonEvent {
  const found = Object.entries(event).find(([key]) => key.endsWith('EventAttributes'));
  return { ...event, attributes: found?.[1] };
}

const camel = (text: string): string =>
  text
    .replace('EVENT_TYPE_', '')
    .toLowerCase()
    .replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());

/** Event types in order, by their short names. */
export async function eventTypes(workflowId: string, runId?: string): Promise<string[]> {
  return (await history(workflowId, runId)).map(({ eventType }) => camel(eventType));
}

/** Event types without those of workflow tasks. */
export async function milestones(workflowId: string, runId?: string): Promise<string[]> {
  return (await eventTypes(workflowId, runId)).filter((type) => !type.startsWith('WorkflowTask'));
}

/** Attributes of the events of one type. */
export async function attributesOf(
  workflowId: string,
  type: string,
  runId?: string,
  // biome-ignore lint/suspicious/noExplicitAny: history JSON, read member by member.
): Promise<any[]> {
  const events = await history(workflowId, runId);
  return events.filter(({ eventType }) => camel(eventType) === type).map(({ attributes }) => attributes);
}

/** What the promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('Expected a rejection, but the promise resolved');
}

/** Waits until `check` gives something other than undefined or false. */
export async function eventually<T>(
  check: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const value = await check();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('Waited in vain');
}

/** Waits until the run's history holds an event of the type. */
export async function recorded(handle: WorkflowHandle, type: string, times = 1): Promise<void> {
  await eventually(
    async () => (await eventTypes(handle.workflowId)).filter((each) => each === type).length >= times,
  );
}
