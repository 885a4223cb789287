/** What people do to a run besides: pause it, its activities, begin these anew, or take the run back to an earlier task. */
import type { Result } from '../../src/engine/api.ts';
import { RESETTER_IDENTITY } from '../../src/engine/lifecycle-machine.ts';
import type { HistoryPage } from '../../src/objects/execution/workflow-execution-api.ts';
import type { HistoryEvent } from '../../src/sdk/common/wire/events.ts';
import { type Caller, isSettled } from './caller.ts';
import type { SimExecution } from './platform/sim-execution.ts';
import type { SimWorld } from './platform/world.ts';
import type { Random } from './random.ts';

export const OPERATIONS = ['pause', 'pauseActivities', 'resetActivities', 'reset'] as const;

export interface Operation {
  kind: (typeof OPERATIONS)[number];
  atMs: number;
  /** Until a pause is taken back. */
  forMs: number;
  /** Of a reset: which task of those that there are, from 0 up to 1. */
  share: number;
}

/** A pause that was lost on its way can still arrive for so long: then it is taken back once more. */
const LATE_MS = 140_000;
const WORK = { activities: { by: 'type', activityType: 'work' } } as const;

/**
 * One reset at most: what a run that is reset twice has to find of the children in between is said nowhere. A run that is ended
 * from outside is not reset: a reset that comes late would begin again what nobody waits for.
 */
export function operationsOf(random: Random, isEndedFromOutside: boolean): Operation[] {
  if (!random.chance(0.3)) return [];
  const operations = Array.from({ length: random.between(1, 2) }, () => ({
    kind: random.pick(OPERATIONS),
    atMs: random.between(0, random.pick([50, 1_000, 10_000, 60_000])),
    forMs: random.between(0, random.pick([50, 5_000, 90_000])),
    share: random.next(),
  }));
  const reset = isEndedFromOutside ? undefined : operations.find(({ kind }) => kind === 'reset');
  return operations.filter((operation) => operation.kind !== 'reset' || operation === reset);
}

/** Of a run that was taken back to an earlier task, and goes on as another one. */
export function isResetting(event: HistoryEvent | undefined): boolean {
  return (
    event?.eventType === 'WorkflowExecutionTerminated' && event.attributes.identity === RESETTER_IDENTITY
  );
}

/** Whatever it says, it has been heard. */
const isHeard = (reply: Result<unknown>) =>
  isSettled(reply) || (!reply.ok && ['FAILED_PRECONDITION', 'INVALID_ARGUMENT'].includes(reply.error.code));

export class Operator {
  readonly #world: SimWorld;
  readonly #caller: Caller;

  constructor(world: SimWorld, caller: Caller) {
    this.#world = world;
    this.#caller = caller;
  }

  async operate(object: SimExecution, { kind, forMs, share, atMs }: Operation): Promise<void> {
    const requestId = `${kind} at ${atMs}`;
    const ask = (method: string, request: object) =>
      this.#caller.insist(object, method, () => [{}, request], isHeard);
    switch (kind) {
      case 'pause':
        await ask('pause', { requestId, reason: 'by the operator' });
        for (const ms of [forMs, LATE_MS]) {
          await this.#world.scheduler.sleep(ms);
          await ask('unpause', { requestId: `un${requestId}` });
        }
        return;
      case 'pauseActivities':
        await ask('apply', { kind: 'PauseActivity', ...WORK, requestId });
        for (const ms of [forMs, LATE_MS]) {
          await this.#world.scheduler.sleep(ms);
          await ask('apply', { kind: 'UnpauseActivity', ...WORK });
        }
        return;
      case 'resetActivities':
        await ask('apply', { kind: 'ResetActivity', ...WORK, resetHeartbeat: share > 0.5 });
        return;
      case 'reset':
        await this.#reset(object, requestId, share);
    }
  }

  /** Back to one of its tasks, if it has any and is still open. */
  async #reset(object: SimExecution, requestId: string, share: number): Promise<void> {
    const request = { fromEventId: 1, pageSize: 1_000 };
    const page = await this.#caller.insist<HistoryPage>(object, 'history', () => [{}, request], isHeard);
    if (!page.ok || !page.value.isRunning) return;
    const { runId, events } = page.value;
    const points = events.filter(({ eventType }) => eventType === 'WorkflowTaskCompleted');
    const point = points[Math.floor(share * points.length)];
    if (point === undefined) return;
    const { eventId: workflowTaskFinishEventId } = point;
    const reset = { runId, workflowTaskFinishEventId, requestId, reason: 'by the operator' };
    await this.#caller.insist(object, 'reset', () => [{}, reset], isHeard);
  }
}
