/** How the engine refuses, and how it breaks: refusals are values, a bad command fails its task, a broken invariant drops the turn. */
import type { WorkflowTaskFailedCauseName } from '../sdk/common/wire/messages.ts';
import type { Result, StatusCode, StatusError } from './api/status.ts';

export interface RunIdentity {
  readonly workflowId: string;
  readonly runId: string;
}

/** History or a caller of the engine contradicts itself. The turn must be dropped uncommitted; nothing is repaired. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';

  constructor(run: RunIdentity, eventId: number, message: string) {
    super(`${message} (workflow ${run.workflowId}, run ${run.runId}, event ${eventId})`);
  }
}

export function invariant(
  condition: unknown,
  run: RunIdentity,
  eventId: number,
  message: string,
): asserts condition {
  if (!condition) throw new InvariantError(run, eventId, message);
}

/** A command that cannot take effect: fails the workflow task, or, past a size limit, ends the run (LIM-1). */
export class BadCommandError extends Error {
  override readonly name = 'BadCommandError';
  readonly failedCause: WorkflowTaskFailedCauseName;
  readonly terminatesRun: boolean;

  constructor(failedCause: WorkflowTaskFailedCauseName, message: string, terminatesRun = false) {
    super(message);
    this.failedCause = failedCause;
    this.terminatesRun = terminatesRun;
  }
}

/** What one workflow task would add is more than one transaction may hold: ends the run, and nothing of the task is recorded. */
export class TransactionTooLargeError extends Error {
  override readonly name = 'TransactionTooLargeError';

  constructor() {
    super('Transaction size exceeds limit.');
  }
}

export function assertNever(value: never): never {
  throw new Error(`Unexpected ${JSON.stringify(value)}`);
}

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function refuse(
  code: StatusCode,
  message: string,
  details?: StatusError['details'],
): { ok: false; error: StatusError } {
  return { ok: false, error: details === undefined ? { code, message } : { code, message, details } };
}

export const alreadyCompleted = () => refuse('NOT_FOUND', 'workflow execution already completed');

export function workflowNotFound(workflowId: string, runId?: string) {
  const run = runId ? `, run ID: ${runId}` : '';
  return refuse('NOT_FOUND', `workflow not found for ID: ${workflowId}${run}`);
}

export function busyWorkflow(message: string) {
  return refuse('RESOURCE_EXHAUSTED', message, [
    {
      type: 'ResourceExhaustedFailure',
      cause: 'RESOURCE_EXHAUSTED_CAUSE_BUSY_WORKFLOW',
      scope: 'RESOURCE_EXHAUSTED_SCOPE_NAMESPACE',
    },
  ]);
}

export function workflowNotReady(message: string) {
  return refuse('FAILED_PRECONDITION', message, [{ type: 'WorkflowNotReadyFailure' }]);
}
