import { describe, expect, test } from 'vitest';
import { engine } from '../../src/engine/engine.ts';
import type { StartWorkflowRequest } from '../../src/engine/requests.ts';
import { args, bytes, complete, fail, given, Host, json, T0 } from './support/host.ts';

const HOUR = 3_600_000;

function refusal(result: { ok: boolean; error?: { code: string } }) {
  return result.ok ? 'accepted' : result.error?.code;
}

describe('start: policies', () => {
  test('START-1 and START-3 a start while a run is open is refused and names that run', () => {
    const host = new Host();
    host.start({ requestId: 'first' });
    const again = host.start({ requestId: 'second' });
    expect(again).toEqual({
      ok: false,
      error: {
        code: 'ALREADY_EXISTS',
        message: 'Workflow execution is already running. WorkflowId: wf-1, RunId: id-1.',
        details: [
          {
            type: 'WorkflowExecutionAlreadyStartedFailure',
            startRequestId: 'first',
            runId: 'id-1',
            firstExecutionRunId: 'id-1',
          },
        ],
      },
    });
    expect(host.rows.size).toBe(1);
  });

  test('START-4 USE_EXISTING answers with the running run', () => {
    const host = new Host();
    host.start();
    const reply = host.start({ workflowIdConflictPolicy: 'USE_EXISTING' });
    expect(reply).toMatchObject({ ok: true, value: { runId: 'id-1', started: false, status: 'RUNNING' } });
    expect(host.types()).toHaveLength(2);
  });

  test('START-5 TERMINATE_EXISTING ends the running run and begins another in one turn', () => {
    const host = given();
    const first = host.run.runId;
    host.start({ workflowIdConflictPolicy: 'TERMINATE_EXISTING' });
    expect(host.run.runId).not.toBe(first);
    expect(host.types(first).at(-1)).toBe('WorkflowExecutionTerminated');
    const { identity, details } = host.last('WorkflowExecutionTerminated', first);
    expect(identity).toBe('history-service');
    expect(details).toEqual(args(`terminated by new runID: ${host.run.runId}`));
    expect(host.run.runSeq).toBe(2);
  });

  test.each([
    ['COMPLETED', complete(), 'ALLOW_DUPLICATE_FAILED_ONLY', 'ALREADY_EXISTS'],
    ['FAILED', fail('no'), 'ALLOW_DUPLICATE_FAILED_ONLY', 'accepted'],
    ['COMPLETED', complete(), 'ALLOW_DUPLICATE', 'accepted'],
    ['FAILED', fail('no'), 'REJECT_DUPLICATE', 'ALREADY_EXISTS'],
  ] as const)(
    'START-6 and START-7 after %s a start under %3$s is %4$s',
    (_status, closing, policy, expected) => {
      const host = given(closing);
      expect(refusal(host.start({ workflowIdReusePolicy: policy }))).toBe(expected);
    },
  );

  test('START-8 TERMINATE_IF_RUNNING means TERMINATE_EXISTING and excludes a conflict policy', () => {
    const host = given();
    const both = { workflowIdReusePolicy: 'TERMINATE_IF_RUNNING', workflowIdConflictPolicy: 'FAIL' } as const;
    expect(refusal(host.start(both))).toBe('INVALID_ARGUMENT');
    const rejecting = {
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    } as const;
    expect(refusal(host.start(rejecting))).toBe('INVALID_ARGUMENT');
    expect(refusal(host.start({ workflowIdReusePolicy: 'TERMINATE_IF_RUNNING' }))).toBe('accepted');
    expect(host.run.runSeq).toBe(2);
  });

  test('START-9 a repeated request ID answers with its run, also after it closed and after a reload', () => {
    const host = new Host();
    host.start({ requestId: 'r' });
    host.task(complete());
    host.reload();
    const again = host.start({ requestId: 'r', workflowIdReusePolicy: 'REJECT_DUPLICATE' });
    expect(again).toMatchObject({ ok: true, value: { runId: 'id-1', started: true, status: 'COMPLETED' } });
    expect(host.rows.size).toBe(1);
  });

  test('START-9 a request ID attached to a running run dedupes with started false', () => {
    const host = given();
    const attach: Partial<StartWorkflowRequest> = {
      requestId: 'late',
      workflowIdConflictPolicy: 'USE_EXISTING',
      onConflictOptions: { attachRequestId: true },
      completionCallbacks: [{ nexus: {} }],
      identity: 'client-2',
    };
    host.start(attach);
    expect(host.last('WorkflowExecutionOptionsUpdated')).toEqual({
      attachedRequestId: 'late',
      identity: 'client-2',
      attachedCompletionCallbacks: [{ nexus: {} }],
    });
    host.signal('finish');
    host.task(complete());
    host.reload();
    const again = host.start({ requestId: 'late', workflowIdReusePolicy: 'REJECT_DUPLICATE' });
    expect(again).toMatchObject({ ok: true, value: { started: false, status: 'COMPLETED' } });
  });

  test('START-10 runs of one ID begin at least the minimal interval apart', () => {
    const host = new Host({ limits: { minimalStartIntervalMs: 1_000 } });
    host.start();
    host.task(complete());
    host.now += 999;
    expect(refusal(host.start())).toBe('RESOURCE_EXHAUSTED');
    host.now += 1;
    expect(refusal(host.start())).toBe('accepted');
    expect(refusal(host.start({ workflowIdConflictPolicy: 'TERMINATE_EXISTING' }))).toBe(
      'RESOURCE_EXHAUSTED',
    );
  });
});

