/** Requests for every call of the table, mostly as it wants them, with something wrong in most. */
import { type Call, pathsOf } from '../../../src/sdk/client/calls/call.ts';
import { CALLS, type CallName } from '../../../src/sdk/client/calls/index.ts';
import { pathFields } from '../../../src/sdk/client/calls/path.ts';
import type { Random } from '../../conformance/simulation/random.ts';
import { damage, hostileValue, render, spoil } from './hostile-values.ts';
import { ownRequest } from './own-routes.ts';
import { type Json, type JsonObject, JsonWriter, type Pools } from './random-json.ts';

export interface RandomRequest {
  /** Or a route of our own, which is no call. */
  call: CallName | 'own';
  method: string;
  /** Path and query, as they go over the wire. */
  target: string;
  headers: Record<string, string>;
  body?: Uint8Array;
  /** Of a right answer, where that is not JSON. */
  contentType?: RegExp;
}

const NAMES = Object.keys(CALLS) as [CallName, ...CallName[]];
/** Runs have to exist before anything can be done to them. */
const STARTS: [CallName, ...CallName[]] = [
  'startWorkflowExecution',
  'signalWithStartWorkflowExecution',
  'updateWithStartWorkflowExecution',
  'pollWorkflowTaskQueue',
  'respondWorkflowTaskCompleted',
];

export function randomRequest(random: Random, pools: Pools): RandomRequest {
  if (random.chance(0.08)) return requestOfOwn(random, pools);
  const name = random.chance(0.3) ? random.pick(STARTS) : random.pick(NAMES);
  const call = CALLS[name] as Call<unknown, unknown>;
  const tokens = pools.get(random.chance(0.9) ? tokenKind(name) : 'nextPageToken') ?? [];
  const known = new Map([...pools, ['taskToken', tokens]]);
  // A namespace can be deleted by an update, and with it all that there is to disturb.
  if (name === 'updateNamespace') known.set('namespace', ['other']);
  const message = new JsonWriter(random, known).message(call.request);
  const path = pathOf(random, call, message);
  for (let i = random.pick([0, 0, 0, 1, 1, 2]); i > 0; i--) spoil(random, message);
  const method = random.chance(0.03)
    ? random.pick(['PUT', 'PATCH', 'DELETE', 'GET', 'OPTIONS'])
    : call.method;
  const query = queryOf(random, call.method === 'POST' ? {} : message);
  const request = { call: name, method, target: path + query, headers: headersOf(random) };
  if (method === 'GET' || call.method !== 'POST') return request;
  const text = render(message);
  return { ...request, body: random.chance(0.05) ? damage(random, text) : new TextEncoder().encode(text) };
}

function requestOfOwn(random: Random, pools: Pools): RandomRequest {
  const { route, target, headers, body } = ownRequest(random, pools);
  const { method, contentType } = route;
  const all = { ...headersOf(random), ...headers };
  return { call: 'own', method, target, headers: all, contentType, ...(body && { body }) };
}

/** The pool that holds the tokens a call takes. */
export const tokenKind = (call: string): string =>
  /Activit/.test(call) ? 'activityToken' : /Nexus/.test(call) ? 'nexusToken' : 'workflowToken';

function pathOf(random: Random, call: Call<unknown, unknown>, message: JsonObject): string {
  const [first = call.path, ...others] = pathsOf(call);
  const template = random.pick([first, ...others]);
  const fields = pathFields(template);
  let index = 0;
  const path = template.replaceAll(/\{[^}]+\}/g, () => {
    const at = fields[index++]?.[0] ?? [];
    if (random.chance(0.015))
      return random.pick(['%2f', '%00', '%ff', '%', '..', '%2e%2e', '', 'a%2fb', ';x=1']);
    const hostile = random.chance(0.015) ? hostileValue(random) : undefined;
    const text = typeof hostile === 'string' ? hostile.slice(0, 2000) : textAt(message, at);
    return encodeURIComponent(text.toWellFormed()) || 'x';
  });
  return random.chance(0.02) ? path.replace('/', random.pick(['//', '/./', '/x/../', '/%2e/'])) : path;
}

function textAt(message: JsonObject, path: readonly string[]): string {
  let value: Json | undefined = message;
  for (const key of path) {
    value = typeof value === 'object' && value !== null && !Array.isArray(value) ? value[key] : undefined;
  }
  return typeof value === 'string' ? value : 'default';
}

function queryOf(random: Random, message: JsonObject): string {
  const query = new URLSearchParams();
  flatten(message, '', query);
  if (random.chance(0.2)) query.append('noPayloadShorthand', '');
  if (random.chance(0.1)) query.append('pretty', random.pick(['', '1', 'x']));
  if (random.chance(0.2)) {
    const key = random.pick([
      'wait',
      'execution.runId',
      'execution',
      'nextPageToken',
      '__proto__.x',
      '.',
      'a[b]',
    ]);
    for (let i = random.between(1, 3); i > 0; i--) query.append(key, wireText(hostileValue(random)));
  }
  return query.size === 0 ? '' : `?${query}`;
}

function flatten(json: Json, path: string, query: URLSearchParams): void {
  if (Array.isArray(json)) {
    for (const item of json) query.append(path, wireText(item));
  } else if (typeof json === 'object' && json !== null) {
    for (const [key, value] of Object.entries(json))
      flatten(value, path === '' ? key : `${path}.${key}`, query);
  } else query.append(path, wireText(json));
}

const wireText = (value: Json): string =>
  (typeof value === 'string' ? value : JSON.stringify(value ?? null)).slice(0, 2000).toWellFormed();

function headersOf(random: Random): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': random.chance(0.9)
      ? 'application/json'
      : random.pick(['text/plain', 'application/json+no-payload-shorthand', 'multipart/form-data', 'x', '']),
  };
  if (random.chance(0.1))
    headers.accept = random.pick(['application/json+pretty', 'text/html', '*/*', ';;;']);
  if (random.chance(0.2))
    headers.prefer = random.pick(['wait=0', 'wait=abc', 'wait=-1', 'wait=1e9', 'wait=999999']);
  if (random.chance(0.1)) headers.authorization = random.pick(['Bearer x', 'Bearer', 'Basic AAAA', 'x']);
  if (random.chance(0.1)) headers['caller-type'] = random.pick(['operator', 'x']);
  return headers;
}
