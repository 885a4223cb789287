/** The whole history of a run that is no workflow. It is short: a handful of events, however often attempts were made. */
import type { HistoryPage, HistoryRequest } from '../../../objects/execution/workflow-execution-api.ts';
import type { HistoryEvent } from '../../common/wire/events.ts';
import { callExecution, type Executions, type ExecutionTarget } from './executions.ts';

const EVENTS_PER_PAGE = 256;

export async function allEvents(
  executions: Executions,
  target: ExecutionTarget,
  runId: string,
): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  for (let fromEventId: number | undefined = 1; fromEventId !== undefined; ) {
    const query: HistoryRequest = { runId, fromEventId, pageSize: EVENTS_PER_PAGE };
    const page: HistoryPage = await callExecution(executions, target, (stub, at) => stub.history(at, query));
    events.push(...page.events);
    fromEventId = page.isCut || page.events.length === EVENTS_PER_PAGE ? page.nextEventId : undefined;
  }
  return events;
}
