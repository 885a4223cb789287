/** Queries: put to workflow code between turns, on the cached instance or a replay. Nothing is written (QRY-1). */
import type { Engine, Result, Run, StatusError } from '../../engine/api.ts';
import type { QueryAnswer, WorkflowTask, WorkflowTaskCompletion } from '../../engine/workflow-task.ts';
import type { Failure } from '../../sdk/common/wire/messages.ts';
import type { ExecutionReads } from './execution-reads.ts';
import type { QueryReply, QueryRequest } from './workflow-execution-api.ts';
import type { WorkflowTasks } from './workflow-tasks.ts';

const QUERY_ID = 'query';

export interface PreparedQuery {
  run: Run;
  task: Omit<WorkflowTask, 'newEvents' | 'loadHistory'>;
}

export class ExecutionQueries {
  readonly #engine: Engine;
  readonly #reads: ExecutionReads;
  readonly #tasks: WorkflowTasks;

  constructor(engine: Engine, reads: ExecutionReads, tasks: WorkflowTasks) {
    this.#engine = engine;
    this.#reads = reads;
    this.#tasks = tasks;
  }

  async query(request: QueryRequest): Promise<Result<QueryReply>> {
    const prepared = this.prepare(request);
    if ('ok' in prepared) return prepared;
    const { task, run } = prepared;
    const completion = await this.#tasks.query(task, run);
    if (completion === undefined) return { ok: false, error: noWorker(run.taskQueue) };
    return replyOf(completion, request.queryType);
  }

  /** The task that carries a query, or why it cannot be put. */
  prepare({
    runId,
    queryType,
    queryArgs,
    header,
    rejectCondition,
  }: QueryRequest): Result<QueryReply> | PreparedQuery {
    const run = this.#reads.run(runId);
    if (run === undefined) return this.#reads.notFound(runId);
    const refusal = this.#engine.queryRefusal(run, rejectCondition);
    if (refusal !== undefined)
      return 'rejected' in refusal ? { ok: true, value: refusal } : { ok: false, error: refusal.error };
    const query = { id: QUERY_ID, queryType, ...(queryArgs && { queryArgs }), ...(header && { header }) };
    return { run, task: { ...this.#engine.queryTask(run, [query]), queries: [query] } };
  }
}

export function noWorker(taskQueue: string): StatusError {
  const message = `no poller seen for task queue recently, worker may be down: task queue ${taskQueue} is served by nobody here`;
  return { code: 'FAILED_PRECONDITION', message };
}

export function replyOf(completion: WorkflowTaskCompletion, queryType: string): Result<QueryReply> {
  if (completion.kind === 'failed') return { ok: false, error: queryFailed(completion.failure) };
  const answer: QueryAnswer | undefined = completion.queries.find(({ id }) => id === QUERY_ID);
  if (answer === undefined) {
    return {
      ok: false,
      error: { code: 'INTERNAL', message: `The workflow's host did not answer query ${queryType}.` },
    };
  }
  if ('failure' in answer) return { ok: false, error: queryFailed(answer.failure) };
  return { ok: true, value: { result: answer.result } };
}

/** QRY-6. */
function queryFailed(failure: Failure): StatusError {
  return {
    code: 'INVALID_ARGUMENT',
    message: failure.message ?? 'The query failed.',
    details: [{ type: 'QueryFailedFailure', failure }],
  };
}
