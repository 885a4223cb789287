/**
 * How a Nexus operation without a workflow is found: it has an object like a workflow's, under an ID that no workflow may have. So
 * tokens, callbacks, task queues, the index and retention need not know of it.
 */
const PREFIX = '/_sys/nexus/';

/** What the index keeps such runs under, apart from workflows (VIS-10). */
export const STANDALONE_NEXUS_DIVISION = 'TemporalStandaloneNexusOperation';

/** Where the index keeps what a run has no column for. */
export const NEXUS_SERVICE_ATTRIBUTE = 'TemporalNexusService';
export const NEXUS_REQUEST_ID_ATTRIBUTE = 'TemporalNexusRequestId';

/** The ID of the object that runs the operation. */
export function nexusExecutionId(operationId: string): string {
  return PREFIX + operationId;
}

/** The operation's own ID; undefined for the ID of anything else. */
export function nexusOperationId(executionId: string): string | undefined {
  return executionId.startsWith(PREFIX) ? executionId.slice(PREFIX.length) : undefined;
}
