/** Updates on their way to workers and back: protocol messages outside, deliveries and responses inside. */
import type { UpdateDelivery, UpdateResponse } from '../../../engine/workflow-task.ts';
import type { ProtocolMessage } from '../../common/wire/worker-requests.ts';
import { invalidArgument } from '../rpc-error.ts';

const TYPE = 'type.googleapis.com/temporal.api.update.v1.';

export function messageOfUpdate({
  messageId,
  updateId,
  sequencingEventId,
  request,
}: UpdateDelivery): ProtocolMessage {
  return {
    id: messageId,
    protocolInstanceId: updateId,
    eventId: sequencingEventId,
    body: { '@type': `${TYPE}Request`, meta: request.meta, input: request.input },
  };
}

export function deliveryOfMessage({
  id,
  protocolInstanceId,
  eventId = 0,
  body,
}: ProtocolMessage): UpdateDelivery {
  const { identity } = body.meta ?? {};
  const { name = '', args, header } = body.input ?? {};
  return {
    messageId: id,
    updateId: protocolInstanceId,
    sequencingEventId: eventId,
    request: {
      meta: { updateId: protocolInstanceId, ...(identity && { identity }) },
      input: { name, ...(args && { args }), ...(header && { header }) },
    },
  };
}

export function messageOfResponse(response: UpdateResponse): ProtocolMessage {
  const { updateId } = response;
  switch (response.kind) {
    case 'accepted':
      return {
        id: response.messageId,
        protocolInstanceId: updateId,
        body: {
          '@type': `${TYPE}Acceptance`,
          acceptedRequestMessageId: `${updateId}/request`,
          acceptedRequestSequencingEventId: response.sequencingEventId,
          acceptedRequest: response.request,
        },
      };
    case 'rejected':
      return {
        id: `${updateId}/reject`,
        protocolInstanceId: updateId,
        body: {
          '@type': `${TYPE}Rejection`,
          rejectedRequestMessageId: `${updateId}/request`,
          failure: response.failure,
        },
      };
    case 'completed':
      return {
        id: response.messageId,
        protocolInstanceId: updateId,
        body: { '@type': `${TYPE}Response`, meta: { updateId }, outcome: response.outcome },
      };
  }
}

export function updateResponsesOf(messages: readonly ProtocolMessage[]): UpdateResponse[] {
  return messages.map(({ id, protocolInstanceId: updateId, body }, index) => {
    const type = body['@type'].slice(body['@type'].lastIndexOf('.') + 1);
    if (type === 'Acceptance' && body.acceptedRequest !== undefined) {
      const sequencingEventId = body.acceptedRequestSequencingEventId ?? 0;
      return { kind: 'accepted', updateId, messageId: id, request: body.acceptedRequest, sequencingEventId };
    }
    if (type === 'Rejection') return { kind: 'rejected', updateId, failure: body.failure ?? {} };
    if (type === 'Response')
      return { kind: 'completed', updateId, messageId: id, outcome: body.outcome ?? {} };
    throw invalidArgument(
      `messages[${index}].body: expected an Acceptance with its request, a Rejection or a Response, got ${body['@type']}`,
    );
  });
}
