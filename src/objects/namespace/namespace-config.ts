/** What objects need to know of their namespace. */
import type { NamespaceConfig } from '../execution/workflow-execution-api.ts';
import type { NamespaceDirectory, NamespaceRecord } from './namespace-api.ts';

export function namespaceConfigOf({ retentionMs, limits }: NamespaceRecord): NamespaceConfig {
  return { retentionMs, ...(limits && { limits }) };
}

/** Looked up by an object when it is loaded. Undefined for a namespace that is not there, or is there no more. */
export type NamespaceSettingsLookup = (namespace: string) => Promise<NamespaceRecord | undefined>;

export function namespaceSettingsLookup(
  directory: Pick<NamespaceDirectory, 'find'>,
): NamespaceSettingsLookup {
  return async (namespace) => {
    const record = await directory.find(namespace);
    return record?.state === 'DELETED' ? undefined : record;
  };
}
