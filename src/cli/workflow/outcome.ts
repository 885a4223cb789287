/** Waiting for the end of a workflow, and showing how it ended. */
import type { Api, JsonObject } from '../command/api.ts';
import type { Context } from '../command/context.ts';
import { OutcomeError } from '../command/usage-error.ts';
import { failure, payloads, workflowStatus } from '../output/formats.ts';
import { blockOf, type Pair, type TextOptions, textAt } from '../output/table.ts';
import { attributesOf } from './history.ts';

const RUNNING = 'WORKFLOW_EXECUTION_STATUS_RUNNING';
const COMPLETED = 'WORKFLOW_EXECUTION_STATUS_COMPLETED';
/** What the server answers within; then it is asked again. */
const WAIT = '20s';

/** The status, and the result or the failure: of a chain, those of the last run it continues as. */
export async function waitForOutcome(
  api: Api,
  { workflowId, runId }: { workflowId: string; runId?: string | undefined },
  isChain = !runId,
): Promise<JsonObject> {
  for (;;) {
    const outcome = await api.call('getWorkflowExecutionResult', {
      workflowId,
      wait: WAIT,
      followRuns: isChain,
      ...(runId && { runId }),
    });
    if (outcome.status !== RUNNING) return outcome;
  }
}

const OUTCOME_PAIRS: readonly Pair[] = [
  ['Status', 'status', (value) => shortStatus(String(value))],
  ['NewRunId', 'newRunId'],
  ['Result', 'result', payloads],
  ['Failure', 'failure', failure],
];

/** `COMPLETED` */
const shortStatus = (status: string): string => status.replace('WORKFLOW_EXECUTION_STATUS_', '');

export function outcomeText(outcome: JsonObject, options: TextOptions): string {
  return blockOf('Results', OUTCOME_PAIRS, { ...outcome, newRunId: newRunOf(outcome) }, options);
}

const newRunOf = ({ status, closeEvent }: JsonObject): unknown =>
  status === 'WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW'
    ? attributesOf((closeEvent ?? {}) as JsonObject).newExecutionRunId
    : undefined;

/** Shows the outcome. Throws `OutcomeError` unless the workflow completed. */
export function showOutcome(
  { api, out }: Context,
  started: JsonObject & { workflowId: string },
  outcome: JsonObject,
): void {
  const status = String(outcome.status ?? '');
  const { result, failure: failed, closeEvent, runId } = outcome;
  out.show(
    {
      ...started,
      runId,
      namespace: api.namespace,
      status: shortStatus(status),
      ...(closeEvent !== undefined && { closeEvent }),
      ...(result !== undefined && {
        result: Array.isArray(result) && result.length === 1 ? result[0] : result,
      }),
      ...(failed !== undefined && { failure: failed }),
    },
    (options) => outcomeText(outcome, options),
  );
  if (status === COMPLETED) return;
  const why = textAt(failed, 'message');
  const ended = workflowStatus(status, { timeFormat: 'raw', isColored: false, now: () => 0 });
  throw new OutcomeError(
    `workflow '${started.workflowId}', run '${String(runId)}' ended as ${ended}${why === '' ? '' : `: ${why}`}`,
  );
}
