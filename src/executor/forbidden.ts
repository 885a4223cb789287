/** What workflow code must not reach for, and what it should use instead. */
import { maybeContext } from './context.ts';
import { DeterminismViolationError } from './errors.ts';

const INSTEAD: Readonly<Record<string, string>> = {
  fetch: 'call an activity that does the request',
  XMLHttpRequest: 'call an activity that does the request',
  WebSocket: 'call an activity that holds the connection',
  EventSource: 'call an activity that holds the connection',
  Request: 'build the request in an activity',
  Response: 'read the response in an activity',
  setInterval: 'use `sleep` in a loop',
  clearInterval: 'use `sleep` in a loop',
  setImmediate: 'use `sleep`, or `await Promise.resolve()`',
  clearImmediate: 'use `sleep` and a CancellationScope',
  'AbortSignal.timeout': 'use `CancellationScope.withTimeout`, or `sleep` and an AbortController',
  scheduler: 'use `sleep`',
  'crypto.subtle': 'call an activity that does the cryptography',
  localStorage: 'keep state in variables of the workflow, or call an activity',
  indexedDB: 'keep state in variables of the workflow, or call an activity',
  caches: 'call an activity',
  Worker: 'call activities: they run in parallel',
  require: 'use `import`',
  eval: 'write the code into the workflow',
  Function: 'write the code into the workflow',
  WebAssembly: 'call an activity that runs the module',
  MessageChannel: 'use `Trigger` or `condition`',
  BroadcastChannel: 'use signals',
  Buffer: 'use Uint8Array, TextEncoder and TextDecoder',
  __dirname: 'read files in an activity',
  __filename: 'read files in an activity',
};

/** Throws: `name` is neither deterministic nor replaced by something that is. */
export function forbidden(name: string): never {
  const context = maybeContext();
  const where = context ? ` (workflow '${context.run.workflowId}', run '${context.run.runId}')` : '';
  const instead = INSTEAD[name] ?? 'do it in an activity and pass the result in';
  throw new DeterminismViolationError(
    `${name} is not available in workflow code, whose every step must be repeatable: ${instead}${where}`,
  );
}
