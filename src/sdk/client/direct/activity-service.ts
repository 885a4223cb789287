/** Results, heartbeats and operators' commands for activities, by task token and by ID. */
import type { ActivityReference, HeartbeatReply, Input } from '../../../engine/api.ts';
import { decodeTaskToken } from '../../common/task-token.ts';
import type { Failure } from '../../common/wire/messages.ts';
import type { Gateway } from '../calls/index.ts';
import { invalidArgument, RpcError } from '../rpc-error.ts';
import { callExecution } from './executions.ts';
import {
  activityExecutionId,
  type DirectServiceOptions,
  executionTarget,
  requireNamespace,
  set,
} from './service.ts';
import { requireText } from './validate.ts';

type ActivityCalls = Pick<
  Gateway,
  | 'respondActivityTaskCompleted'
  | 'respondActivityTaskFailed'
  | 'respondActivityTaskCanceled'
  | 'recordActivityTaskHeartbeat'
  | 'respondActivityTaskCompletedById'
  | 'respondActivityTaskFailedById'
  | 'respondActivityTaskCanceledById'
  | 'recordActivityTaskHeartbeatById'
>;

interface ByToken {
  namespace: string;
  taskToken: Uint8Array;
}

interface ById {
  namespace: string;
  workflowId?: string;
  runId?: string;
  activityId: string;
}

interface Addressed {
  namespace: string;
  workflowId: string;
  activity: ActivityReference;
}

export function activityService(options: DirectServiceOptions): ActivityCalls {
  const apply = async (
    { namespace, workflowId, activity }: Addressed,
    input: (activity: ActivityReference) => ActivityInput,
  ): Promise<HeartbeatReply | undefined> => {
    const target = await executionTarget(options, namespace, workflowId);
    return callExecution(options.executions, target, (stub, at) => stub.apply(at, input(activity)));
  };
  const tokenTarget = async (request: ByToken): Promise<Addressed> => {
    await requireNamespace(options, request.namespace);
    return byToken(request);
  };
  return {
    async respondActivityTaskCompleted(request) {
      await apply(await tokenTarget(request), (activity) => completed(activity, request));
      return {};
    },
    async respondActivityTaskCompletedById(request) {
      await apply(byId(request), (activity) => completed(activity, request));
      return {};
    },
    async respondActivityTaskFailed(request) {
      const failure = requireApplicationFailure(request.failure);
      await apply(await tokenTarget(request), (activity) => failed(activity, { ...request, failure }));
      return { failures: [] };
    },
    async respondActivityTaskFailedById(request) {
      const failure = requireApplicationFailure(request.failure);
      await apply(byId(request), (activity) => failed(activity, { ...request, failure }));
      return { failures: [] };
    },
    async respondActivityTaskCanceled(request) {
      await apply(await tokenTarget(request), (activity) => canceled(activity, request));
      return {};
    },
    async respondActivityTaskCanceledById(request) {
      await apply(byId(request), (activity) => canceled(activity, request));
      return {};
    },
    async recordActivityTaskHeartbeat(request) {
      return heartbeatReply(
        await apply(await tokenTarget(request), (activity) => heartbeat(activity, request)),
      );
    },
    async recordActivityTaskHeartbeatById(request) {
      return heartbeatReply(await apply(byId(request), (activity) => heartbeat(activity, request)));
    },
  };
}

type InputOf<Kind extends Input['kind']> = Extract<Input, { kind: Kind }>;
type ActivityInput = InputOf<
  'ActivityCompleted' | 'ActivityFailed' | 'ActivityCanceled' | 'ActivityHeartbeat'
>;
type Parts<Kind extends Input['kind']> = Partial<Omit<InputOf<Kind>, 'kind' | 'activity'>>;

function completed(activity: ActivityReference, request: Parts<'ActivityCompleted'>): ActivityInput {
  return {
    kind: 'ActivityCompleted',
    activity,
    ...set('result', request.result),
    ...set('identity', request.identity),
  };
}

function failed(
  activity: ActivityReference,
  request: Parts<'ActivityFailed'> & { failure: Failure },
): ActivityInput {
  return {
    kind: 'ActivityFailed',
    activity,
    failure: request.failure,
    ...set('lastHeartbeatDetails', request.lastHeartbeatDetails),
    ...set('identity', request.identity),
  };
}

function canceled(activity: ActivityReference, request: Parts<'ActivityCanceled'>): ActivityInput {
  return {
    kind: 'ActivityCanceled',
    activity,
    ...set('details', request.details),
    ...set('identity', request.identity),
  };
}

function heartbeat(activity: ActivityReference, request: Parts<'ActivityHeartbeat'>): ActivityInput {
  return {
    kind: 'ActivityHeartbeat',
    activity,
    ...set('details', request.details),
    ...set('identity', request.identity),
  };
}

function heartbeatReply(reply: HeartbeatReply | undefined): HeartbeatReply {
  return reply ?? { cancelRequested: false, activityPaused: false, activityReset: false };
}

function byId({ namespace, workflowId, runId, activityId }: ById): Addressed {
  const id = requireText(activityId, 'activityId');
  const executionId = activityExecutionId(workflowId, id);
  return {
    namespace,
    workflowId: executionId,
    activity: { by: 'id', activityId: id, ...set('runId', runId) },
  };
}

/** A token is good in its own namespace only: rights are per namespace. */
function byToken({ namespace, taskToken }: ByToken): Addressed {
  const token = decodeTaskToken(taskToken ?? new Uint8Array());
  if (!token) throw invalidArgument('taskToken: expected the token of an activity attempt');
  if (token.namespace !== namespace) {
    throw new RpcError('NOT_FOUND', `taskToken: no such activity in namespace '${namespace}'`);
  }
  const { workflowId, runId, scheduledEventId, stamp } = token;
  return { namespace, workflowId, activity: { by: 'token', runId, scheduledEventId, stamp } };
}

function requireApplicationFailure(failure: Failure | undefined): Failure {
  if (failure?.applicationFailureInfo) return failure;
  throw invalidArgument('failure: expected a failure with applicationFailureInfo');
}