describe('start: validation', () => {
  test.each<[string, Partial<StartWorkflowRequest>]>([
    ['no type', { workflowType: '' }],
    ['no task queue (TQ-1)', { taskQueue: '' }],
    ['a reserved task queue (TQ-1)', { taskQueue: '/_sys/x' }],
    ['a long task queue (TQ-1)', { taskQueue: 'ü'.repeat(501) }],
    ['a long type', { workflowType: 'ü'.repeat(501) }],
    ['a long request ID', { requestId: 'x'.repeat(1_001) }],
    ['a negative timeout', { workflowRunTimeout: -1 }],
    ['a negative retry interval', { retryPolicy: { initialInterval: -1 } }],
    ['a coefficient below 1', { retryPolicy: { backoffCoefficient: 0.5 } }],
    [
      'a maximum below the initial interval',
      { retryPolicy: { initialInterval: 5_000, maximumInterval: 1_000 } },
    ],
    ['a negative maximum interval', { retryPolicy: { maximumInterval: -5 } }],
    ['negative attempts', { retryPolicy: { maximumAttempts: -1 } }],
    ['a cron schedule nobody can read', { cronSchedule: 'every full moon' }],
    ['cron with a delay', { cronSchedule: '* * * * *', workflowStartDelay: 5 }],
    ['input over the limit (START-13)', { input: bytes(2 * 1024 * 1024 + 1) }],
    [
      'memo over the limit (START-13)',
      { memo: { fields: { a: bytes(2 * 1024 * 1024 + 1).payloads?.[0] ?? {} } } },
    ],
    ['a long summary', { userMetadata: { summary: json('x'.repeat(400)) } }],
    ['long details', { userMetadata: { details: json('x'.repeat(20_000)) } }],
    ['too many callbacks', { completionCallbacks: Array.from({ length: 33 }, () => ({})) }],
    ['a reserved search attribute', { searchAttributes: { indexedFields: { RunId: json('x') } } }],
  ])('START-12 %s is INVALID_ARGUMENT and begins nothing', (_what, request) => {
    const host = new Host();
    expect(refusal(host.start(request))).toBe('INVALID_ARGUMENT');
    expect(host.rows.size).toBe(0);
  });

  test('START-12 an empty or long workflow ID is INVALID_ARGUMENT', () => {
    expect(refusal(new Host({ workflowId: '' }).start())).toBe('INVALID_ARGUMENT');
    expect(refusal(new Host({ workflowId: '漢'.repeat(334) }).start())).toBe('INVALID_ARGUMENT');
    expect(refusal(new Host({ workflowId: '𝒳'.repeat(250) }).start())).toBe('accepted');
  });

  test('START-12 durations are cut at 250 years and stay exact', () => {
    const host = new Host();
    host.start({ workflowExecutionTimeout: Number.MAX_SAFE_INTEGER });
    const years250 = 250 * 365 * 24 * HOUR;
    expect(host.last('WorkflowExecutionStarted')).toMatchObject({
      workflowExecutionTimeout: years250,
      workflowRunTimeout: years250,
      workflowExecutionExpirationTime: T0 + years250,
    });
    expect(host.nextDeadline()).toBe(T0 + years250);
  });
});

