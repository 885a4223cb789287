/**
 * Waiting for an object without keeping it in memory: the first seconds by RPC, after that on a WebSocket that hibernates.
 *
 * L1 The socket is opened before the state is read again, so nothing that happens in between is missed.
 * L2 A message says only "look again". So does a close: after a reset of the object the next round subscribes anew.
 */
import type { Executions, ExecutionTarget } from './executions.ts';
import { pause } from './executions.ts';

/** How long one call may wait by RPC. */
export const RPC_WAIT_MAX_MS = 10_000;
/** How long a caller waits who does not say, as in Temporal. */
export const LONG_POLL_MS = 20_000;
/** How long a caller may ask to wait. */
export const WAIT_MAX_MS = 60_000;

/** Between two rounds: a busy run has news all the time, and a broken socket closes at once. */
const ROUND_MS = 250;

export interface LongPoll<T> {
  executions: Executions;
  target: ExecutionTarget;
  /** The run to wait on, as far as it is known by now; the current one otherwise. */
  runId(): string | undefined;
  waitMs: number;
  /** Asks the object, which may wait this long itself. */
  poll(waitMs: number): Promise<T>;
  isDone(reply: T): boolean;
}

/** The first reply that is done, or the last one before time ran out. */
export async function longPoll<T>(options: LongPoll<T>): Promise<T> {
  const { poll, isDone } = options;
  const end = Date.now() + options.waitMs;
  let reply = await poll(Math.min(options.waitMs, RPC_WAIT_MAX_MS));
  while (!isDone(reply) && Date.now() < end) {
    const subscription = await subscribe(options);
    if (!subscription) {
      reply = await poll(Math.min(end - Date.now(), RPC_WAIT_MAX_MS));
      continue;
    }
    try {
      reply = await poll(0);
      if (!isDone(reply)) await subscription.nextMessage(end - Date.now());
    } finally {
      subscription.close();
    }
    if (!isDone(reply)) reply = await poll(0);
    if (!isDone(reply)) await pause(Math.min(ROUND_MS, Math.max(end - Date.now(), 0)));
  }
  return reply;
}

interface Subscription {
  /** Resolves with a message, a close, or the end of time. */
  nextMessage(timeoutMs: number): Promise<void>;
  close(): void;
}

/** Undefined when the object offers no socket; then the caller waits by RPC. */
async function subscribe({
  executions,
  target,
  runId,
}: LongPoll<unknown>): Promise<Subscription | undefined> {
  const { namespace, workflowId } = target;
  const run = runId();
  const query = new URLSearchParams({ namespace, workflowId, ...(run ? { runId: run } : {}) });
  const request = new Request(`https://workflow-execution/wait?${query}`, {
    headers: { Upgrade: 'websocket' },
  });
  try {
    const response = await executions(namespace, workflowId).fetch(request);
    return response.webSocket ? subscriptionTo(response.webSocket) : undefined;
  } catch {
    // The object is being reset, or moved: the poll by RPC that follows repeats, or reports what is wrong.
    await pause(ROUND_MS);
    return undefined;
  }
}

function subscriptionTo(socket: NonNullable<Response['webSocket']>): Subscription {
  let wake: () => void = () => undefined;
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  for (const type of ['message', 'close', 'error'] as const) socket.addEventListener(type, wake);
  socket.accept();
  return {
    async nextMessage(timeoutMs) {
      const timer = setTimeout(wake, Math.max(timeoutMs, 0));
      await woken;
      clearTimeout(timer);
    },
    close() {
      try {
        socket.close(1000, 'done');
      } catch {
        // Already closed by the other side.
      }
    },
  };
}
