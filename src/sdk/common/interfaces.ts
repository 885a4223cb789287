/** The shapes of workflows, activities, signals, queries and updates, from which the types of calls are inferred. */

import type { Any } from './type-helpers.ts';
import type { PayloadTypeInfo } from './type-info.ts';

export type { Payload } from './wire/messages.ts';

/** What a workflow function returns. */
export type WorkflowReturnType = Promise<Any>;
/** A workflow function. */
export type Workflow = (...args: Any[]) => WorkflowReturnType;

export type WorkflowUpdateType = (...args: Any[]) => Promise<Any> | Any;
export type WorkflowUpdateValidatorType = (...args: Any[]) => void;
export type WorkflowSignalType = (...args: Any[]) => Promise<void> | void;
export type WorkflowQueryType = (...args: Any[]) => Any;

export type SignalTypeInfo = Pick<PayloadTypeInfo, 'inputTypes'>;

export type WorkflowUpdateAnnotatedType = {
  handler: WorkflowUpdateType;
  unfinishedPolicy: HandlerUnfinishedPolicy;
  validator?: WorkflowUpdateValidatorType;
  description?: string;
  typeInfo?: PayloadTypeInfo;
};

export type WorkflowSignalAnnotatedType = {
  handler: WorkflowSignalType;
  unfinishedPolicy: HandlerUnfinishedPolicy;
  description?: string;
  typeInfo?: SignalTypeInfo;
};

export type WorkflowQueryAnnotatedType = {
  handler: WorkflowQueryType;
  description?: string;
  typeInfo?: PayloadTypeInfo;
};

declare const argsBrand: unique symbol;
declare const retBrand: unique symbol;

/** @experimental */
export interface UpdateDefinitionOptions {
  typeInfo?: PayloadTypeInfo;
}

/** A named update with the types of its arguments and result; made by `defineUpdate`. */
export interface UpdateDefinition<Ret, Args extends Any[] = [], Name extends string = string> {
  type: 'update';
  name: Name;
  /** @experimental */
  typeInfo?: PayloadTypeInfo;
  /** Carries the type for inference; never set. */
  [argsBrand]: Args;
  /** Carries the type for inference; never set. */
  [retBrand]: Ret;
}

/** @experimental */
export interface SignalDefinitionOptions {
  typeInfo?: SignalTypeInfo;
}

/** A named signal with the types of its arguments; made by `defineSignal`. */
export interface SignalDefinition<Args extends Any[] = [], Name extends string = string> {
  type: 'signal';
  name: Name;
  /** @experimental */
  typeInfo?: SignalTypeInfo;
  /** Carries the type for inference; never set. */
  [argsBrand]: Args;
}

/** @experimental */
export interface QueryDefinitionOptions {
  typeInfo?: PayloadTypeInfo;
}

/** A named query with the types of its arguments and result; made by `defineQuery`. */
export interface QueryDefinition<Ret, Args extends Any[] = [], Name extends string = string> {
  type: 'query';
  name: Name;
  /** @experimental */
  typeInfo?: PayloadTypeInfo;
  /** Carries the type for inference; never set. */
  [argsBrand]: Args;
  /** Carries the type for inference; never set. */
  [retBrand]: Ret;
}

/** What a workflow resolves to. */
export type WorkflowResultType<W extends Workflow> = ReturnType<W> extends Promise<infer R> ? R : never;

export type ActivityFunction<P extends Any[] = Any[], R = Any> = (...args: P) => Promise<R>;

/** @deprecated Use `UntypedActivities`. */
export type ActivityInterface = Record<string, ActivityFunction>;

/** Activities by name, of whatever signatures. */
export type UntypedActivities = Record<string, ActivityFunction>;

/** A history to replay and the ID of the workflow that it is of. */
export interface HistoryAndWorkflowId {
  workflowId: string;
  history: unknown | undefined;
}

/** What becomes of handlers that still run when their workflow ends: a warning, or nothing. */
export const HandlerUnfinishedPolicy = {
  /** Log a warning. Clients of an update get an error. The default. */
  WARN_AND_ABANDON: 'WARN_AND_ABANDON',
  /** Say nothing. */
  ABANDON: 'ABANDON',
} as const;
export type HandlerUnfinishedPolicy = (typeof HandlerUnfinishedPolicy)[keyof typeof HandlerUnfinishedPolicy];
