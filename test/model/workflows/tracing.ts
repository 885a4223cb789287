/**
 * Context that travels in headers: from the client into the workflow, and from there to its activities and children. Modules are
 * evaluated for each run, so a variable here belongs to one run.
 */
import { defaultPayloadConverter, type Headers } from 'perdure/common';
import {
  type ActivityInput,
  type ContinueAsNewInput,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  executeChild,
  getExternalWorkflowHandle,
  type LocalActivityInput,
  proxyActivities,
  proxyLocalActivities,
  type SignalInput,
  type SignalWorkflowInput,
  type StartChildWorkflowExecutionInput,
  setHandler,
  type WorkflowExecuteInput,
  type WorkflowInterceptorsFactory,
} from 'perdure/workflow';
import type * as activities from '../worker/activities.ts';

export const TRACE_HEADER = 'trace';

let trace: string | undefined;

export const traceOf = (headers: Headers): string | undefined => {
  const payload = headers[TRACE_HEADER];
  return payload && defaultPayloadConverter.fromPayload<string>(payload);
};

/** The headers with the trace that this run carries. */
function traced<Input extends { readonly headers: Headers }>(input: Input): Input {
  if (trace === undefined) return input;
  return {
    ...input,
    headers: { ...input.headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(trace) },
  };
}

export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      execute(input: WorkflowExecuteInput, next) {
        trace = traceOf(input.headers);
        return next(input);
      },
      handleSignal(input: SignalInput, next) {
        const sender = traceOf(input.headers);
        return next(sender === undefined ? input : { ...input, args: [...input.args, sender] });
      },
    },
  ],
  outbound: [
    {
      scheduleActivity: (input: ActivityInput, next) => next(traced(input)),
      scheduleLocalActivity: (input: LocalActivityInput, next) => next(traced(input)),
      startChildWorkflowExecution: (input: StartChildWorkflowExecutionInput, next) => next(traced(input)),
      continueAsNew: (input: ContinueAsNewInput, next) => next(traced(input)),
      signalWorkflow: (input: SignalWorkflowInput, next) => next(traced(input)),
    },
  ],
});

const { currentTrace } = proxyActivities<typeof activities>({ startToCloseTimeout: '10s' });
const local = proxyLocalActivities<typeof activities>({ startToCloseTimeout: '10s' });

export const ping = defineSignal<[from: string, trace?: string]>('ping');
export const pings = defineQuery<string[]>('pings');

export async function tracedChild(): Promise<string> {
  return `child ${trace}, its activity ${await currentTrace()}`;
}

/** What of the trace arrives where. */
export async function tracedParent(listener: string, runs = 2): Promise<string[]> {
  if (runs > 1) return await continueAsNew<typeof tracedParent>(listener, runs - 1);
  await getExternalWorkflowHandle(listener).signal(ping, 'parent');
  return [
    `workflow ${trace}`,
    `activity ${await currentTrace()}`,
    `local ${await local.currentTrace()}`,
    await executeChild(tracedChild),
  ];
}

export async function listens(count: number): Promise<string[]> {
  const heard: string[] = [];
  setHandler(ping, (from, sender) => void heard.push(`${from} ${sender}`));
  setHandler(pings, () => heard);
  await condition(() => heard.length >= count);
  return heard;
}
