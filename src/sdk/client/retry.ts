/**
 * Repeating calls that failed on the way. Requests carry IDs made before the first attempt, so that a call that did arrive is
 * recognised when it comes again.
 */
import type { CallOptions } from './calls/index.ts';
import { type GrpcStatusCode, grpcStatus, RpcError } from './rpc-error.ts';

const ATTEMPTS_MAX = 10;
const FACTOR = 1.7;
const JITTER = 0.2;
const INITIAL_MS = 100;
/** Told to slow down, the first wait is longer. */
const INITIAL_WHEN_EXHAUSTED_MS = 1000;
const INTERVAL_MAX_MS = 5000;

const RETRYABLE: ReadonlySet<GrpcStatusCode> = new Set([
  grpcStatus.UNKNOWN,
  grpcStatus.RESOURCE_EXHAUSTED,
  grpcStatus.UNAVAILABLE,
  grpcStatus.ABORTED,
  grpcStatus.DATA_LOSS,
  grpcStatus.OUT_OF_RANGE,
]);

/** Whether a call that ended with this code may well succeed when it is sent again. */
export const isRetryableCode = (code: GrpcStatusCode): boolean => RETRYABLE.has(code);

export async function withRetries<T>(options: CallOptions, attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      const isOver = options.retry === false || count === ATTEMPTS_MAX || isHopeless(options, error);
      if (isOver || !(error instanceof RpcError) || !isRetryableCode(error.code)) throw error;
      const delay = delayMs(error.code, count);
      if (options.deadline !== undefined && Date.now() + delay >= options.deadline) {
        throw new RpcError('DEADLINE_EXCEEDED', `Deadline exceeded: ${error.details}`, { cause: error });
      }
      await pause(delay, options.signal);
    }
  }
}

function isHopeless({ retry }: CallOptions, error: unknown): boolean {
  return retry === 'unless-refused' && error instanceof RpcError && isRefused(error.cause);
}

/** What `fetch` rejected with when nobody listens there, or when it does not even ask. */
export function isRefused(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return false;
  return ('code' in cause && cause.code === 'ECONNREFUSED') || cause.message === 'bad port';
}

function delayMs(code: GrpcStatusCode, count: number): number {
  const initial = code === grpcStatus.RESOURCE_EXHAUSTED ? INITIAL_WHEN_EXHAUSTED_MS : INITIAL_MS;
  const jitter = 1 - JITTER + Math.random() * JITTER * 2;
  return Math.min(INTERVAL_MAX_MS, FACTOR ** count * initial) * jitter;
}

/** Rejects when the signal is aborted meanwhile. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = () => {
      clearTimeout(timer);
      reject(new RpcError('CANCELLED', 'Cancelled on client'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', cancel);
      resolve();
    }, ms);
    if (signal?.aborted) cancel();
    else signal?.addEventListener('abort', cancel, { once: true });
  });
}
