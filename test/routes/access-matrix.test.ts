/** Who may call what: every key against every call of the table, under both of its paths, and the routes beside the table. */
import { describe, expect, test } from 'vitest';
import type { Call } from '../../src/sdk/client/calls/call.ts';
import { CALLS, type CallName } from '../../src/sdk/client/calls/index.ts';
import { type Replies, type TestApp, testApp } from './fake-execution.ts';

const NAMESPACES = ['default', 'other', 'größe'];
const STRENGTH = { none: 0, read: 1, write: 2, admin: 3 } as const;
type Right = keyof typeof STRENGTH;

/** Rights by namespace; `*` is for all. */
const KEYS: Readonly<Record<string, Readonly<Record<string, Right>>>> = {
  reader: { default: 'read' },
  writer: { default: 'write' },
  admin: { default: 'admin' },
  foreigner: { größe: 'admin' },
  auditor: { '*': 'read', other: 'write' },
  root: { '*': 'admin' },
  nobody: {},
};
const BINDINGS = {
  PERDURE_API_KEYS: JSON.stringify(
    Object.entries(KEYS).map(([name, namespaces]) => ({ name, key: `secret-${name}`, namespaces })),
  ),
};

function rightOf(key: string, namespace: string): number {
  const rights = KEYS[key] ?? {};
  return Math.max(STRENGTH[rights['*'] ?? 'none'], STRENGTH[rights[namespace] ?? 'none']);
}

interface Route {
  name: string;
  method: string;
  needs: Exclude<Right, 'none'>;
  /** `server`: any key will do; `every-namespace`: one for all namespaces. */
  scope: 'namespace' | 'server' | 'every-namespace';
  target(namespace: string): string;
}

const names = Object.keys(CALLS) as CallName[];
const ofTable: Route[] = names.flatMap((name) => {
  const { path, prefixedPath, method, access, scope } = CALLS[name] as Call<unknown, unknown>;
  return [path, prefixedPath].map((template) => ({
    name: `${name} ${template}`,
    method,
    needs: access,
    scope,
    target: (namespace) =>
      template.replaceAll(/\{([^}]+)\}/g, (_, fields: string) =>
        /(^|\.|,)namespace($|,)/.test(fields) ? encodeURIComponent(namespace) : 'x',
      ),
  }));
});
const beside: Route[] = ['history/watch', 'query/q/watch'].map((rest) => ({
  name: rest,
  method: 'GET',
  needs: 'read',
  scope: 'namespace',
  target: (namespace) => `/api/v1/namespaces/${encodeURIComponent(namespace)}/workflows/x/${rest}`,
}));
const routes = [...ofTable, ...beside];

async function ask(app: TestApp, route: Route, namespace: string, key?: string) {
  // Registering names its namespace in the body alone.
  const body = route.method === 'POST' ? { namespace } : undefined;
  return app.request(
    route.method,
    route.target(namespace),
    body,
    key ? { authorization: `Bearer ${key}` } : {},
  );
}

const REFUSED = [401, 403];
/** Nothing is there: what passes ends at once. */
const silent = () => ({ ok: false, error: { code: 'NOT_FOUND', message: 'no' } });
const replies: Replies = Object.fromEntries(
  [
    'start',
    'signalWithStart',
    'updateWithStart',
    'update',
    'pollUpdate',
    'apply',
    'query',
    'describe',
    'history',
    'result',
  ]
    .concat(['reset', 'pause', 'unpause'])
    .map((method) => [method, silent]),
);

/** One of each for all tests: making the routes takes longer than a request. */
const guarded = testApp(replies, { bindings: BINDINGS, namespaces: NAMESPACES });
const notSetUp = testApp(replies, { bindings: {}, namespaces: NAMESPACES });

describe('access', () => {
  test.each(routes)('$name takes the right it needs in its namespace, and no less', async (route) => {
    for (const namespace of NAMESPACES) {
      for (const key of Object.keys(KEYS)) {
        const { status } = await ask(guarded, route, namespace, `secret-${key}`);
        const where = route.scope === 'every-namespace' ? '*' : namespace;
        const isGranted = route.scope === 'server' || rightOf(key, where) >= STRENGTH[route.needs];
        expect([key, namespace, REFUSED.includes(status)]).toEqual([key, namespace, !isGranted]);
        if (!isGranted) expect([status, guarded.execution.asked]).toEqual([403, []]);
        guarded.execution.asked.length = 0;
      }
    }
  });

  test.each(routes)('$name is refused without a key, and with one that is not known', async (route) => {
    expect((await ask(guarded, route, 'default')).status).toBe(401);
    expect((await ask(guarded, route, 'default', 'secret-')).status).toBe(401);
    expect(guarded.execution.asked).toEqual([]);
  });

  test.each(routes)('$name is refused where nothing is set, with what to set', async (route) => {
    const { status, body } = await ask(notSetUp, route, 'default', 'secret-root');
    expect([status, body.code]).toEqual([403, 7]);
    expect(body.message).toContain('PERDURE_API_KEYS');
    expect(notSetUp.execution.asked).toEqual([]);
  });

  test('a call that writes asks for more than reading', () => {
    const reading = names.filter((name) => CALLS[name].access === 'read');
    expect(reading.filter((name) => CALLS[name].method !== 'GET')).toEqual(['queryWorkflow']);
    expect(names.filter((name) => CALLS[name].method === 'DELETE' && CALLS[name].access === 'read')).toEqual(
      [],
    );
  });
});
