/** Child workflows, and workflows that are not children. */
import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  WorkflowFailedError,
} from 'perdure/client';
import { describe, expect, test } from 'vitest';
import {
  attributesOf,
  client,
  eventually,
  failureOf,
  history,
  milestones,
  options,
  recorded,
  taskQueue,
  unique,
} from './support.ts';
import { journal } from './worker/activities.ts';
import * as programs from './workflows/children.ts';

const statusOf = async (workflowId: string) =>
  (await client.workflow.getHandle(workflowId).describe()).status.name;

describe('a child', () => {
  test('gives its result, and five events', async () => {
    const at = options('parent');
    expect(await client.workflow.execute(programs.parentOfOne, { ...at, args: ['x'] })).toBe(
      `child of ${at.workflowId}: x`,
    );
    expect(await milestones(at.workflowId)).toEqual([
      'WorkflowExecutionStarted',
      'StartChildWorkflowExecutionInitiated',
      'ChildWorkflowExecutionStarted',
      'ChildWorkflowExecutionCompleted',
      'WorkflowExecutionCompleted',
    ]);
    const [initiated] = await attributesOf(at.workflowId, 'StartChildWorkflowExecutionInitiated');
    expect(initiated).toMatchObject({
      namespace: 'default',
      workflowType: { name: 'child' },
      taskQueue: { name: 'default' },
      parentClosePolicy: 'PARENT_CLOSE_POLICY_TERMINATE',
      workflowIdReusePolicy: 'WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE',
      input: ['x'],
    });
    const [completed] = await attributesOf(at.workflowId, 'ChildWorkflowExecutionCompleted');
    expect(completed).toMatchObject({
      workflowType: { name: 'child' },
      workflowExecution: { workflowId: initiated.workflowId },
      initiatedEventId: '5',
      result: [`child of ${at.workflowId}: x`],
    });
    const [started] = await history(initiated.workflowId);
    expect(started?.attributes).toMatchObject({
      parentWorkflowNamespace: 'default',
      parentWorkflowExecution: { workflowId: at.workflowId },
      parentInitiatedEventId: '5',
      rootWorkflowExecution: { workflowId: at.workflowId },
      attempt: 1,
    });
  });

  test('knows its parent and the root', async () => {
    const at = options('info');
    const { own, child } = await client.workflow.execute(programs.parentInfo, at);
    const parent = { workflowId: at.workflowId, runId: own, namespace: 'default' };
    expect(child).toMatchObject({
      workflowId: `${at.workflowId}/child`,
      parent,
      root: { workflowId: at.workflowId, runId: own },
      workflowType: 'childInfo',
      taskQueue: 'default',
      attempt: 1,
      memo: { of: 'child' },
    });
    const top = options('grandparent');
    const info = await client.workflow.execute(programs.grandparent, top);
    expect(info.root).toMatchObject({ workflowId: top.workflowId });
    const description = await client.workflow.getHandle(`${at.workflowId}/child`).describe();
    expect(description.parentExecution).toMatchObject({ workflowId: at.workflowId, runId: own });
    expect(description.rootExecution).toMatchObject({ workflowId: at.workflowId, runId: own });
  });

  test('by name, and 40 at once', async () => {
    expect(await client.workflow.execute(programs.parentByName, options('name'))).toContain('by name');
    expect(await client.workflow.execute(programs.manyChildren, { ...options('many'), args: [40] })).toBe(40);
  });

  test('is signalled', async () => {
    const at = options('talks');
    expect(await client.workflow.execute(programs.talksToChild, at)).toEqual({
      words: ['hello', 'again', 'bye'],
      ids: true,
    });
    const [initiated] = await attributesOf(at.workflowId, 'SignalExternalWorkflowExecutionInitiated');
    expect(initiated).toMatchObject({ childWorkflowOnly: true, signalName: 'word', input: ['hello'] });
  });

  test.each([
    [
      'application',
      ['ChildWorkflowFailure: Child Workflow execution failed', 'ApplicationFailure: child failed'],
    ],
    [
      'activity',
      [
        'ChildWorkflowFailure: Child Workflow execution failed',
        'ActivityFailure: Activity task failed',
        'ApplicationFailure: deep inside',
      ],
    ],
    ['cancelled', ['ChildWorkflowFailure: Child Workflow execution failed', 'CancelledFailure: on its own']],
  ] as const)('that fails (%s) is a chain of causes', async (kind, chain) => {
    const report = await client.workflow.execute(programs.catchesChild, { ...options(kind), args: [kind] });
    expect(report).toMatchObject({
      chain,
      workflowType: 'failingChild',
      retryState: 'RETRY_POLICY_NOT_SET',
      hasExecution: true,
      isCancellation: kind === 'cancelled',
    });
    if (kind === 'application') expect(report.details).toEqual([{ why: 'because' }]);
  });

  test('whose failure nobody catches fails the ancestors, and the client sees all of it', async () => {
    const error = (await failureOf(
      client.workflow.execute(programs.failsByGrandchild, options('grand')),
    )) as WorkflowFailedError;
    expect(error).toBeInstanceOf(WorkflowFailedError);
    const causes: (Error | undefined)[] = [];
    for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) causes.push(cause);
    const [outer, inner, activity, application] = causes;
    expect(outer).toBeInstanceOf(ChildWorkflowFailure);
    expect((outer as ChildWorkflowFailure).workflowType).toBe('failsByChild');
    expect(inner).toBeInstanceOf(ChildWorkflowFailure);
    expect(activity).toBeInstanceOf(ActivityFailure);
    expect(application).toBeInstanceOf(ApplicationFailure);
    expect(application).toMatchObject({
      type: 'Fatal',
      nonRetryable: true,
      details: [{ code: 42 }, 'second'],
    });
  });

  test('times out by itself, is retried by itself, continues as new by itself', async () => {
    expect(await client.workflow.execute(programs.timedChild, options('timed'))).toMatchObject({
      chain: [
        'ChildWorkflowFailure: Child Workflow execution failed',
        expect.stringContaining('TimeoutFailure'),
      ],
    });
    const at = options('retried');
    expect(await client.workflow.execute(programs.parentOfRetried, at)).toBe(3);
    expect(await milestones(at.workflowId)).toHaveLength(5);
    expect(await client.workflow.execute(programs.parentOfChain, options('chain'))).toBe('round 3');
  });

  test('of an ID that is running is refused', async () => {
    expect(await client.workflow.execute(programs.startsTwice, options('twice'))).toEqual([
      'true WorkflowExecutionAlreadyStartedError: Workflow execution already started',
      'true WorkflowExecutionAlreadyStartedError: Workflow execution already started',
    ]);
  });
});

