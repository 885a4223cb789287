/** What must never be 500, and must disturb nothing. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { CALLS, type CallName } from '../../src/sdk/client/calls/index.ts';
import { testApp } from './fake-execution.ts';

const START = { workflowType: { name: 'w' }, taskQueue: { name: 'q' } };
const path = '/api/v1/namespaces/default/workflows/w-1';
const deep = (levels: number, open: string, close: string): string =>
  open.repeat(levels) + close.repeat(levels);

describe('bodies', () => {
  test.each<[string, string | Uint8Array]>([
    ['not JSON', 'hello'],
    ['cut off', '{"workflowType": {'],
    ['an array', '[]'],
    ['a string', '"x"'],
    ['null', 'null'],
    ['not UTF-8', new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])],
    ['bytes at random', new Uint8Array(Array.from({ length: 500 }, (_, i) => (i * 7919) % 256))],
    ['arrays 200,000 deep', deep(200_000, '[', ']')],
    [
      'arrays 100,000 deep in the input',
      `{"workflowType":{"name":"w"},"taskQueue":{"name":"q"},"input":${deep(100_000, '[', ']')}}`,
    ],
    [
      'objects 50,000 deep in the memo',
      `{"workflowType":{"name":"w"},"taskQueue":{"name":"q"},"memo":{"fields":{"a":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}}}`,
    ],
    [
      'deep where nobody looks',
      `{"workflowType":{"name":"w"},"taskQueue":{"name":"q"},"links":[${deep(50_000, '[', ']')}]}`,
    ],
    ['above 4 MiB', JSON.stringify({ ...START, identity: 'x'.repeat(4 * 1024 * 1024) })],
  ])('%s is 400', async (_, body) => {
    const app = testApp();
    const reply = await app.request('POST', path, body);
    expect([reply.status, reply.body.code]).toEqual([400, 3]);
    expect(app.execution.asked).toEqual([]);
  });

  test('a body that does not say how long it is stops at 4 MiB', async () => {
    const app = testApp();
    const chunk = new TextEncoder().encode(' '.repeat(65_536));
    let sent = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += chunk.length;
        controller.enqueue(chunk);
      },
    });
    const reply = await app.request('POST', path, stream);
    expect([reply.status, reply.body.message]).toEqual([400, 'body: exceeds the limit of 4194304 bytes']);
    expect(sent).toBeGreaterThan(4 * 1024 * 1024);
    expect(sent).toBeLessThan(6 * 1024 * 1024);
  });

  test('a body that breaks off is 400, not an accident', async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"workflowType":'));
        controller.error(new Error('Network connection lost.'));
      },
    });
    const reply = await testApp().request('POST', path, body);
    expect([reply.status, reply.body.message]).toEqual([
      400,
      'body: not received to its end: Network connection lost.',
    ]);
  });

  test.each([
    [{ start: {}, update: 7 }, 'update: expected an object'],
    [{ start: {}, update: { workflowExecution: [] } }, 'update.workflowExecution: expected an object'],
    [{ update: { request: { input: 'x' } } }, 'update.request.input: expected an object'],
  ])('what stands where the path has a field is named in full: %j', async (body, message) => {
    const reply = await testApp().request('POST', `${path}/update-with-start/change`, body);
    expect([reply.status, reply.body.message]).toEqual([400, message]);
  });

  test('names of prototypes are names like any other, and pollute nothing', async () => {
    const app = testApp();
    const fields = '{"__proto__":"p","constructor":"c","toString":"t","hasOwnProperty":"h"}';
    const body = `{"__proto__":{"identity":"evil"},"workflowType":{"name":"w","__proto__":{"x":1}},"taskQueue":{"name":"q"},
      "memo":{"fields":${fields}},"header":{"fields":${fields}},"searchAttributes":{"indexedFields":${fields}}}`;
    expect((await app.request('POST', path, body)).status).toBe(200);
    const request = app.execution.asked[0]?.args[1] as { identity?: string; memo: { fields: object } };
    expect(request.identity).toBeUndefined();
    expect(Object.keys(request.memo.fields).sort()).toEqual([
      '__proto__',
      'constructor',
      'hasOwnProperty',
      'toString',
    ]);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  test('names of prototypes in paths and queries are just names', async () => {
    const app = testApp();
    await app.request('POST', '/api/v1/namespaces/default/workflows/__proto__/signal/constructor', {});
    expect(app.execution.asked[0]).toMatchObject({
      args: [{ workflowId: '__proto__' }, { signalName: 'constructor' }],
    });
    expect((await app.request('GET', '/api/v1/namespaces/__proto__')).status).toBe(404);
    const { status } = await app.request(
      'GET',
      `${path}/result?__proto__.x=1&constructor.prototype.x=1&execution.__proto__.x=1`,
    );
    expect(status).toBe(200);
    expect(({} as { x?: string }).x).toBeUndefined();
  });

  test('unknown members are ignored', async () => {
    expect((await testApp().request('POST', path, { ...START, fromTheFuture: { a: 1 } })).status).toBe(200);
  });

  test.each(['text/plain', 'application/json', 'application/x-www-form-urlencoded', 'nonsense'])(
    'JSON is read whatever the type: %s',
    async (type) => {
      expect((await testApp().request('POST', path, START, { 'content-type': type })).status).toBe(200);
    },
  );
});

describe('paths', () => {
  test.each([
    ['GET', '/api/v1/nowhere'],
    ['GET', '/api/v1/namespaces/default/nowhere'],
    ['POST', '/api/v1/namespaces/default/workflows/w/explode'],
    ['GET', '/api/v1/namespaces/default/workflows/w/signal/s/more'],
    ['GET', '/namespaces/default/workflows/w/history/extra'],
    ['GET', '/elsewhere'],
  ])('%s %s is 404', async (method, target) => {
    const { status, body } = await testApp().request(method, target, method === 'POST' ? {} : undefined);
    expect([status, body]).toEqual([404, { code: 5, message: 'Not Found', details: [] }]);
  });

  test.each([
    ['PATCH', path],
    ['GET', `${path}/signal/s`],
    ['POST', `${path}/history`],
    ['PUT', '/api/v1/namespaces/default'],
    ['POST', '/system-info'],
  ])('%s %s is 501: the path is known, the method is not', async (method, target) => {
    const { status, body } = await testApp().request(method, target, method === 'GET' ? undefined : '{}');
    expect([status, body]).toEqual([501, { code: 12, message: 'Method Not Allowed', details: [] }]);
  });

  test.each(['%', '%zz', '%ff', '%E0%A4%A', '%00', '..%2f..', '%2e%2e'])(
    'a workflow ID of %s is no accident',
    async (id) => {
      const { status } = await testApp().request(
        'POST',
        `/api/v1/namespaces/default/workflows/${id}/signal/s`,
        {},
      );
      expect([200, 400, 404, 501]).toContain(status);
    },
  );
});

describe('objects that misbehave', () => {
  test.each([
    ['is overloaded', { overloaded: true, retryable: true }, 503, 1],
    ['cannot be reached', {}, 503, 1],
    ['throws', { remote: true }, 500, 1],
    ['stays broken', { retryable: true }, 503, 4],
  ])('a signal to an object that %s', async (_, flags, expected, attempts) => {
    const app = testApp({
      apply: () => {
        throw Object.assign(new Error('broken'), flags);
      },
    });
    const { status, body } = await app.request('POST', `${path}/signal/s`, {});
    expect([status, app.execution.asked.length]).toEqual([expected, attempts]);
    expect(body.message).toContain("workflow 'w-1'");
    const ids = app.execution.asked.map(({ args }) => (args[1] as { requestId: string }).requestId);
    expect(new Set(ids).size).toBe(1);
  });

  test('an answer that cannot be written is 500 without its stack', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const app = testApp({ describe: () => ({ ok: true, value: { workflowExecutionInfo: 7 } }) });
    const { status, text } = await app.request('GET', path);
    expect(status).toBe(500);
    expect(text).not.toContain('at ');
    log.mockRestore();
  });
});

describe('anything at all', () => {
  const targets = (Object.keys(CALLS) as CallName[]).map((name) => CALLS[name]);
  const segment = fc.oneof(
    fc.string({ minLength: 1, maxLength: 20 }),
    fc.constantFrom('default', 'w', '__proto__', '.', ' '),
  );

  test('is answered with JSON, and never with 500', async () => {
    const app = testApp({
      describe: () => ({ ok: false, error: { code: 'NOT_FOUND', message: 'no' } }),
      history: () => ({ ok: false, error: { code: 'NOT_FOUND', message: 'no' } }),
      update: () => ({ ok: false, error: { code: 'NOT_FOUND', message: 'no' } }),
      pollUpdate: () => ({ ok: false, error: { code: 'NOT_FOUND', message: 'no' } }),
      updateWithStart: () => ({ ok: false, error: { code: 'NOT_FOUND', message: 'no' } }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...targets),
        fc.array(segment, { minLength: 5, maxLength: 5 }),
        fc.oneof(
          fc.json({ maxDepth: 4 }),
          fc.string(),
          fc
            .dictionary(
              fc.constantFrom('input', 'workflowType', 'query', 'request', 'taskToken', 'failure', 'config'),
              fc.jsonValue(),
            )
            .map((value) => JSON.stringify(value)),
        ),
        fc.dictionary(
          fc.constantFrom('wait', 'execution.runId', 'nextPageToken', 'waitStage', 'pageSize', 'x.y'),
          fc.string(),
        ),
        async (call, segments, body, query) => {
          let index = 0;
          const filled = call.prefixedPath.replaceAll(/\{[^}]+\}/g, () =>
            encodeURIComponent(segments[index++] ?? 'x'),
          );
          const target = `${filled}?${new URLSearchParams(query)}`;
          const reply = await app.request(call.method, target, call.method === 'POST' ? body : undefined);
          expect(reply.status, `${call.method} ${target} ${body} -> ${reply.text}`).not.toBe(500);
          expect(reply.status).toBeGreaterThanOrEqual(200);
        },
      ),
      { numRuns: 500, seed: 20260105 },
    );
  });
});
