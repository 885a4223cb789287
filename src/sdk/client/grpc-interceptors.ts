/**
 * Interceptors of gRPC clients around the calls, which go over HTTP: they see headers and status, and may send a call again or
 * answer it. What is sent and received they pass on as it is. Written with `InterceptingCall` of `@grpc/grpc-js`, or without.
 */
import type { Any } from '../common/type-helpers.ts';
import { asHeaders } from './base-connection.ts';
import { CallMetadata } from './call-metadata.ts';
import type { CallName, CallOptions, Gateway } from './calls/index.ts';
import { type GrpcStatusCode, isGrpcStatusCode, RpcError } from './rpc-error.ts';
import { isOperatorCall } from './workflow-service.ts';

/** How a call ended. */
export interface CallStatus {
  code: GrpcStatusCode;
  details: string;
  metadata: CallMetadata;
}

export interface CallListener {
  onReceiveMetadata?(metadata: CallMetadata): void;
  onReceiveMessage?(message: Any): void;
  onReceiveStatus?(status: CallStatus): void;
}

/** A call as interceptors make them. */
export interface InterceptedCall {
  start(metadata: CallMetadata, listener?: CallListener): void;
  sendMessage(message: Any): void;
  sendMessageWithContext(context: object, message: Any): void;
  startRead(): void;
  halfClose(): void;
  cancelWithStatus(status: number, details: string): void;
  getPeer(): string;
}

/** An interceptor of `@grpc/grpc-js`; its parameters are typed there. */
export type GrpcInterceptor = (options: Any, nextCall: Any) => Any;

interface Chain {
  interceptors: readonly GrpcInterceptor[];
  /** Headers of every call, as they are at that moment. */
  headers(): Readonly<Record<string, string>>;
  peer: string;
}

export function interceptedGateway(gateway: Gateway, chain: Chain): Gateway {
  const entries = (Object.keys(gateway) as CallName[]).map((name) => {
    const call = gateway[name] as Send;
    return [
      name,
      (request: object, options?: CallOptions) => intercepted(chain, name, call, request, options),
    ];
  });
  // Each entry calls that of its own name.
  return Object.fromEntries(entries) as Gateway;
}

type Send = (request: Any, options: CallOptions) => Promise<unknown>;

function intercepted(
  { interceptors, headers, peer }: Chain,
  name: CallName,
  send: Send,
  request: object,
  options: CallOptions = {},
): Promise<unknown> {
  // Errors keep what gRPC's status cannot carry, and replies what was read of them.
  const outcomes = new WeakMap<CallMetadata, RpcError>();
  const last = () => new HttpCall(peer, (message, own) => send(message, { ...options, ...own }), outcomes);
  const make = interceptors.reduceRight<(callOptions: object) => InterceptedCall>(
    (nextCall, interceptor) => (callOptions) => interceptor(callOptions, nextCall),
    last,
  );
  return new Promise((resolve, reject) => {
    let reply: unknown;
    const call = make({ method_definition: methodOf(name), deadline: options.deadline });
    const cancel = () => call.cancelWithStatus(1, 'Cancelled on client');
    options.signal?.addEventListener('abort', cancel, { once: true });
    call.start(metadataOf({ ...headers(), ...options.metadata, ...namespaceOf(name, request) }), {
      onReceiveMetadata: () => {},
      onReceiveMessage: (message: unknown) => {
        reply = message;
      },
      onReceiveStatus: (status: CallStatus) => {
        options.signal?.removeEventListener('abort', cancel);
        const { code, details, metadata } = status;
        if (code === 0) resolve(reply);
        else reject((metadata && outcomes.get(metadata)) ?? new RpcError(code, details));
      },
    });
    call.sendMessage(request);
    call.startRead();
    call.halfClose();
  });
}

function methodOf(name: CallName): object {
  const method = name.charAt(0).toUpperCase() + name.slice(1);
  return {
    path: isOperatorCall(name)
      ? `/temporal.api.operatorservice.v1.OperatorService/${method}`
      : `/temporal.api.workflowservice.v1.WorkflowService/${method}`,
    originalName: name,
    requestStream: false,
    responseStream: false,
  };
}

/** What proxies on the way go by. */
function namespaceOf(name: CallName, request: { namespace?: unknown }): Record<string, string> {
  const { namespace } = request;
  if (isOperatorCall(name) || typeof namespace !== 'string' || namespace === '') return {};
  return { 'temporal-namespace': namespace };
}

function metadataOf(headers: Readonly<Record<string, string>>): CallMetadata {
  const metadata = new CallMetadata();
  for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
  return metadata;
}

/** The end of the chain: the call itself, once. */
class HttpCall implements InterceptedCall {
  readonly #peer: string;
  readonly #send: (message: unknown, options: CallOptions) => Promise<unknown>;
  readonly #outcomes: WeakMap<CallMetadata, RpcError>;
  readonly #abort = new AbortController();
  #metadata = new CallMetadata();
  #listener: CallListener = {};
  #message: unknown;
  #cancelled: CallStatus | undefined;

  constructor(
    peer: string,
    send: (message: unknown, options: CallOptions) => Promise<unknown>,
    outcomes: WeakMap<CallMetadata, RpcError>,
  ) {
    this.#peer = peer;
    this.#send = send;
    this.#outcomes = outcomes;
  }

  start(metadata: CallMetadata, listener: CallListener = {}): void {
    this.#metadata = metadata;
    this.#listener = listener;
  }

  sendMessage(message: unknown): void {
    this.#message = message;
  }

  sendMessageWithContext(_context: object, message: unknown): void {
    this.#message = message;
  }

  startRead(): void {}

  halfClose(): void {
    const headers = asHeaders(this.#metadata.getMap());
    this.#send(this.#message, { metadata: headers, signal: this.#abort.signal, retry: false }).then(
      (reply) => this.#end({ code: 0, details: 'OK', metadata: new CallMetadata() }, reply),
      (error: unknown) => this.#end(this.#statusOf(error)),
    );
  }

  cancelWithStatus(code: number, details: string): void {
    this.#cancelled = { code: isGrpcStatusCode(code) ? code : 1, details, metadata: new CallMetadata() };
    this.#abort.abort();
  }

  getPeer(): string {
    return this.#peer;
  }

  #end(status: CallStatus, reply?: unknown): void {
    this.#listener.onReceiveMetadata?.(new CallMetadata());
    if (reply !== undefined) this.#listener.onReceiveMessage?.(reply);
    this.#listener.onReceiveStatus?.(status);
  }

  #statusOf(error: unknown): CallStatus {
    if (this.#cancelled) return this.#cancelled;
    const metadata = new CallMetadata();
    if (!(error instanceof RpcError)) return { code: 13, details: String(error), metadata };
    this.#outcomes.set(metadata, error);
    return { code: error.code, details: error.details, metadata };
  }
}
