/** Interceptors around the calls of `WorkflowClient` and `ScheduleClient`: see what goes out, change it, add headers. */

import type { Headers, Next } from '../common/interceptors.ts';
import type { SignalTypeInfo } from '../common/interfaces.ts';
import type { PayloadTypeInfo, TypeInfo } from '../common/type-info.ts';
import type { UpdateOutcome } from '../common/wire/messages.ts';
import type { ActivityClientInterceptor } from './activity-interceptors.ts';
import type { NexusClientInterceptor } from './nexus-interceptors.ts';
import type { CompiledScheduleOptions } from './schedule-types.ts';
import type {
  DescribeWorkflowExecutionResponse,
  RequestCancelWorkflowExecutionResponse,
  TerminateWorkflowExecutionResponse,
  WorkflowExecution,
} from './types.ts';
import type { CompiledWorkflowOptions, WorkflowUpdateOptions } from './workflow-options.ts';

export type { Headers, Next } from '../common/interceptors.ts';

export interface WorkflowStartInput {
  readonly workflowType: string;
  readonly headers: Headers;
  readonly options: CompiledWorkflowOptions;
}

export interface WorkflowStartOutput {
  readonly runId: string;
  readonly eagerlyStarted: boolean;
}

export interface WorkflowStartUpdateInput {
  readonly updateName: string;
  readonly args: unknown[];
  /** @experimental */
  readonly typeInfo?: PayloadTypeInfo;
  readonly workflowExecution: WorkflowExecution;
  readonly firstExecutionRunId?: string;
  readonly headers: Headers;
  readonly options: WorkflowUpdateOptions;
}

export interface WorkflowStartUpdateOutput {
  readonly updateId: string;
  readonly workflowRunId: string;
  readonly outcome?: UpdateOutcome;
  /** @experimental */
  readonly outputTypeInfo?: TypeInfo;
}

export interface WorkflowStartUpdateWithStartInput {
  readonly workflowType: string;
  readonly workflowStartOptions: CompiledWorkflowOptions;
  readonly workflowStartHeaders: Headers;
  readonly updateName: string;
  readonly updateArgs: unknown[];
  /** @experimental */
  readonly updateTypeInfo?: PayloadTypeInfo;
  readonly updateOptions: WorkflowUpdateOptions;
  readonly updateHeaders: Headers;
}

export interface WorkflowStartUpdateWithStartOutput {
  readonly workflowExecution: WorkflowExecution;
  readonly updateId: string;
  readonly updateOutcome?: UpdateOutcome;
  /** @experimental */
  readonly updateOutputTypeInfo?: TypeInfo;
}

export interface WorkflowSignalInput {
  readonly signalName: string;
  readonly args: unknown[];
  /** @experimental */
  readonly typeInfo?: SignalTypeInfo;
  readonly workflowExecution: WorkflowExecution;
  readonly headers: Headers;
}

export interface WorkflowSignalWithStartInput {
  readonly workflowType: string;
  readonly signalName: string;
  readonly signalArgs: unknown[];
  /** @experimental */
  readonly signalTypeInfo?: SignalTypeInfo;
  readonly headers: Headers;
  readonly options: CompiledWorkflowOptions;
}

export interface WorkflowQueryInput {
  readonly queryType: string;
  readonly args: unknown[];
  /** @experimental */
  readonly typeInfo?: PayloadTypeInfo;
  readonly workflowExecution: WorkflowExecution;
  /** The number of a `QueryRejectCondition`. */
  readonly queryRejectCondition?: number;
  readonly headers: Headers;
}

export interface WorkflowTerminateInput {
  readonly workflowExecution: WorkflowExecution;
  readonly reason?: string;
  readonly details?: unknown[];
  readonly firstExecutionRunId?: string;
}

export interface WorkflowCancelInput {
  readonly workflowExecution: WorkflowExecution;
  readonly firstExecutionRunId?: string;
}

