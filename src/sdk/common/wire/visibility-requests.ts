/** Requests and responses about the index of runs. */
import { WorkflowExecutionSchema } from './messages.ts';
import { bool, i32, i64, list, message, required, str } from './schema.ts';

export const CountWorkflowExecutionsRequestSchema = message('CountWorkflowExecutionsRequest', {
  namespace: required(str),
  query: str,
});

export const DeleteWorkflowExecutionRequestSchema = message('DeleteWorkflowExecutionRequest', {
  namespace: required(str),
  workflowExecution: required(WorkflowExecutionSchema),
});

export const DescribeVisibilityRequestSchema = message('DescribeVisibilityRequest', {
  namespace: required(str),
});

export const DescribeVisibilityResponseSchema = message('DescribeVisibilityResponse', {
  /** Among how many objects runs are divided; while that changes there are more of them. */
  shardCount: i32,
  shards: list(
    message('VisibilityShard', {
      runCount: i64,
      openCount: i64,
      overdueCount: i64,
      /** Its runs are on their way to where they belong now. */
      moving: bool,
    }),
  ),
});

/** Without IDs: the objects of all runs that the index knows are asked, in the background. */
export const RebuildVisibilityRequestSchema = message('RebuildVisibilityRequest', {
  namespace: required(str),
  workflowIds: list(str),
  /** As the platform's API lists them, where the IDs of workflows are not known. */
  objectIds: list(str),
});

export const RebuildVisibilityResponseSchema = message('RebuildVisibilityResponse', {
  /** Objects that hold a workflow and will tell of its runs again. */
  objectCount: i32,
});

export const UpdateVisibilityShardsRequestSchema = message('UpdateVisibilityShardsRequest', {
  namespace: required(str),
  /** 1 to 64. */
  shardCount: i32,
});
