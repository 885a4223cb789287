/** Operators' commands: pause, unpause, reset and change activities, one by ID or several by type, and options of runs. */
import type { ActivitySelection, Input } from '../../../engine/api.ts';
import { reservedFor } from '../../common/reserved-ids.ts';
import type {
  UpdateActivityOptionsResponse,
  UpdateWorkflowExecutionOptionsRequest,
  WireActivityOptions,
} from '../../common/wire/requests.ts';
import type { Gateway } from '../calls/index.ts';
import { invalidArgument } from '../rpc-error.ts';
import { callExecution, type ExecutionTarget } from './executions.ts';
import { activityExecutionId, type DirectServiceOptions, executionTarget, set, targetOf } from './service.ts';
import { asActivity } from './standalone-activity-service.ts';
import { checkRetryPolicy, requireText } from './validate.ts';
import { checkVersioningOverride } from './versioning-override.ts';

type ControlCalls = Pick<
  Gateway,
  | 'pauseActivityExecution'
  | 'unpauseActivityExecution'
  | 'resetActivityExecution'
  | 'updateActivityExecutionOptions'
  | 'pauseActivity'
  | 'unpauseActivity'
  | 'resetActivity'
  | 'updateActivityOptions'
  | 'updateWorkflowExecutionOptions'
>;

/** Which activities, of which run. */
interface Selected {
  namespace: string;
  workflowId: string;
  runId?: string | undefined;
  activities: ActivitySelection;
  /** The one that it is, where there is no workflow around it. */
  standalone?: { activityId: string; runId?: string };
}

type ById = { namespace: string; workflowId?: string; runId?: string; activityId: string };
type ByIdOrType = {
  namespace: string;
  execution: { workflowId?: string; runId?: string };
  id?: string;
  type?: string;
};
type Command = { [K in Input['kind']]: Extract<Input, { kind: K }> };
type Fields<Kind extends Input['kind']> = Omit<Command[Kind], 'kind' | 'runId' | 'activities'>;

export function activityControlService(options: DirectServiceOptions): ControlCalls {
  const apply = async (selected: Selected, input: Input): Promise<ExecutionTarget> => {
    const target = await executionTarget(options, selected.namespace, selected.workflowId);
    const call = () => callExecution(options.executions, target, (stub, at) => stub.apply(at, input));
    const { standalone } = selected;
    await (standalone ? asActivity(standalone, call) : call());
    return target;
  };
  const update = async (
    selected: Selected,
    request: OptionsUpdate,
  ): Promise<UpdateActivityOptionsResponse> => {
    const target = await apply(selected, {
      kind: 'UpdateActivityOptions',
      ...at(selected),
      ...toOptionsUpdate(request),
    });
    return readOptions(options, target, selected);
  };
  return {
    async pauseActivityExecution(request) {
      const selected = byId(request);
      await apply(selected, { kind: 'PauseActivity', ...at(selected), ...pauseFields(request) });
      return {};
    },
    async pauseActivity(request) {
      const selected = byIdOrType(request, false);
      await apply(selected, { kind: 'PauseActivity', ...at(selected), ...pauseFields(request) });
      return {};
    },
    async unpauseActivityExecution(request) {
      const selected = byId(request);
      await apply(selected, { kind: 'UnpauseActivity', ...at(selected), ...unpauseFields(request) });
      return {};
    },
    async unpauseActivity(request) {
      const selected = byIdOrType(request, request.unpauseAll);
      await apply(selected, { kind: 'UnpauseActivity', ...at(selected), ...unpauseFields(request) });
      return {};
    },
    async resetActivityExecution(request) {
      const selected = byId(request);
      await apply(selected, { kind: 'ResetActivity', ...at(selected), ...resetFields(request) });
      return {};
    },
    async resetActivity(request) {
      const selected = byIdOrType(request, request.matchAll);
      await apply(selected, { kind: 'ResetActivity', ...at(selected), ...resetFields(request) });
      return {};
    },
    updateActivityExecutionOptions: async (request) => update(byId(request), request),
    updateActivityOptions: async (request) => update(byIdOrType(request, request.matchAll), request),

    async updateWorkflowExecutionOptions(request) {
      const { namespace, workflowExecution, workflowExecutionOptions = {} } = request;
      const input = toWorkflowOptions(request);
      const field = 'workflowExecution.workflowId';
      const target = await targetOf(options, namespace, workflowExecution?.workflowId, field);
      await callExecution(options.executions, target, (stub, address) => stub.apply(address, input));
      return { workflowExecutionOptions };
    },
  };
}

function byId({ namespace, workflowId, runId, activityId }: ById): Selected {
  const id = requireText(activityId, 'activityId');
  const executionId = activityExecutionId(workflowId, id);
  return {
    namespace,
    workflowId: executionId,
    runId,
    activities: { by: 'id', activityId: id },
    ...(!workflowId && { standalone: { activityId: id, ...set('runId', runId) } }),
  };
}

