/** Nexus by the protocol alone, on real objects, which are lost between any two calls: caller, queue, registry and handler's workflow. */
import { abortAllDurableObjects, evictAllDurableObjects } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { fetchWorker } from '../samples/front-door.ts';

type Json = Record<string, unknown>;

async function call(method: 'GET' | 'POST', path: string, body?: Json, wait = 0) {
  const response = await fetchWorker(`http://localhost/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(wait > 0 && { prefer: `wait=${wait}` }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as Json };
}

async function post(path: string, body: Json, { namespace = 'default', wait = 0 } = {}): Promise<Json> {
  const { status, json } = await call('POST', `/namespaces/${namespace}${path}`, body, wait);
  if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(json)}`);
  return json;
}

const start = (workflowId: string, queue: string, more: Json = {}, namespace = 'default') =>
  post(
    `/workflows/${workflowId}`,
    { workflowType: { name: 'any' }, taskQueue: { name: queue }, ...more },
    { namespace },
  );
const poll = (queue: string, kind: 'workflow' | 'nexus', namespace = 'default', wait = 20) =>
  post(
    `/task-queues/${queue}/poll-${kind}-task`,
    { identity: 'me', workerInstanceKey: 'me' },
    { namespace, wait },
  );
const complete = (task: Json, commands: Json[], namespace = 'default') =>
  post('/workflow-task-complete', { taskToken: task.taskToken, identity: 'me', commands }, { namespace });
const answer = (task: Json, response: Json, namespace = 'default') =>
  post('/nexus-task-complete', { taskToken: task.taskToken, identity: 'me', response }, { namespace });

const operation = (endpoint: string, more: Json = {}) => ({
  commandType: 'COMMAND_TYPE_SCHEDULE_NEXUS_OPERATION',
  scheduleNexusOperationCommandAttributes: {
    endpoint,
    service: 'orders',
    operation: 'ship',
    input: 'order-1',
    nexusHeader: { team: 'a' },
    ...more,
  },
});
const end = (result: unknown) => ({
  commandType: 'COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION',
  completeWorkflowExecutionCommandAttributes: { result: [result] },
});

async function nexusEvents(workflowId: string): Promise<Json[]> {
  const { json } = await call('GET', `/namespaces/default/workflows/${workflowId}/history`);
  const { events } = json.history as { events: Json[] };
  return events.filter(({ eventType }) => String(eventType).includes('NEXUS'));
}
const typesOf = (events: Json[]) =>
  events.map(({ eventType }) => String(eventType).replace('EVENT_TYPE_NEXUS_OPERATION_', ''));

let made = 0;

/** A caller, and an endpoint that leads to a queue of another namespace. */
async function world(lose: () => Promise<unknown>, more: Json = {}) {
  made += 1;
  const names = { caller: `nexus-caller-${made}`, endpoint: `shop-${made}`, handlers: `handlers-${made}` };
  const namespace = `shop-${made}`;
  await call('POST', '/namespaces', { namespace, workflowExecutionRetentionPeriod: '86400s' });
  const target = { worker: { namespace, taskQueue: names.handlers } };
  const created = await call('POST', '/nexus/endpoints', { spec: { name: names.endpoint, target } });
  expect(created.json.endpoint).toMatchObject({ version: '1', spec: { name: names.endpoint, target } });
  await start(names.caller, names.caller);
  await complete(await poll(names.caller, 'workflow'), [operation(names.endpoint, more)]);
  await lose();
  return { ...names, namespace };
}

describe.each([
  ['evicted', evictAllDurableObjects],
  ['aborted', abortAllDurableObjects],
] as const)('the protocol of Nexus, with every object %s between any two calls', (_, lose) => {
  it('carries an operation that is answered with a result to a worker of another namespace and back', async () => {
    const { caller, endpoint, handlers, namespace } = await world(lose);
    const task = await poll(handlers, 'nexus', namespace);
    expect(task.request).toMatchObject({
      endpoint,
      header: { team: 'a', 'request-timeout': '10000ms' },
      startOperation: { service: 'orders', operation: 'ship', payload: 'order-1' },
    });
    await lose();
    await answer(task, { startOperation: { syncSuccess: { payload: 'shipped' } } }, namespace);
    await lose();
    const events = await nexusEvents(caller);
    expect(typesOf(events)).toEqual(['SCHEDULED', 'COMPLETED']);
    expect(events[1]?.nexusOperationCompletedEventAttributes).toMatchObject({ result: 'shipped' });
    await complete(await poll(caller, 'workflow'), [end('all')]);
  });

  it('carries one that a workflow stands for, until that has ended', async () => {
    const { caller, handlers, namespace } = await world(lose);
    const task = await poll(handlers, 'nexus', namespace);
    const { startOperation } = task.request as { startOperation: Json };
    const header = { ...(startOperation.callbackHeader as Json), 'nexus-operation-token': 'tok' };
    const completionCallbacks = [{ nexus: { url: startOperation.callback, header } }];
    const workflowId = `ship-${caller}`;
    await start(
      workflowId,
      handlers,
      { requestId: startOperation.requestId, completionCallbacks },
      namespace,
    );
    await lose();
    await answer(task, { startOperation: { asyncSuccess: { operationToken: 'tok' } } }, namespace);
    await lose();
    expect(typesOf(await nexusEvents(caller))).toEqual(['SCHEDULED', 'STARTED']);
    // A workflow task whose offer was lost is offered again when its object is loaded.
    await call('GET', `/namespaces/${namespace}/workflows/${workflowId}`);
    await complete(await poll(handlers, 'workflow', namespace), [end('by air')], namespace);
    await lose();
    // What it has to tell is told by whoever is loaded next; by its alarm, if nobody comes.
    await call('GET', `/namespaces/${namespace}/workflows/${workflowId}`);
    await expect
      .poll(async () => typesOf(await nexusEvents(caller)), { timeout: 20_000 })
      .toEqual(['SCHEDULED', 'STARTED', 'COMPLETED']);
    const [, , completed] = await nexusEvents(caller);
    expect(completed?.nexusOperationCompletedEventAttributes).toMatchObject({ result: 'by air' });
  });

  it('hands a request out again that its worker never answered, and takes nothing from the first one then', async () => {
    const { caller, handlers, namespace } = await world(lose);
    const first = await poll(handlers, 'nexus', namespace);
    await lose();
    // Its ten seconds, and the second after them, pass in the object's own time.
    const second = await poll(handlers, 'nexus', namespace, 25);
    expect(second.request).toMatchObject({ startOperation: { service: 'orders' } });
    const late = await call('POST', `/namespaces/${namespace}/nexus-task-complete`, {
      taskToken: first.taskToken,
      response: { startOperation: { syncSuccess: {} } },
    });
    expect(late.status).toBe(404);
    await answer(second, { startOperation: { syncSuccess: { payload: 2 } } }, namespace);
    expect(typesOf(await nexusEvents(caller))).toEqual(['SCHEDULED', 'COMPLETED']);
  }, 60_000);
});

