/** What the parts of a client need of it. */
import type { LoadedDataConverter } from '../common/converter/data-converter.ts';
import type { WorkflowSerializationContext } from '../common/converter/serialization-context.ts';
import type { Gateway } from './calls/index.ts';

export interface ClientContext {
  readonly gateway: Gateway;
  readonly dataConverter: LoadedDataConverter;
  readonly namespace: string;
  readonly identity: string;
  /** Whether a start may ask for its first task to be run at once, which here every start's is (START-18). */
  readonly supportsEagerStart?: boolean;
}

export function serializationContext(
  { namespace }: Pick<ClientContext, 'namespace'>,
  workflowId: string,
): WorkflowSerializationContext {
  return { type: 'workflow', namespace, workflowId };
}
