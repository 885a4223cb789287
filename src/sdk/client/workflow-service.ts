/** Single calls in the shapes of Temporal's protobuf objects, for code that goes below the client. */
import type { Any } from '../common/type-helpers.ts';
import type { HistoryResponse } from './calls/history-call.ts';
import { CALLS, type CallName, type Gateway } from './calls/index.ts';
import { otherCalls, refusedCalls } from './other-service-calls.ts';

/** A protobuf object: `Long`s for int64, `{ seconds, nanos }` for times and durations, numbers for enums. */
export type ProtoMessage = Record<string, Any>;

type Callback = (error: Error | null, response?: ProtoMessage) => void;

/** Gives a promise, and calls back where that is asked for. */
export type ServiceCall = (request: ProtoMessage, callback?: Callback) => Promise<ProtoMessage>;

/** Names are Temporal's. The namespace is not filled in. */
export type WorkflowService = { [Name in CallName]: ServiceCall } & {
  [Name in keyof (ReturnType<typeof otherCalls> & ReturnType<typeof refusedCalls>)]: ServiceCall;
};

/** Whether the server serves; what gRPC's health service says. */
export interface HealthService {
  /** `status` is 1, which is SERVING; rejects when the server cannot be reached. */
  check(request: { service?: string }): Promise<{ status: number }>;
}

export function healthServiceOf(gateway: Gateway): HealthService {
  return {
    async check() {
      await gateway.getSystemInfo({});
      return { status: SERVING };
    },
  };
}

const SERVING = 1;

const OPERATOR_CALLS = [
  'addSearchAttributes',
  'createNexusEndpoint',
  'deleteNamespace',
  'deleteNexusEndpoint',
  'getNexusEndpoint',
  'listNexusEndpoints',
  'listSearchAttributes',
  'removeSearchAttributes',
  'updateNexusEndpoint',
] as const satisfies readonly CallName[];

export const isOperatorCall = (name: CallName): boolean =>
  (OPERATOR_CALLS as readonly CallName[]).includes(name);

/** Those of Temporal's operator calls that there are here: the search attributes of a namespace, Nexus endpoints. */
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
  const service = Object.fromEntries(entries) as { [Name in CallName]: ServiceCall };
  const all = { ...refusedCalls(), ...otherCalls(service), ...service };
  // The same names.
  return Object.fromEntries(
    Object.entries(all).map(([name, call]) => [name, withCallback(call)]),
  ) as WorkflowService;
}

function withCallback(call: (request: ProtoMessage) => Promise<ProtoMessage>): ServiceCall {
  return (request, callback) => {
    const response = call(request);
    if (typeof callback === 'function') response.then((value) => callback(null, value), callback);
    return response;
  };
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
