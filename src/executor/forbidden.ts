/** What workflow code must not reach for, and what it should use instead. */
import { maybeContext } from './context.ts';
import { DeterminismViolationError } from './errors.ts';
import { forbiddenGlobals } from './globals-table.ts';

/** Members of values that are themselves allowed, beside the names in the table. */
const INSTEAD: Readonly<Record<string, string>> = {
  ...forbiddenGlobals,
  'AbortSignal.timeout': 'use CancellationScope.withTimeout, or sleep() and an AbortController',
  'crypto.subtle': 'move the cryptography to an activity',
};

/** Throws: `name` is neither deterministic nor replaced by something that is. */
export function forbidden(name: string): never {
  const context = maybeContext();
  const where = context ? ` (workflow '${context.run.workflowId}', run '${context.run.runId}')` : '';
  const instead = Object.hasOwn(INSTEAD, name)
    ? INSTEAD[name]
    : 'do it in an activity and pass the result in';
  throw new DeterminismViolationError(
    `${name} is not available in workflow code, whose every step must be repeatable: ${instead}${where}`,
  );
}
