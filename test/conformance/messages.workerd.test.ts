/** Signals and queries. */
import {
  ApplicationFailure,
  QueryNotRegisteredError,
  QueryRejectedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from 'perdure/client';
import { workflowMetadataQuery } from 'perdure/workflow';
import { describe, expect, test } from 'vitest';
import {
  attributesOf,
  client,
  eventTypes,
  eventually,
  failureOf,
  milestones,
  options,
  recorded,
  unique,
} from './support.ts';
import * as programs from './workflows/messages.ts';

const start = <T extends () => Promise<unknown>>(program: T) =>
  client.workflow.start<() => Promise<unknown>>(program, options(program.name));

describe('signals', () => {
  test('are handled in order, and are in history with their arguments', async () => {
    const handle = await client.workflow.start(programs.collector, options('collector'));
    for (const item of ['a', 'b', 'c']) await handle.signal(programs.push, item);
    await handle.signal('push', 'd');
    await handle.signal(programs.finish);
    expect(await handle.result()).toEqual(['a', 'b', 'c', 'd']);
    const signaled = await attributesOf(handle.workflowId, 'WorkflowExecutionSignaled');
    expect(signaled.map(({ signalName, input }) => [signalName, input])).toEqual([
      ['push', ['a']],
      ['push', ['b']],
      ['push', ['c']],
      ['push', ['d']],
      ['finish', []],
    ]);
    expect(signaled[0].header).toEqual({});
  });

  test('sent with the start wait for their handlers, and are handled as the handlers are set', async () => {
    const handle = await client.workflow.signalWithStart(programs.lateHandlers, {
      ...options('late'),
      startDelay: '300ms',
      signal: programs.push,
      signalArgs: ['first'],
    });
    await handle.signal(programs.other, 'second', 2);
    await handle.signal(programs.push, 'third');
    expect(await handle.result()).toEqual(['second*2', 'first', 'third', 'ready']);
  });

  test('before a handler that comes much later are kept', async () => {
    const handle = await client.workflow.start(programs.veryLateHandlers, options('very-late'));
    await handle.signal(programs.push, 'x');
    await handle.signal('nobody handles this', 1);
    expect(await handle.result()).toEqual(['x']);
  });

  test('without a handler reach the default one', async () => {
    const handle = await client.workflow.start(programs.defaultSignals, options('default'));
    await handle.signal('unknown', 1, 'two');
    await handle.signal(programs.push, 'x');
    await handle.signal(programs.finish);
    expect(await handle.result()).toEqual(['unknown(1,two)', 'push(x)', 'finish']);
  });

  test('may be handled asynchronously', async () => {
    const handle = await client.workflow.start(programs.asyncHandlers, options('async'));
    await handle.signal(programs.push, 'A');
    expect(await handle.result()).toEqual(['begin A', 'Hello, A!']);
    const mixed = await client.workflow.start(programs.interleaving, options('interleaving'));
    await Promise.all([mixed.signal(programs.push, 'a'), mixed.signal(programs.push, 'b')]);
    const seen = await mixed.result();
    expect(seen.slice(-2)).toEqual(['b 3', 'a 3']);
    expect(seen).toHaveLength(6);
  });

  test('whose handler throws a Temporal failure fail the run', async () => {
    const handle = await client.workflow.start(programs.signalFails, options('signal-fails'));
    await handle.signal(programs.fail, 'temporal');
    const error = (await failureOf(handle.result())) as WorkflowFailedError;
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect(error.cause).toBeInstanceOf(ApplicationFailure);
    expect(error.cause).toMatchObject({ message: 'bad signal', type: 'BadSignal' });
    const cancelled = await client.workflow.start(programs.signalFails, options('signal-cancelled'));
    await cancelled.signal(programs.fail, 'cancelled');
    expect(((await failureOf(cancelled.result())) as WorkflowFailedError).cause?.name).toBe(
      'CancelledFailure',
    );
  });

  test('whose handler throws any other error fail the task', async () => {
    const handle = await client.workflow.start(programs.signalFails, options('signal-plain'));
    await handle.signal(programs.fail, 'plain');
    await recorded(handle, 'WorkflowTaskFailed');
    const [failed] = await attributesOf(handle.workflowId, 'WorkflowTaskFailed');
    expect(failed).toMatchObject({
      cause: 'WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE',
      failure: {
        message: 'plain',
        source: 'TypeScriptSDK',
        stackTrace: expect.stringContaining('messages.ts'),
      },
    });
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await handle.terminate('enough');
    const error = (await failureOf(handle.result())) as WorkflowFailedError;
    expect(error).toMatchObject({
      message: 'enough',
      cause: { name: 'TerminatedFailure', message: 'enough' },
    });
  });

  test('whose handler continues as new do so', async () => {
    const handle = await client.workflow.start(programs.signalContinues, {
      ...options('continues'),
      args: [0],
    });
    await handle.signal(programs.finish);
    expect(await handle.result()).toBe(1);
    // The run that was continued is closed, and known.
    const earlier = client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId);
    const refusals = [earlier.signal(programs.finish), earlier.terminate(), earlier.executeUpdate('x')];
    for (const error of await Promise.all(refusals.map(failureOf)))
      expect(error).toMatchObject({
        name: 'WorkflowNotFoundError',
        message: 'workflow execution already completed',
      });
    await earlier.cancel();
  });

  test('go to the handler that is set now', async () => {
    const handle = await client.workflow.start(programs.replacesHandler, options('replaces'));
    for (const item of ['a', 'b', 'c']) await handle.signal(programs.push, item);
    await handle.signal(programs.finish);
    expect(await handle.result()).toEqual(['first a', 'second b', 'finish', 'third c']);
  });

  test('to a closed or unknown workflow are refused', async () => {
    const handle = await client.workflow.start(programs.collector, options('closed'));
    await handle.signal(programs.finish);
    await handle.result();
    const error = (await failureOf(handle.signal(programs.finish))) as WorkflowNotFoundError;
    expect(error).toBeInstanceOf(WorkflowNotFoundError);
    expect(error).toMatchObject({ workflowId: handle.workflowId });
    const nobody = client.workflow.getHandle(unique('nobody'));
    await expect(nobody.signal(programs.finish)).rejects.toThrow(WorkflowNotFoundError);
    await expect(nobody.cancel()).rejects.toThrow(WorkflowNotFoundError);
    await expect(nobody.terminate()).rejects.toThrow(WorkflowNotFoundError);
    await expect(nobody.query('x')).rejects.toThrow(WorkflowNotFoundError);
    await expect(nobody.describe()).rejects.toThrow(WorkflowNotFoundError);
    // As the service says it, like single calls.
    const message = `5 NOT_FOUND: workflow not found for ID: ${nobody.workflowId}`;
    await expect(nobody.fetchHistory()).rejects.toMatchObject({ code: 5, message });
    await expect(nobody.result()).rejects.toThrow(WorkflowNotFoundError);
  });

  test('1,000 in quick succession are all handled', async () => {
    const handle = await client.workflow.start(programs.collector, options('thousand'));
    const words = Array.from({ length: 200 }, (_, index) => `${index}`);
    for (const batch of [0, 1, 2, 3, 4]) {
      await Promise.all(words.map((word) => handle.signal(programs.push, `${batch}-${word}`)));
    }
    await handle.signal(programs.finish);
    const seen = await handle.result();
    expect(new Set(seen).size).toBe(1_000);
  });
});

