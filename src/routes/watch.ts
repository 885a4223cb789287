/**
 * Following a workflow over server-sent events: calls of our own. Each event carries its position as its ID, so that a browser's
 * `EventSource` resumes by itself; after the last one comes `end`, and who asks again is told 204, upon which it stops asking.
 */
import type { Context, Hono } from 'hono';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import type { Gateway } from '../sdk/client/calls/index.ts';
import { invalidArgument } from '../sdk/client/rpc-error.ts';
import {
  currentRunId,
  isEnd,
  unlessNotReady,
  type WatchRequest,
  watchAnswers,
  watchHistory,
} from '../sdk/client/watch.ts';
import { eventToJson, fieldFromJson, fieldToJson } from '../sdk/common/wire/json.ts';
import { PayloadsSchema } from '../sdk/common/wire/messages.ts';
import { requireAccess } from './access.ts';
import type { RouteEnv } from './calls.ts';
import { isLongForm } from './request.ts';

/** So often something is sent when nothing happens, lest somebody on the way takes the connection for dead. */
const KEEP_ALIVE_MS = 15_000;
const WORKFLOW = '/namespaces/:namespace/workflows/:workflowId';

export function addWatchRoutes(app: Hono<RouteEnv>, gateway: Gateway): void {
  for (const prefix of ['', '/api/v1']) {
    app.get(`${prefix}${WORKFLOW}/history/watch`, (c) => historyStream(c, gateway));
    app.get(`${prefix}${WORKFLOW}/query/:queryType/watch`, (c) => queryStream(c, gateway));
  }
}

async function historyStream(c: Context<RouteEnv>, gateway: Gateway): Promise<Response> {
  const request = watchRequest(c);
  const after = c.req.header('last-event-id') || c.req.query('after') || undefined;
  // Asked before the stream begins: what is wrong with the request is a status, not an event.
  if (after === undefined) await currentRunId(gateway, request);
  else if (await isEnd(gateway, request, after)) return c.body(null, 204);
  const shorthand = takesShorthand(c);
  return stream(c, request, async (sse, following) => {
    for await (const { runId, event, position } of watchHistory(gateway, following, after)) {
      const data = JSON.stringify({ runId, event: eventToJson(event, { shorthand }) });
      await sse.writeSSE({ event: 'history', id: position, data });
    }
  });
}

async function queryStream(c: Context<RouteEnv>, gateway: Gateway): Promise<Response> {
  const request = watchRequest(c);
  const { namespace, workflowId, signal } = request;
  const shorthand = takesShorthand(c);
  const queryArgs = queryArgsOf(c);
  const query = { queryType: c.req.param('queryType') ?? '', ...(queryArgs && { queryArgs }) };
  const ask = async (runId: string) => {
    const answer = await gateway.queryWorkflow(
      { namespace, execution: { workflowId, runId }, query },
      signal ? { signal } : {},
    );
    return fieldToJson(PayloadsSchema, answer.queryResult ?? {}, { shorthand });
  };
  await unlessNotReady(ask(await currentRunId(gateway, request)));
  return stream(c, request, async (sse, following) => {
    const answers = watchAnswers(gateway, following, { ask, keyOf: (answer) => JSON.stringify(answer) });
    for await (const { runId, answer } of answers) {
      await sse.writeSSE({ event: 'answer', data: JSON.stringify({ runId, queryResult: answer }) });
    }
  });
}

function watchRequest(c: Context<RouteEnv>): WatchRequest {
  const namespace = c.req.param('namespace') ?? '';
  requireAccess(c.get('caller'), namespace, 'read');
  return {
    namespace,
    workflowId: c.req.param('workflowId') ?? '',
    runId: c.req.query('execution.runId') || undefined,
    signal: c.req.raw.signal,
  };
}

function takesShorthand(c: Context<RouteEnv>): boolean {
  return !isLongForm(c.req.header('accept'), new URL(c.req.url).searchParams);
}

/** `?args=["a",1]`, or payloads in long form. */
function queryArgsOf(c: Context<RouteEnv>) {
  const text = c.req.query('args');
  if (!text) return undefined;
  try {
    return fieldFromJson(PayloadsSchema, JSON.parse(text), { shorthand: true });
  } catch (error) {
    throw invalidArgument(`args: expected a JSON list: ${error instanceof Error ? error.message : error}`);
  }
}

function stream(
  c: Context<RouteEnv>,
  request: WatchRequest,
  follow: (sse: SSEStreamingApi, following: WatchRequest) => Promise<void>,
): Response {
  return streamSSE(c, async (sse) => {
    const gone = new AbortController();
    sse.onAbort(() => gone.abort());
    const timer = setInterval(() => void sse.write(': still here\n\n'), KEEP_ALIVE_MS);
    try {
      await follow(sse, { ...request, signal: gone.signal });
      await sse.writeSSE({ event: 'end', data: '{}' });
    } catch (error) {
      if (gone.signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      await sse.writeSSE({ event: 'error', data: JSON.stringify({ message }) });
    } finally {
      clearInterval(timer);
    }
  });
}
