/** Re-exports of the SDK keep their meaning, types among them. */

export * as activity from '@temporalio/activity';
export * as client from '@temporalio/client';
export * as common from '@temporalio/common';
export { ApplicationFailure, type WorkflowDefinitionOptions } from '@temporalio/common';
export * as workflow from '@temporalio/workflow';
export { setWorkflowOptions } from '@temporalio/workflow';
