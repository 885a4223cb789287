/** Answers a task's queries, after everything else: they see the run as its commands leave it, and change nothing. */
import type { QueryAnswer, WorkflowQuery } from '../engine/workflow-task.ts';
import { runInContext } from './context.ts';
import { needsStacks } from './queries.ts';
import type { RunReplayer } from './replayer.ts';
import type { WorkflowRun } from './run.ts';

/** `captureStacks` makes another instance of the run, at the same point, in which it was noted where code waits. */
export async function answerQueries(
  queries: readonly WorkflowQuery[],
  run: WorkflowRun,
  captureStacks: () => Promise<RunReplayer>,
): Promise<QueryAnswer[]> {
  const answers = await answerRound(
    queries.filter((query) => !needsStacks(query)),
    run,
  );
  const stackQueries = queries.filter(needsStacks);
  if (stackQueries.length > 0) {
    const capture = await captureStacks();
    answers.push(...(await answerRound(stackQueries, capture.run)));
    capture.dispose();
  }
  return answers;
}

async function answerRound(queries: readonly WorkflowQuery[], run: WorkflowRun): Promise<QueryAnswer[]> {
  if (queries.length === 0) return [];
  const answers = new Map<string, QueryAnswer>();
  const wasReplaying = run.isReplaying;
  run.setReplaying(true);
  run.beginReadOnly(`a query handler (${queries.map(({ queryType }) => queryType).join(', ')})`);
  run.fuel.reset();
  for (const query of queries) {
    runInContext(run.rootContext, () => run.queries.answer(query, (answer) => answers.set(query.id, answer)));
  }
  await run.host.macrotask();
  run.endReadOnly();
  run.setReplaying(wasReplaying);
  return queries.map((query) => answers.get(query.id) ?? unanswered(query));
}

function unanswered({ id, queryType }: WorkflowQuery): QueryAnswer {
  const message = `Query '${queryType}' was not answered within its activation: interceptors must not wait for anything`;
  return {
    id,
    failure: { message, source: 'TypeScriptSDK', applicationFailureInfo: { type: 'QueryNotAnswered' } },
  };
}
