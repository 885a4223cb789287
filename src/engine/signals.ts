/** Signals and cancel requests as they come in (SIG-1 to SIG-3, END-1, EXT-5). */
import type { EventAttributes } from '../sdk/common/wire/events.ts';
import type { Link } from '../sdk/common/wire/links.ts';
import type { Header, Payloads, WorkflowExecutionRef } from '../sdk/common/wire/messages.ts';
import type { ExternalSource, Input, TurnContext } from './api.ts';
import { busyWorkflow, refuse } from './errors.ts';
import type { RunState } from './run-state.ts';
import type { RunTurn } from './run-turn.ts';
import { headerBytes, payloadsBytes, utf8Bytes } from './size.ts';
import { isRefusingNews } from './update-machine.ts';

export interface SignalValues {
  signalName: string;
  input: Payloads | undefined;
  header: Header | undefined;
  identity: string | undefined;
  requestId: string | undefined;
  links?: readonly Link[] | undefined;
  externalWorkflowExecution?: WorkflowExecutionRef;
}

/** `run` undefined: there is none yet (signal-with-start). */
export function signalRefusal({ limits }: TurnContext, run: RunState | undefined, signal: SignalValues) {
  if (!signal.signalName) return refuse('INVALID_ARGUMENT', 'SignalName is not set on request.');
  if (utf8Bytes(signal.signalName) > limits.idBytesMax)
    return refuse('INVALID_ARGUMENT', 'SignalName length exceeds limit.');
  if (utf8Bytes(signal.requestId ?? '') > limits.idBytesMax)
    return refuse('INVALID_ARGUMENT', 'RequestId length exceeds limit.');
  if (payloadsBytes(signal.input) + headerBytes(signal.header) > limits.payloadBytesMax)
    return refuse('INVALID_ARGUMENT', 'Blob data size exceeds limit.');
  if (run === undefined) return undefined;
  if (run.signalCount >= limits.signalsMax)
    return refuse(
      'INVALID_ARGUMENT',
      `Exceeded workflow execution limit for signal events: ${limits.signalsMax}.`,
    );
  if (isRefusingNews(run))
    return busyWorkflow('Workflow operation can not be applied because workflow is closing.');
  return undefined;
}

export function signalValuesOf(input: Extract<Input, { kind: 'Signal' }>): SignalValues {
  const values: SignalValues = {
    signalName: input.signalName,
    input: input.input,
    header: input.header,
    identity: input.identity,
    requestId: input.external?.requestId ?? input.requestId,
    links: input.links,
  };
  return input.external ? { ...values, externalWorkflowExecution: input.external.workflowExecution } : values;
}

/** CHILD-9, CHILD-11: what a parent sends to its child reaches no other workflow that has the ID by now. */
export function isFromParent({ started }: RunState, source: ExternalSource): boolean {
  // Not by run ID: after a reset the parent goes on under another one.
  return started.parentWorkflowExecution?.workflowId === source.workflowExecution.workflowId;
}

export function requestCancel(turn: RunTurn, input: Extract<Input, { kind: 'RequestCancel' }>): void {
  if (turn.run.cancelRequested) return;
  const attributes: EventAttributes<'WorkflowExecutionCancelRequested'> = { identity: input.identity ?? '' };
  if (input.reason) attributes.cause = input.reason;
  if (input.external !== undefined) {
    attributes.externalInitiatedEventId = input.external.initiatedEventId;
    attributes.externalWorkflowExecution = input.external.workflowExecution;
  }
  turn.arrive('WorkflowExecutionCancelRequested', attributes);
}
