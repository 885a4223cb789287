/** The callers of a simulation: they begin the program, send to it, ask it, and try again as clients do. */
import type { Result, StartReply, UpdateReply } from '../../src/engine/api.ts';
import type { HistoryPage, RunResult } from '../../src/objects/execution/workflow-execution-api.ts';
import { defaultPayloadConverter } from '../../src/sdk/common/converter/payload-converter.ts';
import { toPayloads } from '../../src/sdk/common/converter/payload-lists.ts';
import { decodeTaskToken } from '../../src/sdk/common/task-token.ts';
import type { Payloads } from '../../src/sdk/common/wire/messages.ts';
import { attemptOf, type Ledger } from './ledger.ts';
import { isResetting } from './operator.ts';
import { check } from './oracles/failure.ts';
import { TASK_QUEUE } from './platform/isolate.ts';
import { Life } from './platform/lives.ts';
import type { SimExecution } from './platform/sim-execution.ts';
import { RETENTION_MS, type SimWorld } from './platform/world.ts';
import type { Work } from './programs/activities.ts';
import { REFUSED_FROM } from './programs/workflow.ts';
import type { Random } from './random.ts';

export const payloadsOf = (...values: unknown[]): Payloads => ({
  payloads: toPayloads(defaultPayloadConverter, ...values) ?? [],
});

/** Sound for what the simulation itself has encoded. */
export function decode<T>(payloads: Payloads | undefined, index = 0): T {
  const payload = payloads?.payloads?.[index];
  if (payload === undefined) throw new Error('A payload was expected.');
  return defaultPayloadConverter.fromPayload<T>(payload);
}

const updateOf = (id: number) => ({
  meta: { updateId: `update-${id}` },
  input: { name: 'note', args: payloadsOf(id) },
});

export type Beginning = 'start' | 'signalWithStart' | 'updateWithStart';

const TRIES_MAX = 400;
const BACKOFF_MS = 100;
const BACKOFF_MAX_MS = 10_000;
const CALL_MS = 30_000;

export class Caller {
  readonly #world: SimWorld;
  readonly #ledger: Ledger;
  readonly #random: Random;
  readonly #life = new Life('client');

  constructor(world: SimWorld, ledger: Ledger, random: Random) {
    this.#world = world;
    this.#ledger = ledger;
    this.#random = random;
  }

  /** As a client begins the program: plainly, or with a signal or an update that comes along. */
  async begin(object: SimExecution, how: Beginning, request: object): Promise<void> {
    const reply = await this.#begin(object, how, request);
    if (reply.ok) this.#ledger.startedRunId = reply.value.runId;
  }

