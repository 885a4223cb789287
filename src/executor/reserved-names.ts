/** Names that belong to the runtime (SIG-8, QRY-10). */
import {
  ENHANCED_STACK_TRACE_QUERY_NAME,
  STACK_TRACE_QUERY_NAME,
  TEMPORAL_RESERVED_PREFIX,
} from '../sdk/common/reserved.ts';

/** Interceptors do not see messages of the runtime's own. */
export function isInternalName(name: string): boolean {
  return (
    name.startsWith(TEMPORAL_RESERVED_PREFIX) ||
    name === STACK_TRACE_QUERY_NAME ||
    name === ENHANCED_STACK_TRACE_QUERY_NAME
  );
}

/** A catch-all handler of the user is never given a message of the runtime's own. */
export function refuseReservedForDefault(
  kind: 'signal' | 'query' | 'update',
  name: string,
  hasDefault: boolean,
): void {
  if (!hasDefault || !name.startsWith(TEMPORAL_RESERVED_PREFIX)) return;
  throw new TypeError(
    `Cannot use ${kind} name: '${name}', with reserved prefix: '${TEMPORAL_RESERVED_PREFIX}'`,
  );
}