function byIdOrType({ namespace, execution, id, type }: ByIdOrType, isAll: boolean | undefined): Selected {
  const field = 'execution.workflowId';
  const workflowId = requireText(execution?.workflowId, field);
  const reserved = reservedFor(workflowId);
  if (reserved !== undefined) throw invalidArgument(`${field}: '${workflowId}' is reserved for ${reserved}`);
  const given = [id && 'id', type && 'type', isAll && 'all'].filter(Boolean);
  if (given.length !== 1)
    throw invalidArgument(`id, type: expected one of them, or all, got ${given.length}`);
  const one: ActivitySelection = id ? { by: 'id', activityId: id } : { by: 'type', activityType: type ?? '' };
  return { namespace, workflowId, runId: execution?.runId, activities: isAll ? { by: 'all' } : one };
}

function at({ runId, activities }: Selected): { runId?: string; activities: ActivitySelection } {
  return { activities, ...set('runId', runId) };
}

function pauseFields(request: Fields<'PauseActivity'>): Fields<'PauseActivity'> {
  return {
    requestId: request.requestId || crypto.randomUUID(),
    ...set('identity', request.identity),
    ...set('reason', request.reason),
  };
}

type Unpause = Omit<Fields<'UnpauseActivity'>, 'jitterMs'> & { jitter?: number };

function unpauseFields({ resetAttempts, resetHeartbeat, jitter }: Unpause): Fields<'UnpauseActivity'> {
  return {
    ...set('resetAttempts', resetAttempts),
    ...set('resetHeartbeat', resetHeartbeat),
    ...set('jitterMs', jitter),
  };
}

type Reset = Omit<Fields<'ResetActivity'>, 'jitterMs'> & { jitter?: number };

function resetFields({
  resetHeartbeat,
  keepPaused,
  restoreOriginalOptions,
  jitter,
}: Reset): Fields<'ResetActivity'> {
  return {
    ...set('resetHeartbeat', resetHeartbeat),
    ...set('keepPaused', keepPaused),
    ...set('restoreOriginalOptions', restoreOriginalOptions),
    ...set('jitterMs', jitter),
  };
}

interface OptionsUpdate {
  activityOptions?: WireActivityOptions;
  updateMask?: string;
  restoreOriginal?: boolean;
}

function toOptionsUpdate({
  activityOptions = {},
  updateMask = '',
  restoreOriginal,
}: OptionsUpdate): Fields<'UpdateActivityOptions'> {
  checkRetryPolicy(activityOptions.retryPolicy);
  const paths = maskPaths(updateMask);
  if (paths.length === 0 && !restoreOriginal) {
    throw invalidArgument('updateMask: expected at least one path such as "startToCloseTimeout"');
  }
  const { taskQueue, scheduleToCloseTimeout, scheduleToStartTimeout, startToCloseTimeout } = activityOptions;
  return {
    updateMask: paths,
    options: {
      ...set('taskQueue', taskQueue?.name),
      ...set('scheduleToCloseTimeout', scheduleToCloseTimeout),
      ...set('scheduleToStartTimeout', scheduleToStartTimeout),
      ...set('startToCloseTimeout', startToCloseTimeout),
      ...set('heartbeatTimeout', activityOptions.heartbeatTimeout),
      ...set('retryPolicy', activityOptions.retryPolicy),
      ...set('priority', activityOptions.priority),
      ...set('startDelay', activityOptions.startDelay),
    },
    ...set('restoreOriginal', restoreOriginal),
  };
}

/** Comma-separated, in either spelling. */
function maskPaths(mask: string): string[] {
  const camelCase = (path: string) => path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return mask
    .split(',')
    .map((path) => camelCase(path.trim()))
    .filter((path) => path !== '');
}

/** The options as they are now, of the first activity that was meant. */
async function readOptions(
  { executions }: DirectServiceOptions,
  target: ExecutionTarget,
  { runId, activities }: Selected,
): Promise<UpdateActivityOptionsResponse> {
  const description = await callExecution(executions, target, (stub, address) =>
    stub.describe(address, runId || undefined),
  );
  const pending = description.pendingActivities ?? [];
  const found = pending.find(({ activityId, activityType }) => {
    if (activities.by === 'id') return activityId === activities.activityId;
    return activities.by === 'all' || activityType.name === activities.activityType;
  });
  return found?.activityOptions ? { activityOptions: found.activityOptions } : {};
}

function toWorkflowOptions(request: UpdateWorkflowExecutionOptionsRequest): Command['UpdateWorkflowOptions'] {
  const {
    workflowExecution,
    workflowExecutionOptions: { priority, versioningOverride } = {},
    updateMask = '',
  } = request;
  const paths = maskPaths(updateMask);
  const unknown = paths.find((path) => path !== 'priority' && path !== 'versioningOverride');
  if (paths.length === 0 || unknown !== undefined) {
    throw invalidArgument(`updateMask: expected "priority" or "versioningOverride", got "${unknown ?? ''}"`);
  }
  const hasOverride = paths.includes('versioningOverride');
  return {
    kind: 'UpdateWorkflowOptions',
    ...set('runId', workflowExecution?.runId),
    ...(paths.includes('priority') ? { priority: priority ?? {} } : {}),
    ...(hasOverride && versioningOverride !== undefined
      ? {
          versioningOverride: checkVersioningOverride(
            versioningOverride,
            'workflowExecutionOptions.versioningOverride',
          ),
        }
      : {}),
    ...(hasOverride && versioningOverride === undefined ? { unsetVersioningOverride: true } : {}),
    ...set('identity', request.identity),
  };
}
