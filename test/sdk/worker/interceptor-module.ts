import { defaultPayloadConverter } from 'perdure/common';
import type { WorkflowInterceptors } from 'perdure/workflow';

/** Sends the name of the interceptor along with each activity, and marks results. */
export const interceptors = (): WorkflowInterceptors => ({
  inbound: [
    {
      async execute(input, next) {
        return `[${String(await next(input))}]`;
      },
    },
  ],
  outbound: [
    {
      async scheduleActivity(input, next) {
        const sender = defaultPayloadConverter.toPayload('workflow');
        return await next({ ...input, headers: { ...input.headers, sender } });
      },
    },
  ],
});
