/** What service and objects both know of batch jobs: each is a workflow on a task queue of the runtime's own. */
import type { Payload } from './wire/messages.ts';

/** Nobody else may use it: names that begin so are refused (TQ-1). */
export const BATCH_TASK_QUEUE = '/_sys/perdure-batch';
export const BATCH_WORKFLOW_TYPE = 'perdure-batch';
/** BATCH-2: at most, and unless a job says less. */
export const OPERATIONS_PER_SECOND = 50;
/** VIS-10: jobs are not among the workflows that are listed. */
export const BATCH_DIVISION = 'TemporalBatcher';

export const batchWorkflowId = (jobId: string): string => `perdure-batch/${jobId}`;
export const jobIdOf = (workflowId: string): string => workflowId.slice(batchWorkflowId('').length);

/** How far a job has come: what its last activity gave. */
export interface BatchProgress {
  /** Estimated when the job begins. */
  total: number;
  complete: number;
  failed: number;
  /** Where the next page begins: a page token, or an index into the list; undefined before the first page. */
  next?: string | undefined;
  isDone: boolean;
}

export interface BatchInput {
  /** The request that began the job, as JSON. */
  request: unknown;
  progress: BatchProgress;
}

export const NO_PROGRESS: BatchProgress = { total: 0, complete: 0, failed: 0, isDone: false };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function jsonPayload(value: unknown, type?: string): Payload {
  const metadata = { encoding: encoder.encode('json/plain'), ...(type && { type: encoder.encode(type) }) };
  return { metadata, data: encoder.encode(JSON.stringify(value)) };
}

/** Undefined for what is not there. */
export function jsonOf(payload: Payload | undefined): unknown {
  return payload?.data?.byteLength ? JSON.parse(decoder.decode(payload.data)) : undefined;
}
