/** Reading and showing histories. */
import type { Api, JsonObject } from '../command/api.ts';
import { fixedTime, named, payloads } from '../output/formats.ts';
import { at, type Column, emphasized, type TextOptions, textAt } from '../output/table.ts';

export const eventType = named('EVENT_TYPE_');

export const EVENT_COLUMNS: readonly Column[] = [
  ['ID', 'eventId'],
  ['Time', 'eventTime', fixedTime],
  ['Type', 'eventType', eventType],
];

interface Execution {
  readonly workflowId: string;
  readonly runId?: string | undefined;
}

/** The events of a run, page by page. Followed, also those to come until it ends; as a chain, and of the runs it continues as. */
export async function* eventPages(
  api: Api,
  { workflowId, runId }: Execution,
  isFollowed: boolean,
  isChain = isFollowed && !runId,
): AsyncGenerator<JsonObject[]> {
  let execution: JsonObject | undefined = { workflowId, ...(runId && { runId }) };
  while (execution !== undefined) {
    let last: JsonObject | undefined;
    for await (const events of runPages(api, execution, isFollowed)) {
      last = events.at(-1) ?? last;
      yield events;
    }
    const next = last && isChain ? nextRunOf(last) : undefined;
    execution = next === undefined ? undefined : { workflowId, runId: next };
  }
}

async function* runPages(
  api: Api,
  execution: JsonObject,
  waitNewEvent: boolean,
): AsyncGenerator<JsonObject[]> {
  let token: unknown;
  do {
    const page = await api.call('getWorkflowExecutionHistory', {
      execution,
      ...(waitNewEvent && { waitNewEvent }),
      ...(token !== undefined && { nextPageToken: token }),
    });
    const events = at(page, 'history.events');
    if (Array.isArray(events) && events.length > 0) yield events;
    token = page.nextPageToken;
  } while (token);
}

export function attributesOf(event: JsonObject): JsonObject {
  const member = Object.keys(event).find((name) => name.endsWith('EventAttributes'));
  return member === undefined ? {} : (event[member] as JsonObject);
}

const nextRunOf = (event: JsonObject): string | undefined => {
  const { newExecutionRunId } = attributesOf(event);
  return typeof newExecutionRunId === 'string' && newExecutionRunId !== '' ? newExecutionRunId : undefined;
};

/** An event with all it holds, one value to a line. */
export function detailsOf(event: JsonObject, options: TextOptions): string {
  const title = `[${textAt(event, 'eventId')}] ${eventType(event.eventType, options)}  ${fixedTime(event.eventTime, options)}`;
  const lines = flatten(attributesOf(event), '').map(([path, value]) => `    ${path}: ${value}`);
  return [emphasized(title, options), ...lines].join('\n');
}

/** Lists of payloads are shown as their values. */
function flatten(value: unknown, path: string): [string, string][] {
  if (Array.isArray(value)) return [[path, payloads(value, RAW)]];
  if (typeof value !== 'object' || value === null) return [[path, String(value)]];
  return Object.entries(value).flatMap(([name, item]) =>
    flatten(item, path === '' ? name : `${path}.${name}`),
  );
}

const RAW: TextOptions = { timeFormat: 'raw', isColored: false, now: () => 0 };
