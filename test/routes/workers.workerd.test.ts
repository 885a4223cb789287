/** A worker that knows nothing but the protocol, on real objects: workflow and queue are lost between its calls. */
import { evictAllDurableObjects } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { fetchWorker } from '../samples/front-door.ts';

type Json = Record<string, unknown>;

async function call(
  method: 'GET' | 'POST',
  path: string,
  body?: Json,
  wait = 0,
): Promise<{ status: number; json: Json }> {
  const response = await fetchWorker(`http://localhost/api/v1/namespaces/default${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(wait > 0 && { prefer: `wait=${wait}` }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as Json };
}

async function post(path: string, body: Json, wait = 0): Promise<Json> {
  const { status, json } = await call('POST', path, body, wait);
  if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(json)}`);
  return json;
}

const start = (workflowId: string, queue: string) =>
  post(`/workflows/${workflowId}`, {
    workflowType: { name: 'any' },
    taskQueue: { name: queue },
    input: ['given'],
  });
const poll = (queue: string, kind: 'workflow' | 'activity', wait = 5) =>
  post(`/task-queues/${queue}/poll-${kind}-task`, { identity: 'me', workerInstanceKey: 'me' }, wait);
const complete = (task: Json, ...commands: Json[]) =>
  post('/workflow-task-complete', { taskToken: task.taskToken, identity: 'me', commands });

const activity = (queue: string) => ({
  commandType: 'COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK',
  scheduleActivityTaskCommandAttributes: {
    activityId: '1',
    activityType: { name: 'act' },
    taskQueue: { name: queue },
    input: ['argument'],
    startToCloseTimeout: '10s',
  },
});
const end = (result: unknown) => ({
  commandType: 'COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION',
  completeWorkflowExecutionCommandAttributes: { result: [result] },
});

async function eventTypes(workflowId: string): Promise<string[]> {
  const { json } = await call('GET', `/workflows/${workflowId}/history`);
  const { events } = json.history as { events: { eventType: string }[] };
  return events.map(({ eventType }) => eventType.replace('EVENT_TYPE_', ''));
}

describe('the protocol of workers', () => {
  it('carries a workflow and its activity, through the loss of every object between any two calls', async () => {
    await start('lossy', 'elsewhere');
    await evictAllDurableObjects();
    expect(await eventTypes('lossy')).toEqual(['WORKFLOW_EXECUTION_STARTED', 'WORKFLOW_TASK_SCHEDULED']);
    const first = await poll('elsewhere', 'workflow');
    expect(first).toMatchObject({
      workflowExecution: { workflowId: 'lossy' },
      workflowType: { name: 'any' },
      startedEventId: '3',
      attempt: 1,
    });
    await evictAllDurableObjects();
    await complete(first, activity('elsewhere'));
    await evictAllDurableObjects();
    const task = await poll('elsewhere', 'activity');
    expect(task).toMatchObject({
      activityType: { name: 'act' },
      activityId: '1',
      input: ['argument'],
      attempt: 1,
    });
    await evictAllDurableObjects();
    const heartbeat = await post('/activity-heartbeat', { taskToken: task.taskToken, details: [1] });
    expect(heartbeat.cancelRequested ?? false).toBe(false);
    await post('/activity-complete', { taskToken: task.taskToken, result: ['done'] });
    await evictAllDurableObjects();
    await complete(await poll('elsewhere', 'workflow'), end('all'));
    expect(await eventTypes('lossy')).toEqual([
      'WORKFLOW_EXECUTION_STARTED',
      'WORKFLOW_TASK_SCHEDULED',
      'WORKFLOW_TASK_STARTED',
      'WORKFLOW_TASK_COMPLETED',
      'ACTIVITY_TASK_SCHEDULED',
      'ACTIVITY_TASK_STARTED',
      'ACTIVITY_TASK_COMPLETED',
      'WORKFLOW_TASK_SCHEDULED',
      'WORKFLOW_TASK_STARTED',
      'WORKFLOW_TASK_COMPLETED',
      'WORKFLOW_EXECUTION_COMPLETED',
    ]);
  });

  it('refuses a completion that comes twice, and a token of another kind', async () => {
    await start('twice', 'twice');
    const task = await poll('twice', 'workflow');
    await complete(task, end(1));
    const again = await call('POST', '/workflow-task-complete', { taskToken: task.taskToken, commands: [] });
    expect(again).toMatchObject({ status: 404, json: { message: 'Workflow task not found.' } });
    const wrong = await call('POST', '/query-complete', {
      taskToken: task.taskToken,
      completedType: 'QUERY_RESULT_TYPE_ANSWERED',
    });
    expect(wrong.status).toBe(400);
  });

  it('tries a failed task again, for the next poll', async () => {
    await start('failing', 'failing');
    const task = await poll('failing', 'workflow');
    await post('/workflow-task-fail', {
      taskToken: task.taskToken,
      cause: 'WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE',
      failure: { message: 'not today' },
    });
    const again = await poll('failing', 'workflow');
    expect(again.attempt).toBe(2);
    await complete(again, end(1));
    expect((await eventTypes('failing')).at(-1)).toBe('WORKFLOW_EXECUTION_COMPLETED');
  });

  it('answers queries by a task of their own, which leaves no event', async () => {
    await start('queried', 'queried');
    await complete(await poll('queried', 'workflow'), {
      commandType: 'COMMAND_TYPE_START_TIMER',
      startTimerCommandAttributes: { timerId: '1', startToFireTimeout: '3600s' },
    });
    const before = await eventTypes('queried');
    const asked = post('/workflows/queried/query/state', { query: { queryArgs: ['of what'] } });
    const task = await poll('queried', 'workflow');
    expect(task.query).toMatchObject({ queryType: 'state', queryArgs: ['of what'] });
    await post('/query-complete', {
      taskToken: task.taskToken,
      completedType: 'QUERY_RESULT_TYPE_ANSWERED',
      queryResult: ['all is well'],
    });
    expect(await asked).toMatchObject({ queryResult: ['all is well'] });
    expect(await eventTypes('queried')).toEqual(before);
  });

  it('says who serves a queue and what waits there', async () => {
    await start('waiting', 'unserved');
    await expect
      .poll(async () => {
        const { json } = await call(
          'GET',
          '/task-queues/unserved?taskQueueType=TASK_QUEUE_TYPE_WORKFLOW&reportStats=true',
        );
        return (json.stats as Json).approximateBacklogCount;
      })
      .toBe('1');
    await poll('unserved', 'workflow');
    const { json } = await call('GET', '/task-queues/unserved?taskQueueType=TASK_QUEUE_TYPE_WORKFLOW');
    expect(json.pollers).toMatchObject([{ identity: 'me' }]);
  });

  it('ends the polls of a worker that shuts down', async () => {
    const waiting = poll('closing', 'activity', 20);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await post('/task-queues/closing/shutdown-worker', { workerInstanceKey: 'me' });
    expect(await waiting).toEqual({});
  });
});
