/** Waiting for the close of a run: a call of our own, and the extra member of a start that asked to wait. */

import type { HistoryEvent } from '../../common/wire/events.ts';
import {
  eventFromJson,
  eventToJson,
  fieldToJson,
  fromJson,
  type ToJsonOptions,
  toJson,
} from '../../common/wire/json.ts';
import {
  FailureField,
  PayloadsSchema,
  WorkflowExecutionStatus,
  type WorkflowStatusName,
} from '../../common/wire/messages.ts';
import {
  type StartWorkflowExecutionResponse,
  StartWorkflowExecutionResponseSchema,
} from '../../common/wire/requests.ts';
import { bool, dur, message, required, str } from '../../common/wire/schema.ts';
import type { ResponseCodec } from './call.ts';

export const GetWorkflowExecutionResultRequestSchema = message('GetWorkflowExecutionResultRequest', {
  namespace: required(str),
  workflowId: required(str),
  runId: str,
  /** How long to wait for the close, `30s`. */
  wait: dur,
  /** Go on to the runs that follow: continue-as-new, retry, cron. True unless said otherwise. */
  followRuns: bool,
});

/** How far a run is. `closeEvent` is absent while it is open. */
export interface WorkflowRunResult {
  runId: string;
  status: WorkflowStatusName;
  closeEvent?: HistoryEvent;
}

export type StartedWorkflow = StartWorkflowExecutionResponse & { result?: WorkflowRunResult };

const RunStateSchema = message('WorkflowRunResult', {
  runId: required(str),
  status: WorkflowExecutionStatus,
});

/** `result` and `failure` are for people with curl: they repeat what stands in the closing event. */
export const resultResponse: ResponseCodec<WorkflowRunResult> = {
  schema: RunStateSchema,
  toJson(response, options) {
    const json = toJson(RunStateSchema, { runId: response.runId, status: response.status });
    const { closeEvent } = response;
    if (!closeEvent) return json;
    if (closeEvent.eventType === 'WorkflowExecutionCompleted' && closeEvent.attributes.result) {
      json.result = fieldToJson(PayloadsSchema, closeEvent.attributes.result, options);
    }
    if (closeEvent.eventType === 'WorkflowExecutionFailed' && closeEvent.attributes.failure) {
      json.failure = fieldToJson(FailureField, closeEvent.attributes.failure, options);
    }
    return { ...json, closeEvent: eventToJson(closeEvent, options) };
  },
  fromJson: runResultFromJson,
};

function runResultFromJson(json: unknown): WorkflowRunResult {
  const state = fromJson(RunStateSchema, json);
  const closeEvent = memberOf(json, 'closeEvent');
  return {
    runId: state.runId,
    status: state.status ?? 'RUNNING',
    ...(closeEvent === undefined ? {} : { closeEvent: eventFromJson(closeEvent) }),
  };
}

export const startResponse: ResponseCodec<StartedWorkflow> = {
  schema: StartWorkflowExecutionResponseSchema,
  toJson(response, options) {
    const json = toJson(StartWorkflowExecutionResponseSchema, response, options);
    if (!response.result) return json;
    return { ...json, result: runResultToJson(response.result, options) };
  },
  fromJson(json) {
    const response = fromJson(StartWorkflowExecutionResponseSchema, json);
    const result = memberOf(json, 'result');
    return result === undefined ? response : { ...response, result: runResultFromJson(result) };
  },
};

function runResultToJson(result: WorkflowRunResult, options: ToJsonOptions): object {
  const json = toJson(RunStateSchema, { runId: result.runId, status: result.status });
  return result.closeEvent ? { ...json, closeEvent: eventToJson(result.closeEvent, options) } : json;
}

function memberOf(json: unknown, name: string): unknown {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, name)) return undefined;
  return (json as Record<string, unknown>)[name] ?? undefined;
}
