import { describe, expect, test } from 'vitest';
import {
  ApplicationFailure,
  CancelledFailure,
  Client,
  type ConnectionLike,
  InternalConnectionLikeSymbol,
  isGrpcServiceError,
  NamespaceNotFoundError,
  QueryNotRegisteredError,
  QueryRejectedError,
  ServiceError,
  TerminatedFailure,
  TimeoutFailure,
  type WorkflowClientInterceptor,
  WorkflowContinuedAsNewError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '../../../src/sdk/client/index.ts';
import { msToTs } from '../../../src/sdk/common/deprecated-time.ts';
import type { HistoryEvent } from '../../../src/sdk/common/wire/events.ts';
import {
  completedEvent,
  historyPage,
  jsonPayload,
  RUN_ID,
  refused,
  startedEvent,
  TIME,
} from '../../routes/fake-execution.ts';
import { clientOverHttp } from './over-http.ts';

interface Order {
  sku: string;
}
async function order(input: Order): Promise<string> {
  return input.sku;
}

const OPTIONS: { workflowId: string; taskQueue: string; args: [Order] } = {
  workflowId: 'order-1',
  taskQueue: 'orders',
  args: [{ sku: 'A1' }],
};

const event = <T extends string>(eventType: T, attributes: object): HistoryEvent =>
  ({ eventId: 4, eventTime: TIME, eventType, attributes }) as unknown as HistoryEvent;

const closedBy = (close: HistoryEvent) => ({ history: () => historyPage({ events: [close] }) });

describe('start', () => {
  test('START-18: eager is refused, but where client and worker share the connection', async () => {
    const { client, execution } = clientOverHttp();
    const eager = { ...OPTIONS, requestEagerStart: true };
    await expect(client.workflow.start(order, eager)).rejects.toThrow(
      'Eager workflow start requires a NativeConnection shared between client and worker.',
    );
    expect(execution.asked).toEqual([]);
    const shared = { [InternalConnectionLikeSymbol]: { supportsEagerStart: true } };
    const connection: ConnectionLike = Object.assign(Object.create(client.connection), shared);
    const handle = await new Client({ connection }).workflow.start(order, eager);
    expect(handle.eagerlyStarted).toBe(false);
  });

  test('sends what the options say and gives a handle of the run', async () => {
    const { client, execution, requests } = clientOverHttp();
    const handle = await client.workflow.start(order, {
      ...OPTIONS,
      workflowRunTimeout: '1 hour',
      retry: { maximumAttempts: 3 },
      memo: { note: 'rush' },
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      staticSummary: 'an order',
    });
    expect([handle.workflowId, handle.firstExecutionRunId, handle.eagerlyStarted]).toEqual([
      'order-1',
      RUN_ID,
      false,
    ]);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      path: '/api/v1/namespaces/default/workflows/order-1',
    });
    expect(execution.asked[0]?.args[1]).toMatchObject({
      workflowType: 'order',
      taskQueue: 'orders',
      identity: 'tester',
      workflowRunTimeout: 3_600_000,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      retryPolicy: { maximumAttempts: 3, initialInterval: 1000 },
      input: { payloads: [jsonPayload({ sku: 'A1' })] },
      memo: { fields: { note: jsonPayload('rush') } },
      userMetadata: { summary: jsonPayload('an order') },
    });
  });

  test('keeps payloads byte for byte, also those that no JSON value is', async () => {
    const { client, execution } = clientOverHttp();
    await client.workflow.start('w', {
      workflowId: 'x',
      taskQueue: 'q',
      args: [undefined, new Uint8Array([1, 2]), 2 ** 70],
    });
    const { input } = (execution.asked[0]?.args ?? [])[1] as { input: { payloads: { data?: Uint8Array }[] } };
    expect(input.payloads.map(({ data }) => data && [...data])).toEqual([
      undefined,
      [1, 2],
      [...new TextEncoder().encode('1.1805916207174113e+21')],
    ]);
  });

  test('of an ID in use rejects with WorkflowExecutionAlreadyStartedError', async () => {
    const { client } = clientOverHttp({ start: () => refused({ code: 'ALREADY_EXISTS', message: 'taken' }) });
    const error = await client.workflow.start(order, OPTIONS).catch((err: unknown) => err);
    expect(error).toBeInstanceOf(WorkflowExecutionAlreadyStartedError);
    expect(error).toMatchObject({
      workflowId: 'order-1',
      workflowType: 'order',
      message: 'Workflow execution already started',
    });
  });

  test('in an unknown namespace rejects with NamespaceNotFoundError (NS-4)', async () => {
    const { client } = clientOverHttp({}, { namespace: 'nowhere' });
    const error = await client.workflow.start(order, OPTIONS).catch((err: unknown) => err);
    expect(error).toBeInstanceOf(NamespaceNotFoundError);
    expect(error).toMatchObject({ namespace: 'nowhere' });
  });

  test('refused for another reason rejects with ServiceError, whose cause has the code', async () => {
    const { client } = clientOverHttp({ start: () => refused({ code: 'INVALID_ARGUMENT', message: 'no' }) });
    const error = (await client.workflow.start(order, OPTIONS).catch((err: unknown) => err)) as ServiceError;
    expect(error).toBeInstanceOf(ServiceError);
    expect(error.message).toBe('Failed to start Workflow');
    expect(isGrpcServiceError(error.cause)).toBe(true);
    expect(error.cause).toMatchObject({ code: 3, details: 'no', message: '3 INVALID_ARGUMENT: no' });
  });

  test('lost on the way is sent again under the same request ID', async () => {
    const { client, requests } = clientOverHttp({}, { lost: 2 });
    await client.workflow.start(order, OPTIONS);
    const ids = requests.map(({ body }) => (body as { requestId: string }).requestId);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
  });

  test('without a task queue or a workflow ID is a TypeError', async () => {
    const { client } = clientOverHttp();
    await expect(client.workflow.start(order, { ...OPTIONS, taskQueue: '' })).rejects.toThrow(
      new TypeError('Missing WorkflowOptions.taskQueue'),
    );
    await expect(client.workflow.start(order, { ...OPTIONS, workflowId: '' })).rejects.toThrow(
      new TypeError('Missing WorkflowOptions.workflowId'),
    );
  });

  test('signalWithStart gives a handle with the run that got the signal', async () => {
    const { client, execution } = clientOverHttp();
    const handle = await client.workflow.signalWithStart(order, {
      ...OPTIONS,
      signal: 'add',
      signalArgs: [1],
    });
    expect(handle.signaledRunId).toBe(RUN_ID);
    expect(execution.asked[0]).toMatchObject({
      method: 'signalWithStart',
      args: [{}, { signalName: 'add', signalInput: { payloads: [jsonPayload(1)] } }],
    });
  });
});

