/** Nothing acknowledged is lost, and nothing that is once happens twice. */

import type { HistoryEventOf } from '../../../src/sdk/common/wire/events.ts';
import { decode } from '../caller.ts';
import type { Ledger } from '../ledger.ts';
import { LISTENER, REFUSED_FROM } from '../programs/workflow.ts';
import { type Chronicle, eventsOf, type RunRecord } from './chronicle.ts';
import { check } from './failure.ts';

type Signaled = HistoryEventOf<'WorkflowExecutionSignaled'>;

const signalsOf = (runs: readonly RunRecord[]): Signaled[] =>
  runs.flatMap((run) => eventsOf(run, 'WorkflowExecutionSignaled'));

export function checkInputs({ ledger, runs }: Chronicle): void {
  const root = runs.filter(({ workflowId }) => workflowId === 'root');
  const started = ledger.startedRunId;
  const isThere = started === undefined || root.some(({ runId }) => runId === started);
  check(isThere, 'inputs', () => `the start was acknowledged with run ${started}, which is not there`);
  const signaled = new Set(signalsOf(root).map(({ attributes }) => decode<number>(attributes.input)));
  for (const id of ledger.signalsAcknowledged)
    check(signaled.has(id), 'inputs', () => `signal ${id} was acknowledged and is in no history`);
  checkUpdates(root, ledger.updatesAcknowledged);
  checkRefused(root);
  checkShown(runs, ledger.shown);
  for (const completion of ledger.completionsAcknowledged)
    check(
      isCompleted(runs, completion),
      'inputs',
      () => `the result of ${completion} was acknowledged and is in no history`,
    );
}

/** Nothing is shown that is not to stay. */
function checkShown(runs: readonly RunRecord[], shown: Ledger['shown']): void {
  for (const [runId, events] of shown) {
    const run = runs.find((each) => each.runId === runId);
    for (const [eventId, eventType] of events) {
      const found = run?.events[eventId - 1]?.eventType;
      check(
        found === eventType,
        'inputs',
        () => `event ${eventId} of ${runId} was shown as ${eventType}, and is ${found}`,
      );
    }
  }
}

function checkRefused(root: readonly RunRecord[]): void {
  for (const run of root) {
    for (const { attributes } of eventsOf(run, 'WorkflowExecutionUpdateAccepted')) {
      const [, id] = /^update-(\d+)$/.exec(attributes.protocolInstanceId ?? '') ?? [];
      check(
        Number(id) < REFUSED_FROM,
        'inputs',
        () => `${attributes.protocolInstanceId} is to be refused, and was accepted`,
      );
    }
  }
}

function checkUpdates(
  root: readonly RunRecord[],
  acknowledged: Chronicle['ledger']['updatesAcknowledged'],
): void {
  const accepted = new Set<string | undefined>();
  const completed = new Set<string | undefined>();
  for (const run of root) {
    for (const { attributes } of eventsOf(run, 'WorkflowExecutionUpdateAccepted'))
      accepted.add(attributes.protocolInstanceId);
    for (const { attributes } of eventsOf(run, 'WorkflowExecutionUpdateCompleted'))
      completed.add(attributes.meta?.updateId);
  }
  for (const [id, { outcome }] of acknowledged) {
    const updateId = `update-${id}`;
    const isAnswer = outcome !== undefined && 'success' in outcome;
    const isRefusal = outcome !== undefined && !isAnswer;
    check(
      isRefusal || accepted.has(updateId),
      'inputs',
      () => `${updateId} was acknowledged and is in no history`,
    );
    check(
      !isAnswer || completed.has(updateId),
      'inputs',
      () => `${updateId} was answered and its answer is in no history`,
    );
  }
}

function isCompleted(runs: readonly RunRecord[], completion: string): boolean {
  const [runId, scheduledEventId] = completion.split(' ');
  const run = runs.find((each) => each.runId === runId);
  if (run === undefined) return false;
  const found = eventsOf(run, 'ActivityTaskCompleted');
  return found.some(({ attributes }) => `${attributes.scheduledEventId}` === scheduledEventId);
}

export function checkOnce({ runs }: Chronicle): void {
  for (const run of runs) {
    const ids = signalsOf([run]).flatMap(({ attributes }) => attributes.requestId ?? []);
    noneTwice(ids, (id) => `${run.workflowId} ${run.runId}: signal ${id} is recorded twice`);
    const updates = eventsOf(run, 'WorkflowExecutionUpdateAccepted').map(
      ({ attributes }) => attributes.protocolInstanceId,
    );
    noneTwice(updates, (id) => `${run.workflowId} ${run.runId}: update ${id} is accepted twice`);
  }
  checkTold(runs);
  checkChains(runs);
}

/** What was said once is heard once, however often it was delivered. */
function checkTold(runs: readonly RunRecord[]): void {
  const said = new Map<string, number>();
  for (const run of runs) {
    for (const { attributes } of eventsOf(run, 'SignalExternalWorkflowExecutionInitiated'))
      count(said, decode<string>(attributes.input));
  }
  const heard = new Map<string, number>();
  const listener = signalsOf(runs.filter(({ workflowId }) => workflowId === LISTENER));
  for (const { attributes } of listener.filter(({ attributes: { signalName } }) => signalName === 'heard'))
    count(heard, decode<string>(attributes.input));
  for (const [id, times] of heard) {
    const atMost = said.get(id) ?? 0;
    check(
      times <= atMost,
      'once',
      () => `the listener heard ${id} ${times} times, it was said ${atMost} times`,
    );
  }
}

/** One start is one chain, of a client and of a parent. */
function checkChains(runs: readonly RunRecord[]): void {
  for (const workflowId of ['root', LISTENER]) {
    const own = runs.filter((run) => run.workflowId === workflowId);
    const heads = new Set(own.map(({ started }) => started.firstExecutionRunId));
    check(heads.size <= 1, 'once', () => `${workflowId} was started ${heads.size} times`);
  }
  const chains = runs
    .filter(
      ({ started, runId }) =>
        started.parentWorkflowExecution !== undefined && started.firstExecutionRunId === runId,
    )
    .map(({ started }) => `${started.parentWorkflowExecution?.runId} ${started.parentInitiatedEventId}`);
  noneTwice(chains, (chain) => `child ${chain} was started twice`);
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function noneTwice<T>(values: readonly T[], message: (value: T) => string): void {
  const seen = new Set<T>();
  for (const value of values) {
    check(!seen.has(value), 'once', () => message(value));
    seen.add(value);
  }
}
