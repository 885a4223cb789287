/** `watch` and `subscribeQuery` of handles: what `watch.ts` follows, in the words of the client. */
import type { HistoryEvent } from '../common/wire/events.ts';
import type { ClientContext } from './client-context.ts';
import { isGrpcServiceError } from './errors.ts';
import { rethrowGrpcError } from './rethrow.ts';
import type { History } from './types.ts';
import { type WatchRequest, watchAnswers, watchHistory } from './watch.ts';

/** An event of a workflow's history, as it happened. */
export interface WatchedEvent {
  /** The run it belongs to: a workflow that continues as new is followed into its next run. */
  runId: string;
  /** To go on right after this event: `handle.watch({ after: position })`. */
  position: string;
  /** In the shape of `fetchHistory`. */
  event: NonNullable<History['events']>[number];
}

export interface WatchOptions {
  /** The position of the last event seen. @default before the first event of the current run */
  after?: string;
  /** Ends the iteration. */
  signal?: AbortSignal;
}

type Target = Pick<WatchRequest, 'workflowId' | 'runId'>;

export async function* watchEvents(
  { gateway, namespace }: ClientContext,
  target: Target,
  { after, signal }: WatchOptions,
): AsyncGenerator<WatchedEvent, void> {
  const { historyToProto } = await import('../common/wire/proto-shape.ts');
  const toProto = (event: HistoryEvent) => historyToProto([event]).events?.[0] as WatchedEvent['event'];
  try {
    for await (const { runId, position, event } of watchHistory(
      gateway,
      { namespace, ...target, signal },
      after,
    ))
      yield { runId, position, event: toProto(event) };
  } catch (err) {
    if (signal?.aborted) return;
    if (!isGrpcServiceError(err)) throw err;
    rethrowGrpcError(err, 'Failed to watch Workflow', executionOf(target));
  }
}

export async function* watchQuery(
  { gateway, namespace }: ClientContext,
  target: Target,
  ask: (runId: string) => Promise<unknown>,
): AsyncGenerator<unknown, void> {
  const keyOf = (answer: unknown) => JSON.stringify(answer) ?? 'undefined';
  try {
    const answers = watchAnswers(gateway, { namespace, ...target }, { ask, keyOf });
    for await (const { answer } of answers) yield answer;
  } catch (err) {
    if (!isGrpcServiceError(err)) throw err;
    rethrowGrpcError(err, 'Failed to subscribe to Query', executionOf(target));
  }
}

const executionOf = ({ workflowId, runId }: Target) => ({ workflowId, ...(runId && { runId }) });