describe('cancelling a child', () => {
  const cancelling = async (
    type: programs.CancelsChild['type'],
    workflow: programs.CancelsChild['workflow'],
  ) => {
    const at = options('cancels');
    const key = unique('child');
    const outcome = await client.workflow.execute(programs.cancelsChild, {
      ...at,
      args: [{ key, type, workflow }],
    });
    return { outcome, key, workflowId: at.workflowId, childId: `${at.workflowId}/child` };
  };

  test('waits for it by default', async () => {
    const { outcome, key, workflowId, childId } = await cancelling(undefined, 'sleeper');
    expect(outcome).toMatchObject({
      chain: [
        'ChildWorkflowFailure: Child Workflow execution failed',
        expect.stringContaining('CancelledFailure'),
      ],
      isCancellation: true,
    });
    expect(journal.get(key)).toEqual(['child cleaned up']);
    expect(await statusOf(childId)).toBe('CANCELLED');
    const seen = await milestones(workflowId);
    expect(seen).toContain('RequestCancelExternalWorkflowExecutionInitiated');
    expect(seen).toContain('ExternalWorkflowExecutionCancelRequested');
    expect(seen).toContain('ChildWorkflowExecutionCanceled');
    const [initiated] = await attributesOf(workflowId, 'RequestCancelExternalWorkflowExecutionInitiated');
    expect(initiated).toMatchObject({ childWorkflowOnly: true, workflowExecution: { workflowId: childId } });
    const [requested] = await attributesOf(childId, 'WorkflowExecutionCancelRequested');
    expect(requested).toMatchObject({ externalWorkflowExecution: { workflowId } });
  });

  test('takes the result of one that stays', async () => {
    expect((await cancelling(undefined, 'stubborn')).outcome).toBe('I stay');
  });

  test('TRY_CANCEL and ABANDON do not wait', async () => {
    const tried = await cancelling('TRY_CANCEL', 'sleeper');
    expect(tried.outcome).toMatchObject({ isCancellation: true });
    await eventually(async () => (await statusOf(tried.childId)) === 'CANCELLED');
    const abandoned = await cancelling('ABANDON', 'sleeper');
    expect(abandoned.outcome).toMatchObject({ isCancellation: true });
    expect(await statusOf(abandoned.childId)).toBe('RUNNING');
    expect(await milestones(abandoned.workflowId)).not.toContain(
      'RequestCancelExternalWorkflowExecutionInitiated',
    );
    await client.workflow.getHandle(abandoned.childId).terminate();
  });

  test('that was not started yet sends nothing', async () => {
    const at = options('unstarted');
    expect(await client.workflow.execute(programs.cancelsUnstartedChild, at)).toMatchObject({
      isCancellation: true,
      chain: [
        'ChildWorkflowFailure: Child Workflow execution failed',
        expect.stringContaining('CancelledFailure'),
      ],
    });
    expect(await milestones(at.workflowId)).toEqual([
      'WorkflowExecutionStarted',
      'WorkflowExecutionCompleted',
    ]);
  });
});

