/** The queries that every workflow answers. */
import type { EnhancedStackTrace } from '../../executor/stack-capture.ts';
import type { QueryDefinition } from '../common/interfaces.ts';
import { ENHANCED_STACK_TRACE_QUERY_NAME, STACK_TRACE_QUERY_NAME } from '../common/reserved.ts';
import { defineQuery } from './handlers.ts';

/** A handler as the metadata query shows it. */
export interface WorkflowInteractionDefinition {
  name?: string | null;
  description?: string | null;
}

/** The answer to `workflowMetadataQuery`. */
export interface WorkflowMetadata {
  definition?: {
    type?: string | null;
    queryDefinitions?: WorkflowInteractionDefinition[] | null;
    signalDefinitions?: WorkflowInteractionDefinition[] | null;
    updateDefinitions?: WorkflowInteractionDefinition[] | null;
  } | null;
  currentDetails?: string | null;
}

/** Where the workflow waits, as text. */
export const stackTraceQuery: QueryDefinition<string> = defineQuery<string>(STACK_TRACE_QUERY_NAME);
/** Where the workflow waits, with files, lines and columns apart. */
export const enhancedStackTraceQuery: QueryDefinition<EnhancedStackTrace> = defineQuery<EnhancedStackTrace>(
  ENHANCED_STACK_TRACE_QUERY_NAME,
);
/** The workflow's handlers, and what `setCurrentDetails` set. */
export const workflowMetadataQuery: QueryDefinition<WorkflowMetadata> = defineQuery<WorkflowMetadata>(
  '__temporal_workflow_metadata',
);
