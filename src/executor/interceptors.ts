/**
 * Workflow interceptors: the calls they may stand in, and how those are chained. The first interceptor is the outermost.
 */
import type {
  ActivityOptions as CommonActivityOptions,
  LocalActivityOptions as CommonLocalActivityOptions,
} from '../sdk/common/activity-options.ts';
import type { WorkflowExecution } from '../sdk/common/failure.ts';
import { composeInterceptorsWith, type Headers, type Next } from '../sdk/common/interceptors.ts';
import type { SignalTypeInfo } from '../sdk/common/interfaces.ts';
import type { MetricTags } from '../sdk/common/metrics.ts';
import type { Duration } from '../sdk/common/time.ts';
import type { AnyFunc } from '../sdk/common/type-helpers.ts';
import type { PayloadTypeInfo, TypeInfo } from '../sdk/common/type-info.ts';
import type { Command } from '../sdk/common/wire/commands.ts';
import { maybeContext, runInContext } from './context.ts';
import type { EventGroupMarker } from './event-groups.ts';
import type { ChildWorkflowOptionsWithDefaults, ContinueAsNewOptions } from './options.ts';

/** Options of an activity call. One of `startToCloseTimeout` and `scheduleToCloseTimeout` is required. */
export type ActivityOptions = CommonActivityOptions & {
  /** @experimental */
  eventGroups?: EventGroupMarker[];
};

/** Options of a local activity call. One of `startToCloseTimeout` and `scheduleToCloseTimeout` is required. */
export type LocalActivityOptions = CommonLocalActivityOptions & {
  /** @experimental */
  eventGroups?: EventGroupMarker[];
};

/** Options of `sleep` and of `condition` with a timeout. */
export interface TimerOptions {
  /** One line about what the timer is for, shown with its event. */
  readonly summary?: string;
  /** @experimental */
  readonly eventGroups?: EventGroupMarker[];
}

/** Exported by an interceptor module under the name `interceptors`; called once for each run. */
export type WorkflowInterceptorsFactory = () => WorkflowInterceptors;

export interface WorkflowInterceptors {
  inbound?: WorkflowInboundCallsInterceptor[];
  outbound?: WorkflowOutboundCallsInterceptor[];
  internals?: WorkflowInternalsInterceptor[];
}

/** Calls into workflow code. */
export interface WorkflowInboundCallsInterceptor {
  /** The main function. */
  execute?: (
    input: WorkflowExecuteInput,
    next: Next<WorkflowInboundCallsInterceptor, 'execute'>,
  ) => Promise<unknown>;
  handleUpdate?: (
    input: UpdateInput,
    next: Next<WorkflowInboundCallsInterceptor, 'handleUpdate'>,
  ) => Promise<unknown>;
  /** Runs only when the update has a validator, and must stay synchronous. */
  validateUpdate?: (
    input: UpdateInput,
    next: Next<WorkflowInboundCallsInterceptor, 'validateUpdate'>,
  ) => void;
  handleSignal?: (
    input: SignalInput,
    next: Next<WorkflowInboundCallsInterceptor, 'handleSignal'>,
  ) => Promise<void>;
  handleQuery?: (
    input: QueryInput,
    next: Next<WorkflowInboundCallsInterceptor, 'handleQuery'>,
  ) => Promise<unknown>;
}

export interface WorkflowExecuteInput {
  readonly args: unknown[];
  readonly headers: Headers;
}

export interface UpdateInput {
  readonly updateId: string;
  readonly name: string;
  readonly args: unknown[];
  readonly headers: Headers;
}

export interface SignalInput {
  readonly signalName: string;
  readonly args: unknown[];
  readonly headers: Headers;
}

export interface QueryInput {
  readonly queryId: string;
  readonly queryName: string;
  readonly args: unknown[];
  readonly headers: Headers;
}

/** Calls that workflow code makes. */
export interface WorkflowOutboundCallsInterceptor {
  startTimer?: (
    input: TimerInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'startTimer'>,
  ) => Promise<void>;
  scheduleActivity?: (
    input: ActivityInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'scheduleActivity'>,
  ) => Promise<unknown>;
  scheduleLocalActivity?: (
    input: LocalActivityInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'scheduleLocalActivity'>,
  ) => Promise<unknown>;
  startNexusOperation?: (
    input: StartNexusOperationInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'startNexusOperation'>,
  ) => Promise<StartNexusOperationOutput>;
  /** Gives two promises: of the start, with the run ID, and of the result. */
  startChildWorkflowExecution?: (
    input: StartChildWorkflowExecutionInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'startChildWorkflowExecution'>,
  ) => Promise<[Promise<string>, Promise<unknown>]>;
  signalWorkflow?: (
    input: SignalWorkflowInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'signalWorkflow'>,
  ) => Promise<void>;
  continueAsNew?: (
    input: ContinueAsNewInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'continueAsNew'>,
  ) => Promise<never>;
  /** Called for each log line; what it gives is added to the line. */
  getLogAttributes?: (
    input: GetLogAttributesInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'getLogAttributes'>,
  ) => Record<string, unknown>;
  getMetricTags?: (
    input: GetMetricTagsInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'getMetricTags'>,
  ) => MetricTags;
}

export interface TimerInput {
  readonly durationMs: number;
  readonly seq: number;
  readonly options?: TimerOptions | undefined;
}

export interface ActivityInput {
  readonly activityType: string;
  readonly args: unknown[];
  readonly options: ActivityOptions;
  readonly headers: Headers;
  readonly seq: number;
  readonly typeInfo?: PayloadTypeInfo;
}

