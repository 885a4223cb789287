/**
 * Reaching `WorkflowExecution` objects: stubs, repeats, and refusals as errors.
 *
 * E1 A stub is used for one attempt: after an object's reset it is broken.
 * E2 What the platform calls retryable is tried again after a pause, with the same request and so the same request ID.
 * E3 Overload is not answered with more load.
 * E4 A start that died is repeated once, marked guarded: it may be the workflow's first activation that kills its object, and
 *    then the object commits before it runs anything.
 */
import type { Result, StatusError } from '../../../engine/api.ts';
import type {
  CallAddress,
  NamespaceConfig,
  WorkflowExecutionApi,
} from '../../../objects/execution/workflow-execution-api.ts';
import { standaloneActivityId } from '../../common/standalone-activity.ts';
import { nexusOperationId } from '../../common/standalone-nexus.ts';
import { RpcError } from '../rpc-error.ts';

/** Gives a fresh stub. */
export type Executions = (namespace: string, workflowId: string) => WorkflowExecutionApi;

export interface ExecutionTarget {
  namespace: string;
  workflowId: string;
  namespaceConfig?: NamespaceConfig;
}

const ATTEMPTS_MAX = 4;
const START_ATTEMPTS_MAX = 2;
const BACKOFF_MS = 50;

/** What workerd puts on errors of calls to objects. */
interface PlatformError {
  retryable?: boolean;
  overloaded?: boolean;
  /** Thrown by the code at the other end, not by the way there. */
  remote?: boolean;
  durableObjectReset?: boolean;
}

export async function callExecution<T>(
  executions: Executions,
  target: ExecutionTarget,
  call: (stub: WorkflowExecutionApi, at: CallAddress) => Promise<Result<T>>,
  { isStart = false }: { isStart?: boolean } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const at: CallAddress = { ...target, ...(isStart && attempt > 1 ? { guarded: true } : {}) };
    try {
      const result = await call(executions(target.namespace, target.workflowId), at);
      if (result.ok) return result.value;
      throw errorOfStatus(result.error);
    } catch (error) {
      if (error instanceof RpcError) throw error;
      const isLast = attempt === (isStart ? START_ATTEMPTS_MAX : ATTEMPTS_MAX);
      if (isLast || !isWorthRepeating(error, isStart)) throw unavailable(target, error);
      await pause(BACKOFF_MS * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}

export function errorOfStatus({ code, message, details }: StatusError): RpcError {
  return new RpcError(code, message, details ? { statusDetails: details } : {});
}

/** A reset in the middle of a call is not always marked retryable, though the object is back at once. */
function isWorthRepeating(error: unknown, isStart: boolean): boolean {
  const { retryable, overloaded, durableObjectReset, remote } = error as PlatformError;
  if (overloaded) return false;
  return retryable === true || durableObjectReset === true || (isStart && remote !== true);
}

function unavailable({ namespace, workflowId }: ExecutionTarget, error: unknown): RpcError {
  const { overloaded, remote, retryable } = error as PlatformError;
  const reason = error instanceof Error ? error.message : String(error);
  const subject = `${nameOf(workflowId)} of namespace '${namespace}'`;
  if (overloaded) return new RpcError('UNAVAILABLE', `${subject} is overloaded: ${reason}`, { cause: error });
  if (remote && !retryable) return new RpcError('INTERNAL', `${subject} failed: ${reason}`, { cause: error });
  return new RpcError('UNAVAILABLE', `${subject} cannot be reached: ${reason}`, { cause: error });
}

function nameOf(executionId: string): string {
  const activityId = standaloneActivityId(executionId);
  if (activityId !== undefined) return `activity '${activityId}'`;
  const operationId = nexusOperationId(executionId);
  return operationId === undefined ? `workflow '${executionId}'` : `Nexus operation '${operationId}'`;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
