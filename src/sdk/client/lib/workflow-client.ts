export { QueryNotRegisteredError, QueryRejectedError } from '../errors.ts';
export * from '../with-start-operation.ts';
export * from '../workflow-client.ts';
export * from '../workflow-handle.ts';
export * from '../workflow-list.ts';
export type { WorkflowResultOptions } from '../workflow-result.ts';
