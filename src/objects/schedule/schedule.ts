/** The Durable Objects of one schedule, and of the list of a namespace's schedules, on the platform's ports. */
import { DurableObject } from 'cloudflare:workers';
import type { ActionClosed } from '../../engine/schedule/schedule-state.ts';
import type {
  CreateScheduleRequest,
  PatchScheduleRequest,
  UpdateScheduleRequest,
} from '../../sdk/common/wire/schedule-requests.ts';
import { durableObjectPorts, objectStorage, type WorkerCalls } from '../durable-object-ports.ts';
import type {
  ListedSchedule,
  ScheduleAddress,
  ScheduleApi,
  ScheduleIndexApi,
  ScheduleListRequest,
  ScheduleSelection,
} from './schedule-api.ts';
import { ScheduleCore, type ScheduleOptions } from './schedule-core.ts';
import { ScheduleIndexCore } from './schedule-index-core.ts';

export interface ScheduleClassOptions<Env> {
  options(env: Env): ScheduleOptions;
  calls(): WorkerCalls;
}

export type ScheduleClass<Env> = new (ctx: DurableObjectState, env: Env) => DurableObject<Env> & ScheduleApi;

/** Makes the class that the Worker exports as `Schedule`. */
export function scheduleClass<Env>(setup: ScheduleClassOptions<Env>): ScheduleClass<Env> {
  return class Schedule extends DurableObject<Env> implements ScheduleApi {
    readonly core: ScheduleCore;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      this.core = new ScheduleCore(durableObjectPorts(ctx, setup.calls()), setup.options(env));
    }

    create(at: ScheduleAddress, request: CreateScheduleRequest) {
      return this.core.create(at, request);
    }

    describe(at: ScheduleAddress) {
      return this.core.describe(at);
    }

    update(at: ScheduleAddress, request: UpdateScheduleRequest) {
      return this.core.update(at, request);
    }

    patch(at: ScheduleAddress, request: PatchScheduleRequest) {
      return this.core.patch(at, request);
    }

    delete(at: ScheduleAddress) {
      return this.core.delete(at);
    }

    matchingTimes(at: ScheduleAddress, span: { startTime: number; endTime: number }) {
      return this.core.matchingTimes(at, span);
    }

    actionClosed(at: ScheduleAddress, closed: ActionClosed) {
      return this.core.actionClosed(at, closed);
    }

    override alarm(): Promise<void> {
      return this.core.alarm();
    }
  };
}

export type ScheduleIndexClass<Env> = new (
  ctx: DurableObjectState,
  env: Env,
) => DurableObject<Env> & ScheduleIndexApi;

/** Makes the class that the Worker exports as `ScheduleIndex`: the list of a namespace's schedules. */
export function scheduleIndexClass<Env>(calls: () => WorkerCalls): ScheduleIndexClass<Env> {
  return class ScheduleIndex extends DurableObject<Env> implements ScheduleIndexApi {
    readonly core: ScheduleIndexCore;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      this.core = new ScheduleIndexCore(objectStorage(ctx), Date.now, calls().stubs.searchAttributes);
    }

    async put(scheduleId: string, listed: ListedSchedule) {
      await this.core.put(scheduleId, listed);
      // On disk before the schedule takes it for told.
      await this.ctx.storage.sync();
    }

    async remove(scheduleId: string, version: number) {
      await this.core.remove(scheduleId, version);
      await this.ctx.storage.sync();
    }

    list(request: ScheduleListRequest) {
      return this.core.list(request);
    }

    count(selection: ScheduleSelection) {
      return this.core.count(selection);
    }
  };
}
