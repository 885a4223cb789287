/**
 * The rules of Nexus endpoints, without storage: what is registered and a request give what will be registered.
 *
 * E1 Names are unique in the deployment; an endpoint's ID never changes and is never used again.
 * E2 A change names the version that it was made from; any other is refused, so that no change overwrites another unseen.
 */
import type { Result, StatusCode } from '../../engine/api.ts';

/** Where a deployment's Nexus operations go, by the name that callers know. */
export interface NexusEndpoint {
  id: string;
  /** 1 when it is made, one more with each change. */
  version: number;
  name: string;
  /** A payload as JSON: its bytes in base64. */
  description?: unknown;
  /** Who serves it: workers that poll this task queue of this namespace. */
  namespace: string;
  taskQueue: string;
  createdTime: number;
  lastModifiedTime?: number;
}

export interface NexusEndpointSettings {
  name: string;
  namespace: string;
  taskQueue: string;
  description?: unknown;
}

export type NexusEndpointRequest =
  | { kind: 'create'; id: string; settings: NexusEndpointSettings }
  | { kind: 'update'; id: string; version: number; settings: NexusEndpointSettings }
  | { kind: 'delete'; id: string; version: number }
  | { kind: 'get'; id: string }
  | { kind: 'find'; name: string }
  | { kind: 'list'; size: number; from?: string; name?: string };

export interface NexusEndpointAnswers {
  create: Result<NexusEndpoint>;
  update: Result<NexusEndpoint>;
  delete: Result<null>;
  get: Result<NexusEndpoint>;
  find: NexusEndpoint | null;
  list: NexusEndpointPage;
}

/** By name. */
export interface NexusEndpointPage {
  endpoints: NexusEndpoint[];
  /** The name at which the next page begins. */
  next?: string;
}

const NAME = /^[a-zA-Z_][a-zA-Z0-9_-]*$/;
const NAME_LENGTH_MAX = 200;
const TASK_QUEUE_LENGTH_MAX = 1000;
const DESCRIPTION_BYTES_MAX = 20_000;
const ENDPOINTS_MAX = 1000;
/** A stored value holds 2 MB; the registry is one. */
const REGISTRY_BYTES_MAX = 1_500_000;

/** All endpoints after the request, and its answer. The list is sorted by name. */
export interface NexusChange<Answer> {
  endpoints: readonly NexusEndpoint[];
  answer: Answer;
}

export function createEndpoint(
  endpoints: readonly NexusEndpoint[],
  { id, settings }: Extract<NexusEndpointRequest, { kind: 'create' }>,
  now: number,
): NexusChange<Result<NexusEndpoint>> {
  const repeated = endpoints.find((endpoint) => endpoint.id === id);
  // The same request, sent again because its answer was lost.
  if (repeated !== undefined) return { endpoints, answer: { ok: true, value: repeated } };
  const refusal = refusalOf(settings) ?? takenName(endpoints, settings.name, id);
  if (refusal !== undefined) return { endpoints, answer: refusal };
  if (endpoints.length >= ENDPOINTS_MAX)
    return {
      endpoints,
      answer: refuse('RESOURCE_EXHAUSTED', `There are ${ENDPOINTS_MAX} Nexus endpoints, which is the limit.`),
    };
  return put(endpoints, { id, version: 1, ...settings, createdTime: now });
}

export function updateEndpoint(
  endpoints: readonly NexusEndpoint[],
  { id, version, settings }: Extract<NexusEndpointRequest, { kind: 'update' }>,
  now: number,
): NexusChange<Result<NexusEndpoint>> {
  const found = endpoints.find((endpoint) => endpoint.id === id);
  // The same request, sent again because its answer was lost.
  if (found?.version === version + 1 && isSaid(found, settings))
    return { endpoints, answer: { ok: true, value: found } };
  const refusal =
    found === undefined
      ? notFound(id)
      : (wrongVersion(found, version) ?? refusalOf(settings) ?? takenName(endpoints, settings.name, id));
  if (refusal !== undefined || found === undefined) return { endpoints, answer: refusal ?? notFound(id) };
  const { createdTime } = found;
  return put(endpoints, { id, version: version + 1, ...settings, createdTime, lastModifiedTime: now });
}

