/**
 * The workflow of a batch job, as a function of its history: one activity after another, each of which works on a page of targets
 * and says where the next one begins. So a job survives what workflows survive.
 */

import type { WorkflowTaskHandler } from '../../engine/workflow-task.ts';
import {
  BATCH_TASK_QUEUE,
  type BatchInput,
  type BatchProgress,
  jsonOf,
  jsonPayload,
} from '../../sdk/common/batch.ts';
import type { Command } from '../../sdk/common/wire/commands.ts';
import type { HistoryEvent } from '../../sdk/common/wire/events.ts';
import type { Failure, Payload } from '../../sdk/common/wire/messages.ts';

export const BATCH_ACTIVITY = 'workOnBatchPage';
/** Of one run, which has the job's request in its history once a page: then the job continues as new. */
const PAGES_PER_RUN = 100;
const INPUT_BYTES_PER_RUN = 4_000_000;
const PAGE_TIMEOUT_MS = 1_800_000;
/** Of one page. What fails of single targets is tried by the activity itself. */
const PAGE_ATTEMPTS_MAX = 50;

export const batchWorkflowHandler: WorkflowTaskHandler = {
  async handle(task) {
    const commands = task.isQueryOnly ? [] : nextCommands(await task.loadHistory());
    const queries = task.queries.map(({ id }) => ({
      id,
      failure: { message: 'A batch job answers no queries.' },
    }));
    const updates = task.updates.map(({ updateId }) => ({
      kind: 'rejected' as const,
      updateId,
      failure: NO_UPDATES,
    }));
    return { kind: 'completed', commands, updates, queries };
  },
  evict: () => {},
};

const NO_UPDATES: Failure = { message: 'A batch job takes no updates.' };

interface JobState {
  input: BatchInput;
  pages: number;
  isWorking: boolean;
  isCancelled: boolean;
  failure: Failure | undefined;
}

function nextCommands(history: readonly HistoryEvent[]): Command[] {
  const { input, pages, isWorking, isCancelled, failure } = stateOf(history);
  if (isCancelled) return [{ commandType: 'CancelWorkflowExecution', attributes: {} }];
  if (failure !== undefined) return [{ commandType: 'FailWorkflowExecution', attributes: { failure } }];
  if (isWorking) return [];
  const result = { payloads: [jsonPayload(input.progress)] };
  if (input.progress.isDone) return [{ commandType: 'CompleteWorkflowExecution', attributes: { result } }];
  const next = { payloads: [jsonPayload(input)] };
  if (pages >= pagesPerRun(next)) return [continueAsNew(history, next)];
  return [
    {
      commandType: 'ScheduleActivityTask',
      attributes: {
        activityId: String(pages + 1),
        activityType: { name: BATCH_ACTIVITY },
        taskQueue: { name: BATCH_TASK_QUEUE },
        input: next,
        startToCloseTimeout: PAGE_TIMEOUT_MS,
        retryPolicy: { maximumAttempts: PAGE_ATTEMPTS_MAX },
      },
    },
  ];
}

function pagesPerRun({ payloads: [payload] }: JobInput): number {
  const bytes = payload?.data?.byteLength ?? 1;
  return Math.max(1, Math.min(PAGES_PER_RUN, Math.floor(INPUT_BYTES_PER_RUN / bytes)));
}

interface JobInput {
  payloads: Payload[];
}

/** The job's first beginning is kept in the memo. */
function continueAsNew([first]: readonly HistoryEvent[], input: JobInput): Command {
  if (first?.eventType !== 'WorkflowExecutionStarted')
    throw new Error('The history of a batch job has no beginning.');
  const { memo, searchAttributes, workflowType, taskQueue } = first.attributes;
  const startTime = memo?.fields?.startTime ?? jsonPayload(first.eventTime);
  return {
    commandType: 'ContinueAsNewWorkflowExecution',
    attributes: {
      workflowType,
      taskQueue,
      input,
      memo: { fields: { ...memo?.fields, startTime } },
      ...(searchAttributes && { searchAttributes }),
    },
  };
}

function stateOf(history: readonly HistoryEvent[]): JobState {
  const [first] = history;
  if (first?.eventType !== 'WorkflowExecutionStarted')
    throw new Error('The history of a batch job has no beginning.');
  // Sound: the service and this workflow alone write such inputs.
  const input = jsonOf(first.attributes.input?.payloads?.[0]) as BatchInput;
  const state: JobState = { input, pages: 0, isWorking: false, isCancelled: false, failure: undefined };
  for (const event of history) apply(state, event);
  return state;
}

function apply(state: JobState, event: HistoryEvent): void {
  switch (event.eventType) {
    case 'ActivityTaskScheduled':
      state.isWorking = true;
      state.pages += 1;
      break;
    case 'ActivityTaskCompleted':
      state.isWorking = false;
      state.input = {
        ...state.input,
        progress: jsonOf(event.attributes.result?.payloads?.[0]) as BatchProgress,
      };
      break;
    case 'ActivityTaskFailed':
      state.failure = event.attributes.failure ?? { message: 'A page of the batch could not be worked on.' };
      break;
    case 'ActivityTaskTimedOut':
    case 'ActivityTaskCanceled':
      state.failure = { message: 'A page of the batch took too long.' };
      break;
    case 'WorkflowExecutionCancelRequested':
      state.isCancelled = true;
      break;
    default:
  }
}
