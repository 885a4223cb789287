import type { SignalDefinition, Workflow } from '../common/interfaces.ts';
import type { Any } from '../common/type-helpers.ts';
import type { BaseWorkflowHandle, WorkflowSignalOptions } from '../common/workflow-handle.ts';

/** A workflow that is not a child of this one. */
export interface ExternalWorkflowHandle {
  /** Sends a signal; resolves when it is in the other workflow's history. */
  signal<Args extends Any[] = [], Name extends string = string>(
    def: SignalDefinition<Args, Name> | string,
    ...args: Args
  ): Promise<void>;
  /** @experimental */
  signalWithOptions<Args extends Any[] = []>(
    signalName: string,
    options: WorkflowSignalOptions<Args>,
  ): Promise<void>;
  /** Requests its cancellation; resolves when the request is delivered. Rejects when there is no such workflow. */
  cancel(): Promise<void>;
  readonly workflowId: string;
  readonly runId?: string;
}

/** A child workflow: its result, and signals to it. */
export interface ChildWorkflowHandle<T extends Workflow> extends BaseWorkflowHandle<T> {
  /** The first run of the child. */
  readonly firstExecutionRunId: string;
}
