/**
 * A `Schedule` object without its platform: the calls of `ScheduleApi` and the alarm, over the engine's state machine.
 *
 * H1 What is decided is committed before anything is sent or answered; a commit that fails drops what was in memory.
 * H2 Starts, endings and news for the index are sent until they are confirmed. One under way counts as lost after a while, and
 *    is sent again under the same request ID.
 * H3 Turns do not await: two never run at a time.
 */
import type { Result } from '../../engine/api.ts';
import { describeSchedule } from '../../engine/schedule/describe-schedule.ts';
import {
  type ChangeContext,
  conflictTokenOf,
  createSchedule,
  patchSchedule,
  timesOf,
  updateSchedule,
} from '../../engine/schedule/schedule-changes.ts';
import {
  actionClosed,
  advance,
  expiryOf,
  nextWake,
  type ScheduleContext,
} from '../../engine/schedule/schedule-machine.ts';
import type { ActionClosed, ScheduleState } from '../../engine/schedule/schedule-state.ts';
import type { WireSearchAttributes } from '../../sdk/common/wire/messages.ts';
import type {
  CreateScheduleRequest,
  DescribeScheduleResponse,
  PatchScheduleRequest,
  UpdateScheduleRequest,
} from '../../sdk/common/wire/schedule-requests.ts';
import { nextCronTime } from '../../times/cron-schedule.ts';
import { scheduleSpecs } from '../../times/schedule-specs.ts';
import { AlarmKeeper } from '../execution/alarm-keeper.ts';
import { InvocationBudget } from '../execution/invocation-budget.ts';
import { KnownSearchAttributes } from '../namespace/search-attribute-types.ts';
import type { ObjectOptions } from '../object-options.ts';
import type { ObjectPorts } from '../ports.ts';
import type { ScheduleAddress, ScheduleApi } from './schedule-api.ts';
import { ScheduleDispatcher } from './schedule-dispatcher.ts';
import { ScheduleStore, type StoredSchedule } from './schedule-store.ts';

export type SchedulePorts = Pick<ObjectPorts, 'storage' | 'clock' | 'stubs' | 'newId' | 'keepAlive'>;
export type ScheduleOptions = Pick<
  ObjectOptions,
  'limits' | 'times' | 'invocation' | 'log' | 'workerIdentity'
>;

/** SCHED-20. */
const MATCHING_TIMES_MAX = 1_000;
/** Steps of catching up that a call waits for. */
const STEPS_PER_CALL_MAX = 20;

export class ScheduleCore implements ScheduleApi {
  readonly #ports: SchedulePorts;
  readonly #options: ScheduleOptions;
  readonly #store: ScheduleStore;
  readonly #alarm: AlarmKeeper;
  readonly #budget: InvocationBudget;
  readonly #dispatcher: ScheduleDispatcher;
  readonly #attributes: KnownSearchAttributes;
  #stored: StoredSchedule | undefined;
  #isLoaded = false;
  #loading: Promise<void> | undefined;
  /** There are more times to take at once than one step may. */
  #hasMore = false;

