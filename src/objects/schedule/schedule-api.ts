/** What `Schedule` and `ScheduleIndex` objects answer over native RPC. Plain data; refusals are values. */
import type { Result } from '../../engine/api.ts';
import type { ActionClosed } from '../../engine/schedule/schedule-state.ts';
import type {
  CreateScheduleRequest,
  DescribeScheduleResponse,
  PatchScheduleRequest,
  UpdateScheduleRequest,
  WireScheduleListEntry,
} from '../../sdk/common/wire/schedule-requests.ts';

/** Every call names whose object this is, since an object cannot read its own name. */
export interface ScheduleAddress {
  namespace: string;
  scheduleId: string;
  /** Nested hops of the chain of calls so far. */
  depth?: number;
}

export interface ScheduleApi {
  create(at: ScheduleAddress, request: CreateScheduleRequest): Promise<Result<{ conflictToken: Uint8Array }>>;
  describe(at: ScheduleAddress): Promise<Result<DescribeScheduleResponse>>;
  update(at: ScheduleAddress, request: UpdateScheduleRequest): Promise<Result<undefined>>;
  patch(at: ScheduleAddress, request: PatchScheduleRequest): Promise<Result<undefined>>;
  delete(at: ScheduleAddress): Promise<Result<undefined>>;
  /** Actual times, at most 1000 of them. */
  matchingTimes(at: ScheduleAddress, span: { startTime: number; endTime: number }): Promise<Result<number[]>>;
  /** A run that the schedule started has ended, with all that retried and continued it. */
  actionClosed(at: ScheduleAddress, closed: ActionClosed): Promise<Result<undefined>>;
}

/** What the index holds of one schedule. */
export interface ListedSchedule {
  createTime: number;
  /** Of two entries of one schedule the higher holds. */
  version: number;
  entry: WireScheduleListEntry;
}

/** Which schedules, in the language of visibility queries; all without a query. */
export interface ScheduleSelection {
  namespace: string;
  query?: string;
}

export interface ScheduleListRequest extends ScheduleSelection {
  pageSize: number;
  /** Where the page before ended. */
  after?: { createTime: number; scheduleId: string };
}

export interface ScheduleListPage {
  entries: WireScheduleListEntry[];
  /** Where the next page begins; undefined on the last one. */
  next?: { createTime: number; scheduleId: string };
}

export interface ScheduleIndexApi {
  put(scheduleId: string, listed: ListedSchedule): Promise<void>;
  remove(scheduleId: string, version: number): Promise<void>;
  list(request: ScheduleListRequest): Promise<Result<ScheduleListPage>>;
  count(selection: ScheduleSelection): Promise<Result<number>>;
}

export type SchedulesOf = (namespace: string, scheduleId: string) => ScheduleApi;
export type ScheduleIndexOf = (namespace: string) => ScheduleIndexApi;
