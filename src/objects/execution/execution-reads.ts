/** Answers about runs, the current one from memory and earlier ones from storage. Nothing here writes. */
import type { Engine, Result, Run, UpdateReply } from '../../engine/api.ts';
import type { HistoryEvent } from '../../sdk/common/wire/events.ts';
import type { WorkflowStatusName } from '../../sdk/common/wire/messages.ts';
import type { DescribeWorkflowExecutionResponse } from '../../sdk/common/wire/requests.ts';
import { fitting } from '../storage/history-page.ts';
import type { ExecutionStore } from '../storage/storage.ts';
import type { VisibilityUpdate } from '../visibility/visibility-api.ts';
import type { ExecutionState } from './execution-state.ts';
import type { HistoryPage, HistoryRequest, RunResult } from './workflow-execution-api.ts';

/** What can be said of any run without folding it. */
export interface RunView {
  runSeq: number;
  runId: string;
  status: WorkflowStatusName;
  isOpen: boolean;
  lastEventId: number;
}

export class ExecutionReads {
  readonly #engine: Engine;
  readonly #state: ExecutionState;
  readonly #store: ExecutionStore;

  constructor(engine: Engine, state: ExecutionState, store: ExecutionStore) {
    this.#engine = engine;
    this.#state = state;
    this.#store = store;
  }

  /** The run asked for, the current one when none is named. */
  view(runId: string | undefined): RunView | undefined {
    const { current } = this.#state.execution;
    if (current === undefined) return undefined;
    if (!runId || runId === current.runId) {
      const { runSeq, status, closeTime, nextEventId } = current;
      return {
        runSeq,
        runId: current.runId,
        status,
        isOpen: closeTime === undefined,
        lastEventId: nextEventId - 1,
      };
    }
    const row = this.#store.runs.find(runId);
    if (row === undefined) return undefined;
    const lastEventId = this.#store.history.lastEvent(row.runSeq)?.eventId ?? 0;
    return { runSeq: row.runSeq, runId, status: row.summary.status, isOpen: false, lastEventId };
  }

  /** The run itself, folded from storage when it is not the current one. */
  run(runId: string | undefined): Run | undefined {
    const { current, namespace, workflowId } = this.#state.execution;
    if (current === undefined || !runId || runId === current.runId) return current;
    const row = this.#store.runs.find(runId);
    return row && this.#engine.foldRun(namespace, workflowId, this.#store.load(row));
  }

  /** Where an update of the run stands; undefined when the run knows none of that ID. */
  updateState(runId: string | undefined, updateId: string): UpdateReply | undefined {
    const { execution } = this.#state;
    const { current, namespace, workflowId } = execution;
    if (current === undefined) return undefined;
    if (!runId || runId === current.runId) return this.#engine.updateState(execution, updateId);
    const row = this.#store.runs.find(runId);
    if (row === undefined) return undefined;
    const earlier = this.#engine.loadExecution(namespace, workflowId, this.#store.load(row));
    return this.#engine.updateState(earlier, updateId);
  }

  notFound(runId: string | undefined): { ok: false; error: { code: 'NOT_FOUND'; message: string } } {
    const { workflowId } = this.#state.execution;
    const run = runId ? `, run ID: ${runId}` : '';
    return {
      ok: false,
      error: { code: 'NOT_FOUND', message: `workflow not found for ID: ${workflowId}${run}` },
    };
  }

  events(view: RunView): HistoryEvent[] {
    return this.#store.history.events(view.runSeq, 1, view.lastEventId);
  }

  /** Histories of the runs that continued this one as new, in order. */
  continuations(view: RunView): HistoryEvent[][] {
    const histories: HistoryEvent[][] = [];
    for (
      let last = this.#store.history.lastEvent(view.runSeq);
      last?.eventType === 'WorkflowExecutionContinuedAsNew';
    ) {
      const next = this.view(last.attributes.newExecutionRunId);
      if (next === undefined) break;
      const events = this.events(next);
      histories.push(events);
      last = events.at(-1);
    }
    return histories;
  }

