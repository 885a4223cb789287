/** Which routes the random requests of the fuzz tests know: all that there are. */
import { describe, expect, test } from 'vitest';
import { createApp } from '../../src/routes/app.ts';
import { type Call, pathsOf } from '../../src/sdk/client/calls/call.ts';
import { CALLS, type CallName } from '../../src/sdk/client/calls/index.ts';
import { routerPath } from '../../src/sdk/client/calls/path.ts';
import { Random } from '../conformance/simulation/random.ts';
import { fakeNamespaces } from './fake-execution.ts';
import { OWN_ROUTES } from './fuzz/own-routes.ts';
import { randomRequest } from './fuzz/random-request.ts';

const withoutPrefix = (path: string) => path.replace(/^\/api\/v1/, '');

/** What comes before every route, and is none. */
const MIDDLEWARE: ReadonlySet<string> = new Set([
  '/api/v1/*',
  '/namespaces/*',
  '/cluster',
  '/cluster/*',
  '/system-info',
]);

function routes(): { method: string; path: string }[] {
  const unused = () => {
    throw new Error('No request is made.');
  };
  const app = createApp({ executions: unused, namespaces: fakeNamespaces(), version: 'test' });
  return app.routes.filter(({ method, path }) => method !== 'ALL' || !MIDDLEWARE.has(path));
}

describe('random requests', () => {
  test('every route of the server has a shape: a call of the table, or one of its own', () => {
    const names = Object.keys(CALLS) as CallName[];
    const calls = names.flatMap((name) => pathsOf(CALLS[name] as Call<unknown, unknown>).map(routerPath));
    const own = new Set(OWN_ROUTES.map(({ path }) => withoutPrefix(path)));
    const known = (path: string) => calls.includes(path) || own.has(withoutPrefix(path));
    const unknown = routes().filter(({ path }) => !known(path));
    expect(unknown.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  test('every shape is one of a route', () => {
    const served = new Set(routes().map(({ path }) => withoutPrefix(path)));
    for (const { path } of OWN_ROUTES) expect(served).toContain(withoutPrefix(path));
  });

  test('each call and each route of its own is asked for', () => {
    const random = new Random(1);
    const requests = Array.from({ length: 3_000 }, () => randomRequest(random, new Map()));
    expect(new Set(requests.map(({ call }) => call))).toEqual(new Set([...Object.keys(CALLS), 'own']));
    const kinds = new Set(requests.map(({ contentType }) => contentType));
    for (const { contentType } of OWN_ROUTES) expect(kinds).toContain(contentType);
  });
});
