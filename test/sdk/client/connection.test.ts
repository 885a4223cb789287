import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  Client,
  Connection,
  DirectConnection,
  isGrpcServiceError,
  ServiceError,
} from '../../../src/sdk/client/index.ts';
import { fakeExecution, fakeNamespaces, RUN_ID } from '../../routes/fake-execution.ts';
import { clientOverHttp } from './over-http.ts';

/** A `fetch` that remembers and answers as told. */
function recorder(answer: () => Response | Promise<Response> = () => Response.json({})) {
  const calls: { url: string; headers: Headers }[] = [];
  const send = async (url: string, init: RequestInit) => {
    calls.push({ url, headers: new Headers(init.headers as Record<string, string>) });
    return await answer();
  };
  return { calls, fetch: send };
}

const info = async (connection: Connection) => {
  await connection.workflowService.getSystemInfo({});
};

describe('the address', () => {
  test.each([
    [{}, 'http://localhost:8787'],
    [{ address: 'localhost:7233' }, 'http://localhost:7233'],
    [{ address: 'perdure.example' }, 'http://perdure.example'],
    [{ address: 'perdure.example:443', tls: true }, 'https://perdure.example'],
    [{ address: 'perdure.example', tls: {} }, 'https://perdure.example'],
    [{ address: '[::1]:8787' }, 'http://[::1]:8787'],
    [{ address: 'https://perdure.example/base/' }, 'https://perdure.example/base'],
    [{ address: 'http://perdure.example', tls: true }, 'http://perdure.example'],
  ])('%j leads to %s', async (options, base) => {
    const { calls, fetch } = recorder();
    await info(Connection.lazy({ ...options, fetch }));
    expect(calls[0]?.url).toBe(`${base}/api/v1/system-info`);
  });

  test('that is none is a TypeError', () => {
    expect(() => Connection.lazy({ address: 'not an address' })).toThrow(TypeError);
    expect(() => Connection.lazy({ address: 'grpc://host:7233' })).toThrow(
      "Invalid address: expected http:// or https://, got 'grpc://host:7233'",
    );
  });
});

describe('headers', () => {
  test('carry the key, which may change, and metadata, by scope', async () => {
    const { calls, fetch } = recorder();
    const connection = Connection.lazy({ fetch, apiKey: 'one', metadata: { 'X-Team': 'a' } });
    await info(connection);
    connection.setApiKey(() => 'two');
    await connection.withMetadata({ 'x-team': 'b', 'x-more': '1' }, () => info(connection));
    await connection.withApiKey('three', () => info(connection));
    const sent = calls.map(({ headers }) =>
      ['authorization', 'x-team', 'x-more'].map((name) => headers.get(name)),
    );
    expect(sent).toEqual([
      ['Bearer one', 'a', null],
      ['Bearer two', 'b', '1'],
      ['Bearer three', 'a', null],
    ]);
  });

  test.each([
    ['localhost:7233', 'identity'],
    ['http://127.0.0.1:8787', 'identity'],
    ['[::1]:8787', 'identity'],
    ['perdure.example', null],
  ])('ask %s for answers encoded as %s', async (address, encoding) => {
    const { calls, fetch } = recorder();
    await info(Connection.lazy({ address, fetch }));
    expect(calls.map(({ headers }) => headers.get('accept-encoding'))).toEqual([encoding]);
  });

  test('scopes do not leak into calls beside them', async () => {
    const { calls, fetch } = recorder();
    const connection = Connection.lazy({ fetch });
    await Promise.all([
      connection.withMetadata({ 'x-scope': 'in' }, async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        await info(connection);
      }),
      info(connection),
    ]);
    expect(calls.map(({ headers }) => headers.get('x-scope'))).toEqual([null, 'in']);
  });

  test('a key and an Authorization header contradict each other', () => {
    expect(() => Connection.lazy({ apiKey: 'k', metadata: { Authorization: 'x' } })).toThrow(TypeError);
  });

  test('an empty key is none, and cannot replace one', async () => {
    const { calls, fetch } = recorder();
    const connection = Connection.lazy({ apiKey: '', fetch });
    await info(connection);
    expect(calls.map(({ headers }) => headers.get('authorization'))).toEqual([null]);
    expect(() => connection.setApiKey('')).toThrow('`apiKey` must not be an empty string');
  });

  test('are refused once the connection is closed', async () => {
    const { calls, fetch } = recorder();
    const connection = Connection.lazy({ fetch });
    await connection.close();
    await connection.close();
    await expect(info(connection)).rejects.toThrow('Channel has been shut down');
    const described = new Client({ connection }).workflow.getHandle('w').describe();
    const error = await described.catch((err: unknown) => err);
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({
      message: 'Unexpected error while making gRPC request',
      cause: { message: 'Channel has been shut down' },
    });
    expect(calls).toEqual([]);
  });
});

