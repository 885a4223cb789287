/** What the registry of namespaces answers. Plain data; refusals are values. */
import type { Result } from '../../engine/api.ts';
import type { IndexedValueTypeName } from '../../sdk/common/wire/messages.ts';
import type { RegisterNamespaceRequest, UpdateNamespaceRequest } from '../../sdk/common/wire/requests.ts';
import type { NamespaceLimits } from './namespace-limits.ts';

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
  /** How often that has changed: a shard follows the latest change that it has heard of. */
  visibilityShardChanges?: number;
  limits?: NamespaceLimits;
  /** Where its objects are. Fixed when it is registered. */
  placement?: Placement;
  /** Histories are kept in the archive when they are erased. */
  isArchived?: boolean;
}

/** At most one of them. */
export interface Placement {
  /** Objects neither run nor are stored elsewhere. */
  jurisdiction?: 'eu' | 'us' | 'fedramp';
  /** Near where objects are made, as far as the platform can. */
  locationHint?: string;
}

export interface NamespacePage {
  records: NamespaceRecord[];
  /** Where the next page begins: a name. Undefined on the last page. */
  next?: string;
}

/** What is ours of a namespace, beside what Temporal's update changes. */
export interface NamespaceSettings {
  visibilityShards?: number;
  /** The name cannot be used any more, until it is registered anew. */
  isDeleted?: boolean;
}

export interface StartTokensRequest {
  wanted: number;
  perSecond: number;
}

/** Custom search attributes to register, and to forget. */
export interface SearchAttributeChange {
  add?: Readonly<Record<string, IndexedValueTypeName>>;
  remove?: readonly string[];
}

export interface NamespaceDirectory {
  /** Undefined when there is no such namespace. May be some seconds old, unless asked for fresh. */
  find(name: string, options?: { isFresh?: boolean }): Promise<NamespaceRecord | undefined>;
  /** `replacesDeleted`: nothing is left of the namespace that had this name before. */
  register(
    request: RegisterNamespaceRequest,
    options?: { replacesDeleted?: boolean },
  ): Promise<Result<NamespaceRecord>>;
  update(request: UpdateNamespaceRequest): Promise<Result<NamespaceRecord>>;
  changeSettings(namespace: string, settings: NamespaceSettings): Promise<Result<NamespaceRecord>>;
  changeSearchAttributes(namespace: string, change: SearchAttributeChange): Promise<Result<NamespaceRecord>>;
  /** How many starts may be made of those wanted. */
  takeStarts(namespace: string, request: StartTokensRequest): Promise<number>;
  /** By name, `default` among the others. */
  list(page: { size: number; from?: string }): Promise<NamespacePage>;
}
