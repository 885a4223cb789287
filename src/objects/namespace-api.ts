/** What the registry of namespaces answers. Plain data; refusals are values. */
import type { Result } from '../engine/api.ts';
import type { RegisterNamespaceRequest, UpdateNamespaceRequest } from '../sdk/common/wire/requests.ts';

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
}

export interface NamespacePage {
  records: NamespaceRecord[];
  /** Where the next page begins: a name. Undefined on the last page. */
  next?: string;
}

export interface NamespaceDirectory {
  /** Undefined when there is no such namespace. May be some seconds old. */
  find(name: string): Promise<NamespaceRecord | undefined>;
  register(request: RegisterNamespaceRequest): Promise<Result<NamespaceRecord>>;
  update(request: UpdateNamespaceRequest): Promise<Result<NamespaceRecord>>;
  /** By name, `default` among the others. */
  list(page: { size: number; from?: string }): Promise<NamespacePage>;
}
