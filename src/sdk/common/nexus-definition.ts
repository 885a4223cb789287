/** Operations of a Nexus service, as callers name them: by definition, or by key. */
import type { TypeInfo } from './type-info.ts';

export interface NexusOperationDefinition {
  name: string;
  inputType?: TypeInfo;
  outputType?: TypeInfo;
}

/** Throws `TypeError` when the service has no such operation. */
export function nexusOperationOf(
  service: { name: string; operations: Readonly<Record<string, unknown>> },
  op: unknown,
): NexusOperationDefinition {
  const definition = (typeof op === 'string' ? service.operations[op] : op) as
    | NexusOperationDefinition
    | undefined;
  if (definition?.name) return definition;
  throw new TypeError(
    `Service '${service.name}' has no operation '${String(op)}'. It has: ${Object.keys(service.operations).join(', ')}`,
  );
}
