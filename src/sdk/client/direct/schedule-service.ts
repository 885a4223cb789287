/** Schedules: every call checked, and carried to the object of the schedule, or to the list of its namespace. */
import type { Result } from '../../../engine/api.ts';
import type {
  ScheduleAddress,
  ScheduleApi,
  ScheduleListPage,
} from '../../../objects/schedule/schedule-api.ts';
import type { ListSchedulesRequest, WireSchedule } from '../../common/wire/schedule-requests.ts';
import type { Gateway } from '../calls/index.ts';
import { invalidArgument, RpcError } from '../rpc-error.ts';
import { errorOfStatus, pause } from './executions.ts';
import { type DirectServiceOptions, requireNamespace, set } from './service.ts';
import { checkRetryPolicy, checkSearchAttributes, checkUserMetadata, requireText } from './validate.ts';

type ScheduleCalls = Pick<
  Gateway,
  | 'createSchedule'
  | 'describeSchedule'
  | 'updateSchedule'
  | 'patchSchedule'
  | 'listScheduleMatchingTimes'
  | 'deleteSchedule'
  | 'listSchedules'
  | 'countSchedules'
>;

const ATTEMPTS_MAX = 4;
const BACKOFF_MS = 50;
/** VIS-14. */
const PAGE_SIZE_MAX = 1_000;

export function scheduleService(options: DirectServiceOptions): ScheduleCalls {
  const call = async <T>(
    request: { namespace: string; scheduleId: string },
    ask: (stub: ScheduleApi, at: ScheduleAddress) => Promise<Result<T>>,
  ): Promise<T> => {
    const scheduleId = requireText(request.scheduleId, 'scheduleId');
    const { name: namespace } = await requireNamespace(options, request.namespace);
    const schedules = offered(options.schedules, 'Schedule');
    return repeated(`schedule '${scheduleId}' of namespace '${namespace}'`, () =>
      ask(schedules(namespace, scheduleId), { namespace, scheduleId }),
    );
  };
  const list = async (request: ListSchedulesRequest): Promise<ScheduleListPage> => {
    const { name: namespace } = await requireNamespace(options, request.namespace);
    const index = offered(options.scheduleIndex, 'ScheduleIndex');
    const { maximumPageSize = 0, nextPageToken, query } = request;
    const pageSize = maximumPageSize > 0 ? Math.min(maximumPageSize, PAGE_SIZE_MAX) : PAGE_SIZE_MAX;
    const after = decodeToken(nextPageToken, query);
    const selection = { namespace, pageSize, ...set('query', query), ...(after && { after }) };
    return repeated(`the list of schedules of namespace '${namespace}'`, () =>
      index(namespace).list(selection),
    );
  };
  return {
    async createSchedule(request) {
      checkSchedule(request.schedule);
      checkSearchAttributes(request.searchAttributes);
      const create = { ...request, requestId: request.requestId || crypto.randomUUID() };
      return call(request, (stub, at) => stub.create(at, create));
    },
    describeSchedule: (request) => call(request, (stub, at) => stub.describe(at)),
    async updateSchedule(request) {
      checkSchedule(request.schedule);
      checkSearchAttributes(request.searchAttributes);
      const update = { ...request, requestId: request.requestId || crypto.randomUUID() };
      await call(request, (stub, at) => stub.update(at, update));
      return {};
    },
    async patchSchedule(request) {
      const patch = { ...request, requestId: request.requestId || crypto.randomUUID() };
      await call(request, (stub, at) => stub.patch(at, patch));
      return {};
    },
    async listScheduleMatchingTimes(request) {
      const { startTime, endTime } = request;
      if (startTime === undefined) throw invalidArgument('startTime: required, but not set');
      if (endTime === undefined) throw invalidArgument('endTime: required, but not set');
      if (endTime < startTime) throw invalidArgument('endTime: expected a time not before startTime');
      const times = await call(request, (stub, at) => stub.matchingTimes(at, { startTime, endTime }));
      return { startTime: times };
    },
    async deleteSchedule(request) {
      await call(request, (stub, at) => stub.delete(at));
      return {};
    },
    async listSchedules(request) {
      const { entries, next } = await list(request);
      return { schedules: entries, ...(next && { nextPageToken: encodeToken(next, request.query) }) };
    },
    async countSchedules({ namespace, query }) {
      const { name } = await requireNamespace(options, namespace);
      const index = offered(options.scheduleIndex, 'ScheduleIndex');
      const selection = { namespace: name, ...set('query', query) };
      const count = await repeated(`the list of schedules of namespace '${name}'`, () =>
        index(name).count(selection),
      );
      return { count };
    },
  };
}

function checkSchedule(schedule: WireSchedule | undefined): void {
  const workflow = schedule?.action?.startWorkflow;
  const at = 'schedule.action.startWorkflow';
  if (workflow === undefined) throw invalidArgument(`${at}: required, but not set`);
  requireText(workflow.workflowId, `${at}.workflowId`);
  requireText(workflow.workflowType?.name, `${at}.workflowType.name`);
  requireText(workflow.taskQueue?.name, `${at}.taskQueue.name`);
  checkRetryPolicy(workflow.retryPolicy);
  checkUserMetadata(workflow.userMetadata);
  checkSearchAttributes(workflow.searchAttributes);
}

function offered<T>(service: T | undefined, className: string): T {
  if (service !== undefined) return service;
  throw new RpcError(
    'UNIMPLEMENTED',
    `This server has no schedules: its Worker does not export the class ${className}.`,
  );
}

interface PlatformError {
  retryable?: boolean;
  overloaded?: boolean;
  durableObjectReset?: boolean;
}

/** As with workflows (E1 to E3): with the same request ID what is sent again is done once. */
async function repeated<T>(subject: string, ask: () => Promise<Result<T>>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await ask();
      if (result.ok) return result.value;
      throw errorOfStatus(result.error);
    } catch (error) {
      if (error instanceof RpcError) throw error;
      const { retryable, overloaded, durableObjectReset } = error as PlatformError;
      const isWorthRepeating = !overloaded && (retryable === true || durableObjectReset === true);
      if (attempt === ATTEMPTS_MAX || !isWorthRepeating) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new RpcError('UNAVAILABLE', `${subject} cannot be reached: ${reason}`, { cause: error });
      }
      await pause(BACKOFF_MS * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}

type Position = NonNullable<ScheduleListPage['next']>;

function encodeToken({ createTime, scheduleId }: Position, query = ''): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([createTime, scheduleId, query]));
}

function decodeToken(token: Uint8Array | undefined, query = ''): Position | undefined {
  if (!token || token.length === 0) return undefined;
  const [createTime, scheduleId, madeFor] = parseToken(token) ?? [];
  if (typeof createTime !== 'number' || typeof scheduleId !== 'string')
    throw invalidArgument('nextPageToken: expected a token from an earlier page');
  if (madeFor !== query)
    throw invalidArgument('nextPageToken: made by another query; repeat the request that it came from');
  return { createTime, scheduleId };
}

function parseToken(token: Uint8Array): unknown[] | undefined {
  try {
    const fields: unknown = JSON.parse(new TextDecoder().decode(token));
    return Array.isArray(fields) ? fields : undefined;
  } catch {
    // Whatever it is, it is not one of ours.
    return undefined;
  }
}
