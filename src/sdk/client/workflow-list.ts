/** Listing and counting. */
import type { HistoryAndWorkflowId } from '../common/interfaces.ts';
import type { ClientContext } from './client-context.ts';
import { decodeCount, toListEntry } from './description.ts';
import { pagesOf } from './pages.ts';
import { rethrowGrpcError } from './rethrow.ts';
import type { CountWorkflowExecution, WorkflowExecutionInfo } from './types.ts';

export interface ListOptions {
  /** @default as the server says, 1000 */
  pageSize?: number;
  /** Which, in the language of visibility queries: `WorkflowType = 'order' AND ExecutionStatus = 'Running'`. */
  query?: string;
}

export interface IntoHistoriesOptions {
  /**
   * Histories fetched at a time.
   *
   * @default 5
   */
  concurrency?: number;
  /** Histories fetched ahead of the reader. @default as `concurrency` */
  bufferLimit?: number;
}

export interface AsyncWorkflowListIterable extends AsyncIterable<WorkflowExecutionInfo> {
  /** The histories of the workflows of this list, for replaying them. */
  intoHistories: (intoHistoriesOptions?: IntoHistoriesOptions) => AsyncIterable<HistoryAndWorkflowId>;
}

export async function* listWorkflows(
  context: ClientContext,
  { query, pageSize }: ListOptions = {},
): AsyncGenerator<WorkflowExecutionInfo> {
  const request = {
    namespace: context.namespace,
    ...(query === undefined ? {} : { query }),
    ...(pageSize === undefined ? {} : { pageSize }),
  };
  const pages = pagesOf((next) =>
    context.gateway
      .listWorkflowExecutions({ ...request, ...next })
      .catch((err: unknown) => rethrowGrpcError(err, 'Failed to list workflows')),
  );
  for await (const { executions = [] } of pages) {
    for (const info of executions) yield await toListEntry(context, info);
  }
}

export async function countWorkflows(
  { gateway, namespace }: ClientContext,
  query?: string,
): Promise<CountWorkflowExecution> {
  try {
    return decodeCount(
      await gateway.countWorkflowExecutions({ namespace, ...(query === undefined ? {} : { query }) }),
    );
  } catch (err) {
    return rethrowGrpcError(err, 'Failed to count workflows');
  }
}

/** Maps in order, working on `concurrency` items at a time. */
export async function* mapConcurrently<T, R>(
  items: AsyncIterable<T>,
  concurrency: number,
  map: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const pending: Promise<R>[] = [];
  for await (const item of items) {
    const result = map(item);
    // Reported when its turn comes.
    result.catch(() => undefined);
    pending.push(result);
    if (pending.length >= concurrency) yield await (pending.shift() as Promise<R>);
  }
  for (const result of pending) yield await result;
}