  describe(runId: string | undefined, now: number): Result<DescribeWorkflowExecutionResponse> {
    const run = this.run(runId);
    if (run === undefined) return this.notFound(runId);
    return { ok: true, value: this.#engine.describe(run, now) };
  }

  /** What the index is told of a run; undefined for one that is not here. `nextWake` is the object's. */
  visibility(runId: string, nextWake: number | undefined): VisibilityUpdate | undefined {
    const { current } = this.#state.execution;
    const run = current === undefined ? undefined : this.run(runId);
    if (run === undefined) return undefined;
    const wakeAt = runId === current?.runId ? nextWake : run.expiryTime;
    return { ...this.#engine.visibilityRecord(run), ...(wakeAt !== undefined && { wakeAt }) };
  }

  history(request: HistoryRequest): Result<HistoryPage> {
    const view = this.view(request.runId);
    if (view === undefined) return this.notFound(request.runId);
    if (request.closeEventOnly) return { ok: true, value: this.#closePage(view) };
    return {
      ok: true,
      value: request.reverse ? this.#reversePage(view, request) : this.#page(view, request),
    };
  }

  #page(view: RunView, { fromEventId = 1, pageSize, waitMs = 0 }: HistoryRequest): HistoryPage {
    const found = this.#store.history.events(view.runSeq, fromEventId, fromEventId + pageSize - 1);
    const events = fitting(found);
    const next = (events.at(-1)?.eventId ?? fromEventId - 1) + 1;
    const page: HistoryPage = { runId: view.runId, events, isRunning: view.isOpen };
    if (events.length < found.length) return { ...page, nextEventId: next, isCut: true };
    if (view.isOpen || next <= view.lastEventId) page.nextEventId = next;
    if (view.isOpen && next > view.lastEventId && waitMs === 0) events.push(...this.#transient(view));
    return page;
  }

  /** WFT-13: events of a repeated task are shown, and not recorded. */
  #transient(view: RunView): readonly HistoryEvent[] {
    const { current } = this.#state.execution;
    return current?.runSeq === view.runSeq ? this.#engine.transientEvents(current) : [];
  }

  #reversePage(view: RunView, { fromEventId, pageSize }: HistoryRequest): HistoryPage {
    const last = Math.min(fromEventId ?? view.lastEventId, view.lastEventId);
    const first = Math.max(last - pageSize + 1, 1);
    const found = this.#store.history.events(view.runSeq, first, last).reverse();
    const events = fitting(found);
    const page: HistoryPage = { runId: view.runId, events, isRunning: view.isOpen };
    if (events.length < found.length) return { ...page, nextEventId: last - events.length, isCut: true };
    return first > 1 ? { ...page, nextEventId: first - 1 } : page;
  }

  #closePage(view: RunView): HistoryPage {
    const last = this.#store.history.lastEvent(view.runSeq);
    const page: HistoryPage = { runId: view.runId, events: last ? [last] : [], isRunning: view.isOpen };
    return view.isOpen ? { ...page, nextEventId: view.lastEventId + 1 } : page;
  }

  /** The end of a run or, following, of its chain as far as it goes. */
  result(runId: string | undefined, followRuns: boolean): Result<RunResult> {
    let view = this.view(runId);
    if (view === undefined) return this.notFound(runId);
    for (;;) {
      const { runSeq, status, isOpen }: RunView = view;
      if (isOpen) return { ok: true, value: { runId: view.runId, status } };
      const closeEvent: HistoryEvent | undefined =
        this.#state.tail.last(runSeq) ?? this.#store.history.lastEvent(runSeq);
      const next: RunView | undefined = followRuns ? this.view(nextRunOf(closeEvent) ?? view.runId) : view;
      if (next === undefined || next.runId === view.runId) {
        return { ok: true, value: { runId: view.runId, status, ...(closeEvent && { closeEvent }) } };
      }
      view = next;
    }
  }
}

function nextRunOf(event: HistoryEvent | undefined): string | undefined {
  switch (event?.eventType) {
    case 'WorkflowExecutionCompleted':
    case 'WorkflowExecutionFailed':
    case 'WorkflowExecutionTimedOut':
    case 'WorkflowExecutionContinuedAsNew':
      return event.attributes.newExecutionRunId || undefined;
    default:
      return undefined;
  }
}
