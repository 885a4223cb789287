/** What callers do to a schedule: create, update, patch. Refusals name the field and leave the state as it was. */
import type {
  CreateScheduleRequest,
  UpdateScheduleRequest,
  WireSchedule,
  WireSchedulePatch,
} from '../../sdk/common/wire/schedule-requests.ts';
import type { Result, TurnContext } from '../api.ts';
import { ok, refuse } from '../errors.ts';
import { type AttributeProblem, searchAttributeProblem, withAttributeTypes } from '../search-attributes.ts';
import { memoBytes, payloadMapBytes, utf8Bytes } from '../size.ts';
import { startRefusal } from '../start-validation.ts';
import { passOver, type ScheduleContext, trigger } from './schedule-machine.ts';
import { BACKFILLS_MAX, BUFFER_MAX, REQUEST_IDS_MAX, type ScheduleState } from './schedule-state.ts';
import { ScheduleSpecError } from './spec-error.ts';
import { baseRequest, ID_SUFFIX_LENGTH } from './start-request.ts';
import type { ScheduleSpecs, ScheduleTimes } from './times-port.ts';

/** Memo and search attributes are shown by every listing. */
const MEMO_BYTES_MAX = 1024 * 1024;

export type ChangeContext = Pick<
  TurnContext,
  'now' | 'newId' | 'limits' | 'searchAttributeTypes' | 'workerIdentity' | 'nextCronTime'
> & { specs: ScheduleSpecs };

export function timesOf(
  { schedule, namespace, scheduleId }: ScheduleState,
  { specs }: Pick<ChangeContext, 'specs'>,
): ScheduleTimes {
  return specs.times(schedule.spec ?? {}, `${namespace}/${scheduleId}`);
}

export function createSchedule(
  request: CreateScheduleRequest,
  context: ChangeContext,
): Result<ScheduleState> {
  const { namespace, scheduleId, requestId = '', memo, searchAttributes } = request;
  if (scheduleId === '') return refuse('INVALID_ARGUMENT', 'scheduleId: required, but not set');
  const checked = checkedSchedule(request.schedule, context);
  if (!checked.ok) return checked;
  const refusal = shownRefusal(request, context) ?? patchRefusal(request.initialPatch, []);
  if (refusal !== undefined) return refusal;
  const state: ScheduleState = {
    namespace,
    scheduleId,
    instanceId: context.newId(),
    schedule: checked.value,
    createRequestId: requestId,
    createTime: context.now,
    conflictToken: 1,
    requestIds: [],
    // Times of this very second have passed.
    cursor: context.now,
    backfills: [],
    buffer: [],
    starting: [],
    running: [],
    recent: [],
    skips: [],
    actionCount: 0,
    missedCatchupWindow: 0,
    overlapSkipped: 0,
    bufferDropped: 0,
    lastEventTime: context.now,
    ...(memo && { memo }),
    ...(searchAttributes && { searchAttributes: withAttributeTypes(searchAttributes, context) }),
  };
  if (request.initialPatch)
    applyPatch(state, request.initialPatch, { ...context, times: timesOf(state, context) });
  return ok(state);
}

/** SCHED-18. What came due until now must have been taken before. */
export function updateSchedule(
  state: ScheduleState,
  request: UpdateScheduleRequest,
  context: ChangeContext,
): Result<undefined> {
  const { requestId, conflictToken, memo, searchAttributes } = request;
  if (requestId && state.requestIds.includes(requestId)) return ok(undefined);
  if (conflictToken?.length && !sameToken(conflictToken, conflictTokenOf(state)))
    return refuse(
      'FAILED_PRECONDITION',
      `conflictToken: schedule ${state.scheduleId} has changed since it was described; describe it again and repeat the update`,
    );
  const checked = checkedSchedule(request.schedule, context);
  if (!checked.ok) return checked;
  const refusal = shownRefusal(request, context);
  if (refusal !== undefined) return refusal;
  state.schedule = checked.value;
  if (memo !== undefined) state.memo = memo;
  if (searchAttributes !== undefined) state.searchAttributes = withAttributeTypes(searchAttributes, context);
  state.updateTime = context.now;
  // From the last time that was done with: one whose jitter is not over yet still comes.
  passOver(state, timesOf(state, context), context.now);
  changed(state, requestId, context.now);
  return ok(undefined);
}

export function patchSchedule(
  state: ScheduleState,
  request: { patch?: WireSchedulePatch; requestId?: string },
  context: ScheduleContext,
): Result<undefined> {
  const { patch = {}, requestId } = request;
  if (requestId && state.requestIds.includes(requestId)) return ok(undefined);
  const refusal = patchRefusal(patch, state.backfills);
  if (refusal !== undefined) return refusal;
  if (patch.triggerImmediately && state.buffer.length >= BUFFER_MAX)
    return refuse(
      'RESOURCE_EXHAUSTED',
      `triggerImmediately: schedule ${state.scheduleId} has ${BUFFER_MAX} actions waiting; try again when some have run`,
    );
  applyPatch(state, patch, context);
  changed(state, requestId, context.now);
  return ok(undefined);
}

