/** Interceptors of the client. */
import {
  Client,
  type ClientInterceptors,
  type Next,
  type WorkflowClientInterceptor,
  type WorkflowQueryInput,
  type WorkflowSignalInput,
  type WorkflowStartInput,
  type WorkflowStartUpdateInput,
  type WorkflowStartUpdateOutput,
} from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Equal, Expect } from './expect';

class Headers implements WorkflowClientInterceptor {
  async start(input: WorkflowStartInput, next: Next<WorkflowClientInterceptor, 'start'>): Promise<string> {
    const headers = { ...input.headers, user: defaultPayloadConverter.toPayload('me') };
    type _Type = Expect<Equal<typeof input.workflowType, string>>;
    return next({ ...input, headers, options: { ...input.options, memo: { by: 'me' } } });
  }
  async signal(input: WorkflowSignalInput, next: Next<WorkflowClientInterceptor, 'signal'>): Promise<void> {
    type _Id = Expect<Equal<typeof input.workflowExecution.workflowId, string>>;
    await next(input);
  }
  async query(input: WorkflowQueryInput, next: Next<WorkflowClientInterceptor, 'query'>): Promise<unknown> {
    return next({ ...input, args: [...input.args] });
  }
  async startUpdate(
    input: WorkflowStartUpdateInput,
    next: Next<WorkflowClientInterceptor, 'startUpdate'>,
  ): Promise<WorkflowStartUpdateOutput> {
    return next(input);
  }
}

export const interceptors: ClientInterceptors = {
  workflow: [
    new Headers(),
    {
      async terminate(input, next) {
        type _Reason = Expect<Equal<typeof input.reason, string | undefined>>;
        return next(input);
      },
      cancel: (input, next) => next(input),
      describe: async (input, next) => next(input),
      signalWithStart: async (input, next) => {
        type _Name = Expect<Equal<typeof input.signalName, string>>;
        type _Args = Expect<Equal<typeof input.signalArgs, unknown[]>>;
        return next(input);
      },
      startWithDetails: (input, next) => next(input),
      startUpdateWithStart: (input, next) => next(input),
    },
  ],
};
export const client = new Client({ interceptors });
// @ts-expect-error TS2322: start answers with a run ID
export const wrong: WorkflowClientInterceptor = { start: async () => 5 };
export const misspelled: ClientInterceptors = {
  // @ts-expect-error TS2353: there is no such call
  workflow: [{ begin: async () => 'x' }],
};
