/** Constants that are both a value and a type: members, old names, codecs. */

import { PendingActivityState, QueryRejectCondition, type WorkflowUpdateStage } from '@temporalio/client';
import {
  decodeRetryState,
  encodeRetryState,
  encodeTimeoutType,
  type HandlerUnfinishedPolicy,
  type RetryState,
  TimeoutType,
  type VersioningIntent,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/common';
import {
  type ActivityCancellationType,
  type ChildWorkflowCancellationType,
  ParentClosePolicy,
} from '@temporalio/workflow';
import type { Equal, Expect } from './expect';

type _Reuse = Expect<
  Equal<
    WorkflowIdReusePolicy,
    | 'ALLOW_DUPLICATE'
    | 'ALLOW_DUPLICATE_FAILED_ONLY'
    | 'REJECT_DUPLICATE'
    | 'TERMINATE_IF_RUNNING'
    | undefined
  >
>;
type _Conflict = Expect<Equal<WorkflowIdConflictPolicy, 'FAIL' | 'USE_EXISTING' | 'TERMINATE_EXISTING'>>;
type _Parent = Expect<Equal<ParentClosePolicy, 'TERMINATE' | 'ABANDON' | 'REQUEST_CANCEL' | undefined>>;
type _Activity = Expect<
  Equal<ActivityCancellationType, 'TRY_CANCEL' | 'WAIT_CANCELLATION_COMPLETED' | 'ABANDON'>
>;
type _Child = Expect<
  Equal<
    ChildWorkflowCancellationType,
    'ABANDON' | 'TRY_CANCEL' | 'WAIT_CANCELLATION_COMPLETED' | 'WAIT_CANCELLATION_REQUESTED'
  >
>;
type _Timeout = Expect<
  Equal<TimeoutType, 'START_TO_CLOSE' | 'SCHEDULE_TO_START' | 'SCHEDULE_TO_CLOSE' | 'HEARTBEAT' | undefined>
>;
type _Stage = Expect<Equal<(typeof WorkflowUpdateStage)['ACCEPTED'], 'ACCEPTED'>>;
type _Value = Expect<Equal<(typeof WorkflowIdReusePolicy)['REJECT_DUPLICATE'], 'REJECT_DUPLICATE'>>;
type _OldName = Expect<
  Equal<(typeof WorkflowIdReusePolicy)['WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE'], 'REJECT_DUPLICATE'>
>;
type _Unspecified = Expect<Equal<(typeof ParentClosePolicy)['PARENT_CLOSE_POLICY_UNSPECIFIED'], undefined>>;
type _Unfinished = Expect<Equal<(typeof HandlerUnfinishedPolicy)['ABANDON'], 'ABANDON'>>;

export const pending: PendingActivityState = PendingActivityState.STARTED;
export const intent: VersioningIntent = 'COMPATIBLE';
export const state: RetryState | undefined = decodeRetryState(encodeRetryState('TIMEOUT'));
export const encoded: number | undefined = encodeTimeoutType(TimeoutType.HEARTBEAT);
export const condition = QueryRejectCondition.NOT_OPEN;
export const all: WorkflowIdConflictPolicy[] = Object.values(WorkflowIdConflictPolicy).filter(
  (each) => each !== undefined,
);

// @ts-expect-error TS2339: no such member
WorkflowIdReusePolicy.SOMETIMES;
// @ts-expect-error TS2540: constants do not change
ParentClosePolicy.ABANDON = 'ABANDON';
// @ts-expect-error TS2345: names are checked
encodeRetryState('NEVER');