export function deleteEndpoint(
  endpoints: readonly NexusEndpoint[],
  { id, version }: Extract<NexusEndpointRequest, { kind: 'delete' }>,
): NexusChange<Result<null>> {
  const found = endpoints.find((endpoint) => endpoint.id === id);
  const refusal = found === undefined ? notFound(id) : wrongVersion(found, version);
  if (refusal !== undefined) return { endpoints, answer: refusal };
  return { endpoints: endpoints.filter((endpoint) => endpoint.id !== id), answer: { ok: true, value: null } };
}

export function getEndpoint(endpoints: readonly NexusEndpoint[], id: string): Result<NexusEndpoint> {
  const found = endpoints.find((endpoint) => endpoint.id === id);
  return found === undefined ? notFound(id) : { ok: true, value: found };
}

export function pageOfEndpoints(
  endpoints: readonly NexusEndpoint[],
  { size, from, name }: Extract<NexusEndpointRequest, { kind: 'list' }>,
): NexusEndpointPage {
  const wanted = endpoints.filter(
    (endpoint) => (!name || endpoint.name === name) && (from === undefined || endpoint.name >= from),
  );
  const next = wanted[size]?.name;
  return { endpoints: wanted.slice(0, size), ...(next !== undefined && { next }) };
}

function put(
  endpoints: readonly NexusEndpoint[],
  endpoint: NexusEndpoint,
): NexusChange<Result<NexusEndpoint>> {
  const others = endpoints.filter(({ id }) => id !== endpoint.id);
  const all = [...others, endpoint].sort((a, b) => (a.name < b.name ? -1 : 1));
  if (JSON.stringify(all).length * 2 > REGISTRY_BYTES_MAX)
    return {
      endpoints,
      answer: refuse('RESOURCE_EXHAUSTED', 'The registry of Nexus endpoints is full: shorten descriptions.'),
    };
  return { endpoints: all, answer: { ok: true, value: endpoint } };
}

function refusalOf({ name, namespace, taskQueue, description }: NexusEndpointSettings) {
  if (!name) return refuse('INVALID_ARGUMENT', 'spec.name: required, but not set');
  if (name.length > NAME_LENGTH_MAX)
    return refuse('INVALID_ARGUMENT', `spec.name: longer than ${NAME_LENGTH_MAX} characters`);
  if (!NAME.test(name))
    return refuse(
      'INVALID_ARGUMENT',
      `spec.name: '${name}' does not match ${NAME.source}: use letters, digits, hyphens and underscores`,
    );
  if (!namespace) return refuse('INVALID_ARGUMENT', 'spec.target.worker.namespace: required, but not set');
  if (!taskQueue) return refuse('INVALID_ARGUMENT', 'spec.target.worker.taskQueue: required, but not set');
  if (taskQueue.length > TASK_QUEUE_LENGTH_MAX)
    return refuse(
      'INVALID_ARGUMENT',
      `spec.target.worker.taskQueue: longer than ${TASK_QUEUE_LENGTH_MAX} characters`,
    );
  if (description !== undefined && JSON.stringify(description).length > DESCRIPTION_BYTES_MAX)
    return refuse('INVALID_ARGUMENT', `spec.description: larger than ${DESCRIPTION_BYTES_MAX} bytes`);
  return undefined;
}

function isSaid(endpoint: NexusEndpoint, { name, namespace, taskQueue, description }: NexusEndpointSettings) {
  const said = [name, namespace, taskQueue, JSON.stringify(description)];
  const { name: itsName, namespace: itsNamespace, taskQueue: itsQueue } = endpoint;
  const is = [itsName, itsNamespace, itsQueue, JSON.stringify(endpoint.description)];
  return said.every((value, index) => value === is[index]);
}

function takenName(endpoints: readonly NexusEndpoint[], name: string, id: string) {
  const isTaken = endpoints.some((endpoint) => endpoint.name === name && endpoint.id !== id);
  return isTaken
    ? refuse('ALREADY_EXISTS', `A Nexus endpoint named '${name}' is already registered.`)
    : undefined;
}

function wrongVersion(found: NexusEndpoint, version: number) {
  if (found.version === version) return undefined;
  return refuse(
    'FAILED_PRECONDITION',
    `Nexus endpoint '${found.name}' is at version ${found.version}, not ${version}: read it again and repeat the change.`,
  );
}

function notFound(id: string) {
  return refuse('NOT_FOUND', `There is no Nexus endpoint with the ID '${id}'.`);
}

export function refuse(
  code: StatusCode,
  message: string,
): { ok: false; error: { code: StatusCode; message: string } } {
  return { ok: false, error: { code, message } };
}
