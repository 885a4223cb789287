/**
 * What breaks if inputs come in any order? Random runs, driven through every machine: after each turn the state folded from
 * storage must equal the live one (the host checks it), histories must be well-formed, and a host that loses its memory after
 * every turn must write the very same history.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engine } from '../../src/engine/engine.ts';
import type { Command } from '../../src/sdk/common/wire/commands.ts';
import type { HistoryEvent } from '../../src/sdk/common/wire/events.ts';
import {
  activity,
  applicationFailure,
  args,
  byId,
  cancelTimer,
  command,
  complete,
  fail,
  Host,
  json,
  timer,
} from './support/host.ts';

/** A command that fits the state in which its task completes; mostly valid, since invalid ones only fail the task. */
type Plan = (host: Host) => Command;

const ids = fc.constantFrom('1', '2', '3', '4');
const nth = fc.nat({ max: 5 });
let fresh = 0;

function pick<K, V>(entries: ReadonlyMap<K, V>, index: number): K | undefined {
  const keys = [...entries.keys()];
  return keys[index % Math.max(1, keys.length)];
}

const commands: fc.Arbitrary<Plan> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.integer({ min: 0, max: 20_000 }).map(
      (ms): Plan =>
        () =>
          timer(`t${fresh++}`, ms),
    ),
  },
  {
    weight: 2,
    arbitrary: nth.map(
      (index): Plan =>
        (host) =>
          cancelTimer(pick(host.run.timers, index) ?? 'none'),
    ),
  },
  {
    weight: 1,
    arbitrary: ids.map(
      (id): Plan =>
        () =>
          timer(id, 9_000),
    ),
  },
  {
    weight: 6,
    arbitrary: fc
      .record({
        startToCloseTimeout: fc.integer({ min: 1, max: 30_000 }),
        scheduleToCloseTimeout: fc.constantFrom(0, 40_000),
        heartbeatTimeout: fc.constantFrom(0, 4_000),
        maximumAttempts: fc.constantFrom(0, 1, 3),
      })
      .map(({ maximumAttempts, ...options }): Plan => {
        return () => activity({ activityId: `a${fresh++}`, ...options, retryPolicy: { maximumAttempts } });
      }),
  },
  {
    weight: 2,
    arbitrary: nth.map(
      (index): Plan =>
        (host) => {
          const open = new Map(
            [...host.run.activities].filter(([, { cancelRequestedEventId }]) => cancelRequestedEventId === 0),
          );
          return command('RequestCancelActivityTask', { scheduledEventId: pick(open, index) ?? 0 });
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('TERMINATE' as const, 'ABANDON' as const, 'REQUEST_CANCEL' as const)
      .map((parentClosePolicy): Plan => {
        return () =>
          command('StartChildWorkflowExecution', {
            workflowId: `kid-${fresh++}`,
            workflowType: { name: 'kid' },
            parentClosePolicy,
          });
      }),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<Command>(
        command('SignalExternalWorkflowExecution', { execution: { workflowId: 'x' }, signalName: 's' }),
        command('RequestCancelExternalWorkflowExecution', { workflowId: 'x' }),
        command('ModifyWorkflowProperties', { upsertedMemo: { fields: { a: json(1) } } }),
        command('UpsertWorkflowSearchAttributes', { searchAttributes: { indexedFields: { a: json(null) } } }),
        command('RecordMarker', { markerName: 'm' }),
      )
      .map(
        (made): Plan =>
          () =>
            made,
      ),
  },
);

const closings = fc.constantFrom<Command>(
  complete(),
  fail('x'),
  fail('y', true),
  command('ContinueAsNewWorkflowExecution', {}),
);
const taskCommands: fc.Arbitrary<(host: Host) => Command[]> = fc
  .tuple(
    fc.array(commands, { maxLength: 4 }),
    fc.oneof({ weight: 14, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: closings }),
  )
  .map(([plans, closing]) => (host) => {
    const made = plans.map((plan) => plan(host));
    return closing === undefined ? made : [...made, closing];
  });

type Step = (host: Host) => void;

const outcome = fc.constantFrom(
  'complete',
  'fail',
  'fail',
  'fatal',
  'lost',
  'heartbeat',
  'async',
  'canceled',
);
const control = fc.constantFrom(
  'PauseActivity' as const,
  'UnpauseActivity' as const,
  'ResetActivity' as const,
);

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: taskCommands.map(
      (list): Step =>
        (host) =>
          runTask(host, list(host)),
    ),
  },
  { weight: 2, arbitrary: fc.constant<Step>((host) => void host.beginTask()) },
  {
    weight: 4,
    arbitrary: taskCommands.map(
      (list): Step =>
        (host) =>
          void host.endTask(...list(host)),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>(failTask) },
  { weight: 1, arbitrary: fc.constant<Step>((host) => host.turn((turn) => turn.workflowTaskLost())) },
  {
    weight: 4,
    arbitrary: ids.map(
      (id): Step =>
        (host) =>
          void host.signal(`s${id}`, { requestId: `r${id}` }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.nat({ max: 3 }).map(
      (capacity): Step =>
        (host) =>
          void host.admit(capacity),
    ),
  },
  {
    weight: 8,
    arbitrary: fc.tuple(nth, outcome).map(
      ([index, how]): Step =>
        (host) =>
          endActivity(host, index, how),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.nat({ max: 15_000 }).map(
      (ms): Step =>
        (host) =>
          host.advance(ms),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(nth, fc.constantFrom('started', 'started', 'failed', 'closed')).map(
      ([index, how]): Step =>
        (host) =>
          child(host, pick(host.run.children, index) ?? 0, how),
    ),
  },
  {
    weight: 1,
    arbitrary: nth.map(
      (index): Step =>
        (host) =>
          deliver(host, index),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(nth, control).map(
      ([index, kind]): Step =>
        (host) => {
          host.apply({ kind, activities: { by: 'id', activityId: pick(host.run.activityIds, index) ?? '' } });
        },
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((host) => void host.apply({ kind: 'Pause', request: {} })) },
  { weight: 4, arbitrary: fc.constant<Step>((host) => void host.apply({ kind: 'Unpause', request: {} })) },
  { weight: 1, arbitrary: fc.constant<Step>((host) => void host.apply({ kind: 'RequestCancel' })) },
  { weight: 1, arbitrary: fc.constant<Step>((host) => void host.start({ retryPolicy: {} })) },
  { weight: 1, arbitrary: fc.constant<Step>(confirmEverything) },
  { weight: 1, arbitrary: fc.constant<Step>(resetToFirstTask) },
);

function runTask(host: Host, list: readonly Command[]): void {
  host.turn((turn) => {
    if (turn.startWorkflowTask() === undefined) return;
    turn.completeWorkflowTask({ kind: 'completed', commands: list, updates: [], queries: [] });
    turn.admitActivities(1);
  });
}

function failTask(host: Host): void {
  host.turn((turn) => {
    turn.startWorkflowTask();
    turn.completeWorkflowTask({
      kind: 'failed',
      cause: 'NON_DETERMINISTIC_ERROR',
      failure: { message: 'x' },
    });
  });
}

function endActivity(host: Host, index: number, how: string): void {
  const reference = byId(pick(host.run.activityIds, index) ?? '');
  if (how === 'complete') host.apply({ kind: 'ActivityCompleted', activity: reference, result: args(1) });
  else if (how === 'lost') host.apply({ kind: 'ActivityAttemptLost', activity: reference, reason: 'x' });
  else if (how === 'heartbeat')
    host.apply({ kind: 'ActivityHeartbeat', activity: reference, details: args(2) });
  else if (how === 'async') host.apply({ kind: 'ActivityWillCompleteAsync', activity: reference });
  else if (how === 'canceled') host.apply({ kind: 'ActivityCanceled', activity: reference });
  else
    host.apply({
      kind: 'ActivityFailed',
      activity: reference,
      failure: applicationFailure('x', { nonRetryable: how === 'fatal' }),
    });
}

function child(host: Host, initiatedEventId: number, how: string): void {
  const { runId } = host.run;
  if (how === 'started') host.apply({ kind: 'ChildStarted', runId, initiatedEventId, childRunId: 'k-1' });
  else if (how === 'failed')
    host.apply({ kind: 'ChildStartFailed', runId, initiatedEventId, cause: 'WORKFLOW_ALREADY_EXISTS' });
  else
    host.apply({
      kind: 'ChildClosed',
      runId,
      initiatedEventId,
      child: { workflowId: 'kid', runId: 'k-1' },
      workflowType: 'kid',
      close: { kind: 'Completed' },
    });
}

function deliver(host: Host, index: number): void {
  const { runId, externalSignals, externalCancels } = host.run;
  host.apply({ kind: 'ExternalSignalDelivered', runId, initiatedEventId: pick(externalSignals, index) ?? 0 });
  const initiatedEventId = pick(externalCancels, index) ?? 0;
  host.apply({ kind: 'ExternalCancelFailed', runId, initiatedEventId, cause: 'NAMESPACE_NOT_FOUND' });
}

function confirmEverything(host: Host): void {
  host.turn((turn) => {
    const work = engine.pendingWork(turn.execution);
    for (const { runId, initiatedEventId } of work.parentCloseActions)
      turn.confirmParentClose(runId, initiatedEventId);
    for (const { runId } of work.parentNotifications) turn.confirmParentNotified(runId);
    for (const runId of work.visibility) turn.confirmVisibility(runId, 1_000);
  });
}

function resetToFirstTask(host: Host): void {
  const history = host.history();
  const point = history.find(({ eventType }) => eventType === 'WorkflowTaskCompleted');
  if (point === undefined) return;
  host.turn((turn) => turn.reset({ workflowTaskFinishEventId: point.eventId }, history));
}

function drive(plan: readonly Step[], forgetsEveryTurn: boolean): Host {
  fresh = 0;
  const host = new Host();
  const execution = { workflowId: 'parent', runId: 'p-1' };
  host.start({
    retryPolicy: { maximumAttempts: 2 },
    workflowExecutionTimeout: 90_000,
    parent: { namespace: 'default', execution, initiatedEventId: 5, root: execution },
  });
  for (const step of plan) {
    if (forgetsEveryTurn) host.reload();
    step(host);
  }
  return host;
}

/** What holds of every history. */
function checkHistory(events: readonly HistoryEvent[]): void {
  expect(events.map(({ eventId }) => eventId)).toEqual(events.map((_, index) => index + 1));
  const types = events.map(({ eventType }) => eventType);
  expect(types[0]).toBe('WorkflowExecutionStarted');
  let pending = 0;
  for (const [index, { eventType, attributes }] of events.entries()) {
    if (eventType === 'WorkflowTaskScheduled') expect(++pending).toBe(1);
    const endsTask = ['WorkflowTaskCompleted', 'WorkflowTaskFailed', 'WorkflowTaskTimedOut'].includes(
      eventType,
    );
    if (endsTask) pending--;
    const { startedEventId } = attributes as { startedEventId?: number };
    if (startedEventId !== undefined) expect(startedEventId).toBeLessThan(index + 1);
    if (eventType === 'ActivityTaskCompleted' || eventType === 'ActivityTaskFailed')
      expect(types[(startedEventId ?? 0) - 1]).toBe('ActivityTaskStarted');
  }
}

describe('any order of inputs', () => {
  test('folding storage gives the live state after every turn, and histories are well-formed', () => {
    fc.assert(
      fc.property(fc.array(steps, { minLength: 10, maxLength: 60, size: 'max' }), (plan) => {
        const host = drive(plan, false);
        for (const runId of host.rows.keys()) checkHistory(host.history(runId));
        checkHistory([...host.history(host.run.runId), ...engine.transientEvents(host.run)]); // As it is read.
      }),
      { numRuns: 150 },
    );
  });

  test('a host that loses its memory after every turn writes the same history', () => {
    fc.assert(
      fc.property(fc.array(steps, { minLength: 10, maxLength: 60, size: 'max' }), (plan) => {
        const histories = [true, false].map((forgets) => {
          const host = drive(plan, forgets);
          return [...host.rows.keys()].map((runId) => host.history(runId));
        });
        expect(histories[0]).toEqual(histories[1]);
      }),
      { numRuns: 60 },
    );
  });
});
