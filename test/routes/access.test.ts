import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { RouteBindings } from '../../src/routes/settings.ts';
import { testApp } from './fake-execution.ts';

const START = { workflowType: { name: 'w' }, taskQueue: { name: 'q' } };
const path = (namespace: string) => `/api/v1/namespaces/${namespace}/workflows/w-1`;
const namespaces = ['default', 'other'];

const KEYS = [
  { name: 'reader', key: 'secret-reader', namespaces: { default: 'read' } },
  {
    name: 'writer',
    hash: createHash('sha256').update('secret-writer').digest('hex'),
    namespaces: { default: 'write' },
  },
  { name: 'admin', key: 'secret-admin', namespaces: { default: 'admin' } },
  { name: 'root', key: 'secret-root', namespaces: { '*': 'admin' } },
  { name: 'mixed', key: 'secret-mixed', namespaces: { '*': 'read', other: 'write' } },
];
const WITH_KEYS: RouteBindings = { PERDURE_API_KEYS: JSON.stringify(KEYS) };

type Operation = (
  app: ReturnType<typeof testApp>,
  namespace: string,
  headers: Record<string, string>,
) => Promise<{ status: number }>;
const OPERATIONS: Record<string, Operation> = {
  read: (app, namespace, headers) => app.request('POST', `${path(namespace)}/query/q`, {}, headers),
  write: (app, namespace, headers) => app.request('POST', path(namespace), START, headers),
  admin: (app, namespace, headers) =>
    app.request('POST', `/api/v1/namespaces/${namespace}/update`, {}, headers),
};

describe('API keys', () => {
  test.each([
    ['reader', { default: 'read', other: '' }],
    ['writer', { default: 'read write', other: '' }],
    ['admin', { default: 'read write admin', other: '' }],
    ['root', { default: 'read write admin', other: 'read write admin' }],
    ['mixed', { default: 'read', other: 'read write' }],
  ] as const)('%s may do what its rights say and no more', async (name, granted) => {
    const app = testApp({}, { bindings: WITH_KEYS, namespaces });
    for (const namespace of namespaces as ('default' | 'other')[]) {
      for (const [right, operation] of Object.entries(OPERATIONS)) {
        const { status } = await operation(app, namespace, { authorization: `Bearer secret-${name}` });
        expect([namespace, right, status]).toEqual([
          namespace,
          right,
          granted[namespace].split(' ').includes(right) ? 200 : 403,
        ]);
      }
    }
  });

  test.each([
    ['no header', undefined],
    ['another scheme', 'Basic c2VjcmV0LXJvb3Q='],
    ['an unknown key', 'Bearer secret-nobody'],
    ['a key cut short', 'Bearer secret-roo'],
    ['an empty key', 'Bearer '],
    ['a hash in place of its key', `Bearer ${KEYS[1]?.hash}`],
  ])('%s is 401', async (_, authorization) => {
    const app = testApp({}, { bindings: WITH_KEYS });
    const { status, body, headers } = await app.request(
      'POST',
      path('default'),
      START,
      authorization ? { authorization } : {},
    );
    expect([status, body.code, headers.get('www-authenticate')]).toEqual([401, 16, 'Bearer']);
    expect(app.execution.asked).toEqual([]);
  });

  test('a refusal names the key, the right and the namespace, before anything of the request is looked at', async () => {
    const app = testApp({}, { bindings: WITH_KEYS });
    const { status, body } = await app.request('POST', path('secret'), 'not json', {
      authorization: 'Bearer secret-reader',
    });
    expect(status).toBe(403);
    expect(body).toMatchObject({
      code: 7,
      message: "The API key 'reader' has no write access to namespace 'secret'.",
      details: [{ '@type': 'type.googleapis.com/temporal.api.errordetails.v1.PermissionDeniedFailure' }],
    });
  });

  test('the list of namespaces shows each key its own', async () => {
    const app = testApp({}, { bindings: WITH_KEYS, namespaces });
    const names = async (key: string) => {
      const { body } = await app.request('GET', '/api/v1/namespaces', undefined, {
        authorization: `Bearer ${key}`,
      });
      return (body.namespaces as { namespaceInfo: { name: string } }[]).map(
        ({ namespaceInfo }) => namespaceInfo.name,
      );
    };
    expect(await names('secret-reader')).toEqual(['default']);
    expect(await names('secret-root')).toEqual(['default', 'other']);
  });

  test('registering a namespace takes admin rights in it', async () => {
    const app = testApp({}, { bindings: WITH_KEYS });
    const body = { namespace: 'fresh', workflowExecutionRetentionPeriod: '86400s' };
    const ask = (key: string) =>
      app.request('POST', '/api/v1/namespaces', body, { authorization: `Bearer ${key}` });
    expect((await ask('secret-admin')).status).toBe(403);
    expect((await ask('secret-root')).status).toBe(200);
  });

  test('system-info takes any key, but a key', async () => {
    const app = testApp({}, { bindings: WITH_KEYS });
    expect((await app.request('GET', '/api/v1/system-info')).status).toBe(401);
    expect(
      (await app.request('GET', '/system-info', undefined, { authorization: 'Bearer secret-reader' })).status,
    ).toBe(200);
  });

  test.each(['/api/v1/namespaces/default/schedules', '/api/v1/nowhere', '/cluster'])(
    '%s takes a key too',
    async (path) => {
      expect((await testApp({}, { bindings: WITH_KEYS }).request('GET', path)).status).toBe(401);
    },
  );
});

