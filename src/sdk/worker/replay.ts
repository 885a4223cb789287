/** Replays histories against workflow code: the check before a deploy. */

import type { DeterminismViolationError } from '../../executor/errors.ts';
import { replayHistory } from '../../executor/replay.ts';
import type { InjectedSinks } from '../../executor/sinks.ts';
import { loadDataConverter } from '../common/converter/data-converter.ts';
import { type Logger, LoggerWithComposedMetadata, SdkComponent } from '../common/logger.ts';
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
  /** Undefined where the code does what the history says. */
  readonly error?: ReplayError | DeterminismViolationError | undefined;
}

/** Histories do not tell their namespace: this one is what workers without one have. */
const NAMESPACE = 'default';
/** The clock of a process goes on while code runs. */
const FUEL = { timeMs: 5000, ticks: Number.POSITIVE_INFINITY };
let replays = 0;

/** Replays one history after another; a failed one is a result with its error, and the next is replayed all the same. */
export async function* replayHistories(
  options: ReplayWorkerOptions,
  histories: ReplayHistoriesIterable,
): AsyncGenerator<ReplayResult> {
  const runtime = Runtime.instance();
  const user = {};
  runtime.retain(user);
  try {
    const configured = await configureReplay(options);
    const logger = LoggerWithComposedMetadata.compose(runtime.logger, {
      sdkComponent: SdkComponent.worker,
      taskQueue: `${configured.replayName ?? 'fake_replay_queue'}-${replays++}`,
    });
    const replay = await replayerOf(configured, logger);
    for await (const { history, workflowId } of histories) {
      const events = readHistory(history);
      if (events.length === 0) throw new TypeError(`The history of workflow '${workflowId}' has no events`);
      const runId = runIdOf(events);
      let error: ReplayResult['error'];
      try {
        await replay(events, workflowId);
      } catch (reason) {
        error = replayErrorOf(reason);
      }
      yield { workflowId, runId, error };
    }
  } finally {
    await runtime.release(user);
  }
}

type Replay = (events: readonly HistoryEvent[], workflowId: string) => Promise<void>;

async function replayerOf(configured: ReplayWorkerOptions, logger: Logger): Promise<Replay> {
  const bundle = await workflowBundleOf(configured, logger);
  if (bundle === undefined)
    throw new TypeError('ReplayWorkerOptions must contain workflowsPath or workflowBundle');
  const dataConverter = loadDataConverter(configured.dataConverter, loadModule);
  const { payloadConverter, failureConverter } = dataConverter;
  const codecOf = workflowPayloadCodec(dataConverter);
  return async (events, workflowId) => {
    const owner = { kind: 'workflow', namespace: NAMESPACE, id: workflowId, runId: runIdOf(events) } as const;
    await replayHistory({
      bundle,
      events: await decodePayloadsIn(
        codecOf ? [codecOf(owner)] : [],
        await contextsOf(workflowId, events),
        events,
      ),
      workflowId,
      namespace: NAMESPACE,
      modules: WORKFLOW_MODULES,
      ...(configured.sinks && { sinks: withFormerLoggerName(configured.sinks as InjectedSinks) }),
      failureErrorTypes: failureErrorTypesOf(configured),
      log: (message, attributes) => logger.error(message, attributes),
      fuel: FUEL,
      payloadConverter,
      failureConverter,
    });
  };
}

async function contextsOf(workflowId: string, events: readonly HistoryEvent[]): Promise<PayloadContexts> {
  const contexts = new PayloadContexts(NAMESPACE, workflowId);
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