describe('the protocol of Nexus', () => {
  const nothing = async () => {};

  it('ends an operation as the handler says, in either form of its words', async () => {
    for (const [response, type] of [
      [{ operationError: { operationState: 'failed', failure: { message: 'no stock' } } }, 'FAILED'],
      [{ operationError: { operationState: 'canceled', failure: { message: 'no stock' } } }, 'CANCELED'],
      [{ failure: { message: 'no stock', applicationFailureInfo: { type: 'Stock' } } }, 'FAILED'],
    ] as const) {
      const { caller, handlers, namespace } = await world(nothing);
      await answer(await poll(handlers, 'nexus', namespace), { startOperation: response }, namespace);
      const events = await nexusEvents(caller);
      expect(typesOf(events)).toEqual(['SCHEDULED', type]);
      expect(JSON.stringify(events[1])).toContain('no stock');
    }
  });

  it('tries again after an error that may pass, and shows it meanwhile; not after one that will not', async () => {
    const { caller, handlers, namespace } = await world(nothing);
    const fail = async (error: Json) =>
      post(
        '/nexus-task-fail',
        { taskToken: (await poll(handlers, 'nexus', namespace)).taskToken, error },
        { namespace },
      );
    await fail({ errorType: 'UNAVAILABLE', failure: { message: 'later' } });
    const { json } = await call('GET', `/namespaces/default/workflows/${caller}`);
    expect(json.pendingNexusOperations).toMatchObject([
      {
        state: 'PENDING_NEXUS_OPERATION_STATE_BACKING_OFF',
        attempt: 2,
        lastAttemptFailure: { message: 'later' },
      },
    ]);
    await fail({
      errorType: 'UNAVAILABLE',
      retryBehavior: 'NEXUS_HANDLER_ERROR_RETRY_BEHAVIOR_NON_RETRYABLE',
    });
    const events = await nexusEvents(caller);
    expect(typesOf(events)).toEqual(['SCHEDULED', 'FAILED']);
    expect(events[1]?.nexusOperationFailedEventAttributes).toMatchObject({
      failure: { cause: { nexusHandlerFailureInfo: { type: 'UNAVAILABLE' } } },
    });
  });

  it('refuses answers that say nothing, tokens of other namespaces, and forged ones', async () => {
    const { caller, handlers, namespace } = await world(nothing);
    const { taskToken } = await poll(handlers, 'nexus', namespace);
    const respond = async (token: unknown, response: Json, at = namespace) => {
      const { status, json } = await call('POST', `/namespaces/${at}/nexus-task-complete`, {
        taskToken: token,
        response,
      });
      return [status, json.message];
    };
    expect(await respond(taskToken, {})).toEqual([400, expect.stringContaining('expected startOperation')]);
    expect(await respond(taskToken, { startOperation: { asyncSuccess: {} } })).toEqual([
      400,
      expect.stringContaining('operationToken: required'),
    ]);
    const success = { startOperation: { syncSuccess: {} } };
    expect(await respond(taskToken, success, 'default')).toEqual([400, expect.stringContaining('taskToken')]);
    expect(await respond(btoa('nonsense'), success)).toEqual([400, expect.stringContaining('taskToken')]);
    const fields = JSON.parse(atob(String(taskToken))) as unknown[];
    fields[6] = crypto.randomUUID();
    expect((await respond(btoa(JSON.stringify(fields)), success))[0]).toBe(404);
    expect(typesOf(await nexusEvents(caller))).toEqual(['SCHEDULED']);
    expect((await respond(taskToken, success))[0]).toBe(200);
  });

  it('shows who polls a queue for Nexus tasks', async () => {
    const { handlers, namespace } = await world(nothing);
    await poll(handlers, 'nexus', namespace);
    const { json } = await call(
      'GET',
      `/namespaces/${namespace}/task-queues/${handlers}?taskQueueType=TASK_QUEUE_TYPE_NEXUS`,
    );
    expect(json.pollers).toMatchObject([{ identity: 'me' }]);
  });
});