  async #begin(object: SimExecution, how: Beginning, argument: object): Promise<Result<StartReply>> {
    if (how === 'start') return await this.start(object, 'program', argument);
    const start = {
      ...this.#startRequest(object, 'program', argument),
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
    };
    // One that has begun and ended meanwhile is not begun again.
    const isFine = (reply: Result<unknown>) => reply.ok || reply.error.code === 'ALREADY_EXISTS';
    const at = (attempt: number) => ({
      namespaceConfig: { retentionMs: RETENTION_MS },
      guarded: attempt > 1,
    });
    if (how === 'signalWithStart') {
      const request = { ...start, signalName: 'poke', signalInput: payloadsOf(0) };
      const reply = await this.insist<StartReply>(object, how, (attempt) => [at(attempt), request], isFine);
      if (reply.ok) this.#ledger.signalsAcknowledged.add(0);
      return reply;
    }
    const call = { request: updateOf(0), waitStage: 'ACCEPTED', waitMs: 0 };
    const args = (attempt: number): [object, ...unknown[]] => [at(attempt), start, call];
    const reply = await this.insist<{ start: StartReply }>(object, how, args, isFine);
    return reply.ok ? { ok: true, value: reply.value.start } : reply;
  }

  #startRequest(object: SimExecution, workflowType: string, ...args: unknown[]) {
    return {
      workflowType,
      taskQueue: TASK_QUEUE,
      requestId: `start-${object.name}`,
      input: payloadsOf(...args),
    };
  }

  start(object: SimExecution, workflowType: string, ...args: unknown[]): Promise<Result<StartReply>> {
    const request = this.#startRequest(object, workflowType, ...args);
    const namespaceConfig = { retentionMs: RETENTION_MS };
    const isFine = ({ ok }: Result<StartReply>) => ok;
    return this.insist(
      object,
      'start',
      (attempt) => [{ namespaceConfig, guarded: attempt > 1 }, request],
      isFine,
    );
  }

  async signal(object: SimExecution, id: number): Promise<void> {
    const input = { kind: 'Signal', signalName: 'poke', input: payloadsOf(id), requestId: `signal-${id}` };
    this.#ledger.signalsSent.add(id);
    const reply = await this.insist(object, 'apply', () => [{}, input], isSettled);
    if (reply.ok) this.#ledger.signalsAcknowledged.add(id);
  }

  async enough(object: SimExecution): Promise<void> {
    const input = { kind: 'Signal', signalName: 'enough', requestId: 'enough' };
    await this.insist(object, 'apply', () => [{}, input], isSettled);
  }

  /** Sent again until it is accepted, then asked for. One that a run has taken is not known to the next. */
  async update(object: SimExecution, id: number): Promise<void> {
    const request = updateOf(id);
    const { updateId } = request.meta;
    const waitStage = this.#random.pick(['ACCEPTED', 'COMPLETED']);
    const waitMs = this.#random.pick([0, 5_000]);
    this.#ledger.updatesSent.add(id);
    const isAccepted = (reply: Result<UpdateReply>) =>
      reply.ok
        ? reply.value.outcome !== undefined || reply.value.stage === 'ACCEPTED'
        : reply.error.code === 'NOT_FOUND';
    const call = { request, waitStage, waitMs };
    const accepted = await this.insist<UpdateReply>(object, 'update', () => [{}, call], isAccepted);
    if (!accepted.ok) return;
    this.#ledger.updatesAcknowledged.set(id, accepted.value);
    const { runId } = accepted.value;
    for (
      let reply: Result<UpdateReply> = accepted;
      waitStage === 'COMPLETED' && reply.ok && reply.value.outcome === undefined;
    ) {
      reply = await this.insist<UpdateReply>(
        object,
        'pollUpdate',
        () => [{}, runId, updateId, waitStage, waitMs],
        isSettled,
      );
      if (reply.ok) this.#ledger.updatesAcknowledged.set(id, reply.value);
      await this.#world.scheduler.sleep(1_000);
    }
  }

  /** One that its validator refuses: whoever hears of it hears that. */
  async refusedUpdate(object: SimExecution, id: number): Promise<void> {
    const call = { request: updateOf(REFUSED_FROM + id), waitStage: 'COMPLETED', waitMs: 5_000 };
    const isOver = (reply: Result<UpdateReply>) =>
      reply.ok ? reply.value.outcome !== undefined : reply.error.code === 'NOT_FOUND';
    const reply = await this.insist<UpdateReply>(object, 'update', () => [{}, call], isOver);
    if (!reply.ok) return;
    const isRefused = reply.value.outcome !== undefined && 'failure' in reply.value.outcome;
    check(
      isRefused,
      'inputs',
      () => `update ${id} is to be refused, and was answered ${JSON.stringify(reply)}`,
    );
    this.#ledger.refusals += 1;
  }

  /** Reads along while the run goes on, as a long poll does; what it was shown must stay. */
  async follow(object: SimExecution): Promise<void> {
    for (let from = 1, runId: string | undefined; ; ) {
      const request = { ...(runId && { runId }), fromEventId: from, pageSize: 20, waitMs: 5_000 };
      const reply = await this.insist<HistoryPage>(object, 'history', () => [{}, request], isSettled);
      if (!reply.ok) return;
      const page = reply.value;
      runId = page.runId;
      const shown = this.#ledger.shown.get(runId) ?? new Map<number, string>();
      this.#ledger.shown.set(runId, shown);
      for (const { eventId, eventType } of page.events) shown.set(eventId, eventType);
      if (page.nextEventId === undefined) return;
      from = page.nextEventId;
      await this.#world.scheduler.sleep(1);
    }
  }

  /** Any answer will do: after three lost tasks in a row there is none until the next attempt (QRY-4). */
  async query(object: SimExecution): Promise<void> {
    const isFine = (reply: Result<unknown>) => reply.ok || reply.error.code !== 'UNAVAILABLE';
    const reply = await this.insist(object, 'query', () => [{}, { queryType: 'progress' }], isFine);
    if (reply.ok) this.#ledger.queriesAnswered += 1;
  }

  async describe(object: SimExecution): Promise<void> {
    await this.insist(object, 'describe', () => [{}], isSettled);
  }

  async cancel(object: SimExecution): Promise<void> {
    await this.insist(object, 'apply', () => [{}, { kind: 'RequestCancel', requestId: 'cancel' }], isSettled);
  }

  async terminate(object: SimExecution): Promise<void> {
    await this.insist(object, 'apply', () => [{}, { kind: 'Terminate', reason: 'by the caller' }], isSettled);
  }

  /** The end of the chain. Waits on the way, as long polls do. */
  async result(object: SimExecution): Promise<RunResult> {
    for (;;) {
      const waitMs = this.#random.pick([0, 2_000, 10_000]);
      const reply = await this.insist<RunResult>(
        object,
        'result',
        () => [{}, { followRuns: true, waitMs }],
        ({ ok }) => ok,
      );
      const isOver = reply.ok && reply.value.closeEvent !== undefined;
      if (isOver && !isResetting(reply.value.closeEvent)) return reply.value;
      await this.#world.scheduler.sleep(waitMs === 0 ? this.#random.between(10, 5_000) : 1);
    }
  }

  /** What a token's holder does when the answer is there. */
  async completeByToken(token: Uint8Array, work: Work): Promise<void> {
    const activity = decodeTaskToken(token);
    if (activity === undefined) throw new Error('A task token was expected.');
    await this.#world.scheduler.sleep(work.ms);
    const { namespace, workflowId, runId, scheduledEventId, stamp } = activity;
    const object = this.#world.object(workflowId, namespace);
    const reference = { by: 'token', runId, scheduledEventId, stamp };
    const input = { kind: 'ActivityCompleted', activity: reference, result: payloadsOf(work.answer) };
    const reply = await this.insist(object, 'apply', () => [{}, input], isSettled);
    if (!reply.ok) return;
    this.#ledger.completionsAcknowledged.add(`${runId} ${scheduledEventId}`);
    this.#ledger.reportsAcknowledged.add(attemptOf({ runId, scheduledEventId, stamp }));
    this.#ledger.resultsAcknowledged.add(attemptOf({ runId, scheduledEventId, stamp }));
  }

  /** As a client does: a call that dies is made again. */
  async insist<T>(
    object: SimExecution,
    method: string,
    args: (attempt: number) => [object, ...unknown[]],
    isFine: (reply: Result<T>) => boolean,
  ): Promise<Result<T>> {
    const { faults, scheduler } = this.#world;
    let last: Result<T> | undefined;
    for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
      const [at, ...rest] = args(attempt);
      const call = this.#world.call<Result<T>>(this.#life, object, method, [
        { ...object.address, ...at },
        ...rest,
      ]);
      // Whoever gives up in the middle sends again after a while, or somebody else does.
      const gaveUp = faults.draw('callerGone');
      const wait = gaveUp === undefined ? CALL_MS : gaveUp * 50;
      last = await Promise.race([call.catch(() => undefined), scheduler.sleep(wait).then(() => undefined)]);
      if (last !== undefined && isFine(last)) return last;
      const slow = faults.draw('slowCaller') ?? 0;
      await scheduler.sleep(Math.min(BACKOFF_MS * attempt, BACKOFF_MAX_MS) + slow * 120_000);
    }
    throw new Error(`${method} of ${object.name} is not answered: ${JSON.stringify(last)}`);
  }
}

export const isSettled = (reply: Result<unknown>) => reply.ok || reply.error.code === 'NOT_FOUND';
