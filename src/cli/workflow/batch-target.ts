/** Commands that change one workflow, or with `--query` all that match, by a batch job. */
import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../command/api.ts';
import type { Context } from '../command/context.ts';
import type { FlagValues } from '../command/definition.ts';
import { number, text, toggle } from '../command/flags.ts';
import { UsageError } from '../command/usage-error.ts';
import { textAt } from '../output/table.ts';
import { optionalWorkflowId, runIdFlag } from './flags.ts';

/** How a batch job is made. */
export const batchFlags = {
  query: text('-q, --query <query>', 'Do it to all workflows that match this list filter, by a batch job'),
  reason: text('--reason <text>', 'Why'),
  yes: toggle('-y, --yes', 'Do not ask before a batch job is started'),
  rps: number('--rps <number>', 'At most this many operations of a batch job per second'),
};

export const targetFlags = { workflowId: optionalWorkflowId, runId: runIdFlag, ...batchFlags };
export type Target = FlagValues<typeof targetFlags>;

/** The workflow and run that are meant, or undefined where a query says it. Throws `UsageError` for both, and for neither. */
export function oneOf({ workflowId, runId, query, rps }: Target): Record<string, string> | undefined {
  if (workflowId !== undefined && query !== undefined)
    throw new UsageError('expected either --workflow-id or --query, found both');
  if (query !== undefined && runId !== undefined)
    throw new UsageError('--run-id goes with --workflow-id, and not with --query');
  if (query !== undefined) return undefined;
  if (workflowId === undefined) throw new UsageError('expected --workflow-id or --query');
  if (rps !== undefined) throw new UsageError('--rps goes with --query, and not with --workflow-id');
  return { workflowId, ...(runId && { runId }) };
}

/** Starts the job that does it to all that match. `operation` is the request's member, such as `{ signalOperation }`. */
export async function startBatch(
  { api, out, confirm }: Context,
  { query = '', reason, yes, rps }: FlagValues<typeof batchFlags>,
  operation: JsonObject,
): Promise<void> {
  const count = textAt(await api.call('countWorkflowExecutions', { query }), 'count') || '0';
  await confirm(`Start batch against approximately ${count} workflow(s)?`, yes);
  const jobId = randomUUID();
  await api.call('startBatchOperation', {
    jobId,
    visibilityQuery: query,
    reason: reason ?? `Requested by ${api.identity}`,
    ...(rps !== undefined && { maxOperationsPerSecond: rps }),
    ...operation,
  });
  out.done(`Started batch for job ID: ${jobId}\nIts progress: perdure batch describe --job-id ${jobId}`, {
    batchJobId: jobId,
  });
}
