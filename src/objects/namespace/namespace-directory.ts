/** The registry of namespaces as the rest of the Worker sees it, with what this isolate has read lately. */
import type { Result } from '../../engine/api.ts';
import type { RegisterNamespaceRequest, UpdateNamespaceRequest } from '../../sdk/common/wire/requests.ts';
import { type NexusEndpoints, nexusEndpoints } from '../nexus/nexus-endpoints.ts';
import { type WorkerDeployments, workerDeployments } from '../worker-deployment/deployments.ts';
import type {
  NamespaceDirectory,
  NamespacePage,
  NamespaceRecord,
  NamespaceSettings,
  SearchAttributeChange,
  StartTokensRequest,
} from './namespace-api.ts';
import {
  deploymentsObject,
  NAME_LIST_OBJECT,
  type NamespaceAnswers,
  type NamespaceMessage,
  NEXUS_ENDPOINTS_OBJECT,
  namespaceObject,
} from './namespace-messages.ts';
import { DEFAULT_NAMESPACE } from './namespace-record.ts';

/** How old a record may be: a change made through another isolate shows after at most this. */
const CACHE_MS = 10_000;
const CACHED_MAX = 1000;
const ATTEMPTS_MAX = 4;

/** The part of an object namespace binding that is used. */
export interface NamespaceBinding {
  getByName(name: string): { fetch(request: Request): Promise<Response> };
}

interface Cached {
  record: NamespaceRecord;
  readTime: number;
}

export function createNamespaceDirectory(
  binding: NamespaceBinding,
  now: () => number = Date.now,
): NamespaceDirectory {
  const cache = new Map<string, Cached>();
  const remember = (record: NamespaceRecord): void => {
    if (cache.size >= CACHED_MAX) cache.clear();
    cache.set(record.name, { record, readTime: now() });
  };
  const rememberResult = (result: Result<NamespaceRecord>): Result<NamespaceRecord> => {
    if (result.ok) remember(result.value);
    return result;
  };

  async function find(
    name: string,
    { isFresh = false }: { isFresh?: boolean } = {},
  ): Promise<NamespaceRecord | undefined> {
    const cached = isFresh ? undefined : cache.get(name);
    if (cached && now() - cached.readTime < CACHE_MS) return cached.record;
    const record = await ask(binding, namespaceObject(name), { kind: 'find', name });
    if (record) remember(record);
    else cache.delete(name);
    return record ?? undefined;
  }

  async function register(
    request: RegisterNamespaceRequest,
    { replacesDeleted = false }: { replacesDeleted?: boolean } = {},
  ): Promise<Result<NamespaceRecord>> {
    const name = request.namespace;
    const listed = await ask(binding, NAME_LIST_OBJECT, { kind: 'addName', name });
    if (!listed.ok) return listed;
    const message = { kind: 'register', request, id: crypto.randomUUID(), replacesDeleted } as const;
    return rememberResult(await ask(binding, namespaceObject(name), message));
  }

  async function update(request: UpdateNamespaceRequest): Promise<Result<NamespaceRecord>> {
    const message = { kind: 'update', request } as const;
    return rememberResult(await ask(binding, namespaceObject(request.namespace), message));
  }

  async function changeSettings(name: string, settings: NamespaceSettings): Promise<Result<NamespaceRecord>> {
    const message = { kind: 'settings', name, settings } as const;
    return rememberResult(await ask(binding, namespaceObject(name), message));
  }

  async function changeSearchAttributes(
    name: string,
    change: SearchAttributeChange,
  ): Promise<Result<NamespaceRecord>> {
    const message = { kind: 'searchAttributes', name, change } as const;
    return rememberResult(await ask(binding, namespaceObject(name), message));
  }

  async function takeStarts(name: string, request: StartTokensRequest): Promise<number> {
    return ask(binding, namespaceObject(name), { kind: 'takeStarts', request });
  }

  async function list({ size, from }: { size: number; from?: string }): Promise<NamespacePage> {
    await ask(binding, NAME_LIST_OBJECT, { kind: 'addName', name: DEFAULT_NAMESPACE });
    const page = await ask(binding, NAME_LIST_OBJECT, {
      kind: 'names',
      size,
      ...(from === undefined ? {} : { from }),
    });
    const found = await Promise.all(page.names.map((name) => find(name)));
    const records = found.filter((record) => record !== undefined);
    return { records, ...(page.next === undefined ? {} : { next: page.next }) };
  }

  return { find, register, update, changeSettings, changeSearchAttributes, takeStarts, list };
}

/** The registry of Nexus endpoints, in an object of the same class. */
export function createNexusEndpoints(
  binding: NamespaceBinding,
  now: () => number = Date.now,
): NexusEndpoints {
  return nexusEndpoints(
    async (request) =>
      // Sound: the answer is that of the request's kind.
      (await ask(binding, NEXUS_ENDPOINTS_OBJECT, { kind: 'nexusEndpoints', request })) as never,
    now,
  );
}

/** The registries of worker deployments, each in an object of the same class. */
export function createWorkerDeployments(
  binding: NamespaceBinding,
  now: () => number = Date.now,
): WorkerDeployments {
  return workerDeployments(
    async (namespace, request) =>
      // Sound: the answer is that of the request's kind.
      (await ask(binding, deploymentsObject(namespace), { kind: 'workerDeployments', request })) as never,
    now,
  );
}

/** Messages can be repeated: a register that did happen answers its repeat with the record, known by its ID. */
async function ask<Message extends NamespaceMessage>(
  binding: NamespaceBinding,
  object: string,
  message: Message,
): Promise<NamespaceAnswers[Message['kind']]> {
  for (let attempt = 1; ; attempt++) {
    try {
      const request = new Request('https://namespace/', { method: 'POST', body: JSON.stringify(message) });
      const response = await binding.getByName(object).fetch(request);
      if (!response.ok) throw new Error(`${object} answered ${response.status}: ${await response.text()}`);
      return await response.json();
    } catch (error) {
      const { retryable, overloaded } = error as { retryable?: boolean; overloaded?: boolean };
      if (!retryable || overloaded || attempt === ATTEMPTS_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** attempt));
    }
  }
}