describe('execute', () => {
  test('takes one round trip when the workflow is short', async () => {
    const result = { runId: RUN_ID, status: 'COMPLETED', closeEvent: completedEvent(5, 'A1') };
    const { client, requests } = clientOverHttp({
      start: (_at, _request, waitMs = 0) => ({
        ok: true,
        value: {
          runId: RUN_ID,
          firstExecutionRunId: RUN_ID,
          started: true,
          status: 'RUNNING',
          ...(waitMs > 0 ? { result } : {}),
        },
      }),
    });
    const value: string = await client.workflow.execute(order, OPTIONS);
    expect(value).toBe('A1');
    expect(requests).toHaveLength(1);
    expect(requests[0]?.headers.get('prefer')).toBe('wait=10');
  });

  test('goes on by itself when it is not', async () => {
    const { client, requests } = clientOverHttp(closedBy(completedEvent(5, 'A1')));
    expect(await client.workflow.execute(order, OPTIONS)).toBe('A1');
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'GET']);
  });
});

describe('result', () => {
  const resultOf = async (close: HistoryEvent, followRuns = true): Promise<WorkflowFailedError> => {
    const { client } = clientOverHttp(closedBy(close));
    const error = await client.workflow
      .getHandle('order-1', undefined, { followRuns })
      .result()
      .catch((err: unknown) => err);
    return error as WorkflowFailedError;
  };

  test('of a failed workflow rejects with its failure (FAIL-7)', async () => {
    const failure = {
      message: 'no stock',
      source: 'TypeScriptSDK',
      applicationFailureInfo: { type: 'Stock', nonRetryable: true },
    };
    const error = await resultOf(
      event('WorkflowExecutionFailed', { failure, retryState: 'RETRY_POLICY_NOT_SET' }),
    );
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect(error).toMatchObject({ message: 'Workflow execution failed', retryState: 'RETRY_POLICY_NOT_SET' });
    expect(error.cause).toBeInstanceOf(ApplicationFailure);
    expect(error.cause).toMatchObject({ message: 'no stock', type: 'Stock', nonRetryable: true });
  });

  test('of a cancelled workflow rejects with CancelledFailure (FAIL-7)', async () => {
    const error = await resultOf(
      event('WorkflowExecutionCanceled', { details: { payloads: [jsonPayload('why')] } }),
    );
    expect(error).toMatchObject({
      message: 'Workflow execution cancelled',
      retryState: 'NON_RETRYABLE_FAILURE',
    });
    expect(error.cause).toBeInstanceOf(CancelledFailure);
    expect(error.cause).toMatchObject({ message: 'Workflow canceled', details: ['why'], stack: '' });
  });

  test.each([
    ['the reason', 'because', 'because'],
    ['a default text', '', 'Workflow execution terminated'],
  ])('of a terminated workflow rejects with %s (FAIL-7)', async (_, reason, message) => {
    const error = await resultOf(event('WorkflowExecutionTerminated', { reason }));
    expect(error).toMatchObject({ message, retryState: 'NON_RETRYABLE_FAILURE' });
    expect(error.cause).toBeInstanceOf(TerminatedFailure);
    expect(error.cause?.message).toBe(message);
  });

  test('of a timed out workflow rejects with TimeoutFailure (TO-8)', async () => {
    const error = await resultOf(event('WorkflowExecutionTimedOut', { retryState: 'TIMEOUT' }));
    expect(error).toMatchObject({ message: 'Workflow execution timed out', retryState: 'TIMEOUT' });
    expect(error.cause).toBeInstanceOf(TimeoutFailure);
    expect(error.cause).toMatchObject({ timeoutType: 'START_TO_CLOSE' });
  });

  test('follows the chain, or says where it goes on (FAIL-7)', async () => {
    const continued = event('WorkflowExecutionContinuedAsNew', { newExecutionRunId: 'run-2' });
    const { client } = clientOverHttp({
      history: (_at, { runId }) =>
        historyPage({
          events: [runId === 'run-2' ? completedEvent(9, 'end') : continued],
          runId: runId ?? RUN_ID,
        }),
    });
    expect(await client.workflow.getHandle('order-1').result()).toBe('end');
    const error = await resultOf(continued, false);
    expect(error).toBeInstanceOf(WorkflowContinuedAsNewError);
    expect(error).toMatchObject({ newExecutionRunId: 'run-2' });
  });

  test('a failed run that was retried is followed too', async () => {
    const failed = event('WorkflowExecutionFailed', {
      failure: { message: 'x' },
      newExecutionRunId: 'run-2',
    });
    const { client } = clientOverHttp({
      history: (_at, { runId }) =>
        historyPage({ events: [runId === 'run-2' ? completedEvent(9, 'end') : failed] }),
    });
    expect(await client.workflow.getHandle('order-1').result()).toBe('end');
  });

  test('of an unknown workflow rejects with WorkflowNotFoundError', async () => {
    const { client } = clientOverHttp({ history: () => refused({ code: 'NOT_FOUND', message: 'not here' }) });
    const error = await client.workflow
      .getHandle('order-1', 'r')
      .result()
      .catch((err: unknown) => err);
    expect(error).toBeInstanceOf(WorkflowNotFoundError);
    expect(error).toMatchObject({ workflowId: 'order-1', runId: 'r', message: 'not here' });
  });
});

