/** Requests for the routes that are no calls of the table: streams, exports, stored payloads, and what is not offered. */
import { NOT_OFFERED } from '../../../src/routes/not-offered.ts';
import type { Random } from '../../conformance/simulation/random.ts';
import { hostileValue } from './hostile-values.ts';
import type { Pools } from './random-json.ts';

export interface OwnRoute {
  method: 'GET' | 'PUT' | 'POST';
  /** As the router has it, with `/api/v1` where it has no other. */
  path: string;
  /** Query parameters, and headers, that it reads. */
  query: Readonly<Record<string, readonly string[]>>;
  headers: Readonly<Record<string, readonly string[]>>;
  hasBody?: true;
  /** Of a right answer. */
  contentType: RegExp;
}

const RUN = ['execution.runId', 'runId'] as const;
const runs = (ids: readonly string[]) => Object.fromEntries(RUN.map((key) => [key, ids]));
const WORKFLOW = '/api/v1/namespaces/:namespace/workflows/:workflowId';
const PAYLOAD = '/api/v1/namespaces/:namespace/payloads/:id';
const DIGEST = 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:';
const json = /^application\/json\b/;
const notOffered = NOT_OFFERED.flatMap((segment): OwnRoute[] =>
  [segment, `${segment}/*`].map((path) => ({
    ...{ method: 'POST', path: `/api/v1/namespaces/:p0/${path}`, query: {}, headers: {} },
    ...{ hasBody: true, contentType: json },
  })),
);

export const OWN_ROUTES: readonly OwnRoute[] = [
  {
    method: 'GET',
    path: `${WORKFLOW}/history/watch`,
    query: { ...runs(['', 'x']), after: ['', 'x/1', 'x/NaN', '1'] },
    headers: { 'last-event-id': ['x', 'x/1', 'x/-1', '/', 'x/99999999999999999999'] },
    contentType: /^text\/event-stream\b/,
  },
  {
    method: 'GET',
    path: `${WORKFLOW}/query/:queryType/watch`,
    query: { ...runs(['', 'x']), args: ['[1]', '{}', '[', 'null', '[{"metadata":3}]'] },
    headers: {},
    contentType: /^text\/event-stream\b/,
  },
  {
    method: 'GET',
    path: `${WORKFLOW}/history/export`,
    query: runs(['', 'x', '../..']),
    headers: {},
    contentType: /^application\/x-ndjson\b/,
  },
  {
    method: 'PUT',
    path: PAYLOAD,
    query: {},
    headers: {
      'perdure-payload-owner': ['w-0', 'w-0/run', '%', '//', 'a/b/c', '%ff/%ff'],
      'content-digest': [DIGEST, 'sha-256=:x:', 'md5=:x:', ''],
    },
    hasBody: true,
    contentType: json,
  },
  { method: 'GET', path: PAYLOAD, query: {}, headers: {}, contentType: /^application\/octet-stream\b/ },
  {
    method: 'GET',
    path: '/api/v1/openapi.yaml',
    query: {},
    headers: {},
    contentType: /^application\/yaml\b/,
  },
  { method: 'GET', path: '/api/v1/swagger.json', query: {}, headers: {}, contentType: json },
  ...notOffered,
];

export interface OwnRequest {
  route: OwnRoute;
  target: string;
  headers: Record<string, string>;
  body?: Uint8Array;
}

export function ownRequest(random: Random, pools: Pools): OwnRequest {
  const [first, ...others] = OWN_ROUTES;
  if (first === undefined) throw new Error('There are routes of our own.');
  const route = random.pick([first, ...others]);
  const path = route.path
    .replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(parameter(random, pools, name)))
    .replace('*', random.pick(['', 'x', 'x/y', '..', '%00']));
  const prefix = route.path === PAYLOAD || random.chance(0.7) ? '' : '/api/v1';
  const query = new URLSearchParams();
  for (const [key, values] of Object.entries(route.query))
    if (random.chance(0.4)) query.append(key, oneOf(random, [...values, ...(pools.get('runId') ?? [])]));
  const headers: Record<string, string> = {};
  for (const [key, values] of Object.entries(route.headers))
    if (random.chance(0.6)) headers[key] = oneOf(random, values);
  const bytes = Uint8Array.from({ length: random.between(0, 40) }, () => random.between(0, 255));
  const target = `${path.slice(prefix.length)}${query.size === 0 ? '' : `?${query}`}`;
  return { route, target, headers, ...(route.hasBody && { body: bytes }) };
}

function parameter(random: Random, pools: Pools, name: string): string {
  const hostile = random.chance(0.1) ? hostileValue(random) : undefined;
  if (typeof hostile === 'string') return hostile.slice(0, 2_000).toWellFormed() || 'x';
  return oneOf(random, pools.get(name === 'p0' ? 'namespace' : name) ?? ['x']) || 'x';
}

function oneOf(random: Random, values: readonly string[]): string {
  const [first = '', ...others] = values;
  return random.pick([first, ...others]);
}
