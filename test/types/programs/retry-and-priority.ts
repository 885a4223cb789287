/** Retry policies, priorities, versions: values that options share. */
import type {
  CommonWorkflowOptions,
  Priority,
  RetryPolicy,
  VersioningBehavior,
  VersioningOverride,
  WorkerDeploymentVersion,
  WorkflowDurationOptions,
} from '@temporalio/common';
import type { Equal, Expect } from './expect';
import { compileRetryPolicy, extractWorkflowType, isCloudConnection, str, u8 } from './helpers-of-common';

export const retries: RetryPolicy[] = [
  {},
  { initialInterval: 1000 },
  {
    initialInterval: '1s',
    backoffCoefficient: 1.5,
    maximumInterval: '1 hour',
    maximumAttempts: Number.POSITIVE_INFINITY,
    nonRetryableErrorTypes: ['A', 'B'],
  },
];
type _Attempts = Expect<Equal<RetryPolicy['maximumAttempts'], number | undefined>>;
export const priorities: Priority[] = [
  {},
  { priorityKey: 1 },
  { fairnessKey: 'tenant', fairnessWeight: 1.5 },
];
export const version: WorkerDeploymentVersion = { deploymentName: 'd', buildId: 'b' };
export const behaviors: VersioningBehavior[] = ['PINNED', 'AUTO_UPGRADE'];
export const overrides: VersioningOverride[] = ['AUTO_UPGRADE', { pinnedTo: version }];
export const durations: WorkflowDurationOptions = {
  workflowRunTimeout: '1h',
  workflowExecutionTimeout: 5,
  workflowTaskTimeout: '1s',
};
export const common: CommonWorkflowOptions = {
  ...durations,
  retry: retries[0],
  priority: priorities[0],
  memo: { a: null },
};
void [compileRetryPolicy, extractWorkflowType, isCloudConnection, u8, str];

// @ts-expect-error TS2322: an interval is a duration
export const badInterval: RetryPolicy = { initialInterval: 'a while' };
// @ts-expect-error TS2353: there is no such member
export const misspelled: RetryPolicy = { maxAttempts: 5 };
// @ts-expect-error TS2322: behaviours have names
export const badBehavior: VersioningBehavior = 'FLOATING';
// @ts-expect-error TS2322: keys are numbers
export const badPriority: Priority = { priorityKey: 'high' };