describe('a handle', () => {
  test('made by start goes to the current run of its chain', async () => {
    const { client, execution } = clientOverHttp();
    const handle = await client.workflow.start(order, OPTIONS);
    await handle.signal('s', 1);
    await handle.cancel();
    await handle.terminate('enough');
    const inputs = execution.asked.slice(1).map(({ args }) => args[1]);
    expect(inputs).toMatchObject([
      { kind: 'Signal', signalName: 's', input: { payloads: [jsonPayload(1)] }, identity: 'tester' },
      { kind: 'RequestCancel', firstExecutionRunId: RUN_ID },
      { kind: 'Terminate', firstExecutionRunId: RUN_ID, reason: 'enough' },
    ]);
    for (const input of inputs) expect(input).not.toHaveProperty('runId');
  });

  test('queries', async () => {
    const { client, execution } = clientOverHttp();
    expect(await client.workflow.getHandle('order-1', RUN_ID).query<number, [string]>('count', 'x')).toBe(42);
    expect(execution.asked[0]?.args[1]).toMatchObject({
      runId: RUN_ID,
      queryType: 'count',
      rejectCondition: 'NONE',
      queryArgs: { payloads: [jsonPayload('x')] },
    });
  });

  test('a query that fails rejects with QueryNotRegisteredError', async () => {
    const { client } = clientOverHttp({
      query: () => refused({ code: 'INVALID_ARGUMENT', message: 'no such query' }),
    });
    const error = await client.workflow
      .getHandle('order-1')
      .query('q')
      .catch((err: unknown) => err);
    expect(error).toBeInstanceOf(QueryNotRegisteredError);
    expect(error).toMatchObject({ message: 'no such query', code: 3 });
  });

  test('a rejected query rejects with the status (QRY-3)', async () => {
    const { client, execution } = clientOverHttp(
      { query: () => ({ ok: true, value: { rejected: 'COMPLETED' } }) },
      { workflow: { queryRejectCondition: 'NOT_OPEN' } },
    );
    const error = await client.workflow
      .getHandle('order-1')
      .query('q')
      .catch((err: unknown) => err);
    expect(error).toBeInstanceOf(QueryRejectedError);
    expect(error).toMatchObject({ status: 2 });
    expect(execution.asked[0]?.args[1]).toMatchObject({ rejectCondition: 'NOT_OPEN' });
  });

  test('describes', async () => {
    const { client } = clientOverHttp({
      describe: () => ({
        ok: true,
        value: {
          executionConfig: { userMetadata: { summary: jsonPayload('an order') } },
          workflowExecutionInfo: {
            execution: { workflowId: 'order-1', runId: RUN_ID },
            type: { name: 'order' },
            taskQueue: 'orders',
            status: 'CANCELED',
            historyLength: 7,
            historySizeBytes: 512,
            startTime: TIME,
            closeTime: TIME + 1500,
            memo: { fields: { note: jsonPayload('rush') } },
          },
          pendingActivities: [
            { activityId: '1', activityType: { name: 'charge' }, state: 'STARTED', attempt: 2 },
          ],
        },
      }),
    });
    const description = await client.workflow.getHandle('order-1').describe();
    expect(description).toMatchObject({
      type: 'order',
      workflowId: 'order-1',
      runId: RUN_ID,
      taskQueue: 'orders',
      status: { code: 4, name: 'CANCELLED' },
      historyLength: 7,
      historySize: 512,
      startTime: new Date(TIME),
      closeTime: new Date(TIME + 1500),
      memo: { note: 'rush' },
      searchAttributes: {},
    });
    expect(await description.staticSummary()).toBe('an order');
    expect(description.raw.workflowExecutionInfo?.status).toBe(4);
    // What is not set is there, for who compares descriptions member by member.
    expect(Object.keys(description)).toEqual(expect.arrayContaining(['executionTime', 'parentExecution']));
    expect(description.raw.pendingActivities?.[0]).toMatchObject({ state: 2, attempt: 2 });
  });

  test('fetches all pages of the history, in the shape of protobuf objects', async () => {
    const { client, execution } = clientOverHttp({
      history: (_at, { fromEventId }) =>
        fromEventId === 2
          ? historyPage({ events: [completedEvent(2, 'A1')] })
          : historyPage({
              events: Array.from({ length: 256 }, startedEvent),
              nextEventId: 2,
              isRunning: true,
            }),
    });
    const { events } = await client.workflow.getHandle('order-1').fetchHistory();
    expect(events).toHaveLength(257);
    expect(events?.[0]?.eventType).toBe(1);
    expect(events?.[0]?.eventTime?.seconds.toNumber()).toBe(TIME / 1000);
    expect(events?.[256]?.workflowExecutionCompletedEventAttributes).toBeDefined();
    expect(execution.asked[1]?.args[1]).toMatchObject({ runId: RUN_ID, fromEventId: 2 });
  });
});

