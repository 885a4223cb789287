/**
 * How an activity without a workflow is found: it has an object like a workflow's, under an ID that no workflow may have. So
 * tokens, task queues, heartbeats, the index and retention need not know of it.
 */
const PREFIX = '/_sys/activity/';

/** What the index keeps such runs under, apart from workflows (VIS-10). */
export const STANDALONE_ACTIVITY_DIVISION = 'TemporalStandaloneActivity';

/** The ID of the object that runs the activity. */
export function standaloneExecutionId(activityId: string): string {
  return PREFIX + activityId;
}

/** The activity's own ID; undefined for the ID of a workflow. */
export function standaloneActivityId(executionId: string): string | undefined {
  return executionId.startsWith(PREFIX) ? executionId.slice(PREFIX.length) : undefined;
}

export function isStandaloneExecution(executionId: string): boolean {
  return executionId.startsWith(PREFIX);
}
