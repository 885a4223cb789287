/**
 * What a schedule sends: starts of workflows, cancel requests and terminations, and news for the index (H2). Level-triggered:
 * what is due and not under way is sent after each commit, as far as the invocation's budget goes; the rest is the alarm's.
 */
import type { Input, StatusError } from '../../engine/api.ts';
import { listEntryOf } from '../../engine/schedule/describe-schedule.ts';
import {
  actionClosed,
  endConfirmed,
  pendingActions,
  type ScheduleContext,
  startConfirmed,
  startRefused,
} from '../../engine/schedule/schedule-machine.ts';
import type {
  ActionClosed,
  RunningAction,
  ScheduleState,
  StartingAction,
} from '../../engine/schedule/schedule-state.ts';
import { startRequestOf } from '../../engine/schedule/start-request.ts';
import type { InvocationBudget } from '../execution/invocation-budget.ts';
import { backoffMs } from '../object-options.ts';
import type { ListedSchedule } from './schedule-api.ts';
import type { ScheduleOptions, SchedulePorts } from './schedule-core.ts';
import type { StoredSchedule } from './schedule-store.ts';

export interface DispatcherOptions {
  ports: SchedulePorts;
  options: ScheduleOptions;
  budget: InvocationBudget;
  context(state: ScheduleState): ScheduleContext;
  stored(): StoredSchedule | undefined;
  turn<T>(depth: number, work: () => T): T;
  /** Deleted, and the index knows. */
  erase(): Promise<void>;
}

/** One that has not come back after this long is sent again. */
const UNDER_WAY_MAX_MS = 30_000;

type Send = (depth: number) => Promise<void>;

export class ScheduleDispatcher {
  readonly #options: DispatcherOptions;
  #prepared: Send[] = [];
  #isTellingIndex = false;
  /** What the index was last made to show. */
  #shown = '';

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Before the commit, which is to know what will be under way after it. */
  prepare(stored: StoredSchedule): void {
    const { budget } = this.#options;
    const { clock } = this.#options.ports;
    const now = clock.now();
    this.#prepared = [];
    this.#noteNews(stored);
    const room = () => this.#prepared.length < budget.dispatchesLeft;
    const { index, state } = stored;
    const isIndexDue = index.confirmed < index.version && index.retryAt <= now && !this.#isTellingIndex;
    if (isIndexDue && room()) {
      index.retryAt = now + UNDER_WAY_MAX_MS;
      this.#prepared.push(() => this.#tellIndex());
    }
    if (state === undefined) return;
    const { starts, endings } = pendingActions(state, now);
    for (const action of endings)
      if (room() && action.ending !== undefined) {
        action.ending.retryAt = now + UNDER_WAY_MAX_MS;
        this.#prepared.push((depth) => this.#end(action, depth));
      }
    for (const action of starts)
      if (room()) {
        action.retryAt = now + UNDER_WAY_MAX_MS;
        this.#prepared.push((depth) => this.#start(state, action, depth));
      }
  }

  /** After the commit; nothing is prepared when it failed. */
  send(depth: number): void {
    const { ports, budget } = this.#options;
    const sends = this.#prepared;
    this.#prepared = [];
    for (const send of sends) {
      budget.spendDispatch('A delivery of a schedule');
      ports.keepAlive(send(depth + 1));
    }
  }

  loaded(stored: StoredSchedule | undefined): void {
    this.#isTellingIndex = false;
    this.#shown = stored?.state === undefined ? '' : this.#shownOf(stored.state);
  }

  forget(): void {
    this.#prepared = [];
    this.#isTellingIndex = false;
  }

  #noteNews({ state, index }: StoredSchedule): void {
    if (state === undefined) return;
    const shown = this.#shownOf(state);
    if (shown === this.#shown) return;
    this.#shown = shown;
    index.version += 1;
    index.attempt = 0;
    if (index.retryAt > this.#options.ports.clock.now() && !this.#isTellingIndex)
      index.retryAt = this.#options.ports.clock.now();
  }

  #shownOf(state: ScheduleState): string {
    const { memo, searchAttributes, conflictToken, instanceId } = state;
    const { info } = listEntryOf(state, this.#options.context(state));
    // Memo, attributes and spec change only with the token.
    const { spec: _, ...rest } = info ?? {};
    const sizes = [Object.keys(memo?.fields ?? {}).length, Object.keys(searchAttributes ?? {}).length];
    return JSON.stringify([instanceId, conflictToken, rest, sizes]);
  }

  async #start(state: ScheduleState, action: StartingAction, depth: number): Promise<void> {
    const { ports, options, turn, stored } = this.#options;
    const { namespace, scheduleId } = state;
    const { workflowId, requestId } = action;
    const result = await ports.stubs
      .workflowExecution(namespace, workflowId)
      .start({ namespace, workflowId, depth }, startRequestOf(state, action))
      .catch((error: unknown) => ({ ok: false as const, error: unavailable(error) }));
    if (!result.ok)
      options.log('WARN', `Schedule ${scheduleId} could not start workflow ${workflowId}`, {
        namespace,
        code: result.error.code,
        reason: result.error.message,
      });
    turn(depth, () => {
      const current = stored()?.state;
      if (current?.instanceId !== state.instanceId) return;
      const now = { now: ports.clock.now() };
      if (result.ok) startConfirmed(current, requestId, result.value.firstExecutionRunId, now);
      else startRefused(current, requestId, result.error, now);
    });
  }

