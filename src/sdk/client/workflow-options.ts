import { msOptionalToTs, type Timestamp } from '../common/deprecated-time.ts';
import type { SignalDefinition, SignalTypeInfo, Workflow } from '../common/interfaces.ts';
import type { Duration } from '../common/time.ts';
import type { Any, Replace } from '../common/type-helpers.ts';
import type { PayloadTypeInfo } from '../common/type-info.ts';
import { toCanonicalString, type VersioningOverride } from '../common/worker-deployments.ts';
import type { CommonWorkflowOptions, WithWorkflowArgs } from '../common/workflow-options.ts';

export * from '../common/workflow-options.ts';

export interface WorkflowOptions extends CommonWorkflowOptions {
  /** Names the workflow. At most one run of it is open at a time, so it is best chosen by what the workflow is about. */
  workflowId: string;
  /** Whose workers run it. */
  taskQueue: string;
  /**
   * Whether `result()` goes on to the runs that follow: continue-as-new, retry, cron.
   *
   * @default true
   */
  followRuns?: boolean;
  /** Puts off the first workflow task. Not with `cronSchedule`. */
  startDelay?: Duration;
  /** @experimental */
  versioningOverride?: VersioningOverride;
  /** Without effect, the first workflow task always runs with the start; refused by connections other than a `NativeConnection`. */
  requestEagerStart?: boolean;
  /** @experimental */
  typeInfo?: PayloadTypeInfo;
}

/** Durations as protobuf objects, which interceptors see and change. */
export type WithCompiledWorkflowOptions<T extends WorkflowOptions> = Replace<
  T,
  {
    workflowExecutionTimeout?: Timestamp;
    workflowRunTimeout?: Timestamp;
    workflowTaskTimeout?: Timestamp;
    startDelay?: Timestamp;
    versioningOverride?: Record<string, unknown>;
  }
>;

export interface CompiledWorkflowOptions extends WithCompiledWorkflowOptions<WorkflowOptions> {
  args: unknown[];
}

export function compileWorkflowOptions<T extends WorkflowOptions>(
  options: T,
): WithCompiledWorkflowOptions<T> {
  const {
    workflowExecutionTimeout,
    workflowRunTimeout,
    workflowTaskTimeout,
    startDelay,
    versioningOverride,
    ...rest
  } = options;
  // `rest` is `T` without the five, which come back with their new types.
  return {
    ...rest,
    workflowExecutionTimeout: msOptionalToTs(workflowExecutionTimeout),
    workflowRunTimeout: msOptionalToTs(workflowRunTimeout),
    workflowTaskTimeout: msOptionalToTs(workflowTaskTimeout),
    startDelay: msOptionalToTs(startDelay),
    versioningOverride: versioningOverride && versioningOverrideToWire(versioningOverride),
  } as WithCompiledWorkflowOptions<T>;
}

function versioningOverrideToWire(override: VersioningOverride): Record<string, unknown> {
  if (override === 'AUTO_UPGRADE') return { autoUpgrade: true, behavior: 'VERSIONING_BEHAVIOR_AUTO_UPGRADE' };
  return {
    pinned: { version: override.pinnedTo, behavior: 'PINNED_OVERRIDE_BEHAVIOR_PINNED' },
    behavior: 'VERSIONING_BEHAVIOR_PINNED',
    pinnedVersion: toCanonicalString(override.pinnedTo),
  };
}

export interface WorkflowUpdateOptions {
  /** Names the update within its run: sent twice, it runs once. A random UUID by default. */
  readonly updateId?: string;
  /** @experimental */
  typeInfo?: PayloadTypeInfo;
}

export type WorkflowStartOptions<T extends Workflow = Workflow> = WithWorkflowArgs<T, WorkflowOptions>;

/** @experimental */
type SignalWithStartTypeInfoOptions =
  | { signalTypeInfo?: never }
  | { signal: string; signalTypeInfo?: SignalTypeInfo };

export type WorkflowSignalWithStartOptions<SignalArgs extends Any[] = []> = (SignalArgs extends [
  Any,
  ...Any[],
]
  ? WorkflowSignalWithStartOptionsWithArgs<SignalArgs>
  : WorkflowSignalWithStartOptionsWithoutArgs<SignalArgs>) &
  SignalWithStartTypeInfoOptions;

export interface WorkflowSignalWithStartOptionsWithoutArgs<SignalArgs extends Any[]>
  extends Omit<WorkflowOptions, 'requestEagerStart'> {
  signal: SignalDefinition<SignalArgs> | string;
  signalArgs?: SignalArgs;
}

export interface WorkflowSignalWithStartOptionsWithArgs<SignalArgs extends Any[]>
  extends Omit<WorkflowOptions, 'requestEagerStart'> {
  signal: SignalDefinition<SignalArgs> | string;
  signalArgs: SignalArgs;
}