export interface WorkflowDescribeInput {
  readonly workflowExecution: WorkflowExecution;
}

/** Each method gets the input and `next`, which goes on with the call. The first of the list is outermost. */
export interface WorkflowClientInterceptor {
  /** @deprecated Use `startWithDetails`. */
  start?: (input: WorkflowStartInput, next: Next<this, 'start'>) => Promise<string>;
  startWithDetails?: (
    input: WorkflowStartInput,
    next: Next<this, 'startWithDetails'>,
  ) => Promise<WorkflowStartOutput>;
  startUpdate?: (
    input: WorkflowStartUpdateInput,
    next: Next<this, 'startUpdate'>,
  ) => Promise<WorkflowStartUpdateOutput>;
  startUpdateWithStart?: (
    input: WorkflowStartUpdateWithStartInput,
    next: Next<this, 'startUpdateWithStart'>,
  ) => Promise<WorkflowStartUpdateWithStartOutput>;
  signal?: (input: WorkflowSignalInput, next: Next<this, 'signal'>) => Promise<void>;
  /** Resolves with the run ID. */
  signalWithStart?: (
    input: WorkflowSignalWithStartInput,
    next: Next<this, 'signalWithStart'>,
  ) => Promise<string>;
  query?: (input: WorkflowQueryInput, next: Next<this, 'query'>) => Promise<unknown>;
  terminate?: (
    input: WorkflowTerminateInput,
    next: Next<this, 'terminate'>,
  ) => Promise<TerminateWorkflowExecutionResponse>;
  cancel?: (
    input: WorkflowCancelInput,
    next: Next<this, 'cancel'>,
  ) => Promise<RequestCancelWorkflowExecutionResponse>;
  describe?: (
    input: WorkflowDescribeInput,
    next: Next<this, 'describe'>,
  ) => Promise<DescribeWorkflowExecutionResponse>;
}

/** @deprecated Use {@link WorkflowClientInterceptor}. */
export type WorkflowClientCallsInterceptor = WorkflowClientInterceptor;

/** @deprecated Use {@link WorkflowClientInterceptor}. */
export interface WorkflowClientCallsInterceptorFactoryInput {
  workflowId: string;
  runId?: string;
}

/** @deprecated Use {@link WorkflowClientInterceptor}. */
export type WorkflowClientCallsInterceptorFactory = (
  input: WorkflowClientCallsInterceptorFactoryInput,
) => WorkflowClientCallsInterceptor;

/** @deprecated Use a list of {@link WorkflowClientInterceptor}. */
export interface WorkflowClientInterceptors {
  calls?: WorkflowClientCallsInterceptorFactory[];
}

export interface CreateScheduleInput {
  readonly headers: Headers;
  readonly options: CompiledScheduleOptions;
}

export type CreateScheduleOutput = { readonly conflictToken: Uint8Array };

/** The headers go along with the workflows that the schedule starts. */
export interface ScheduleClientInterceptor {
  create?: (input: CreateScheduleInput, next: Next<this, 'create'>) => Promise<CreateScheduleOutput>;
}

export interface ClientInterceptors {
  activity?: ActivityClientInterceptor[];
  nexus?: NexusClientInterceptor[];
  schedule?: ScheduleClientInterceptor[];
  workflow?: WorkflowClientInterceptors | WorkflowClientInterceptor[];
}

/** An interceptor with the older `start` takes part where `startWithDetails` is asked for. */
export function adaptStart(interceptor: WorkflowClientInterceptor): WorkflowClientInterceptor {
  const { start, startWithDetails } = interceptor;
  if (startWithDetails || !start) return interceptor;
  return {
    ...interceptor,
    startWithDetails: async (input, next) => {
      let output: WorkflowStartOutput | undefined;
      const runId = await start.call(interceptor, input, async (changed) => {
        output = await next(changed);
        return output.runId;
      });
      return { eagerlyStarted: output?.eagerlyStarted ?? false, runId };
    },
  };
}
