/** Interceptors of activities, as workers take them. */

import type { Context } from '@temporalio/activity';
import { defaultPayloadConverter } from '@temporalio/common';
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  ActivityInterceptorsFactory,
  ActivityOutboundCallsInterceptor,
  Next,
  WorkerInterceptors,
} from '@temporalio/worker';
import type { Equal, Expect } from './expect';

class Inbound implements ActivityInboundCallsInterceptor {
  constructor(private readonly context: Context) {}
  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    const user = input.headers.user && defaultPayloadConverter.fromPayload(input.headers.user);
    return next({ ...input, args: [...input.args, user, this.context.info.attempt] });
  }
}
class Outbound implements ActivityOutboundCallsInterceptor {
  getLogAttributes: ActivityOutboundCallsInterceptor['getLogAttributes'] = (input, next) =>
    next({ ...input, more: 1 });
  getMetricTags: ActivityOutboundCallsInterceptor['getMetricTags'] = (input, next) =>
    next({ ...input, a: 'b' });
}
const factory: ActivityInterceptorsFactory = (context) => {
  type _Context = Expect<Equal<typeof context, Context>>;
  return { inbound: new Inbound(context), outbound: new Outbound() };
};
export const interceptors: WorkerInterceptors = {
  activity: [factory, () => ({}), () => ({ inbound: { execute: async (input, next) => next(input) } })],
  workflowModules: ['/path/interceptors.ts'],
  client: { workflow: [] },
};
// @ts-expect-error TS2322: a factory gives an object
export const wrong: WorkerInterceptors = { activity: [new Outbound()] };
// @ts-expect-error TS2322: modules are named by path
export const modules: WorkerInterceptors = { workflowModules: [5] };
