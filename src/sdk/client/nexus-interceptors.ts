/** Interceptors around the calls of `NexusClient`, its service clients and its handles. */
import type { Next } from '../common/interceptors.ts';
import type { SearchAttributePair, TypedSearchAttributes } from '../common/search-attributes.ts';
import type { Duration } from '../common/time.ts';
import type { TypeInfo } from '../common/type-info.ts';
import type { NexusOperationHandle } from './nexus-handle.ts';
import type {
  NexusOperationExecution,
  NexusOperationExecutionCount,
  NexusOperationExecutionDescription,
  NexusOperationIdConflictPolicy,
  NexusOperationIdReusePolicy,
} from './nexus-types.ts';

export interface StartNexusOperationInput {
  readonly endpoint: string;
  readonly service: string;
  readonly operation: string;
  readonly id: string;
  readonly arg: unknown;
  readonly scheduleToCloseTimeout?: Duration;
  readonly scheduleToStartTimeout?: Duration;
  readonly startToCloseTimeout?: Duration;
  readonly summary?: string;
  readonly idReusePolicy?: NexusOperationIdReusePolicy;
  readonly idConflictPolicy?: NexusOperationIdConflictPolicy;
  readonly searchAttributes?: SearchAttributePair[] | TypedSearchAttributes;
  /** They go along to the handler. */
  readonly headers?: Record<string, string>;
  readonly inputType?: TypeInfo;
  readonly outputType?: TypeInfo;
}

export interface GetNexusOperationResultInput {
  readonly operationId: string;
  readonly runId?: string;
  readonly outputType?: TypeInfo;
}

export interface DescribeNexusOperationInput {
  readonly operationId: string;
  readonly runId?: string;
}

export interface CancelNexusOperationInput {
  readonly operationId: string;
  readonly runId?: string;
  readonly reason?: string;
}

export interface TerminateNexusOperationInput {
  readonly operationId: string;
  readonly runId?: string;
  readonly reason?: string;
}

export interface ListNexusOperationsInput {
  readonly query?: string;
  readonly pageSize?: number;
}

export interface CountNexusOperationsInput {
  readonly query?: string;
}

export interface NexusClientInterceptor {
  startOperation?: (
    input: StartNexusOperationInput,
    next: Next<this, 'startOperation'>,
  ) => Promise<NexusOperationHandle>;
  getResult?: (input: GetNexusOperationResultInput, next: Next<this, 'getResult'>) => Promise<unknown>;
  describe?: (
    input: DescribeNexusOperationInput,
    next: Next<this, 'describe'>,
  ) => Promise<NexusOperationExecutionDescription>;
  cancel?: (input: CancelNexusOperationInput, next: Next<this, 'cancel'>) => Promise<void>;
  terminate?: (input: TerminateNexusOperationInput, next: Next<this, 'terminate'>) => Promise<void>;
  list?: (
    input: ListNexusOperationsInput,
    next: Next<this, 'list'>,
  ) => AsyncIterable<NexusOperationExecution>;
  count?: (
    input: CountNexusOperationsInput,
    next: Next<this, 'count'>,
  ) => Promise<NexusOperationExecutionCount>;
}
