/**
 * Rejections in workflow code that nothing handles fail the run's task (SCOPE-14). The platform tells of them after the
 * microtasks have drained and before the activation's macrotask, in the async context of the code that was rejected.
 */
import { maybeContext } from './context.ts';
import { UnhandledRejectionError } from './errors.ts';

let isInstalled = false;

/** Gives the rejection to the run whose code it is of. False when it is of none. */
function failTaskOf(reason: unknown): boolean {
  const run = maybeContext()?.run;
  if (run === undefined) return false;
  run.failTask(unhandledRejection(reason));
  return true;
}

/** What a task fails with for a rejection that nothing handled. */
export function unhandledRejection(reason: unknown): UnhandledRejectionError {
  return new UnhandledRejectionError(`Unhandled Promise rejection: ${String(reason)}`, reason);
}

interface RejectionEvent {
  readonly reason: unknown;
  preventDefault(): void;
}

interface RejectionEventTarget {
  addEventListener(type: 'unhandledrejection', listener: (event: RejectionEvent) => void): void;
}

interface RejectionEmitter {
  on(type: 'unhandledRejection', listener: (reason: unknown) => void): unknown;
  listenerCount(type: 'unhandledRejection'): number;
}

/** Listens once per isolate, on whichever of the two forms the platform has. */
export function installUnhandledRejectionHook(): void {
  if (isInstalled) return;
  isInstalled = true;
  const { process, addEventListener } = globalThis as unknown as Partial<{
    process: Partial<RejectionEmitter>;
  }> &
    Partial<RejectionEventTarget>;
  if (isWorkerd()) {
    addEventListener?.('unhandledrejection', (event) => {
      if (failTaskOf(event.reason)) event.preventDefault();
    });
    return;
  }
  process?.on?.('unhandledRejection', (reason) => {
    // With a listener Node does not end the process any more: of rejections that are not ours it must, as before.
    if (!failTaskOf(reason) && process.listenerCount?.('unhandledRejection') === 1) throw reason;
  });
}

function isWorkerd(): boolean {
  return typeof navigator === 'object' && navigator.userAgent === 'Cloudflare-Workers';
}
