/** Names that belong to the system. */

export const TEMPORAL_RESERVED_PREFIX = '__temporal_';
export const STACK_TRACE_QUERY_NAME = '__stack_trace';
export const ENHANCED_STACK_TRACE_QUERY_NAME = '__enhanced_stack_trace';

export type ReservedNameEntityType =
  | 'query'
  | 'signal'
  | 'update'
  | 'activity'
  | 'task queue'
  | 'sink'
  | 'workflow';

/** Names with the reserved prefix that Temporal's own add-on packages register. */
const ALLOWED: ReadonlyMap<string, ReservedNameEntityType> = new Map([
  ['__temporal_workflow_stream_publish', 'signal'],
  ['__temporal_workflow_stream_poll', 'update'],
  ['__temporal_workflow_stream_offset', 'query'],
  ['__temporal_openai_agents_tracing', 'sink'],
  ['__temporal_langsmith', 'sink'],
]);

export function throwIfReservedName(type: ReservedNameEntityType, name: string): void {
  if (name.startsWith(TEMPORAL_RESERVED_PREFIX) && ALLOWED.get(name) !== type) {
    throw new TypeError(
      `Cannot use ${type} name: '${name}', with reserved prefix: '${TEMPORAL_RESERVED_PREFIX}'`,
    );
  }
  if (name === STACK_TRACE_QUERY_NAME || name === ENHANCED_STACK_TRACE_QUERY_NAME) {
    throw new TypeError(`Cannot use ${type} name: '${name}', which is a reserved name`);
  }
}
