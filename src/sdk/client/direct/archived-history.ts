/** Pages of a history that is only in the archive any more. */
import type { HistoryPage, HistoryRequest } from '../../../objects/execution/workflow-execution-api.ts';
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

async function pageOf(
  runId: string,
  events: AsyncIterable<HistoryEvent>,
  { fromEventId, pageSize, reverse = false, closeEventOnly = false }: HistoryRequest,
): Promise<HistoryPage> {
  const kept: HistoryEvent[] = [];
  const size = closeEventOnly ? 1 : pageSize;
  const isBackwards = reverse || closeEventOnly;
  for await (const event of events) {
    if (isBackwards && fromEventId !== undefined && event.eventId > fromEventId) break;
    if (!isBackwards && event.eventId < (fromEventId ?? 1)) continue;
    kept.push(event);
    // Forwards one more than asked for says that there is a next page; backwards the last ones count.
    if (!isBackwards && kept.length > size) break;
    if (isBackwards && kept.length > size) kept.shift();
  }
  const page = { runId, isRunning: false };
  if (closeEventOnly) return { ...page, events: kept };
  if (reverse) {
    const earliest = kept[0]?.eventId ?? 1;
    return { ...page, events: kept.reverse(), ...(earliest > 1 && { nextEventId: earliest - 1 }) };
  }
  const next = kept[size];
  return { ...page, events: kept.slice(0, size), ...(next && { nextEventId: next.eventId }) };
}
