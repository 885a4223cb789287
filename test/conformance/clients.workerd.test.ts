/** What clients see of workflows: descriptions, histories as objects, chains, deadlines, namespaces. */
import {
  Client,
  isGrpcServiceError,
  NamespaceNotFoundError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from 'perdure/client';
import { afterAll, describe, expect, test } from 'vitest';
import { client, eventually, failureOf, fetchWorker, options, recorded, unique } from './support.ts';
import { asyncCompletion } from './workflows/activities.ts';
import { countdown, forever, otherType } from './workflows/chains.ts';
import { cancelsChild } from './workflows/children.ts';
import { collector, finish, items, push } from './workflows/messages.ts';

describe('a description', () => {
  test('of a running workflow shows what it waits for', async () => {
    const handle = await client.workflow.start(asyncCompletion, { ...options('waits'), args: [unique('k')] });
    const description = await eventually(async () => {
      const found = await handle.describe();
      return found.raw.pendingActivities?.[0]?.state === 2 && found;
    });
    expect(description).toMatchObject({
      status: { code: 1, name: 'RUNNING' },
      type: 'asyncCompletion',
      taskQueue: 'default',
      historyLength: 5,
    });
    expect(description.closeTime).toBeUndefined();
    const [activity] = description.raw.pendingActivities ?? [];
    expect(activity).toMatchObject({
      activityId: 'elsewhere',
      activityType: { name: 'completeElsewhere' },
      attempt: 1,
    });
    await handle.terminate();
    const closed = await handle.describe();
    expect(closed.status).toEqual({ code: 5, name: 'TERMINATED' });
    expect(closed.raw.pendingActivities ?? []).toEqual([]);
  });

  test('shows its children', async () => {
    const handle = await client.workflow.start(cancelsChild, {
      ...options('parent'),
      args: [{ key: unique('k'), type: undefined, workflow: 'stubborn' }],
    });
    const [pending] = await eventually(async () => {
      const { pendingChildren } = (await handle.describe()).raw;
      return pendingChildren?.[0]?.runId ? pendingChildren : undefined;
    });
    expect(pending).toMatchObject({ workflowId: `${handle.workflowId}/child`, workflowTypeName: 'stubborn' });
    expect(await handle.result()).toBe('I stay');
  });
});

describe('a history as objects', () => {
  test('has Longs, timestamps, enum numbers and payloads', async () => {
    const handle = await client.workflow.start(otherType, { ...options('objects'), args: [7] });
    await handle.result();
    const { events } = await handle.fetchHistory();
    expect(events).toHaveLength(5);
    const [started] = events ?? [];
    expect(started?.eventId?.toNumber()).toBe(1);
    expect(started?.eventType).toBe(1);
    expect(started?.eventTime?.seconds?.toNumber()).toBeGreaterThan(1_600_000_000);
    const attributes = started?.workflowExecutionStartedEventAttributes;
    expect(attributes?.workflowType?.name).toBe('otherType');
    expect(new TextDecoder().decode(attributes?.input?.payloads?.[0]?.data ?? new Uint8Array())).toBe('7');
    expect(events?.at(-1)?.workflowExecutionCompletedEventAttributes?.result?.payloads).toHaveLength(1);
  });
});

describe('handles', () => {
  test('bound to a chain leave others alone', async () => {
    const at = options('bound');
    const first = await client.workflow.start(collector, at);
    await first.signal(finish);
    await first.result();
    const second = await client.workflow.start(collector, at);
    await expect(first.cancel()).rejects.toThrow(WorkflowNotFoundError);
    await expect(first.terminate()).rejects.toThrow(WorkflowNotFoundError);
    expect(await first.result()).toEqual([]);
    const bound = client.workflow.getHandle(at.workflowId, undefined, {
      firstExecutionRunId: second.firstExecutionRunId,
    });
    await bound.signal(push, 'x');
    expect(await second.query(items)).toEqual(['x']);
    const ofRun = client.workflow.getHandle(at.workflowId, first.firstExecutionRunId);
    expect(await ofRun.query(items)).toEqual([]);
    await expect(ofRun.signal(push, 'y')).rejects.toThrow(WorkflowNotFoundError);
    await bound.terminate();
    expect(await failureOf(second.result())).toBeInstanceOf(WorkflowFailedError);
  });

  test('of a run in the middle of a chain follow it to its end', async () => {
    const handle = await client.workflow.start(countdown, { ...options('middle'), args: [4] });
    await handle.result();
    const last = (await client.workflow.getHandle(handle.workflowId).describe()).runId;
    expect(await client.workflow.result(handle.workflowId, handle.firstExecutionRunId)).toBe('liftoff');
    expect(await client.workflow.getHandle(handle.workflowId, last).result()).toBe('liftoff');
    expect(last).not.toBe(handle.firstExecutionRunId);
  });
});

describe('what goes wrong', () => {
  const open = client.workflow.start(forever, options('open'));
  afterAll(async () => void (await (await open).terminate()));

  test('a namespace that is not there', async () => {
    const lost = new Client({ connection: client.connection, namespace: 'nowhere' });
    await expect(lost.workflow.start(forever, options('lost'))).rejects.toThrow(NamespaceNotFoundError);
    await expect(lost.workflow.getHandle('x').describe()).rejects.toThrow(NamespaceNotFoundError);
  });

  test('a deadline, and a signal that aborts', async () => {
    const { workflowId } = await open;
    const before = Date.now();
    const late = await failureOf(
      client.withDeadline(Date.now() + 150, () => client.workflow.getHandle(workflowId).result()),
    );
    expect(Date.now() - before).toBeLessThan(5_000);
    expect(isGrpcServiceError(late) || late instanceof ServiceError).toBe(true);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const aborted = client.withAbortSignal(controller.signal, () =>
      client.workflow.getHandle(workflowId).result(),
    );
    expect(await failureOf(aborted)).toBeInstanceOf(Error);
  });

  test('an unreachable server, and an answer that is none', async () => {
    const away = new Client({ fetch: () => Promise.reject(new TypeError('connection refused')) });
    const refused = await failureOf(
      away.withDeadline(Date.now() + 300, () => away.workflow.start(forever, options('away'))),
    );
    expect(refused).toBeInstanceOf(ServiceError);
    const odd = new Client({ fetch: async () => new Response('<html>', { status: 200 }) });
    await expect(odd.workflow.getHandle('x').describe()).rejects.toThrow();
  });

  test('the same start twice at once: one of them wins', async () => {
    const at = options('raced');
    const starts = await Promise.allSettled(
      Array.from({ length: 8 }, () => client.workflow.start(forever, at)),
    );
    expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const start of starts) {
      if (start.status === 'rejected')
        expect(start.reason).toBeInstanceOf(WorkflowExecutionAlreadyStartedError);
    }
    await client.workflow.getHandle(at.workflowId).terminate();
  });

  test('IDs with slashes, spaces, emojis and percent signs are IDs', async () => {
    for (const workflowId of ['a/b/c', 'with space', '😀 ünïcode', '100%', 'a?b=c&d#e', '..', 'tab\there']) {
      const unusual = { workflowId: `${unique('odd')}${workflowId}`, taskQueue: 'default' };
      const handle = await client.workflow.start(collector, unusual);
      await handle.signal(push, workflowId);
      expect(await handle.query(items)).toEqual([workflowId]);
      await recorded(handle, 'WorkflowExecutionSignaled');
      await handle.signal(finish);
      expect(await handle.result()).toEqual([workflowId]);
    }
  });

  test('a wrong path is 404 with a status, and a wrong method no crash', async () => {
    const missing = await fetchWorker('/api/v1/namespaces/default/nonsense');
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ code: 5 });
    const wrong = await fetchWorker('/api/v1/namespaces/default/workflows/x', { method: 'PATCH' });
    expect(wrong.status).toBeGreaterThanOrEqual(404);
  });
});
