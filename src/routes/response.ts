/** Answers as JSON: with payloads written short or in full, in one line or indented. */
import type { Context } from 'hono';
import type { Call } from '../sdk/client/calls/call.ts';
import { isLongForm, queryOf } from './request.ts';

export function renderResponse<Response_>(
  c: Context,
  call: Call<unknown, Response_>,
  response: Response_,
): Response {
  const query = queryOf(c);
  const accept = c.req.header('accept');
  // Web UIs send this header, and read payloads in full only.
  const isOperator = c.req.header('caller-type') === 'operator';
  const shorthand = !isOperator && !isLongForm(accept, query);
  const isPretty = query.has('pretty') || /\+pretty\b/.test(accept ?? '');
  const body = JSON.stringify(
    call.response.toJson(response, { shorthand }),
    undefined,
    isPretty ? 2 : undefined,
  );
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}

const WAIT = /(?:^|[,;\s])wait=(\d{1,6})(?=$|[,;\s])/i;

/** `Prefer: wait=10` (RFC 7240), in milliseconds. */
export function preferredWaitMs(c: Context): number {
  const seconds = WAIT.exec(c.req.header('prefer') ?? '')?.[1];
  return seconds === undefined ? 0 : Number(seconds) * 1000;
}
