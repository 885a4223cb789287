/** Pages of a history that is only in the archive any more. */
import type { HistoryPage, HistoryRequest } from '../../../objects/execution/workflow-execution-api.ts';
import type { EventOfLine } from '../../common/history-lines.ts';
import type { HistoryEvent } from '../../common/wire/events.ts';
import { RpcError } from '../rpc-error.ts';
import type { ExecutionTarget } from './executions.ts';
import type { DirectServiceOptions } from './service.ts';

/** Undefined when there is none. Throws UNAVAILABLE when the archive cannot be read. */
export async function archivedPage(
  { elsewhere }: DirectServiceOptions,
  { namespace, workflowId }: ExecutionTarget,
  request: HistoryRequest,
): Promise<HistoryPage | undefined> {
  try {
    const found = await elsewhere?.archive?.find({ namespace, workflowId }, request.runId);
    if (found === undefined) return undefined;
    return await pageOf(found.runId, found.events, request);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const subject = `The archived history of workflow '${workflowId}' of namespace '${namespace}'`;
    throw new RpcError('UNAVAILABLE', `${subject} cannot be read: ${reason}`, { cause: error });
  }
}

/** What a page holds at most, its first event excepted. */
const PAGE_BYTES = 4_000_000;

async function pageOf(
  runId: string,
  events: AsyncIterable<EventOfLine>,
  { fromEventId, pageSize, reverse = false, closeEventOnly = false }: HistoryRequest,
): Promise<HistoryPage> {
  const page = { runId, isRunning: false };
  if (closeEventOnly) return { ...page, events: await lastOf(events, Number.POSITIVE_INFINITY, 1) };
  if (reverse) {
    const kept = await lastOf(events, fromEventId ?? Number.POSITIVE_INFINITY, pageSize);
    const earliest = kept[0]?.eventId ?? 1;
    const isCut = kept.length < pageSize && earliest > 1;
    return { ...page, events: kept.reverse(), isCut, ...(earliest > 1 && { nextEventId: earliest - 1 }) };
  }
  const kept: HistoryEvent[] = [];
  let held = 0;
  for await (const { event, bytes } of events) {
    if (event.eventId < (fromEventId ?? 1)) continue;
    held += bytes;
    if (kept.length === pageSize || (kept.length > 0 && held > PAGE_BYTES))
      return { ...page, events: kept, isCut: true, nextEventId: event.eventId };
    kept.push(event);
  }
  return { ...page, events: kept };
}

/** In order, as many as have room, up to `last`. */
async function lastOf(
  events: AsyncIterable<EventOfLine>,
  last: number,
  count: number,
): Promise<HistoryEvent[]> {
  const kept: EventOfLine[] = [];
  let held = 0;
  for await (const each of events) {
    if (each.event.eventId > last) break;
    kept.push(each);
    held += each.bytes;
    while (kept.length > count || (kept.length > 1 && held > PAGE_BYTES)) held -= kept.shift()?.bytes ?? 0;
  }
  return kept.map(({ event }) => event);
}