export interface LocalActivityInput {
  readonly activityType: string;
  readonly args: unknown[];
  readonly options: LocalActivityOptions;
  readonly headers: Headers;
  readonly seq: number;
  /** Milliseconds since the epoch; set on retries that went through a durable timer. */
  readonly originalScheduleTime?: number | undefined;
  readonly attempt: number;
  readonly typeInfo?: PayloadTypeInfo;
}

export interface StartChildWorkflowExecutionInput {
  readonly workflowType: string;
  readonly options: ChildWorkflowOptionsWithDefaults;
  readonly headers: Headers;
  readonly seq: number;
}

export interface SignalWorkflowInput {
  readonly seq: number;
  readonly signalName: string;
  readonly args: unknown[];
  readonly typeInfo?: SignalTypeInfo;
  readonly headers: Headers;
  readonly target:
    | { readonly type: 'external'; readonly workflowExecution: WorkflowExecution }
    | { readonly type: 'child'; readonly childWorkflowId: string };
}

export type ContinueAsNewInputOptions = ContinueAsNewOptions &
  Required<Pick<ContinueAsNewOptions, 'workflowType'>>;

export interface ContinueAsNewInput {
  readonly args: unknown[];
  readonly headers: Headers;
  readonly options: ContinueAsNewInputOptions;
}

export interface StartNexusOperationOptions {
  readonly scheduleToCloseTimeout?: Duration;
  readonly scheduleToStartTimeout?: Duration;
  readonly startToCloseTimeout?: Duration;
  readonly cancellationType?:
    | 'ABANDON'
    | 'TRY_CANCEL'
    | 'WAIT_CANCELLATION_REQUESTED'
    | 'WAIT_CANCELLATION_COMPLETED';
  readonly summary?: string;
  readonly eventGroups?: EventGroupMarker[];
}

export interface StartNexusOperationInput {
  readonly input: unknown;
  readonly inputType?: TypeInfo;
  readonly outputType?: TypeInfo;
  readonly endpoint: string;
  readonly service: string;
  readonly options: StartNexusOperationOptions;
  readonly operation: string;
  readonly seq: number;
  readonly headers: Record<string, string>;
}

export interface StartNexusOperationOutput {
  readonly token?: string;
  readonly result: Promise<unknown>;
}

export type GetLogAttributesInput = Record<string, unknown>;
export type GetMetricTagsInput = MetricTags;

/**
 * The runtime's own steps.
 *
 * @experimental
 */
export interface WorkflowInternalsInterceptor {
  /** Around the application of an activation's jobs. */
  activate?(input: ActivateInput, next: Next<this, 'activate'>): void;
  /** When an activation has settled, with the commands that stand to be sent. */
  concludeActivation?(
    input: ConcludeActivationInput,
    next: Next<this, 'concludeActivation'>,
  ): ConcludeActivationOutput;
  /** Before the run's code is dropped from memory. */
  dispose?(input: DisposeInput, next: Next<this, 'dispose'>): void;
}

export interface ActivateInput {
  /** What is about to be applied, in plain terms. */
  readonly activation: {
    readonly runId: string;
    readonly timestamp: number;
    readonly isReplaying: boolean;
    /** The kind of each job, under Temporal's name: `{ variant: 'fireTimer', fireTimer: {} }`. */
    readonly jobs: readonly { readonly variant: string; readonly [variant: string]: unknown }[];
  };
  readonly batchIndex: number;
}

// biome-ignore lint/suspicious/noEmptyInterface: Temporal's shape; it may grow.
export interface DisposeInput {}

export interface ConcludeActivationInput {
  readonly commands: readonly Command[];
}

export type ConcludeActivationOutput = ConcludeActivationInput;

/** `next` runs with the random stream of whoever made the call, and not with one that an interceptor put in its own way. */
function keepRandom(next: AnyFunc): AnyFunc {
  const random = maybeContext()?.random;
  return (input) => {
    const context = maybeContext();
    if (context === undefined || context.random === random) return next(input);
    return runInContext({ ...context, random }, () => next(input));
  };
}

/** The interceptors of one run, in order, and the chains made of them. */
export class InterceptorChains {
  readonly #inbound: WorkflowInboundCallsInterceptor[] = [];
  readonly #outbound: WorkflowOutboundCallsInterceptor[] = [];
  readonly #internals: WorkflowInternalsInterceptor[] = [];

  add({ inbound, outbound, internals }: WorkflowInterceptors): void {
    this.#inbound.push(...(inbound ?? []));
    this.#outbound.push(...(outbound ?? []));
    this.#internals.push(...(internals ?? []));
  }

  /** Whether anybody stands in the runtime's own steps. */
  get hasInternals(): boolean {
    return this.#internals.length > 0;
  }

  inbound<M extends keyof WorkflowInboundCallsInterceptor>(
    method: M,
    last: Next<WorkflowInboundCallsInterceptor, M>,
  ): Next<WorkflowInboundCallsInterceptor, M> {
    return this.#inbound.length === 0
      ? last
      : composeInterceptorsWith(this.#inbound, method, last, keepRandom);
  }

  outbound<M extends keyof WorkflowOutboundCallsInterceptor>(
    method: M,
    last: Next<WorkflowOutboundCallsInterceptor, M>,
  ): Next<WorkflowOutboundCallsInterceptor, M> {
    return this.#outbound.length === 0
      ? last
      : composeInterceptorsWith(this.#outbound, method, last, keepRandom);
  }

  internals<M extends keyof WorkflowInternalsInterceptor>(
    method: M,
    last: Next<WorkflowInternalsInterceptor, M>,
  ): Next<WorkflowInternalsInterceptor, M> {
    return this.#internals.length === 0
      ? last
      : composeInterceptorsWith(this.#internals, method, last, keepRandom);
  }
}
