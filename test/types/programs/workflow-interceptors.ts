/** Interceptors of workflows: inbound, outbound, internals. */

import { defaultPayloadConverter, type Headers, type Payload } from '@temporalio/common';
import {
  type ActivityInput,
  type ContinueAsNewInput,
  type GetLogAttributesInput,
  type LocalActivityInput,
  type Next,
  type QueryInput,
  type SignalInput,
  type SignalWorkflowInput,
  type StartChildWorkflowExecutionInput,
  type TimerInput,
  type UpdateInput,
  type WorkflowExecuteInput,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInterceptors,
  type WorkflowInterceptorsFactory,
  type WorkflowInternalsInterceptor,
  type WorkflowOutboundCallsInterceptor,
  workflowInfo,
} from '@temporalio/workflow';
import type { Equal, Expect } from './expect';

class Inbound implements WorkflowInboundCallsInterceptor {
  async execute(
    input: WorkflowExecuteInput,
    next: Next<WorkflowInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    const payload: Payload | undefined = input.headers.user;
    const user = payload === undefined ? undefined : defaultPayloadConverter.fromPayload<string>(payload);
    return next({ ...input, args: [...input.args, user] });
  }
  async handleSignal(
    input: SignalInput,
    next: Next<WorkflowInboundCallsInterceptor, 'handleSignal'>,
  ): Promise<void> {
    if (input.signalName !== 'ignored') await next(input);
  }
  async handleQuery(
    input: QueryInput,
    next: Next<WorkflowInboundCallsInterceptor, 'handleQuery'>,
  ): Promise<unknown> {
    return [input.queryId, input.queryName, await next(input)];
  }
  async handleUpdate(
    input: UpdateInput,
    next: Next<WorkflowInboundCallsInterceptor, 'handleUpdate'>,
  ): Promise<unknown> {
    return [input.updateId, input.name, await next(input)];
  }
  validateUpdate(input: UpdateInput, next: Next<WorkflowInboundCallsInterceptor, 'validateUpdate'>): void {
    next(input);
  }
}

class Outbound implements WorkflowOutboundCallsInterceptor {
  async scheduleActivity(
    input: ActivityInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'scheduleActivity'>,
  ): Promise<unknown> {
    const headers: Headers = { ...input.headers, user: defaultPayloadConverter.toPayload('me') };
    type _Seq = Expect<Equal<typeof input.seq, number>>;
    return next({ ...input, headers });
  }
  async scheduleLocalActivity(
    input: LocalActivityInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'scheduleLocalActivity'>,
  ): Promise<unknown> {
    return next({ ...input, attempt: input.attempt });
  }
  async startTimer(
    input: TimerInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'startTimer'>,
  ): Promise<void> {
    await next({ ...input, durationMs: input.durationMs * 2 });
  }
  async startChildWorkflowExecution(
    input: StartChildWorkflowExecutionInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'startChildWorkflowExecution'>,
  ): Promise<[Promise<string>, Promise<unknown>]> {
    return next({ ...input, options: { ...input.options, memo: { by: workflowInfo().workflowId } } });
  }
  async signalWorkflow(
    input: SignalWorkflowInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'signalWorkflow'>,
  ): Promise<void> {
    if (input.target.type === 'child') {
      type _Child = Expect<Equal<typeof input.target.childWorkflowId, string>>;
    } else void input.target.workflowExecution.workflowId;
    return next(input);
  }
  async continueAsNew(
    input: ContinueAsNewInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'continueAsNew'>,
  ): Promise<never> {
    return next({ ...input, args: input.args.slice() });
  }
  getLogAttributes(
    input: GetLogAttributesInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'getLogAttributes'>,
  ): Record<string, unknown> {
    return next({ ...input, extra: true });
  }
}

class Internals implements WorkflowInternalsInterceptor {
  concludeActivation: WorkflowInternalsInterceptor['concludeActivation'] = (input, next) => next(input);
  dispose: WorkflowInternalsInterceptor['dispose'] = (input, next) => next(input);
}

export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [new Inbound()],
  outbound: [new Outbound()],
  internals: [new Internals()],
});
export const inline: WorkflowInterceptors = {
  inbound: [{ execute: (input, next) => next(input) }],
  outbound: [
    {
      scheduleActivity: async (input, next) => {
        type _Type = Expect<Equal<typeof input.activityType, string>>;
        return next(input);
      },
      getMetricTags: (tags) => ({ ...tags, tenant: 'a' }),
    },
  ],
};
export const wrongReturn: WorkflowInterceptors = {
  // @ts-expect-error TS2322: execute is asynchronous
  inbound: [{ execute: () => 5 }],
};
// @ts-expect-error TS2353: there is no such group
export const unknownGroup: WorkflowInterceptors = { sideways: [] };
export const asyncValidator: WorkflowInboundCallsInterceptor = {
  // @ts-expect-error TS2339: an update has no such member
  validateUpdate: (input, next) => next(input.missing),
};
