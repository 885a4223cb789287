/** What workflow code sees of cancellation, failures, children and messages, with its instances cached and replayed each time. */
import { join } from 'node:path';
import { HandlerUnfinishedPolicy } from 'perdure/common';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, type LogEntry, Runtime, Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { activities } from './activities.ts';
import * as code from './workflows.ts';

// A busy machine is no reason to fail.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const logged: LogEntry[] = [];
const SCOPE = 'cancelled CancelledFailure: Cancellation scope cancelled';
const ACTIVITY = 'cancelled ActivityFailure: Activity cancelled < CancelledFailure: ';
let env: TestWorkflowEnvironment;
let ids = 0;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('WARN', (entry) => logged.push(entry)) });
  env = await TestWorkflowEnvironment.createLocal();
});

afterAll(async () => {
  await env.teardown();
  await Runtime.instance().shutdown();
});

describe.each([
  ['cached', 1000],
  ['replayed for each task', 0],
])('workflow code, %s', (title, maxCachedWorkflows) => {
  const taskQueue = `code-${maxCachedWorkflows}`;
  let worker: Worker;
  let isRunning: Promise<void>;

  beforeAll(async () => {
    worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue,
      workflowsPath: join(import.meta.dirname, 'workflows.ts'),
      activities,
      maxCachedWorkflows,
      maxHeartbeatThrottleInterval: 20,
      defaultHeartbeatThrottleInterval: 20,
    });
    isRunning = worker.run();
  });

  afterAll(async () => {
    worker.shutdown();
    await isRunning;
  });

  const options = () => ({ taskQueue, workflowId: `${title}-${ids++}` });

  async function eventTypes(workflowId: string): Promise<string[]> {
    const { events } = await env.client.workflow.getHandle(workflowId).fetchHistory();
    const types = (events ?? []).map(
      (event) =>
        Object.keys(event).find((key) => key.endsWith('EventAttributes') && event[key as never]) ?? '',
    );
    return types
      .map((type) => type.replace('EventAttributes', ''))
      .filter((type) => !type.startsWith('workflow'));
  }

  it('SCOPE-7, ACT-14, TMR-4, CHILD-9, SCOPE-13: a cancelled scope begins nothing', async () => {
    const started = options();
    const outcomes = await env.client.workflow.execute(code.inCancelledScope, started);
    const { shielded, plain, resolvedTrigger, ...others } = outcomes;
    expect({ shielded, plain, resolvedTrigger }).toEqual({
      shielded: 'slept',
      plain: 'plain',
      resolvedTrigger: 'first',
    });
    expect(new Set(Object.values(others))).toEqual(new Set([SCOPE]));
    // The cancel of another workflow asks a patch of the SDK's own whether it belongs to the scope.
    expect(await eventTypes(started.workflowId)).toEqual([
      'markerRecorded',
      'upsertWorkflowSearchAttributes',
      'timerStarted',
      'timerFired',
    ]);
  });

  it('SCOPE-8, SCOPE-9, SCOPE-4: a cancel is seen once per operation, and what is shielded cleans up', async () => {
    const handle = await env.client.workflow.start(code.cleansUp, options());
    await expect.poll(() => eventTypes(handle.workflowId), { timeout: 30_000 }).toContain('timerStarted');
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(await handle.query(code.log)).toEqual([
      'CancelledFailure: Workflow cancelled',
      'true',
      'cancelled CancelledFailure: Workflow cancelled',
      'cleaned',
    ]);
  });

  describe('activities', () => {
    it.concurrent.each([
      ['TRY_CANCEL', 'rethrows', ACTIVITY],
      ['TRY_CANCEL', 'returns', ACTIVITY],
      ['ABANDON', 'fails', ACTIVITY],
      ['WAIT_CANCELLATION_COMPLETED', 'rethrows', ACTIVITY],
      ['WAIT_CANCELLATION_COMPLETED', 'sleeps', ACTIVITY],
      ['WAIT_CANCELLATION_COMPLETED', 'aborts', ACTIVITY],
      ['WAIT_CANCELLATION_COMPLETED', 'tells', ACTIVITY],
      ['WAIT_CANCELLATION_COMPLETED', 'returns', 'returned'],
      [
        'WAIT_CANCELLATION_COMPLETED',
        'fails',
        'ActivityFailure: Activity task failed < ApplicationFailure: another error',
      ],
    ] as const)('ACT-12, ACT-13: %s, when the activity %s', async (type, name, expected) => {
      const started = { ...options(), args: [type, name] as [typeof type, typeof name] };
      expect(await env.client.workflow.execute(code.cancelsActivity, started)).toBe(expected);
      const types = await eventTypes(started.workflowId);
      expect(types.includes('activityTaskCancelRequested')).toBe(type !== 'ABANDON');
    });

    const application = (type: string, message: string, more = {}) => ({
      class: 'ApplicationFailure',
      message,
      type,
      nonRetryable: false,
      details: [],
      ...more,
    });
    it.concurrent.each([
      ['plain', application('Error', 'plain message')],
      ['ofClass', application('HouseError', 'of a class')],
      ['nonRetryable', application('N', 'never', { nonRetryable: true, details: ['d'] })],
      ['benign', application('', 'harmless', { category: 'BENIGN' })],
      ['text', application('', 'a text')],
      ['object', application('Object', 'undefined')],
      ['cancelledUnasked', application('CancelledFailure', 'nobody asked')],
      ['unconvertible', application('ValueError', 'Unable to convert 5 to payload')],
      [
        'application',
        application('T', 'app', {
          details: [1, { a: 'b' }],
          cause: { class: 'TemporalFailure', message: 'inner' },
        }),
      ],
      [
        'withCause',
        application('TypeError', 'outer', { cause: { class: 'TemporalFailure', message: 'inner' } }),
      ],
    ] as const)('ACT-7, ACT-8: what is thrown as %s', async (name, cause) => {
      const args: [typeof name] = [name];
      expect(await env.client.workflow.execute(code.activityError, { ...options(), args })).toEqual({
        class: 'ActivityFailure',
        message: 'Activity task failed',
        activityType: name,
        activityId: '1',
        retryState: name === 'nonRetryable' ? 'NON_RETRYABLE_FAILURE' : 'MAXIMUM_ATTEMPTS_REACHED',
        identity: expect.stringContaining('@'),
        cause,
      });
    });

    it.concurrent.each([
      ['silent', { heartbeatTimeout: '2s' }, 'HEARTBEAT', 'activity Heartbeat timeout', { at: 1 }],
      ['hangs', { startToCloseTimeout: 100 }, 'START_TO_CLOSE', 'activity StartToClose timeout', undefined],
    ] as const)(
      'ACT-6, ACT-7: what the timeout of one that is %s says',
      async (name, timeouts, timeoutType, message, details) => {
        const args: [typeof name, object] = [name, timeouts];
        expect(await env.client.workflow.execute(code.activityError, { ...options(), args })).toEqual({
          class: 'ActivityFailure',
          message: 'Activity task timed out',
          activityType: name,
          activityId: '1',
          retryState: 'MAXIMUM_ATTEMPTS_REACHED',
          identity: '',
          cause: { class: 'TimeoutFailure', message, timeoutType, lastHeartbeatDetails: details },
        });
      },
    );
  });

  describe('children', () => {
    const CHILD = 'cancelled ChildWorkflowFailure: Child Workflow execution failed < CancelledFailure: ';
    it.concurrent.each([
      ['WAIT_CANCELLATION_COMPLETED', 'cleansUpAWhile', 'running', CHILD],
      ['WAIT_CANCELLATION_COMPLETED', 'swallows', 'running', 'swallowed'],
      ['TRY_CANCEL', 'swallows', 'running', CHILD],
      ['ABANDON', 'swallows', 'running', CHILD],
      ['WAIT_CANCELLATION_COMPLETED', 'swallows', 'starting', CHILD],
      ['ABANDON', 'swallows', 'starting', CHILD],
    ] as const)('CHILD-8, CHILD-9: %s of a child that %s, %s', async (type, child, when, expected) => {
      const args: [typeof type, typeof child, typeof when] = [type, child, when];
      const started = { ...options(), args };
      expect(await env.client.workflow.execute(code.cancelsChild, started)).toBe(expected);
      const types = await eventTypes(started.workflowId);
      expect(types.includes('requestCancelExternalWorkflowExecutionInitiated')).toBe(
        when === 'running' && type !== 'ABANDON',
      );
    });

    it('CHILD-2, CHILD-5, CHILD-11, EXT-1: an ID that is taken, and a handle after the end', async () => {
      const started = 'WorkflowExecutionAlreadyStartedError: Workflow execution already started';
      expect(await env.client.workflow.execute(code.childIds, options())).toEqual({
        taken: started,
        result: ['one', 'two'],
        again: ['one', 'two'],
        lateSignal: 'ApplicationFailure: Unable to signal external workflow because it was not found',
        reused: 'again',
        rejected: started,
        failedOnly: started,
      });
    });
  });

  describe('messages', () => {
    it('SIG-4, WFT-11: signals wait for their handlers, and come in the order of these', async () => {
      const handle = await env.client.workflow.start(code.latecomer, options());
      for (const [name, text] of ['a 1', 'b 2', 'a 3', 'z 4'].map((pair) => pair.split(' ')))
        await handle.signal(name ?? '', text);
      await handle.signal(code.done);
      expect(await handle.result()).toEqual(['b 2', 'a 1', 'a 3', 'other z 4']);
    });

    it('UPD-3, UPD-4, UPD-6, UPD-16: what update handlers give to their callers', async () => {
      const handle = await env.client.workflow.start(code.answers, options());
      const asked = (how: string) => handle.executeUpdate(code.ask, { args: [how] });
      expect(await asked('sleeps')).toBe('sleeps ask');
      expect(await asked('child')).toBe('from the child');
      await expect(asked('fails')).rejects.toMatchObject({
        message: 'Workflow Update failed',
        cause: { name: 'ApplicationFailure', message: 'failed', type: 'U', details: [1] },
      });
      await expect(asked('activity')).rejects.toMatchObject({
        cause: { cause: { message: 'plain message' } },
      });
      await expect(asked('scope')).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      await expect(asked('refused')).rejects.toMatchObject({
        cause: { message: 'no ask', type: 'TypeError' },
      });
      await expect(handle.executeUpdate('unknown')).rejects.toMatchObject({
        cause: { message: 'No registered handler for update: unknown', nonRetryable: true },
      });
      await handle.signal(code.done);
      await handle.result();
    });

    it.each([
      [HandlerUnfinishedPolicy.WARN_AND_ABANDON, 'returns', 2],
      [HandlerUnfinishedPolicy.ABANDON, 'returns', 0],
      [HandlerUnfinishedPolicy.WARN_AND_ABANDON, 'fails', 0],
    ] as const)(
      'SIG-9, UPD-10, UPD-15: handlers that run as it ends, %s, when it %s',
      async (policy, how, warnings) => {
        const args: [typeof policy, string] = [policy, how];
        const handle = await env.client.workflow.start(code.endsEarly, { ...options(), args });
        const update = await handle.startUpdate(code.ask, { args: ['x'], waitForStage: 'ACCEPTED' });
        await handle.signal(code.poke, 'x');
        await handle.signal(code.done);
        expect(await handle.result().catch((error: Error) => error.message)).toBe(
          how === 'returns' ? false : 'Workflow execution failed',
        );
        await expect(update.result()).rejects.toMatchObject({
          cause: { type: 'AcceptedUpdateCompletedWorkflow' },
        });
        const texts = logged.filter(
          ({ message, meta }) => message.startsWith('[TMPRL1102]') && meta?.workflowId === handle.workflowId,
        );
        expect(texts).toHaveLength(warnings);
      },
    );
  });
});