function changed(state: ScheduleState, requestId: string | undefined, now: number): void {
  state.conflictToken++;
  state.lastEventTime = now;
  if (!requestId) return;
  state.requestIds.push(requestId);
  if (state.requestIds.length > REQUEST_IDS_MAX) state.requestIds.shift();
}

function applyPatch(state: ScheduleState, patch: WireSchedulePatch, context: ScheduleContext): void {
  const { pause, unpause, backfillRequest = [], triggerImmediately } = patch;
  const now = state.schedule.state ?? {};
  if (unpause) state.schedule.state = { ...now, paused: false, notes: unpause };
  if (pause) state.schedule.state = { ...now, paused: true, notes: pause };
  for (const { startTime = 0, endTime = 0, overlapPolicy } of backfillRequest) {
    const policy = overlapPolicy ? { overlapPolicy } : {};
    // A whole second before, so that the start itself belongs to it.
    state.backfills.push({ cursor: Math.ceil(startTime) - 1, end: endTime, ...policy });
  }
  if (triggerImmediately) trigger(state, triggerImmediately, context);
}

function patchRefusal(patch: WireSchedulePatch = {}, pending: readonly unknown[]) {
  const { pause, unpause, backfillRequest = [] } = patch;
  if (pause && unpause) return refuse('INVALID_ARGUMENT', 'patch: pause and unpause exclude each other');
  for (const [index, { startTime, endTime }] of backfillRequest.entries()) {
    const at = `patch.backfillRequest[${index}]`;
    if (startTime === undefined || endTime === undefined)
      return refuse('INVALID_ARGUMENT', `${at}: startTime and endTime are required`);
    if (endTime < startTime) return refuse('INVALID_ARGUMENT', `${at}: endTime is before startTime`);
  }
  if (pending.length + backfillRequest.length > BACKFILLS_MAX)
    return refuse(
      'RESOURCE_EXHAUSTED',
      `patch.backfillRequest: at most ${BACKFILLS_MAX} backfills can be under way, ${pending.length} are`,
    );
  return undefined;
}

/** Compiled, and with what was left out. */
function checkedSchedule(schedule: WireSchedule | undefined, context: ChangeContext): Result<WireSchedule> {
  if (schedule === undefined) return refuse('INVALID_ARGUMENT', 'schedule: required, but not set');
  const refusal = actionRefusal(schedule, context);
  if (refusal !== undefined) return refusal;
  try {
    return ok({
      spec: context.specs.compile(schedule.spec ?? {}),
      action: schedule.action ?? {},
      policies: { ...schedule.policies },
      state: { ...schedule.state },
    });
  } catch (error) {
    if (error instanceof ScheduleSpecError) return refuse('INVALID_ARGUMENT', error.message);
    throw error;
  }
}

/** SCHED-23. What would be refused at every start is refused now. */
function actionRefusal(schedule: WireSchedule, context: ChangeContext) {
  const workflow = schedule.action?.startWorkflow;
  if (workflow === undefined)
    return refuse('INVALID_ARGUMENT', 'schedule.action.startWorkflow: required, but not set');
  const at = 'schedule.action.startWorkflow';
  const { workflowId = '', cronSchedule, workflowIdReusePolicy, versioningOverride } = workflow;
  if (cronSchedule)
    return refuse('INVALID_ARGUMENT', `${at}.cronSchedule: a schedule cannot start a workflow with a cron`);
  if (workflowIdReusePolicy !== undefined && workflowIdReusePolicy !== 'ALLOW_DUPLICATE')
    return refuse('INVALID_ARGUMENT', `${at}.workflowIdReusePolicy: only ALLOW_DUPLICATE is possible`);
  if (versioningOverride !== undefined)
    return refuse('INVALID_ARGUMENT', `${at}.versioningOverride: not supported by schedules`);
  const idBytes = utf8Bytes(workflowId) + ID_SUFFIX_LENGTH;
  if (idBytes > context.limits.idBytesMax)
    return refuse(
      'INVALID_ARGUMENT',
      `${at}.workflowId: with the time at its end it has ${idBytes} bytes, above the limit of ${context.limits.idBytesMax}`,
    );
  const refusal = startRefusal(workflowId, baseRequest(schedule), context);
  return refusal && refuse(refusal.error.code, `${at}: ${refusal.error.message}`);
}

function shownRefusal(
  { memo, searchAttributes }: Pick<CreateScheduleRequest, 'memo' | 'searchAttributes'>,
  context: ChangeContext,
) {
  const bytes = memoBytes(memo) + payloadMapBytes(searchAttributes?.indexedFields);
  if (bytes > MEMO_BYTES_MAX)
    return refuse(
      'INVALID_ARGUMENT',
      `memo: with the search attributes it has ${bytes} bytes, above the limit of ${MEMO_BYTES_MAX}`,
    );
  const problem: AttributeProblem | undefined = searchAttributeProblem(searchAttributes, context);
  return problem && refuse('INVALID_ARGUMENT', `searchAttributes: ${problem.message}`);
}

/** Eight bytes, most significant first. */
export function conflictTokenOf({ conflictToken }: ScheduleState): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(conflictToken));
  return bytes;
}

function sameToken(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
