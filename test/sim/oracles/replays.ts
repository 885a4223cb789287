/** Histories replay: whole, and from every place at which a task began the code does again what it did. */

import { isDeepStrictEqual } from 'node:util';
import type { UpdateDelivery, WorkflowTask } from '../../../src/engine/workflow-task.ts';
import { createExecutor } from '../../../src/executor/executor.ts';
import type { Host } from '../../../src/executor/host.ts';
import { replayHistory } from '../../../src/executor/replay.ts';
import { eventsOfCompletion } from '../../../src/executor/synthetic-history.ts';
import type { WorkflowBundle } from '../../../src/executor/workflow-bundle.ts';
import type { HistoryEvent } from '../../../src/sdk/common/wire/events.ts';
import type { Work } from '../programs/activities.ts';
import { Random } from '../random.ts';
import type { Chronicle, RunRecord } from './chronicle.ts';
import { OracleFailure } from './failure.ts';
import { COMMANDED } from './grammar.ts';

const { setImmediate, setTimeout, clearTimeout } = globalThis;
/** Replays are no part of the simulation: they run on the machine's own time. */
const host: Host = {
  now: () => 0,
  macrotask: () => new Promise((resolve) => void setImmediate(() => resolve())),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
  random: () => 0.5,
};

const PREFIXES_MAX = 6;
const failed = (run: RunRecord, what: string, error: unknown) =>
  `${run.workflowId} ${run.runId} ${what}: ${error instanceof Error ? error.message : String(error)}`;

export async function checkReplay({ runs }: Chronicle, bundle: WorkflowBundle): Promise<void> {
  for (const run of runs) {
    const { workflowId, events } = run;
    await replayHistory({ bundle, events, workflowId, host }).catch((error: unknown) => {
      throw new OracleFailure('replay', failed(run, 'does not replay', error));
    });
  }
}

/**
 * Of a long history only some prefixes, chosen by the seed. Left out are tasks in which other things count than history: code
 * that has changed since, local activities that last.
 */
export async function checkPrefixes(chronicle: Chronicle, bundle: WorkflowBundle): Promise<void> {
  const { scenario, runs } = chronicle;
  if (scenario.deployAtMs !== undefined) return;
  const random = new Random(scenario.seed, 'prefixes');
  for (const run of runs) {
    if (isOfReset(run)) continue;
    const completed = run.events.filter(({ eventType }) => eventType === 'WorkflowTaskCompleted');
    const share = PREFIXES_MAX / Math.max(completed.length, 1);
    for (const event of completed) if (random.chance(share)) await checkPrefix(run, event, bundle);
  }
}

/** What it did before its reset it did with the run ID of another, and updates it has from its history. */
function isOfReset({ events }: RunRecord): boolean {
  return events.some(
    ({ eventType, attributes }) =>
      eventType === 'WorkflowTaskFailed' && attributes.cause === 'RESET_WORKFLOW',
  );
}

async function checkPrefix(run: RunRecord, completed: HistoryEvent, bundle: WorkflowBundle): Promise<void> {
  const { events } = run;
  const caused = causedBy(events, completed.eventId);
  if (hasLastingLocalActivity(events)) return;
  const executor = createExecutor({
    bundle,
    host,
    log: () => {},
    localActivities: (type) => (type === 'work' ? async ({ answer }: Work) => answer : undefined),
  });
  const task = taskOf(run, completed, caused);
  const completion = await executor.handle(task);
  if (completion.kind === 'failed') {
    const message = `at event ${task.startedEventId} fails: ${completion.failure.message}`;
    throw new OracleFailure('prefixes', failed(run, message, ''));
  }
  const again = eventsOfCompletion(task, completion, 0).slice(1).filter(isCommanded);
  const before = caused.filter(isCommanded);
  // One whose local activity was still under way: here it takes no time.
  if (hasLastingLocalActivity(again) && !hasLastingLocalActivity(before)) return;
  const [there, here] = [again.map(essence), before.map(essence)];
  if (isDeepStrictEqual(there, here)) return;
  const shown = `${JSON.stringify(there)} instead of ${JSON.stringify(here)}`;
  throw new OracleFailure('prefixes', failed(run, `at event ${task.startedEventId} does`, shown));
}

function isCommanded({ eventType }: HistoryEvent): boolean {
  return COMMANDED.has(eventType);
}

function hasLastingLocalActivity(events: readonly HistoryEvent[]): boolean {
  return events.some(
    (event) => event.eventType === 'MarkerRecorded' && event.attributes.markerName !== 'core_patch',
  );
}

/** The events that follow a completed task and name it, and the updates among them. */
function causedBy(events: readonly HistoryEvent[], completedEventId: number): HistoryEvent[] {
  const caused: HistoryEvent[] = [];
  for (const event of events.slice(completedEventId)) {
    const { workflowTaskCompletedEventId: named } = event.attributes as {
      workflowTaskCompletedEventId?: number;
    };
    const isUpdate = event.eventType.startsWith('WorkflowExecutionUpdate');
    if (named !== completedEventId && !isUpdate && event.eventType !== 'ActivityTaskCanceled') break;
    caused.push(event);
  }
  return caused;
}

function essence({ eventType, attributes }: HistoryEvent): unknown {
  const { activityId, timerId, scheduledEventId, workflowId, signalName, markerName } = attributes as Record<
    string,
    unknown
  >;
  const { activityType, workflowType, input, result } = attributes as Record<string, unknown>;
  const target = eventType.startsWith('Signal') ? signalName : workflowId;
  // What others are given is not in the events that replays look at.
  const isForOthers = eventType === 'WorkflowExecutionContinuedAsNew' || eventType.startsWith('Signal');
  const given = isForOthers ? undefined : input;
  const text = (_: string, value: unknown) =>
    value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
  return JSON.parse(
    JSON.stringify(
      {
        eventType,
        activityId,
        timerId,
        scheduledEventId,
        target,
        markerName,
        activityType,
        workflowType,
        given,
        result,
      },
      text,
    ),
  );
}

function taskOf(run: RunRecord, completed: HistoryEvent, caused: readonly HistoryEvent[]): WorkflowTask {
  const { workflowId, runId, started, events } = run;
  const { startedEventId = 0 } = completed.attributes as { startedEventId?: number };
  const history = events.slice(0, startedEventId);
  const previous = history.findLast(({ eventType }) => eventType === 'WorkflowTaskCompleted');
  const { startedEventId: previousStartedEventId = 0 } = (previous?.attributes ?? {}) as {
    startedEventId?: number;
  };
  return {
    namespace: 'default',
    workflowId,
    runId,
    workflowType: started.workflowType.name,
    taskQueue: started.taskQueue.name,
    attempt: 1,
    startedEventId,
    previousStartedEventId,
    newEvents: history.slice(previousStartedEventId),
    loadHistory: () => history,
    queries: [],
    updates: updatesOf(caused, startedEventId),
    isQueryOnly: false,
  };
}

function updatesOf(caused: readonly HistoryEvent[], startedEventId: number): UpdateDelivery[] {
  return caused.flatMap((event): UpdateDelivery[] => {
    if (event.eventType !== 'WorkflowExecutionUpdateAccepted') return [];
    const { acceptedRequest, protocolInstanceId } = event.attributes;
    if (acceptedRequest === undefined || protocolInstanceId === undefined) return [];
    const updateId = protocolInstanceId;
    return [
      {
        messageId: `${updateId}/request`,
        updateId,
        sequencingEventId: startedEventId - 1,
        request: acceptedRequest,
      },
    ];
  });
}