describe('when the parent closes', () => {
  test.each([
    ['TERMINATE', 'TERMINATED'],
    ['REQUEST_CANCEL', 'CANCELLED'],
    ['ABANDON', 'RUNNING'],
  ] as const)('%s leaves the child %s', async (policy, status) => {
    const key = unique(policy);
    const childId = await client.workflow.execute(programs.leavesChild, {
      ...options(policy),
      args: [policy, key],
    });
    await eventually(async () => (await statusOf(childId)) === status);
    if (policy === 'REQUEST_CANCEL') expect(journal.get(key)).toEqual(['child cleaned up']);
    if (policy === 'ABANDON') await client.workflow.getHandle(childId).terminate();
    if (policy === 'TERMINATE') {
      const [terminated] = await attributesOf(childId, 'WorkflowExecutionTerminated');
      expect(terminated.reason).toBe('by parent close policy');
    }
  });

  test('a terminated tree goes down to its leaves', async () => {
    const handle = await client.workflow.start(programs.parentOfOne, { ...options('tree'), args: ['x'] });
    await handle.result();
    const top = await client.workflow.start(programs.cancelsChild, {
      ...options('tree'),
      args: [{ key: unique('tree'), type: undefined, workflow: 'sleeper' }],
    });
    await recorded(top, 'ChildWorkflowExecutionStarted');
    await top.terminate('all of it');
    expect(await statusOf(top.workflowId)).toBe('TERMINATED');
    // Abandoned, it is left over, unless its parent's cancel was faster than the test.
    await client.workflow
      .getHandle(`${top.workflowId}/child`)
      .terminate()
      .catch(() => undefined);
  });
});

describe('external workflows', () => {
  test('are signalled by ID', async () => {
    const target = await client.workflow.start(programs.listener, { ...options('listener'), args: ['bye'] });
    const at = options('tells');
    await client.workflow.execute(programs.tellsExternal, {
      ...at,
      args: [target.workflowId, ['hi', 'bye']],
    });
    expect(await target.result()).toEqual(['hi', 'bye']);
    expect((await milestones(at.workflowId)).slice(1, 5)).toEqual([
      'SignalExternalWorkflowExecutionInitiated',
      'ExternalWorkflowExecutionSignaled',
      'SignalExternalWorkflowExecutionInitiated',
      'ExternalWorkflowExecutionSignaled',
    ]);
    const [signaled] = await attributesOf(target.workflowId, 'WorkflowExecutionSignaled');
    expect(signaled).toMatchObject({ externalWorkflowExecution: { workflowId: at.workflowId } });
  });

  test('that do not exist reject with an application failure', async () => {
    const lines = await client.workflow.execute(programs.externalProblems, {
      ...options('problems'),
      args: [unique('nobody')],
    });
    expect(lines).toEqual([
      'ApplicationFailure: Unable to signal external workflow because it was not found ExternalWorkflowExecutionNotFound',
      'ApplicationFailure: Unable to cancel external workflow because not found ExternalWorkflowExecutionNotFound',
    ]);
  });

  test('are cancelled by ID, also when they are closed', async () => {
    const target = await client.workflow.start(programs.stubborn, options('target'));
    for (let times = 0; times < 2; times++) {
      await client.workflow.execute(programs.cancelsExternal, {
        ...options('canceller'),
        args: [target.workflowId],
      });
    }
    expect(await target.result()).toBe('I stay');
  });

  test('may be the workflow itself', async () => {
    expect(await client.workflow.execute(programs.signalsItself, options('self'))).toEqual(['me']);
  });

  test('play 10 rounds with each other', async () => {
    const [ping, pong] = [unique('ping'), unique('pong')];
    const second = await client.workflow.start(programs.player, {
      workflowId: pong,
      taskQueue,
      args: [ping, false, 10],
    });
    const first = await client.workflow.start(programs.player, {
      workflowId: ping,
      taskQueue,
      args: [pong, true, 10],
    });
    expect(await Promise.all([first.result(), second.result()])).toEqual([10, 10]);
  });
});