describe('without keys', () => {
  test.each([
    {},
    { PERDURE_OPEN: 'false' },
    { PERDURE_API_KEYS: '' },
    { PERDURE_API_KEYS: '[]' },
  ] as RouteBindings[])('%j refuses every call and says what to set', async (bindings) => {
    for (const [method, target] of [
      ['GET', '/api/v1/system-info'],
      ['POST', path('default')],
    ] as const) {
      const { status, body } = await testApp({}, { bindings }).request(
        method,
        target,
        method === 'POST' ? START : undefined,
        {
          host: 'localhost',
        },
      );
      expect(status).toBe(403);
      expect(body.message).toContain('PERDURE_API_KEYS');
    }
  });

  test.each<[string, RouteBindings]>([
    ['PERDURE_OPEN', { PERDURE_OPEN: 'yes' }],
    ['PERDURE_API_KEYS', { PERDURE_API_KEYS: '{' }],
    ['PERDURE_API_KEYS', { PERDURE_API_KEYS: '{"name":"x"}' }],
    ['PERDURE_API_KEYS[0]', { PERDURE_API_KEYS: '[null]' }],
    ['PERDURE_API_KEYS[0]', { PERDURE_API_KEYS: '[{"name":"x","namespaces":{}}]' }],
    ['PERDURE_API_KEYS[0]', { PERDURE_API_KEYS: '[{"key":"a","hash":"b","namespaces":{}}]' }],
    ['PERDURE_API_KEYS[0].hash', { PERDURE_API_KEYS: '[{"hash":"abc","namespaces":{}}]' }],
    ['PERDURE_API_KEYS[0].namespaces', { PERDURE_API_KEYS: '[{"key":"hush","namespaces":{"*":"root"}}]' }],
  ])('a mistake in %s refuses every call, and shows no secret', async (variable, bindings) => {
    const { status, text, body } = await testApp({}, { bindings }).request('GET', '/api/v1/system-info');
    expect(status).toBe(403);
    expect(body.message).toContain(variable);
    expect(text).not.toContain('hush');
  });
});