  async #end(action: RunningAction, depth: number): Promise<void> {
    const { ports, turn, stored } = this.#options;
    const state = stored()?.state;
    if (state === undefined || action.ending === undefined) return;
    const { namespace, scheduleId } = state;
    const { workflowId, runId, requestId } = action;
    const stub = ports.stubs.workflowExecution(namespace, workflowId);
    const at = { namespace, workflowId, depth };
    const result = await stub
      .apply(at, endingOf(state, action))
      .catch((error: unknown) => ({ ok: false as const, error: unavailable(error) }));
    const isOver = !result.ok && result.error.code === 'NOT_FOUND';
    const closed = isOver ? await this.#closedOf(state, action, depth) : undefined;
    if (!result.ok && !isOver)
      this.#options.options.log('WARN', `Schedule ${scheduleId} could not end workflow ${workflowId}`, {
        namespace,
        runId,
        reason: result.error.message,
      });
    turn(depth, () => {
      const current = stored()?.state;
      if (current?.instanceId !== state.instanceId) return;
      const now = { now: ports.clock.now() };
      if (closed === undefined) endConfirmed(current, requestId, result.ok ? 'delivered' : 'failed', now);
      else if (closed === 'gone') endConfirmed(current, requestId, 'gone', now);
      else actionClosed(current, closed, now);
    });
  }

  /** It has ended before it was told to: how, as far as anybody still knows. Undefined: ask again. */
  async #closedOf(
    { namespace, instanceId }: ScheduleState,
    { workflowId, runId, requestId }: RunningAction,
    depth: number,
  ): Promise<ActionClosed | 'gone' | undefined> {
    const at = { namespace, workflowId, depth };
    const result = await this.#options.ports.stubs
      .workflowExecution(namespace, workflowId)
      .result(at, { runId, followRuns: true, waitMs: 0 })
      .catch((error: unknown) => ({ ok: false as const, error: unavailable(error) }));
    if (!result.ok) return result.error.code === 'NOT_FOUND' ? 'gone' : undefined;
    const { closeEvent, status } = result.value;
    if (closeEvent === undefined) return undefined;
    const base = { instanceId, requestId, workflowId, runId, status };
    if (closeEvent.eventType === 'WorkflowExecutionCompleted' && closeEvent.attributes.result)
      return { ...base, result: closeEvent.attributes.result };
    if (closeEvent.eventType === 'WorkflowExecutionFailed' && closeEvent.attributes.failure)
      return { ...base, failure: closeEvent.attributes.failure };
    return base;
  }

  async #tellIndex(): Promise<void> {
    const { ports, options, turn, stored, erase } = this.#options;
    const before = stored();
    if (before === undefined) return;
    const { namespace, scheduleId } = before;
    const { version } = before.index;
    this.#isTellingIndex = true;
    let isDone = true;
    try {
      const index = ports.stubs.scheduleIndex?.(namespace);
      if (before.state === undefined) await index?.remove(scheduleId, version);
      else await index?.put(scheduleId, this.#listed(before.state, version));
    } catch (error) {
      isDone = false;
      options.log('WARN', `The list of schedules was not told of ${scheduleId}`, { namespace, error });
    }
    this.#isTellingIndex = false;
    const isOver = isDone && before.state === undefined;
    turn(0, () => {
      const current = stored();
      if (current === undefined) return;
      if (isDone) current.index.confirmed = Math.max(current.index.confirmed, version);
      else current.index.attempt += 1;
      const now = ports.clock.now();
      current.index.retryAt = isDone ? now : now + backoffMs(options.times, current.index.attempt);
    });
    if (isOver) await erase();
  }

  #listed(state: ScheduleState, version: number): ListedSchedule {
    const entry = listEntryOf(state, this.#options.context(state));
    return { createTime: state.createTime, version, entry };
  }
}

function endingOf(
  { namespace, scheduleId }: ScheduleState,
  { ending, runId, requestId }: RunningAction,
): Input {
  const fields = {
    firstExecutionRunId: runId,
    reason: `by overlap policy of schedule ${scheduleId}`,
    identity: `temporal-scheduler-${namespace}-${scheduleId}`,
  };
  if (ending?.kind === 'terminate') return { kind: 'Terminate', ...fields };
  return { kind: 'RequestCancel', ...fields, requestId: `${requestId}:cancel` };
}

function unavailable(error: unknown): StatusError {
  return { code: 'UNAVAILABLE', message: error instanceof Error ? error.message : String(error) };
}
