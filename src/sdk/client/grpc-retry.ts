/** Repeating failed calls, as an interceptor. Connections without interceptors of their own do the same by themselves. */
import type { CallListener, CallStatus, GrpcInterceptor, InterceptedCall } from './grpc-interceptors.ts';
import { isRetryableCode } from './retry.ts';
import { grpcStatus } from './rpc-error.ts';

type StatusLike = Pick<CallStatus, 'code' | 'details'>;

export interface GrpcRetryOptions {
  /** Milliseconds before the next attempt. The first attempt is 1. */
  delayFunction: (attempt: number, status: StatusLike) => number;
  retryableDecider: (attempt: number, status: StatusLike) => boolean;
}

export interface BackoffOptions {
  /** @default 1.7 */
  factor: number;
  /** @default 10 */
  maxAttempts: number;
  /** The part of a delay by which it varies. @default 0.2 */
  maxJitter: number;
  /** @default 100 ms, and 1 s when the server is told to be exhausted */
  initialIntervalMs(status: StatusLike): number;
  /** @default 5 s */
  maxIntervalMs(status: StatusLike): number;
}

export function defaultGrpcRetryOptions(options: Partial<BackoffOptions> = {}): GrpcRetryOptions {
  const { factor = 1.7, maxAttempts = 10, maxJitter = 0.2 } = options;
  const { initialIntervalMs = initialMs, maxIntervalMs = () => 5000 } = options;
  return {
    delayFunction: (attempt, status) =>
      Math.min(maxIntervalMs(status), factor ** attempt * initialIntervalMs(status)) *
      (1 - maxJitter + Math.random() * maxJitter * 2),
    retryableDecider: (attempt, status) => attempt < maxAttempts && isRetryableError(status),
  };
}

const initialMs = ({ code }: StatusLike): number => (code === grpcStatus.RESOURCE_EXHAUSTED ? 1000 : 100);

/** Whether a call that ended so may well succeed when it is sent again. */
export function isRetryableError({ code }: StatusLike): boolean {
  return isRetryableCode(code);
}

/** For `ConnectionOptions.interceptors`. */
export function makeGrpcRetryInterceptor(retryOptions: GrpcRetryOptions): GrpcInterceptor {
  return (options: object, nextCall: (options: object) => InterceptedCall): InterceptedCall =>
    new RetryingCall(() => nextCall(options), retryOptions);
}

class RetryingCall implements InterceptedCall {
  readonly #next: () => InterceptedCall;
  readonly #options: GrpcRetryOptions;
  #current: InterceptedCall;
  #start: (listener: CallListener) => void = () => {};
  #listener: CallListener = {};
  #message: unknown;
  #attempt = 1;

  constructor(next: () => InterceptedCall, options: GrpcRetryOptions) {
    this.#next = next;
    this.#options = options;
    this.#current = next();
  }

  start(metadata: Parameters<InterceptedCall['start']>[0], listener: CallListener = {}): void {
    this.#listener = listener;
    this.#start = (own) => this.#current.start(metadata, own);
  }

  sendMessage(message: unknown): void {
    this.#message = message;
  }

  sendMessageWithContext(_context: object, message: unknown): void {
    this.#message = message;
  }

  startRead(): void {}

  halfClose(): void {
    let reply: unknown;
    this.#start({
      onReceiveMetadata: () => {},
      onReceiveMessage: (message: unknown) => {
        reply = message;
      },
      onReceiveStatus: (status) => this.#ended(status, reply),
    });
    this.#current.sendMessage(this.#message);
    this.#current.startRead();
    this.#current.halfClose();
  }

  #ended(status: CallStatus, reply: unknown): void {
    const { retryableDecider, delayFunction } = this.#options;
    if (status.code !== grpcStatus.OK && retryableDecider(this.#attempt, status)) {
      const delayMs = delayFunction(this.#attempt, status);
      this.#attempt += 1;
      setTimeout(() => {
        this.#current = this.#next();
        this.halfClose();
      }, delayMs);
      return;
    }
    this.#listener.onReceiveMetadata?.(status.metadata);
    if (reply !== undefined) this.#listener.onReceiveMessage?.(reply);
    this.#listener.onReceiveStatus?.(status);
  }

  cancelWithStatus(status: number, details: string): void {
    this.#attempt = Number.POSITIVE_INFINITY;
    this.#current.cancelWithStatus(status, details);
  }

  getPeer(): string {
    return this.#current.getPeer();
  }
}
