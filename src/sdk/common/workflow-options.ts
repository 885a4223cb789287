import { makeEnumConverters } from './enum-converters.ts';
import type { Workflow } from './interfaces.ts';
import type { Priority } from './priority.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { SearchAttributePair, SearchAttributes, TypedSearchAttributes } from './search-attributes.ts';
import type { Duration } from './time.ts';
import type { Any } from './type-helpers.ts';
import type { PayloadTypeInfo } from './type-info.ts';
import * as wire from './wire/messages.ts';
import { isWorkflowFunctionWithStaticOptions } from './workflow-definition-options.ts';

/** What a start does when there is a closed run of the same workflow ID. */
export const WorkflowIdReusePolicy = {
  /** Start. The default. */
  ALLOW_DUPLICATE: 'ALLOW_DUPLICATE',
  /** Start unless the last run completed. */
  ALLOW_DUPLICATE_FAILED_ONLY: 'ALLOW_DUPLICATE_FAILED_ONLY',
  /** Refuse. */
  REJECT_DUPLICATE: 'REJECT_DUPLICATE',
  /** @deprecated Use `WorkflowIdConflictPolicy.TERMINATE_EXISTING`. */
  TERMINATE_IF_RUNNING: 'TERMINATE_IF_RUNNING',

  /** @deprecated Use `undefined`. */
  WORKFLOW_ID_REUSE_POLICY_UNSPECIFIED: undefined,
  /** @deprecated Use {@link ALLOW_DUPLICATE}. */
  WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE: 'ALLOW_DUPLICATE',
  /** @deprecated Use {@link ALLOW_DUPLICATE_FAILED_ONLY}. */
  WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY: 'ALLOW_DUPLICATE_FAILED_ONLY',
  /** @deprecated Use {@link REJECT_DUPLICATE}. */
  WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE: 'REJECT_DUPLICATE',
  /** @deprecated Use {@link TERMINATE_IF_RUNNING}. */
  WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING: 'TERMINATE_IF_RUNNING',
} as const;
export type WorkflowIdReusePolicy = (typeof WorkflowIdReusePolicy)[keyof typeof WorkflowIdReusePolicy];

export const [encodeWorkflowIdReusePolicy, decodeWorkflowIdReusePolicy] = makeEnumConverters(
  wire.WorkflowIdReusePolicy,
);

/** What a start does when there is an open run of the same workflow ID. */
export const WorkflowIdConflictPolicy = {
  /** Refuse with `WorkflowExecutionAlreadyStartedError`. The default of start. */
  FAIL: 'FAIL',
  /** Give a handle of the open run. The default of signal-with-start. */
  USE_EXISTING: 'USE_EXISTING',
  /** Terminate the open run and start. */
  TERMINATE_EXISTING: 'TERMINATE_EXISTING',
} as const;
export type WorkflowIdConflictPolicy =
  (typeof WorkflowIdConflictPolicy)[keyof typeof WorkflowIdConflictPolicy];

export const [encodeWorkflowIdConflictPolicy, decodeWorkflowIdConflictPolicy] = makeEnumConverters(
  wire.WorkflowIdConflictPolicy,
);

/** Options of starting a workflow that clients and parents have in common. */
export interface BaseWorkflowOptions {
  /**
   * Whether an ID of a closed run may be used again.
   *
   * @default ALLOW_DUPLICATE
   */
  workflowIdReusePolicy?: WorkflowIdReusePolicy;
  /** Whether an ID of an open run may be used. */
  workflowIdConflictPolicy?: WorkflowIdConflictPolicy;
  /** How the workflow itself is retried. Not at all by default. */
  retry?: RetryPolicy;
  /** When to run it again and again, as a cron line, in UTC unless it begins with `CRON_TZ=`. */
  cronSchedule?: string;
  /** Values that are shown with the workflow and not indexed. */
  memo?: Record<string, unknown>;
  /** @deprecated Use `typedSearchAttributes`. */
  searchAttributes?: SearchAttributes;
  /** Values by which the workflow can be found. */
  typedSearchAttributes?: SearchAttributePair[] | TypedSearchAttributes;
  /** What the run is about, for people, in several lines of Markdown. */
  staticDetails?: string;
  /** What the run is about, for people, in one line. */
  staticSummary?: string;
  priority?: Priority;
}

/** `T` with the arguments of workflow `W`: mandatory when it has any. */
export type WithWorkflowArgs<W extends Workflow, T> = T &
  (Parameters<W> extends [Any, ...Any[]]
    ? { args: Parameters<W> | Readonly<Parameters<W>> }
    : { args?: Parameters<W> | Readonly<Parameters<W>> });

export interface WorkflowDurationOptions {
  /** How long one run may take. */
  workflowRunTimeout?: Duration;
  /** How long the workflow may take with its retries and continuations. */
  workflowExecutionTimeout?: Duration;
  /**
   * How long one workflow task may take.
   *
   * @default 10 seconds
   */
  workflowTaskTimeout?: Duration;
}

export type CommonWorkflowOptions = BaseWorkflowOptions & WorkflowDurationOptions;

export interface WorkflowTypeOptions {
  type: string;
  /** @experimental */
  typeInfo?: PayloadTypeInfo;
}

/** The type name of a workflow given by name or as its function, and how its values are converted. */
export function extractWorkflowTypeAndConfig<T extends Workflow>(
  workflowTypeOrFunc: string | T,
  callSiteTypeInfo?: PayloadTypeInfo,
): WorkflowTypeOptions {
  if (typeof workflowTypeOrFunc === 'string') return { type: workflowTypeOrFunc, typeInfo: callSiteTypeInfo };
  if (typeof workflowTypeOrFunc !== 'function') {
    throw new TypeError(
      `Invalid workflow type: expected either a string or a function, got '${typeof workflowTypeOrFunc}'`,
    );
  }
  if (!workflowTypeOrFunc.name)
    throw new TypeError('Invalid workflow type: the workflow function is anonymous');
  if (callSiteTypeInfo !== undefined) {
    throw new TypeError(
      'Workflow type information cannot be supplied at the call site when using a workflow function. ' +
        'Use defineWorkflowOptions(..., { staticOptions: { typeInfo } }) on the workflow function instead, ' +
        'or pass the workflow type as a string.',
    );
  }
  const isAnnotated = isWorkflowFunctionWithStaticOptions(workflowTypeOrFunc);
  return {
    type: workflowTypeOrFunc.name,
    typeInfo: isAnnotated ? workflowTypeOrFunc.staticOptions.typeInfo : undefined,
  };
}

/** The type name of a workflow given by name or as its function. A function without a name is a `TypeError`. */
export function extractWorkflowType<T extends Workflow>(workflowTypeOrFunc: string | T): string {
  return extractWorkflowTypeAndConfig(workflowTypeOrFunc).type;
}
