/** Options that workflow code gives when it starts a child or goes on as a new run. */
import { makeEnumConverters } from '../sdk/common/enum-converters.ts';
import type {
  SearchAttributePair,
  SearchAttributes,
  TypedSearchAttributes,
} from '../sdk/common/search-attributes.ts';
import type { Duration } from '../sdk/common/time.ts';
import type { PayloadTypeInfo } from '../sdk/common/type-info.ts';
import type { VersioningIntent } from '../sdk/common/versioning-intent.ts';
import { ParentClosePolicy as wireParentClosePolicy } from '../sdk/common/wire/messages.ts';
import type { InitialVersioningBehavior } from '../sdk/common/worker-deployments.ts';
import type { CommonWorkflowOptions } from '../sdk/common/workflow-options.ts';
import type { EventGroupMarker } from './event-groups.ts';

/** What cancelling the scope of a child does, and when the child's result rejects because of it. */
export const ChildWorkflowCancellationType = {
  /** Nothing is sent; the result rejects at once. */
  ABANDON: 'ABANDON',
  /** The request is sent; the result rejects at once. */
  TRY_CANCEL: 'TRY_CANCEL',
  /** The request is sent; the result rejects when it has been delivered. */
  WAIT_CANCELLATION_REQUESTED: 'WAIT_CANCELLATION_REQUESTED',
  /** The request is sent; the result settles as the child ends. The default. */
  WAIT_CANCELLATION_COMPLETED: 'WAIT_CANCELLATION_COMPLETED',
} as const;
export type ChildWorkflowCancellationType =
  (typeof ChildWorkflowCancellationType)[keyof typeof ChildWorkflowCancellationType];

export const [encodeChildWorkflowCancellationType, decodeChildWorkflowCancellationType] = makeEnumConverters(
  {
    prefix: '',
    values: { ABANDON: 0, TRY_CANCEL: 1, WAIT_CANCELLATION_COMPLETED: 2, WAIT_CANCELLATION_REQUESTED: 3 },
  },
  { hasUnspecified: false },
);

/** What happens to a child when its parent's run closes. */
export const ParentClosePolicy = {
  /** It is terminated. The default. */
  TERMINATE: 'TERMINATE',
  /** Nothing. */
  ABANDON: 'ABANDON',
  /** Its cancellation is requested. */
  REQUEST_CANCEL: 'REQUEST_CANCEL',
  /** @deprecated Leave it unset. */
  PARENT_CLOSE_POLICY_UNSPECIFIED: undefined,
  /** @deprecated Use {@link ParentClosePolicy.TERMINATE}. */
  PARENT_CLOSE_POLICY_TERMINATE: 'TERMINATE',
  /** @deprecated Use {@link ParentClosePolicy.ABANDON}. */
  PARENT_CLOSE_POLICY_ABANDON: 'ABANDON',
  /** @deprecated Use {@link ParentClosePolicy.REQUEST_CANCEL}. */
  PARENT_CLOSE_POLICY_REQUEST_CANCEL: 'REQUEST_CANCEL',
} as const;
export type ParentClosePolicy = (typeof ParentClosePolicy)[keyof typeof ParentClosePolicy];

export const [encodeParentClosePolicy, decodeParentClosePolicy] = makeEnumConverters(wireParentClosePolicy);

export interface ChildWorkflowOptions extends Omit<CommonWorkflowOptions, 'workflowIdConflictPolicy'> {
  /** @experimental */
  typeInfo?: PayloadTypeInfo;
  /** Defaults to a UUID of the run's own random stream. */
  workflowId?: string;
  /** Defaults to the parent's task queue. */
  taskQueue?: string;
  /** @default WAIT_CANCELLATION_COMPLETED */
  cancellationType?: ChildWorkflowCancellationType;
  /** @default TERMINATE */
  parentClosePolicy?: ParentClosePolicy;
  /** @deprecated Has no effect. */
  versioningIntent?: VersioningIntent;
  /** @experimental */
  eventGroups?: EventGroupMarker[];
}

export type RequiredChildWorkflowOptions = Required<
  Pick<ChildWorkflowOptions, 'workflowId' | 'cancellationType'>
> & {
  args: unknown[];
};

export type ChildWorkflowOptionsWithDefaults = ChildWorkflowOptions & RequiredChildWorkflowOptions;

export interface ContinueAsNewOptions {
  /** Defaults to the current type. */
  workflowType?: string;
  /** Defaults to the current task queue. */
  taskQueue?: string;
  /** Defaults to the current run timeout. */
  workflowRunTimeout?: Duration;
  /** Defaults to the current task timeout. */
  workflowTaskTimeout?: Duration;
  /** How long the first workflow task of the new run waits. */
  backoffStartInterval?: Duration;
  /** Defaults to the memo that this run started with. */
  memo?: Record<string, unknown>;
  /** @deprecated Use `typedSearchAttributes`. */
  searchAttributes?: SearchAttributes;
  /** Defaults to the current search attributes. */
  typedSearchAttributes?: SearchAttributePair[] | TypedSearchAttributes;
  /** @deprecated Has no effect. */
  versioningIntent?: VersioningIntent;
  /** @experimental */
  initialVersioningBehavior?: InitialVersioningBehavior;
  /** @experimental */
  typeInfo?: Pick<PayloadTypeInfo, 'inputTypes'>;
  /** @experimental */
  eventGroups?: EventGroupMarker[];
}