describe('connect', () => {
  test('resolves when the server answers', async () => {
    const { fetch } = recorder();
    expect(await Connection.connect({ fetch })).toBeInstanceOf(Connection);
  });

  test('to nobody rejects within its time', async () => {
    const { fetch, calls } = recorder(() => Promise.reject(new TypeError('fetch failed')));
    await expect(Connection.connect({ fetch, connectTimeout: 400 })).rejects.toThrow(
      'Failed to connect before the deadline',
    );
    expect(calls.length).toBeGreaterThan(1);
  });

  test('without access rejects with ServiceError', async () => {
    const { fetch } = recorder(() =>
      Response.json({ code: 16, message: 'no key', details: [] }, { status: 401 }),
    );
    const error = await Connection.connect({ fetch }).catch((err: unknown) => err);
    expect(error).toBeInstanceOf(ServiceError);
    expect((error as ServiceError).cause).toMatchObject({ code: 16, details: 'no key' });
  });
});

describe('answers', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  const failing = async (response: () => Response) => {
    vi.useFakeTimers();
    const { fetch, calls } = recorder(response);
    const call = Connection.lazy({ fetch })
      .gateway.describeNamespace({ namespace: 'n' })
      .catch((err: unknown) => err);
    await vi.advanceTimersByTimeAsync(120_000);
    return { error: await call, attempts: calls.length };
  };

  test.each<[string, () => Response, number, number]>([
    ['a refusal', () => Response.json({ code: 3, message: 'bad', details: [] }, { status: 400 }), 3, 1],
    [
      'unavailability',
      () => Response.json({ code: 14, message: 'later', details: [] }, { status: 503 }),
      14,
      10,
    ],
    ['exhaustion', () => Response.json({ code: 8, message: 'slow', details: [] }, { status: 429 }), 8, 10],
    ["a proxy's page", () => new Response('<html>', { status: 502 }), 14, 10],
    ["a stranger's 404", () => new Response('nothing here', { status: 404 }), 12, 1],
    ['a code that does not exist', () => Response.json({ code: 99, message: 'x' }, { status: 400 }), 3, 1],
    ['success that is no JSON', () => new Response('ok'), 13, 1],
    ['success that is something else', () => Response.json({ namespaceInfo: 'x' }), 13, 1],
  ])('%s', async (_, response, code, expected) => {
    const { error, attempts } = await failing(response);
    expect(isGrpcServiceError(error)).toBe(true);
    expect([(error as { code: number }).code, attempts]).toEqual([code, expected]);
  });
});

describe('workflowService', () => {
  test('takes and gives protobuf shapes', async () => {
    const { client } = clientOverHttp();
    const response = await client.workflowService.describeNamespace({ namespace: 'default' });
    expect(response.namespaceInfo.state).toBe(1);
    expect(response.config.workflowExecutionRetentionTtl.seconds.toNumber()).toBe(259_200);
    const error = await client.workflowService
      .describeNamespace({ namespace: 'nowhere' })
      .catch((err: unknown) => err);
    expect(error).toMatchObject({ code: 5 });
  });
});

describe('a direct connection', () => {
  test('goes straight to the objects, with the same checks', async () => {
    const execution = fakeExecution();
    const connection = new DirectConnection({
      executions: () => execution.api,
      namespaces: fakeNamespaces(),
    });
    await connection.ensureConnected();
    const client = new Client({ connection });
    const handle = await client.workflow.start('order', { workflowId: 'o-1', taskQueue: 'q', args: [1] });
    expect(handle.firstExecutionRunId).toBe(RUN_ID);
    expect(await handle.query('q')).toBe(42);
    const tooLong = client.workflow.start('order', { workflowId: 'x'.repeat(1001), taskQueue: 'q' });
    const error = (await tooLong.catch((err: unknown) => err)) as Error;
    expect(error.cause).toMatchObject({
      code: 3,
      details: 'workflowId: length of 1001 bytes exceeds the limit of 1000',
    });
  });

  test('keeps deadlines', async () => {
    const execution = fakeExecution({ query: () => new Promise(() => undefined) });
    const connection = new DirectConnection({
      executions: () => execution.api,
      namespaces: fakeNamespaces(),
    });
    const client = new Client({ connection });
    const call = client.withDeadline(Date.now() + 30, () => client.workflow.getHandle('o-1').query('q'));
    const error = (await call.catch((err: unknown) => err)) as Error;
    expect(error.cause).toMatchObject({ code: 4 });
  });
});

describe('plugins', () => {
  test('change the options of connections and clients', async () => {
    const { calls, fetch } = recorder();
    const plugin = {
      name: 'p',
      configureConnection: (options: object) => ({ ...options, metadata: { 'x-plugin': '1' } }),
      configureClient: (options: object) => ({ ...options, namespace: 'from-plugin' }),
    };
    const connection = Connection.lazy({ fetch, plugins: [plugin] });
    await info(connection);
    expect(calls[0]?.headers.get('x-plugin')).toBe('1');
    expect(new Client({ connection }).options.namespace).toBe('from-plugin');
  });
});
