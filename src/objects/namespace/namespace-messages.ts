/** What goes to a `Namespace` object and back: the JSON bodies of its one route. */
import type { Result } from '../../engine/api.ts';
import type { RegisterNamespaceRequest, UpdateNamespaceRequest } from '../../sdk/common/wire/requests.ts';
import type { NexusEndpointAnswers, NexusEndpointRequest } from '../nexus/nexus-endpoint-record.ts';
import type { DeploymentAnswers, DeploymentRequest } from '../worker-deployment/deployment-requests.ts';
import type {
  NamespaceRecord,
  NamespaceSettings,
  SearchAttributeChange,
  StartTokensRequest,
} from './namespace-api.ts';

/**
 * One class, four kinds of object: each namespace has one for its record and one for its worker deployments, one more keeps the
 * list of names, so that there is something to list, and one the Nexus endpoints. A name enters the list before its record exists; readers of the list pass over names without a record.
 */
export type NamespaceMessage =
  | { kind: 'find'; name: string }
  | { kind: 'register'; request: RegisterNamespaceRequest; id: string; replacesDeleted?: boolean }
  | { kind: 'update'; request: UpdateNamespaceRequest }
  | { kind: 'settings'; name: string; settings: NamespaceSettings }
  | { kind: 'searchAttributes'; name: string; change: SearchAttributeChange }
  | { kind: 'nexusEndpoints'; request: NexusEndpointRequest }
  | { kind: 'workerDeployments'; request: DeploymentRequest }
  | { kind: 'takeStarts'; request: StartTokensRequest }
  | { kind: 'addName'; name: string }
  | { kind: 'names'; size: number; from?: string };

export interface NamespaceAnswers {
  find: NamespaceRecord | null;
  register: Result<NamespaceRecord>;
  update: Result<NamespaceRecord>;
  settings: Result<NamespaceRecord>;
  searchAttributes: Result<NamespaceRecord>;
  nexusEndpoints: NexusEndpointAnswers[NexusEndpointRequest['kind']];
  workerDeployments: DeploymentAnswers[DeploymentRequest['kind']];
  takeStarts: number;
  addName: Result<null>;
  names: { names: string[]; next?: string };
}

/** Names of the objects. A namespace's own begins with `namespace:`, so none can be taken for the list. */
export const NAME_LIST_OBJECT = 'names';
export const NEXUS_ENDPOINTS_OBJECT = 'nexus-endpoints';
export const namespaceObject = (name: string): string => `namespace:${name}`;
export const deploymentsObject = (namespace: string): string => `worker-deployments:${namespace}`;