  constructor(ports: SchedulePorts, options: ScheduleOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#store = new ScheduleStore(ports.storage);
    this.#alarm = new AlarmKeeper(ports.clock, options.times.alarmAheadMaxMs);
    this.#budget = new InvocationBudget(options.invocation);
    this.#attributes = new KnownSearchAttributes(ports.stubs.searchAttributes);
    this.#dispatcher = new ScheduleDispatcher({
      ports,
      options,
      budget: this.#budget,
      context: (state) => this.#context(state),
      stored: () => this.#stored,
      turn: (depth, work) => this.#turn(depth, work),
      erase: () => this.#erase(),
    });
  }

  get rowsWritten(): number {
    return this.#ports.storage.rowsWritten;
  }

  /** When the next action or delivery is due; what only waits to be erased does not count. */
  nextDeadline(): number | undefined {
    const state = this.#stored?.state;
    if (state === undefined) return undefined;
    const wake = nextWake(state, this.#context(state));
    return wake === undefined ? undefined : Math.max(wake, this.#ports.clock.now());
  }

  create(
    at: ScheduleAddress,
    request: CreateScheduleRequest,
  ): Promise<Result<{ conflictToken: Uint8Array }>> {
    return this.#answer(at, async () => {
      await this.#learn(at, request.searchAttributes, request.schedule);
      return this.#turn(at.depth ?? 0, () => this.#create(request));
    });
  }

  #create(request: CreateScheduleRequest): Result<{ conflictToken: Uint8Array }> {
    const { scheduleId, namespace, requestId } = request;
    const existing = this.#stored?.state;
    if (existing !== undefined) {
      if (requestId && existing.createRequestId === requestId)
        return { ok: true, value: { conflictToken: conflictTokenOf(existing) } };
      return alreadyExists(existing);
    }
    const created = createSchedule(request, this.#changeContext());
    if (!created.ok) return created;
    const now = this.#ports.clock.now();
    // Above all versions of a schedule that had the ID before.
    const version = Math.max(now, this.#stored?.index.version ?? 0) + 1;
    const index = { version, confirmed: 0, attempt: 0, retryAt: now };
    this.#stored = { state: created.value, namespace, scheduleId, index };
    advance(created.value, this.#context(created.value));
    return { ok: true, value: { conflictToken: conflictTokenOf(created.value) } };
  }

  describe(at: ScheduleAddress): Promise<Result<DescribeScheduleResponse>> {
    return this.#answer(at, async () => {
      const state = this.#stored?.state;
      if (state === undefined) return notFound(at);
      return { ok: true, value: describeSchedule(state, this.#context(state)) };
    });
  }

  update(at: ScheduleAddress, request: UpdateScheduleRequest): Promise<Result<undefined>> {
    return this.#answer(at, async () => {
      await this.#learn(at, request.searchAttributes, request.schedule);
      return this.#change(at, (state) => {
        const updated = updateSchedule(state, request, this.#changeContext());
        if (updated.ok) advance(state, this.#context(state));
        return updated;
      });
    });
  }

  patch(at: ScheduleAddress, request: PatchScheduleRequest): Promise<Result<undefined>> {
    return this.#answer(at, async () =>
      this.#change(at, (state) => {
        const patched = patchSchedule(state, request, this.#context(state));
        if (patched.ok) advance(state, this.#context(state));
        return patched;
      }),
    );
  }

  delete(at: ScheduleAddress): Promise<Result<undefined>> {
    return this.#answer(at, async () =>
      this.#turn(at.depth ?? 0, (): Result<undefined> => {
        if (this.#stored?.state === undefined) return notFound(at);
        this.#removeState(this.#stored);
        return { ok: true, value: undefined };
      }),
    );
  }

  matchingTimes(
    at: ScheduleAddress,
    { startTime, endTime }: { startTime: number; endTime: number },
  ): Promise<Result<number[]>> {
    return this.#answer(at, async () => {
      const state = this.#stored?.state;
      if (state === undefined) return notFound(at);
      const times = this.#timesOf(state).between(startTime, endTime, MATCHING_TIMES_MAX);
      return { ok: true, value: times.map(({ actual }) => actual) };
    });
  }

  actionClosed(at: ScheduleAddress, closed: ActionClosed): Promise<Result<undefined>> {
    return this.#answer(at, async () =>
      this.#turn(at.depth ?? 0, (): Result<undefined> => {
        const state = this.#stored?.state;
        if (state === undefined) return notFound(at);
        actionClosed(state, closed, { now: this.#ports.clock.now() });
        return { ok: true, value: undefined };
      }),
    );
  }

  /** Floor first, then the work, then the true deadline; nothing is thrown through. */
  async alarm(): Promise<void> {
    const { clock, storage } = this.#ports;
    this.#alarm.fired();
    this.#budget.begin(0);
    try {
      this.#alarm.ensure(clock.now() + this.#options.times.retryMs * 2, clock.now());
      await storage.sync();
      await this.#load();
      this.#alarmRound();
      this.#alarm.settle(this.#target(), clock.now());
    } catch (error) {
      this.#forget();
      this.#options.log('ERROR', 'The alarm of a schedule failed; its floor stands', { error });
    }
  }

  #alarmRound(): void {
    const state = this.#stored?.state;
    const isExpired =
      state !== undefined &&
      (expiryOf(state, this.#context(state)) ?? Number.POSITIVE_INFINITY) <= this.#ports.clock.now();
    this.#turn(0, () => {
      if (isExpired && this.#stored !== undefined) this.#removeState(this.#stored);
    });
  }

  /** The index hears of it, then everything is erased. */
  #removeState(stored: StoredSchedule): void {
    stored.state = undefined;
    stored.index = {
      version: stored.index.version + 1,
      confirmed: stored.index.confirmed,
      attempt: 0,
      retryAt: this.#ports.clock.now(),
    };
  }

  /** M1: what was due is done with before the change, however much it is. */
  #change(at: ScheduleAddress, work: (state: ScheduleState) => Result<undefined>): Result<undefined> {
    for (let step = 0; step < STEPS_PER_CALL_MAX; step++) {
      const state = this.#stored?.state;
      if (state === undefined) return notFound(at);
      const result = this.#turn(at.depth ?? 0, () => (this.#hasMore ? undefined : work(state)));
      if (result !== undefined) return result;
    }
    const message = `schedule ${at.scheduleId} is catching up with missed times; try again in a moment`;
    return { ok: false, error: { code: 'UNAVAILABLE', message } };
  }

  /** H1, H3. What became due meanwhile comes first. */
  #turn<T>(depth: number, work: () => T): T {
    this.#budget.deepen(depth);
    try {
      const state = this.#stored?.state;
      this.#hasMore = state !== undefined && advance(state, this.#context(state));
      const result = work();
      if (this.#stored !== undefined) this.#commit(this.#stored);
      return result;
    } catch (error) {
      this.#forget();
      throw error;
    } finally {
      this.#dispatcher.send(depth);
    }
  }

  #commit(stored: StoredSchedule): void {
    const { clock, storage } = this.#ports;
    this.#dispatcher.prepare(stored);
    storage.transaction(() => {
      this.#store.save(stored);
      this.#alarm.ensure(this.#target(), clock.now());
    });
  }

  /** When the object has to be woken next. */
  #target(): number | undefined {
    const stored = this.#stored;
    if (stored === undefined) return undefined;
    const now = this.#ports.clock.now();
    const { state, index } = stored;
    const wakes: (number | undefined)[] = [];
    if (index.confirmed < index.version) wakes.push(index.retryAt);
    if (state !== undefined) {
      const context = this.#context(state);
      wakes.push(this.#hasMore ? now : undefined, nextWake(state, context), expiryOf(state, context));
    }
    const due = wakes.filter((wake) => wake !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  async #erase(): Promise<void> {
    // Another schedule may have taken the ID meanwhile.
    if (this.#stored === undefined || this.#stored.state !== undefined) return;
    this.#stored = undefined;
    this.#alarm.forget();
    await this.#store.deleteAll();
  }

  #forget(): void {
    this.#isLoaded = false;
    this.#loading = undefined;
    this.#stored = undefined;
    this.#store.forget();
    this.#alarm.forget();
    this.#dispatcher.forget();
  }

  #load(): Promise<void> {
    if (this.#isLoaded) return Promise.resolve();
    this.#loading ??= this.#alarm.load().then(() => {
      this.#stored = this.#store.load();
      this.#dispatcher.loaded(this.#stored);
      this.#isLoaded = true;
    });
    return this.#loading;
  }

  #context(state: ScheduleState): ScheduleContext {
    return { now: this.#ports.clock.now(), newId: () => this.#ports.newId(), times: this.#timesOf(state) };
  }

  #times: { schedule: ScheduleState['schedule']; times: ScheduleContext['times'] } | undefined;

  /** Compiled once per definition. */
  #timesOf(state: ScheduleState): ScheduleContext['times'] {
    const { schedule } = state;
    if (this.#times?.schedule.spec !== schedule.spec || this.#times === undefined)
      this.#times = { schedule, times: timesOf(state, { specs: scheduleSpecs }) };
    return this.#times.times;
  }

  #changeContext(): ChangeContext {
    const { limits, workerIdentity } = this.#options;
    const { types } = this.#attributes;
    return {
      now: this.#ports.clock.now(),
      newId: () => this.#ports.newId(),
      limits,
      workerIdentity,
      nextCronTime,
      specs: scheduleSpecs,
      ...(types && { searchAttributeTypes: types }),
    };
  }

  #learn(
    { namespace }: ScheduleAddress,
    own: WireSearchAttributes | undefined,
    schedule: CreateScheduleRequest['schedule'],
  ): Promise<void> {
    const ofAction = schedule?.action?.startWorkflow?.searchAttributes;
    return this.#attributes.learn(
      namespace,
      [own, ofAction].filter((used) => used !== undefined),
    );
  }

  /** Every call enters here: whose object this is, a fresh budget, and failures as data. */
  async #answer<T>(at: ScheduleAddress, call: () => Promise<Result<T>>): Promise<Result<T>> {
    try {
      this.#budget.begin(at.depth ?? 0);
      await this.#load();
      const { namespace, scheduleId } = this.#stored ?? at;
      if (namespace !== at.namespace || scheduleId !== at.scheduleId) {
        const message = `This object holds schedule ${scheduleId} of namespace ${namespace}; it was called for ${at.scheduleId} of ${at.namespace}.`;
        return { ok: false, error: { code: 'INTERNAL', message } };
      }
      return await call();
    } catch (error) {
      const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      this.#options.log('ERROR', 'A call to a schedule failed', { ...at, error });
      return { ok: false, error: { code: 'UNAVAILABLE', message: `schedule ${at.scheduleId}: ${message}` } };
    }
  }
}

function notFound({ scheduleId, namespace }: ScheduleAddress): Result<never> {
  const message = `schedule not found for ID: ${scheduleId} (namespace ${namespace})`;
  return { ok: false, error: { code: 'NOT_FOUND', message } };
}

/** SCHED-22. */
function alreadyExists({ scheduleId, createRequestId, instanceId }: ScheduleState): Result<never> {
  const details = [
    {
      type: 'WorkflowExecutionAlreadyStartedFailure',
      startRequestId: createRequestId,
      runId: instanceId,
      firstExecutionRunId: instanceId,
    },
  ];
  const message = `Schedule ${scheduleId} already exists: update it, or delete it first.`;
  return { ok: false, error: { code: 'ALREADY_EXISTS', message, details } };
}