describe('start: first events', () => {
  test('START-14 the started event carries what was asked, normalised', () => {
    const host = new Host();
    host.start({
      input: args('Ada'),
      identity: 'client-1',
      retryPolicy: { maximumAttempts: 3 },
      memo: { fields: { note: json('rush') } },
      searchAttributes: { indexedFields: { Customer: json('c-9') } },
      priority: { priorityKey: 2 },
      userMetadata: { summary: json('an order') },
      completionCallbacks: [{ nexus: {} }],
      lastCompletionResult: args(1),
      continuedFailure: { message: 'before' },
    });
    expect(host.history()[0]).toEqual({
      eventId: 1,
      eventTime: T0,
      eventType: 'WorkflowExecutionStarted',
      userMetadata: { summary: json('an order') },
      attributes: {
        workflowType: { name: 'greet' },
        taskQueue: { name: 'orders', kind: 'NORMAL' },
        workflowExecutionTimeout: 0,
        workflowRunTimeout: 0,
        workflowTaskTimeout: 10_000,
        originalExecutionRunId: 'id-1',
        identity: 'client-1',
        firstExecutionRunId: 'id-1',
        attempt: 1,
        firstWorkflowTaskBackoff: 0,
        header: {},
        workflowId: 'wf-1',
        input: args('Ada'),
        retryPolicy: {
          initialInterval: 1_000,
          backoffCoefficient: 2,
          maximumInterval: 100_000,
          maximumAttempts: 3,
        },
        memo: { fields: { note: json('rush') } },
        searchAttributes: { indexedFields: { Customer: json('c-9') } },
        priority: { priorityKey: 2 },
        completionCallbacks: [{ nexus: {} }],
        lastCompletionResult: args(1),
        continuedFailure: { message: 'before' },
      },
    });
  });

  test('START-15 with a start delay the first task is scheduled when the delay ends', () => {
    const host = new Host();
    host.start({ workflowStartDelay: 5_000 });
    expect(host.types()).toEqual(['WorkflowExecutionStarted']);
    expect(host.nextDeadline()).toBe(T0 + 5_000);
    host.advance(4_999);
    expect(host.types()).toHaveLength(1);
    host.advance(1);
    expect(host.types()).toEqual(['WorkflowExecutionStarted', 'WorkflowTaskScheduled']);
    expect(engine.describe(host.run, host.now).workflowExecutionInfo.executionTime).toBe(T0 + 5_000);
  });

  test('START-15 a plain signal during the delay is recorded and waits for its end', () => {
    const host = new Host();
    host.start({ workflowStartDelay: 5_000 });
    host.signal('go');
    expect(host.types()).toEqual(['WorkflowExecutionStarted', 'WorkflowExecutionSignaled']);
    host.advance(5_000);
    expect(host.types().at(-1)).toBe('WorkflowTaskScheduled');
  });

  test('CHILD-14 a child carries its parent and root', () => {
    const host = new Host();
    const execution = { workflowId: 'parent', runId: 'p-1' };
    host.start({
      parent: {
        namespace: 'default',
        execution,
        initiatedEventId: 5,
        root: { workflowId: 'root', runId: 'r-1' },
      },
    });
    expect(host.last('WorkflowExecutionStarted')).toMatchObject({
      parentWorkflowNamespace: 'default',
      parentWorkflowExecution: execution,
      parentInitiatedEventId: 5,
      rootWorkflowExecution: { workflowId: 'root', runId: 'r-1' },
    });
  });
});

