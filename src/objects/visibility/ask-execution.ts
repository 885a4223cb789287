/** How a shard asks a workflow's object for its runs. */

import type { WorkflowExecutionApi } from '../execution/workflow-execution-api.ts';
import type { NamespaceDirectory } from '../namespace/namespace-api.ts';
import { typeNamesOf } from '../namespace/search-attribute-types.ts';
import { indexedRun } from './indexed-run.ts';
import type { IndexedRun } from './visibility-api.ts';

type Executions = (
  namespace: string,
  workflowId: string,
) => Pick<WorkflowExecutionApi, 'visibility' | 'deleteAll'>;

/** Of a namespace that is gone there are no runs. Throws when the object cannot answer. */
export function askExecution(executions: Executions, namespaces: Pick<NamespaceDirectory, 'find'>) {
  return async (namespace: string, workflowId: string, runIds: readonly string[]): Promise<IndexedRun[]> => {
    const record = await namespaces.find(namespace);
    if (record === undefined || record.state === 'DELETED') return [];
    const answer = await executions(namespace, workflowId).visibility({ namespace, workflowId }, runIds);
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.value.map((update) => indexedRun(update, typeNamesOf(record)));
  };
}

/** How a shard of a namespace that is gone has a workflow's object erased. Throws when the object cannot answer. */
export function purgeExecution(executions: Executions) {
  return async (namespace: string, workflowId: string): Promise<void> => {
    const answer = await executions(namespace, workflowId).deleteAll({ namespace, workflowId });
    if (!answer.ok) throw new Error(answer.error.message);
  };
}