describe('list and count', () => {
  test('reject with what the server says while it does not offer them', async () => {
    const { client } = clientOverHttp();
    const error = (await client.workflow.count().catch((err: unknown) => err)) as ServiceError;
    expect(error).toBeInstanceOf(ServiceError);
    expect(error.cause).toMatchObject({ code: 12 });
    const next = client.workflow.list()[Symbol.asyncIterator]().next();
    await expect(next).rejects.toThrow('Failed to list workflows');
  });
});

describe('interceptors', () => {
  test('see every call, the first outermost, and may change it', async () => {
    const calls: string[] = [];
    const watch = (name: string): WorkflowClientInterceptor => ({
      async startWithDetails(input, next) {
        calls.push(`${name} start`);
        return await next({ ...input, headers: { ...input.headers, [name]: jsonPayload(calls.length) } });
      },
      async signal(input, next) {
        calls.push(`${name} signal`);
        await next({ ...input, signalName: `${input.signalName}!` });
      },
    });
    const { client, execution } = clientOverHttp(
      {},
      { interceptors: { workflow: [watch('a'), watch('b')] } },
    );
    const handle = await client.workflow.start(order, OPTIONS);
    await handle.signal('go');
    expect(calls).toEqual(['a start', 'b start', 'a signal', 'b signal']);
    expect(execution.asked[0]?.args[1]).toMatchObject({
      header: { fields: { a: jsonPayload(1), b: jsonPayload(2) } },
    });
    expect(execution.asked[1]?.args[1]).toMatchObject({ signalName: 'go!!' });
  });

  test('see durations of starts as protobuf objects, and may set them so or in milliseconds', async () => {
    const seen: unknown[] = [];
    const changing: WorkflowClientInterceptor = {
      async startWithDetails(input, next) {
        const { options } = input;
        seen.push(
          options.workflowRunTimeout,
          options.startDelay,
          Object.hasOwn(options, 'workflowTaskTimeout'),
        );
        const changes = { workflowTaskTimeout: msToTs('1500ms'), workflowExecutionTimeout: 90_000 as never };
        return await next({ ...input, options: { ...options, ...changes } });
      },
    };
    const { client, execution } = clientOverHttp({}, { interceptors: { workflow: [changing] } });
    await client.workflow.start(order, { ...OPTIONS, workflowRunTimeout: '1 hour' });
    expect(seen).toEqual([msToTs('1 hour'), undefined, true]);
    expect(execution.asked[0]?.args[1]).toMatchObject({
      workflowRunTimeout: 3_600_000,
      workflowTaskTimeout: 1500,
      workflowExecutionTimeout: 90_000,
    });
  });

  test('see what waits for an update; factories are told of the handle', async () => {
    const seen: unknown[] = [];
    const make = (of: object) => {
      seen.push(of);
      const interceptor: WorkflowClientInterceptor = {
        startUpdate: async (input) => {
          seen.push(input);
          return { updateId: 'u', workflowRunId: RUN_ID, outcome: {} };
        },
      };
      return interceptor;
    };
    const { client } = clientOverHttp({}, { interceptors: { workflow: { calls: [make] } } });
    const handle = client.workflow.getHandle('order-1');
    await handle.startUpdate('add', { waitForStage: 'ACCEPTED', updateId: 'u-1' });
    await handle.executeUpdate('add');
    expect(seen).toMatchObject([
      { workflowId: 'order-1', runId: undefined },
      { waitForStage: 'ACCEPTED', options: { waitForStage: 'ACCEPTED', updateId: 'u-1' } },
      { waitForStage: 'COMPLETED', options: {} },
    ]);
    expect(Object.keys(seen[0] as object)).toEqual(['workflowId', 'runId']);
  });

  test('with the older start take part', async () => {
    const old: WorkflowClientInterceptor = { start: async (input, next) => `${await next(input)}-seen` };
    const { client } = clientOverHttp({}, { interceptors: { workflow: [old] } });
    const handle = await client.workflow.start(order, OPTIONS);
    expect(handle.firstExecutionRunId).toBe(`${RUN_ID}-seen`);
  });
});
