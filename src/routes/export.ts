/**
 * One run's history as JSON lines, from its object or from the archive: a call of our own. The first line says whose it is; what
 * follows are events in Temporal's JSON, as the archive keeps them.
 */
import type { Context, Hono } from 'hono';
import type { Gateway } from '../sdk/client/calls/index.ts';
import { eventLine, headerLine } from '../sdk/common/history-lines.ts';
import { requireAccess } from './access.ts';
import type { RouteEnv } from './calls.ts';

const PATH = '/namespaces/:namespace/workflows/:workflowId/history/export';

export function addExportRoutes(app: Hono<RouteEnv>, gateway: Gateway): void {
  for (const prefix of ['', '/api/v1']) app.get(`${prefix}${PATH}`, (c) => exportHistory(c, gateway));
}

async function exportHistory(c: Context<RouteEnv>, gateway: Gateway): Promise<Response> {
  const { namespace = '', workflowId = '' } = c.req.param() as Record<string, string | undefined>;
  requireAccess(c.get('caller'), namespace, 'read');
  const asked = c.req.query('execution.runId') || c.req.query('runId') || undefined;
  const lines = linesOf(gateway, { namespace, workflowId, ...(asked && { runId: asked }) });
  // Asked before the answer begins: what is wrong with the request is a status.
  const first = await lines.next();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (!first.done) controller.enqueue(first.value);
    },
    async pull(controller) {
      const { done, value } = await lines.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: async () => void (await lines.return(undefined)),
  });
  return new Response(body, { headers: { 'content-type': 'application/x-ndjson; charset=utf-8' } });
}

async function* linesOf(
  gateway: Gateway,
  { namespace, workflowId, runId }: { namespace: string; workflowId: string; runId?: string },
): AsyncGenerator<Uint8Array, undefined> {
  let nextPageToken: Uint8Array | undefined;
  let isFirst = true;
  do {
    const execution = { workflowId, ...(runId && { runId }) };
    const page = await gateway.getWorkflowExecutionHistory({
      namespace,
      execution,
      ...(nextPageToken && { nextPageToken }),
    });
    const [started] = page.history.events;
    if (isFirst && started?.eventType === 'WorkflowExecutionStarted')
      yield headerLine({
        namespace,
        workflowId,
        runId: runId ?? started.attributes.originalExecutionRunId ?? '',
      });
    isFirst = false;
    for (const event of page.history.events) yield eventLine(event);
    nextPageToken = page.nextPageToken;
  } while (nextPageToken?.length);
  return undefined;
}
