/** Answers that callers wait for: read between turns until they are what was asked for, or the caller's time is over. */
import type { Engine, Result, UpdateReply } from '../../engine/api.ts';
import type { UpdateStageName } from '../../sdk/common/wire/messages.ts';
import type { ObjectTimes } from '../object-options.ts';
import type { ObjectClock } from '../ports.ts';
import type { ExecutionReads } from './execution-reads.ts';
import type { TurnLoop } from './turn-loop.ts';
import type { HistoryPage, HistoryRequest, QueryRequest, RunResult } from './workflow-execution-api.ts';

const STAGES: readonly (UpdateStageName | undefined)[] = [undefined, 'ADMITTED', 'ACCEPTED', 'COMPLETED'];

interface WaitsOptions {
  loop: TurnLoop;
  reads: ExecutionReads;
  engine: Engine;
  clock: ObjectClock;
  times: ObjectTimes;
}

export class ExecutionWaits {
  readonly #options: WaitsOptions;

  constructor(options: WaitsOptions) {
    this.#options = options;
  }

  result(runId: string | undefined, followRuns: boolean, waitMs: number): Promise<Result<RunResult>> {
    const { reads } = this.#options;
    const isDone = (answer: Result<RunResult>) => !answer.ok || answer.value.closeEvent !== undefined;
    return this.#until(() => reads.result(runId, followRuns), isDone, waitMs);
  }

  update(
    runId: string | undefined,
    updateId: string,
    stage: UpdateStageName,
    waitMs: number,
  ): Promise<UpdateReply | undefined> {
    const read = () => this.#options.reads.updateState(runId, updateId);
    // An update that is not known will not become so: its caller sends it again.
    const isDone = (reply: UpdateReply | undefined) =>
      reply === undefined ||
      reply.outcome !== undefined ||
      STAGES.indexOf(reply.stage) >= STAGES.indexOf(stage);
    return this.#until(read, isDone, waitMs);
  }

  async history(request: HistoryRequest): Promise<Result<HistoryPage>> {
    const { loop, reads } = this.#options;
    const page = () => reads.history(request);
    const waitMs = request.waitMs ?? 0;
    if (waitMs <= 0) return loop.read(page);
    const isDone = (answer: Result<HistoryPage>) =>
      !answer.ok || !answer.value.isRunning || (!request.closeEventOnly && answer.value.events.length > 0);
    await loop.followers.told;
    return this.#until(page, isDone, waitMs, loop.followers.waiters);
  }

  /** Until the current run has begun, if it does so by `latest`. */
  async beginning(request: QueryRequest, latest: number): Promise<void> {
    await this.#until(
      () => this.beginsBy(request, latest),
      (begins) => !begins,
      latest - this.#options.clock.now(),
    );
  }

  /** Whether the current run is still to begin, and does so in time. */
  beginsBy({ runId, rejectCondition }: QueryRequest, latest: number): boolean {
    const { loop, engine, clock } = this.#options;
    const { current } = loop.state.execution;
    if (current === undefined || (runId && runId !== current.runId)) return false;
    const refusal = engine.queryRefusal(current, rejectCondition);
    if (refusal === undefined || !('readyAt' in refusal) || refusal.readyAt === undefined) return false;
    return refusal.readyAt <= latest && clock.now() < latest;
  }

  /** Reads between turns until the answer is done; the last answer when time runs out. */
  async #until<T>(
    read: () => T,
    isDone: (answer: T) => boolean,
    waitMs: number,
    waiters = this.#options.loop.waiters,
  ): Promise<T> {
    const { loop, times } = this.#options;
    let answer: T | undefined;
    const waiting = await loop.read(() => {
      const check = () => {
        answer = read();
        return isDone(answer) ? true : undefined;
      };
      return { done: waiters.until(check, Math.min(waitMs, times.waitMaxMs)) };
    });
    await waiting.done;
    // Sound: `until` checks at once, so `read` has run.
    return answer as T;
  }
}
