import type { SignalDefinition, SignalTypeInfo, Workflow, WorkflowResultType } from './interfaces.ts';
import type { Any } from './type-helpers.ts';
import type { PayloadTypeInfo } from './type-info.ts';

/** @experimental */
export interface WorkflowSignalOptions<Args extends Any[] = []> {
  args?: Args;
  typeInfo?: SignalTypeInfo;
}

/** @experimental */
export interface WorkflowQueryOptions<Args extends Any[] = []> {
  args?: Args;
  typeInfo?: PayloadTypeInfo;
}

/** What handles of clients and of parents have in common. */
export interface BaseWorkflowHandle<T extends Workflow> {
  /** Resolves with what the workflow returns; rejects when it fails, is cancelled, terminated or times out. */
  result(): Promise<WorkflowResultType<T>>;

  /**
   * Sends a signal. Resolves when it is accepted, not when it is handled.
   *
   * ```ts
   * await handle.signal(approve, true);
   * ```
   */
  signal<Args extends Any[] = [], Name extends string = string>(
    def: SignalDefinition<Args, Name> | string,
    ...args: Args
  ): Promise<void>;

  /** @experimental */
  signalWithOptions<Args extends Any[] = []>(
    signalName: string,
    options: WorkflowSignalOptions<Args>,
  ): Promise<void>;

  readonly workflowId: string;
}