describe('an open server', () => {
  const open = (more: RouteBindings = {}) => testApp({}, { bindings: { PERDURE_OPEN: 'true', ...more } });

  test.each(['localhost', 'localhost:8787', '127.0.0.1:8787', '[::1]:8787', 'LOCALHOST'])(
    'answers to the host %s',
    async (host) => {
      expect((await open().request('GET', '/system-info', undefined, { host })).status).toBe(200);
    },
  );

  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io', 'example.com:8787'])(
    'refuses the host %s',
    async (host) => {
      const { status, body } = await open().request('GET', '/system-info', undefined, { host });
      expect([status, body.code, body.message]).toEqual([403, 7, 'Host not allowed']);
    },
  );

  test('answers to hosts that are allowed, with any port when none is named', async () => {
    const app = open({ PERDURE_ALLOWED_HOSTS: 'box.lan, other.lan:9000' });
    const ask = async (host: string) =>
      (await app.request('GET', '/system-info', undefined, { host })).status;
    expect(await Promise.all(['box.lan', 'box.lan:1234', 'other.lan:9000', 'other.lan'].map(ask))).toEqual([
      200, 200, 200, 403,
    ]);
  });

  test.each<[string, Record<string, string>]>([
    ['another origin', { origin: 'https://evil.example' }],
    ['another port', { origin: 'http://localhost:3000' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['a cross-site form', { 'sec-fetch-site': 'cross-site' }],
  ])('refuses writes from %s', async (_, headers) => {
    const app = open();
    const reply = await app.request('POST', path('default'), START, { host: 'localhost:8787', ...headers });
    expect([reply.status, reply.body.code]).toEqual([403, 7]);
    expect(app.execution.asked).toEqual([]);
  });

  test('takes writes from its own pages and from programs', async () => {
    const senders: Record<string, string>[] = [{ origin: 'http://localhost:8787' }, {}];
    for (const headers of senders) {
      const { status } = await open().request('POST', path('default'), START, {
        host: 'localhost:8787',
        ...headers,
      });
      expect(status).toBe(200);
    }
  });
});

describe('CORS', () => {
  const preflight = {
    origin: 'https://ui.example',
    'access-control-request-method': 'POST',
    host: 'localhost',
  };

  test('is off by default', async () => {
    const { headers } = await testApp().request('OPTIONS', path('default'), undefined, preflight);
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  test('lets origins in that are named, without a key for the question alone', async () => {
    const bindings = { ...WITH_KEYS, PERDURE_CORS_ORIGINS: 'https://ui.example' };
    const app = testApp({}, { bindings });
    const asked = await app.request('OPTIONS', path('default'), undefined, preflight);
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([
      204,
      'https://ui.example',
    ]);
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization');
    // Large payloads of a page are stored by PUT, with headers of their own.
    expect(asked.headers.get('access-control-allow-methods')).toContain('PUT');
    for (const header of ['content-digest', 'perdure-payload-owner'])
      expect(asked.headers.get('access-control-allow-headers')).toContain(header);
    const refused = await app.request('POST', path('default'), START, { origin: 'https://ui.example' });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([
      401,
      'https://ui.example',
    ]);
    const foreign = await app.request('OPTIONS', path('default'), undefined, {
      ...preflight,
      origin: 'https://evil.example',
    });
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('lets their writes through on an open server', async () => {
    const bindings = { PERDURE_OPEN: 'true', PERDURE_CORS_ORIGINS: 'https://ui.example' };
    const ask = async (origin: string) =>
      (await testApp({}, { bindings }).request('POST', path('default'), START, { origin })).status;
    expect([await ask('https://ui.example'), await ask('https://evil.example')]).toEqual([200, 403]);
  });
});

describe('API keys: stored payloads', () => {
  const id = '50e721e49c013f00c62cf59f2163542a.00000000-0000-4000-8000-000000000000';
  const payload = (namespace: string) => `/api/v1/namespaces/${namespace}/payloads/${id}`;
  const ask = async (method: string, key: string, namespace: string) => {
    const app = testApp({}, { bindings: WITH_KEYS, namespaces });
    const headers = { authorization: `Bearer ${key}`, 'perdure-payload-owner': 'w/', 'content-length': '1' };
    const body = method === 'PUT' ? 'x' : undefined;
    return (await app.request(method, payload(namespace), body, headers)).status;
  };

  // Allowed means that the missing bucket is found out: 501.
  test('who may write may store, who may read may retrieve, in their namespaces only', async () => {
    expect(await ask('GET', 'secret-reader', 'default')).toBe(501);
    expect(await ask('PUT', 'secret-reader', 'default')).toBe(403);
    expect(await ask('PUT', 'secret-writer', 'default')).toBe(501);
    expect(await ask('PUT', 'secret-writer', 'other')).toBe(403);
    expect(await ask('GET', 'secret-writer', 'other')).toBe(403);
    expect(await ask('GET', 'unknown', 'default')).toBe(401);
  });
});
