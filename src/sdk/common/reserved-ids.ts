/** IDs of objects that are no workflows, and whose ID no workflow may have (SAA-2, SNX-2). */
import { isStandaloneExecution } from './standalone-activity.ts';
import { nexusOperationId } from './standalone-nexus.ts';

/** What an ID is kept for, in words; undefined for one that a workflow may have. */
export function reservedFor(executionId: string): 'an activity' | 'a Nexus operation' | undefined {
  if (isStandaloneExecution(executionId)) return 'an activity';
  return nexusOperationId(executionId) === undefined ? undefined : 'a Nexus operation';
}
