/** Replays histories against workflow code: the check before a deploy. */

import type { DeterminismViolationError } from '../../executor/errors.ts';
import { replayHistory } from '../../executor/replay.ts';
import type { InjectedSinks } from '../../executor/sinks.ts';
import { loadDataConverter } from '../common/converter/data-converter.ts';
import type { HistoryEvent } from '../common/wire/events.ts';
import { WORKFLOW_MODULES } from '../workflow/modules.ts';
import { readHistory } from './history.ts';
import { loadModule } from './load-module.ts';
import { decodePayloadsIn } from './payload-codecs.ts';
import { PayloadContexts } from './payload-contexts.ts';
import { type ReplayError, replayErrorOf } from './replay-errors.ts';
import { Runtime } from './runtime.ts';
import { withFormerLoggerName } from './sinks.ts';
import type { ReplayWorkerOptions } from './worker-options.ts';
import { workflowBundleOf } from './workflow-code.ts';
import { workflowPayloadCodec } from './workflow-payloads.ts';

export interface HistoryAndWorkflowId {
  workflowId: string;
  /** In any shape: ours, Temporal's JSON, or that of its protobuf objects. */
  history: unknown;
}

export type ReplayHistoriesIterable = AsyncIterable<HistoryAndWorkflowId> | Iterable<HistoryAndWorkflowId>;

export interface ReplayResult {
  readonly workflowId: string;
  readonly runId: string;
  readonly error?: ReplayError | DeterminismViolationError;
}

/** Replays one history after another; a failed one is a result with its error, and the next is replayed all the same. */
export async function* replayHistories(
  options: ReplayWorkerOptions,
  histories: ReplayHistoriesIterable,
): AsyncGenerator<ReplayResult> {
  const configured = await configureReplay(options);
  const bundle = await workflowBundleOf(configured);
  if (bundle === undefined)
    throw new TypeError('ReplayWorkerOptions must contain workflowsPath or workflowBundle');
  const dataConverter = loadDataConverter(configured.dataConverter, loadModule);
  const { payloadConverter, failureConverter } = dataConverter;
  const codecOf = workflowPayloadCodec(dataConverter);
  for await (const { history, workflowId } of histories) {
    const events = readHistory(history);
    const runId = runIdOf(events);
    try {
      await replayHistory({
        bundle,
        // Histories do not tell their namespace.
        events: await decodePayloadsIn(
          codecOf ? [codecOf({ kind: 'workflow', namespace: '', id: workflowId, runId })] : [],
          await contextsOf(workflowId, events),
          events,
        ),
        workflowId,
        modules: WORKFLOW_MODULES,
        ...(configured.sinks && { sinks: withFormerLoggerName(configured.sinks as InjectedSinks) }),
        failureErrorTypes: failureErrorTypesOf(configured),
        log: (message, error) => Runtime.instance().logger.error(message, { error }),
        payloadConverter,
        failureConverter,
      });
      yield { workflowId, runId };
    } catch (error) {
      yield { workflowId, runId, error: replayErrorOf(error) };
    }
  }
}

async function contextsOf(workflowId: string, events: readonly HistoryEvent[]): Promise<PayloadContexts> {
  const contexts = new PayloadContexts('', workflowId);
  await contexts.learn(events, () => events);
  return contexts;
}

async function configureReplay(options: ReplayWorkerOptions): Promise<ReplayWorkerOptions> {
  let configured = options;
  for (const plugin of options.plugins ?? []) {
    configured = (await plugin.configureReplayWorker?.(configured)) ?? configured;
  }
  return configured;
}

function failureErrorTypesOf({ workflowFailureErrorTypes: types }: ReplayWorkerOptions) {
  return (workflowType: string) => [...(types?.['*'] ?? []), ...(types?.[workflowType] ?? [])];
}

function runIdOf([first]: readonly HistoryEvent[]): string {
  return first?.eventType === 'WorkflowExecutionStarted' ? first.attributes.originalExecutionRunId : '';
}
