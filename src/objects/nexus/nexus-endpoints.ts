/** The registry of Nexus endpoints as the rest of the Worker sees it. One object keeps it, for the whole deployment. */
import type { Result } from '../../engine/api.ts';
import {
  createEndpoint,
  deleteEndpoint,
  getEndpoint,
  type NexusEndpoint,
  type NexusEndpointAnswers,
  type NexusEndpointPage,
  type NexusEndpointRequest,
  type NexusEndpointSettings,
  pageOfEndpoints,
  updateEndpoint,
} from './nexus-endpoint-record.ts';

export interface NexusEndpoints {
  /** Undefined when there is none of that name. May be some seconds old. */
  find(name: string): Promise<NexusEndpoint | undefined>;
  get(id: string): Promise<Result<NexusEndpoint>>;
  list(page: { size: number; from?: string; name?: string }): Promise<NexusEndpointPage>;
  create(settings: NexusEndpointSettings): Promise<Result<NexusEndpoint>>;
  update(id: string, version: number, settings: NexusEndpointSettings): Promise<Result<NexusEndpoint>>;
  remove(id: string, version: number): Promise<Result<null>>;
}

/** Asks whoever keeps the registry. */
export type AskEndpoints = <Request extends NexusEndpointRequest>(
  request: Request,
) => Promise<NexusEndpointAnswers[Request['kind']]>;

/** Looks one up by name; may be some seconds old. */
export type NexusEndpointLookup = (name: string) => Promise<NexusEndpoint | undefined>;

/** How old what `find` gives may be: a change made through another isolate shows after at most this. */
const CACHE_MS = 10_000;
const CACHED_MAX = 1000;

export function nexusEndpoints(ask: AskEndpoints, now: () => number = Date.now): NexusEndpoints {
  const cache = new Map<string, { endpoint: NexusEndpoint; readTime: number }>();
  const changed = <T>(result: Result<T>): Result<T> => {
    if (result.ok) cache.clear();
    return result;
  };
  return {
    async find(name) {
      const cached = cache.get(name);
      if (cached !== undefined && now() - cached.readTime < CACHE_MS) return cached.endpoint;
      const endpoint = await ask({ kind: 'find', name });
      if (cache.size >= CACHED_MAX) cache.clear();
      if (endpoint === null) cache.delete(name);
      else cache.set(name, { endpoint, readTime: now() });
      return endpoint ?? undefined;
    },
    get: (id) => ask({ kind: 'get', id }),
    list: (page) => ask({ kind: 'list', ...page }),
    create: async (settings) => changed(await ask({ kind: 'create', id: crypto.randomUUID(), settings })),
    update: async (id, version, settings) => changed(await ask({ kind: 'update', id, version, settings })),
    remove: async (id, version) => changed(await ask({ kind: 'delete', id, version })),
  };
}

/** What a request makes of the registry. */
export function applyToEndpoints(
  endpoints: readonly NexusEndpoint[],
  request: NexusEndpointRequest,
  now: number,
): { endpoints: readonly NexusEndpoint[]; answer: NexusEndpointAnswers[NexusEndpointRequest['kind']] } {
  switch (request.kind) {
    case 'create':
      return createEndpoint(endpoints, request, now);
    case 'update':
      return updateEndpoint(endpoints, request, now);
    case 'delete':
      return deleteEndpoint(endpoints, request);
    case 'get':
      return { endpoints, answer: getEndpoint(endpoints, request.id) };
    case 'find':
      return { endpoints, answer: endpoints.find(({ name }) => name === request.name) ?? null };
    case 'list':
      return { endpoints, answer: pageOfEndpoints(endpoints, request) };
  }
}

/** The registry of a server in this process. */
export function localNexusEndpoints(): NexusEndpoints {
  let endpoints: readonly NexusEndpoint[] = [];
  return nexusEndpoints(async (request) => {
    const change = applyToEndpoints(endpoints, request, Date.now());
    endpoints = change.endpoints;
    // Sound: the answer is that of the request's kind.
    return change.answer as never;
  });
}
