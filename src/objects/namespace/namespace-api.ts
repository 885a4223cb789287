/** What the registry of namespaces answers. Plain data; refusals are values. */
import type { Result } from '../../engine/api.ts';
import type { IndexedValueTypeName } from '../../sdk/common/wire/messages.ts';
import type { RegisterNamespaceRequest, UpdateNamespaceRequest } from '../../sdk/common/wire/requests.ts';

/** One namespace: the document that its object keeps. */
export interface NamespaceRecord {
  id: string;
  name: string;
  state: 'REGISTERED' | 'DEPRECATED' | 'DELETED';
  description: string;
  ownerEmail: string;
  data: Record<string, string>;
  retentionMs: number;
  createdTime: number;
  /** Name to type, `KEYWORD` and the like. */
  customSearchAttributes: Record<string, string>;
  /** Objects over which the index is spread; `SHARDS_DEFAULT` unless set. */
  visibilityShards?: number;
  /** What it was before: runs may still be there. */
  visibilityShardsBefore?: number;
}

export interface NamespacePage {
  records: NamespaceRecord[];
  /** Where the next page begins: a name. Undefined on the last page. */
  next?: string;
}

/** What is ours of a namespace, beside what Temporal's update changes. */
export interface NamespaceSettings {
  visibilityShards?: number;
}

/** Custom search attributes to register, and to forget. */
export interface SearchAttributeChange {
  add?: Readonly<Record<string, IndexedValueTypeName>>;
  remove?: readonly string[];
}

export interface NamespaceDirectory {
  /** Undefined when there is no such namespace. May be some seconds old, unless asked for fresh. */
  find(name: string, options?: { isFresh?: boolean }): Promise<NamespaceRecord | undefined>;
  register(request: RegisterNamespaceRequest): Promise<Result<NamespaceRecord>>;
  update(request: UpdateNamespaceRequest): Promise<Result<NamespaceRecord>>;
  changeSettings(namespace: string, settings: NamespaceSettings): Promise<Result<NamespaceRecord>>;
  changeSearchAttributes(namespace: string, change: SearchAttributeChange): Promise<Result<NamespaceRecord>>;
  /** By name, `default` among the others. */
  list(page: { size: number; from?: string }): Promise<NamespacePage>;
}