describe('signal-with-start', () => {
  const request = {
    workflowType: 'greet',
    taskQueue: 'orders',
    signalName: 'go',
    signalInput: args(1),
    requestId: 'r',
  };

  test('START-16 an absent run begins with Started, Signaled, WorkflowTaskScheduled', () => {
    const host = new Host();
    const reply = host.turn((turn) => turn.signalWithStart(request));
    expect(reply).toMatchObject({ ok: true, value: { started: true } });
    expect(host.types()).toEqual([
      'WorkflowExecutionStarted',
      'WorkflowExecutionSignaled',
      'WorkflowTaskScheduled',
    ]);
    expect(host.last('WorkflowExecutionSignaled')).toMatchObject({
      signalName: 'go',
      input: args(1),
      requestId: 'r',
    });
  });

  test('START-16 a running run gets the signal and ignores the options; a repeat changes nothing', () => {
    const host = given();
    for (let round = 0; round < 2; round++)
      expect(host.turn((turn) => turn.signalWithStart({ ...request, workflowType: 'other' }))).toMatchObject({
        ok: true,
        value: { started: false, runId: host.run.runId },
      });
    expect(host.types().slice(4)).toEqual(['WorkflowExecutionSignaled', 'WorkflowTaskScheduled']);
    expect(host.run.workflowType).toBe('greet');
  });

  test('START-16 a repeat of the request that began the run adds no second signal', () => {
    const host = new Host();
    host.turn((turn) => turn.signalWithStart(request));
    const again = host.turn((turn) => turn.signalWithStart(request));
    expect(again).toMatchObject({ ok: true, value: { started: true, runId: host.run.runId } });
    expect(host.types()).toHaveLength(3);
  });

  test('START-2 and START-16 policies: explicit FAIL is invalid, the reuse policy applies to a closed run', () => {
    const host = given(complete());
    const failing = { ...request, workflowIdConflictPolicy: 'FAIL' as const };
    expect(refusal(host.turn((turn) => turn.signalWithStart(failing)))).toBe('INVALID_ARGUMENT');
    const rejecting = { ...request, workflowIdReusePolicy: 'REJECT_DUPLICATE' as const };
    expect(refusal(host.turn((turn) => turn.signalWithStart(rejecting)))).toBe('ALREADY_EXISTS');
    expect(refusal(host.turn((turn) => turn.signalWithStart({ ...request, signalName: '' })))).toBe(
      'INVALID_ARGUMENT',
    );
    expect(refusal(host.turn((turn) => turn.signalWithStart(request)))).toBe('accepted');
  });

  test('START-17 with TERMINATE_EXISTING the running run is replaced', () => {
    const host = given();
    const replacing = { ...request, workflowIdConflictPolicy: 'TERMINATE_EXISTING' as const };
    host.turn((turn) => turn.signalWithStart(replacing));
    expect(host.run.runSeq).toBe(2);
    expect(host.types()).toEqual([
      'WorkflowExecutionStarted',
      'WorkflowExecutionSignaled',
      'WorkflowTaskScheduled',
    ]);
  });

  test('START-15 signal-with-start during a start delay schedules a task at once', () => {
    const host = new Host();
    host.start({ workflowStartDelay: HOUR });
    host.turn((turn) => turn.signalWithStart(request));
    expect(host.types()).toEqual([
      'WorkflowExecutionStarted',
      'WorkflowExecutionSignaled',
      'WorkflowTaskScheduled',
    ]);
    host.advance(HOUR);
    expect(host.types()).toHaveLength(3);
  });

  test('START-15 a signal-with-start that starts with a delay waits for its end', () => {
    const host = new Host();
    host.turn((turn) => turn.signalWithStart({ ...request, workflowStartDelay: HOUR }));
    expect(host.types()).toEqual(['WorkflowExecutionStarted', 'WorkflowExecutionSignaled']);
    host.advance(HOUR);
    expect(host.types()).toEqual([
      'WorkflowExecutionStarted',
      'WorkflowExecutionSignaled',
      'WorkflowTaskScheduled',
    ]);
  });

  test('SIG-3 a running run at its signal limit refuses', () => {
    const host = new Host({ limits: { signalsMax: 1 } });
    host.start();
    host.signal('one');
    expect(refusal(host.turn((turn) => turn.signalWithStart(request)))).toBe('INVALID_ARGUMENT');
  });
});
