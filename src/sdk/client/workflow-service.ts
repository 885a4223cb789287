/** Single calls in the shapes of Temporal's protobuf objects, for code that goes below the client. */
import type { Any } from '../common/type-helpers.ts';
import type { HistoryResponse } from './calls/history-call.ts';
import { CALLS, type CallName, type Gateway } from './calls/index.ts';

/** A protobuf object: `Long`s for int64, `{ seconds, nanos }` for times and durations, numbers for enums. */
export type ProtoMessage = Record<string, Any>;

/** Names are Temporal's. The namespace is not filled in. */
export type WorkflowService = { [Name in CallName]: (request: ProtoMessage) => Promise<ProtoMessage> };

const OPERATOR_CALLS = [
  'addSearchAttributes',
  'deleteNamespace',
  'listSearchAttributes',
  'removeSearchAttributes',
] as const satisfies readonly CallName[];

/** Those of Temporal's operator calls that there are here: the search attributes of a namespace. */
export type OperatorService = Pick<WorkflowService, (typeof OPERATOR_CALLS)[number]>;

/** The calls of Temporal's operator service among those of `service`. */
export function operatorServiceOf(service: WorkflowService): OperatorService {
  // Made of those names.
  return Object.fromEntries(OPERATOR_CALLS.map((name) => [name, service[name]])) as OperatorService;
}

/** `Long` and the conversion are loaded with the first call. */
export function protoService(gateway: Gateway): WorkflowService {
  const names = Object.keys(CALLS) as CallName[];
  const entries = names.map((name) => [name, (request: ProtoMessage) => callProto(gateway, name, request)]);
  return Object.fromEntries(entries) as WorkflowService;
}

async function callProto(gateway: Gateway, name: CallName, request: ProtoMessage): Promise<ProtoMessage> {
  const { messageFromProto, messageToProto, historyToProto } = await import('../common/wire/proto-shape.ts');
  const { request: requestSchema, response: codec } = CALLS[name];
  // `Gateway` pairs each name with the message that its schema describes.
  const response: object = await gateway[name](messageFromProto(requestSchema, request) as never);
  const proto = messageToProto(codec.schema, response);
  if (!('history' in response)) return proto;
  const { history } = response as HistoryResponse;
  return Object.assign(proto, { history: historyToProto(history.events) });
}
