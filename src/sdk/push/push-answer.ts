/** What the endpoint of a task queue answers. */
import type { ActivityOutcome } from '../../objects/activity/activity-task-codec.ts';
import { toJson } from '../common/wire/json.ts';
import { PUSH_MEDIA_TYPE, type PushAnswer, PushAnswerSchema } from '../common/wire/push-messages.ts';

/** The attempt goes on, and is completed by its token. */
export const acknowledged = (): Response => new Response(null, { status: 202 });

export function answer(outcome: ActivityOutcome): Response {
  if (outcome.kind === 'willCompleteAsync') return acknowledged();
  const body = JSON.stringify(toJson(PushAnswerSchema, messageOf(outcome)));
  return new Response(body, { headers: { 'content-type': PUSH_MEDIA_TYPE } });
}

function messageOf(outcome: Exclude<ActivityOutcome, { kind: 'willCompleteAsync' }>): PushAnswer {
  switch (outcome.kind) {
    case 'completed':
      return { completed: { result: outcome.result } };
    case 'failed': {
      const { failure, lastHeartbeatDetails } = outcome;
      return { failed: { failure, ...(lastHeartbeatDetails && { lastHeartbeatDetails }) } };
    }
    case 'canceled':
      return { canceled: outcome.details ? { details: outcome.details } : {} };
  }
}
