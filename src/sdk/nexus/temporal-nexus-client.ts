/** The client that the handlers of a `TemporalOperationHandler` are given. */
import * as nexus from 'nexus-rpc';
import type { ActivityName, ActivityResult, Client } from '../client/index.ts';
import type { Workflow, WorkflowResultType } from '../common/interfaces.ts';
import type { Any } from '../common/type-helpers.ts';
import type { WithWorkflowArgs } from '../common/workflow-options.ts';
import { type ActivityOptions, type ActivityOptionsFor, startActivity } from './activity-operations.ts';
import { getClient, getHandlerContext } from './context.ts';
import { TemporalOperationResult } from './operation-result.ts';
import { encodeOperationToken } from './operation-token.ts';
import { type UpdatableWorkflowHandle, workflowHandle } from './workflow-handle.ts';
import {
  signalWithStartWorkflow,
  startWorkflow,
  type WorkflowSignalWithStartOptions,
  type WorkflowStartOptions,
} from './workflow-operations.ts';

/**
 * Starts what stands for an operation: a workflow, an activity, or an update of a workflow. One of them for each call of a
 * handler; a second one is refused with `BAD_REQUEST`. What they start is told the operation's request ID, callback and links.
 *
 * @experimental
 */
export interface TemporalNexusClient {
  /** A client of the handler's namespace, for all else. */
  readonly client: Client;
  /** The workflow stands for the operation, as the last of its chain of runs. */
  startWorkflow<T extends Workflow>(
    workflowTypeOrFunc: string | T,
    workflowOptions: WorkflowStartOptions<T>,
  ): Promise<TemporalOperationResult<WorkflowResultType<T>>>;
  /** A workflow that need not exist: its methods find out. Without a run ID it means the latest run. */
  getWorkflowHandle<T extends Workflow>(
    workflowId: string,
    runId?: string,
  ): UpdatableWorkflowHandle<WorkflowResultType<T>>;
  /** Signals a workflow, which is started unless it runs. It does not stand for the operation. */
  signalWithStartWorkflow<T extends Workflow, SignalArgs extends Any[] = []>(
    workflowTypeOrFunc: string | T,
    workflowOptions: WithWorkflowArgs<T, WorkflowSignalWithStartOptions<SignalArgs>>,
  ): Promise<void>;
  /**
   * The activity stands for the operation. With `idConflictPolicy: 'USE_EXISTING'` several operations can wait for one activity.
   */
  startActivity<R = Any>(activity: string, options: ActivityOptions): Promise<TemporalOperationResult<R>>;
  /** This client, typed by the activities that it may start. */
  typedActivity<T>(): NexusTypedActivityClient<T>;
}

/** @experimental */
export interface NexusTypedActivityClient<T> {
  startActivity<N extends ActivityName<T>>(
    activity: N,
    options: ActivityOptionsFor<T, N>,
  ): Promise<TemporalOperationResult<ActivityResult<T, N>>>;
}

/** For one call of a handler. */
export function temporalNexusClient(ctx: nexus.StartOperationContext): TemporalNexusClient {
  let isTaken = false;
  const reserve = async <T>(start: () => Promise<T>): Promise<T> => {
    if (isTaken)
      throw new nexus.HandlerError(
        'BAD_REQUEST',
        'Only one async operation can be started per operation handler invocation. Use TemporalNexusClient.client for additional workflow interactions',
      );
    isTaken = true;
    try {
      return await start();
    } catch (error) {
      isTaken = false;
      throw error;
    }
  };
  const client: TemporalNexusClient = {
    get client() {
      return getClient();
    },
    startWorkflow: (workflowTypeOrFunc, workflowOptions) =>
      reserve(async () => {
        const { workflowId } = await startWorkflow(ctx, workflowTypeOrFunc, workflowOptions);
        const { namespace } = getHandlerContext();
        return TemporalOperationResult.async(
          encodeOperationToken({ kind: 'workflowRun', namespace, workflowId }),
        );
      }),
    getWorkflowHandle: (workflowId, runId) => workflowHandle(ctx, workflowId, runId, reserve),
    signalWithStartWorkflow: async (workflowTypeOrFunc, workflowOptions) => {
      await signalWithStartWorkflow(ctx, workflowTypeOrFunc, workflowOptions);
    },
    startActivity: (activity, options) => reserve(() => startActivity(ctx, activity, options)),
    // Sound: what the types of activities add is checked where they are called.
    typedActivity: <T>() => client as unknown as NexusTypedActivityClient<T>,
  };
  return client;
}