describe('queries', () => {
  test('see the state, open and closed, and leave no events', async () => {
    const handle = await client.workflow.start(programs.collector, options('queried'));
    await handle.signal(programs.push, 'a');
    expect(await handle.query(programs.items)).toEqual(['a']);
    expect(await handle.query(programs.itemAt, 0)).toBe('a');
    expect(await handle.query(programs.itemAt, 5)).toBeUndefined();
    const before = await eventTypes(handle.workflowId);
    expect(await handle.query<string[]>('items')).toEqual(['a']);
    expect(await eventTypes(handle.workflowId)).toEqual(before);
    await handle.signal(programs.finish);
    await handle.result();
    expect(await handle.query(programs.items)).toEqual(['a']);
  });

  test('that nobody handles name those that are', async () => {
    const handle = await client.workflow.start(programs.collector, options('unknown-query'));
    const error = await failureOf(handle.query('nonsense'));
    expect(error).toBeInstanceOf(QueryNotRegisteredError);
    expect(error.message).toBe(
      'Workflow did not register a handler for nonsense. Registered queries: [__stack_trace __enhanced_stack_trace __temporal_workflow_metadata items itemAt broken promised]',
    );
  });

  test('that throw or return a promise are refused, and the workflow goes on', async () => {
    const handle = await client.workflow.start(programs.collector, options('broken-query'));
    const error = await failureOf(handle.query(programs.broken));
    expect(error).toBeInstanceOf(QueryNotRegisteredError);
    expect(error.message).toBe('query is broken');
    expect((await failureOf(handle.query(programs.promised))).message).toContain(
      'Query handlers should not return a Promise',
    );
    await handle.signal(programs.finish);
    expect(await handle.result()).toEqual([]);
  });

  test('without a handler reach the default one', async () => {
    const handle = await start(programs.defaultQueries);
    expect(await handle.query(programs.items)).toEqual(['specific']);
    expect(await handle.query<string, [number, number]>('anything', 1, 2)).toBe('anything(1,2)');
    await handle.terminate();
  });

  test('of the stack and of metadata are always there', async () => {
    const handle = await start(programs.describesItself);
    const stack = await handle.query<string>('__stack_trace');
    expect(stack).toContain('describesItself');
    const enhanced = await handle.query<{ sdk: { name: string }; stacks: unknown[] }>(
      '__enhanced_stack_trace',
    );
    expect(enhanced.sdk.name).toBe('typescript');
    expect(enhanced.stacks.length).toBeGreaterThan(0);
    const metadata = await handle.query(workflowMetadataQuery);
    expect(metadata.definition).toMatchObject({
      type: 'describesItself',
      signalDefinitions: [{ name: 'push', description: 'adds an item' }],
      updateDefinitions: [{ name: 'addUp', description: 'adds numbers' }],
    });
    expect(metadata.definition?.queryDefinitions?.map(({ name }) => name)).toEqual([
      '__stack_trace',
      '__enhanced_stack_trace',
      '__temporal_workflow_metadata',
      'items',
    ]);
    await handle.terminate();
  });

  test('are rejected by state when the client says so', async () => {
    const handle = await client.workflow.start(programs.collector, options('rejected'));
    const picky = new (await import('perdure/client')).WorkflowClient({
      connection: client.connection,
      queryRejectCondition: 'NOT_OPEN',
    });
    expect(await picky.getHandle(handle.workflowId).query(programs.items)).toEqual([]);
    await handle.signal(programs.finish);
    await handle.result();
    const error = (await failureOf(
      picky.getHandle(handle.workflowId).query(programs.items),
    )) as QueryRejectedError;
    expect(error).toBeInstanceOf(QueryRejectedError);
    expect(error.status).toBe(2);
  });

  test('see what was signalled before them', async () => {
    const handle = await client.workflow.start(programs.collector, options('consistent'));
    for (let index = 0; index < 30; index++) {
      await handle.signal(programs.push, `${index}`);
      expect((await handle.query(programs.items)).length).toBe(index + 1);
    }
    await handle.terminate();
    expect((await handle.query(programs.items)).length).toBe(30);
    expect(await milestones(handle.workflowId)).toContain('WorkflowExecutionTerminated');
    await eventually(() => true);
  });
});
