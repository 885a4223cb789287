/**
 * A namespace's object. Its state is one JSON document, which itty-durable loads and persists; nothing else of that package is
 * used, since its way of passing arguments takes headers and reaches every method and property.
 *
 * N1 One message at a time: each sees what the one before it stored.
 * N2 What is in memory is what is stored: a failed write takes the change back.
 */
import { createDurable } from 'itty-durable';
import type { Result } from '../../engine/api.ts';
import type { NexusEndpoint, NexusEndpointRequest } from '../nexus/nexus-endpoint-record.ts';
import { applyToEndpoints } from '../nexus/nexus-endpoints.ts';
import { applyToDeployments } from '../worker-deployment/deployment-changes.ts';
import { type DeploymentRegistry, NO_DEPLOYMENTS } from '../worker-deployment/deployment-record.ts';
import type { DeploymentRequest } from '../worker-deployment/deployment-requests.ts';
import type { NamespaceRecord } from './namespace-api.ts';
import type { NamespaceAnswers, NamespaceMessage } from './namespace-messages.ts';
import {
  changeSearchAttributes,
  changeSettings,
  DEFAULT_NAMESPACE,
  defaultNamespace,
  refuse,
  registerNamespace,
  updateNamespace,
} from './namespace-record.ts';
import { StartTokens } from './start-gate.ts';

/** A stored value holds 2 MB; the list is one. */
const NAME_LIST_BYTES_MAX = 1_500_000;

export class Namespace extends createDurable() {
  /** The document. Undefined members are not stored. */
  record: NamespaceRecord | undefined = undefined;
  names: string[] = [];
  nexusEndpoints: readonly NexusEndpoint[] | undefined = undefined;
  workerDeployments: DeploymentRegistry | undefined = undefined;

  readonly #queue = new SerialQueue();
  readonly #starts = new StartTokens();

  override async fetch(request: Request): Promise<Response> {
    if (request.method !== 'POST') return new Response('expected POST', { status: 405 });
    const message: NamespaceMessage = await request.json();
    const answer = await this.#queue.run(async () => {
      await this.loadFromStorage();
      return this.answer(message);
    });
    return Response.json(answer);
  }

  async answer(message: NamespaceMessage): Promise<NamespaceAnswers[NamespaceMessage['kind']]> {
    switch (message.kind) {
      case 'find':
        return (await this.find(message.name)) ?? null;
      case 'register': {
        const { id, request, replacesDeleted } = message;
        const existing = await this.find(request.namespace);
        const identity = { id, now: Date.now(), replacesDeleted };
        return this.store(registerNamespace(existing, request, identity));
      }
      case 'update': {
        const name = message.request.namespace;
        const existing = await this.find(name);
        if (!existing) return refuse('NOT_FOUND', `Namespace ${name} is not found.`);
        return this.store(updateNamespace(existing, message.request));
      }
      case 'settings': {
        const existing = await this.find(message.name);
        if (!existing) return refuse('NOT_FOUND', `Namespace ${message.name} is not found.`);
        return this.store(changeSettings(existing, message.settings));
      }
      case 'searchAttributes': {
        const existing = await this.find(message.name);
        if (!existing) return refuse('NOT_FOUND', `Namespace ${message.name} is not found.`);
        return this.store(changeSearchAttributes(existing, message.change));
      }
      case 'takeStarts':
        return this.#starts.take(message.request, Date.now());
      case 'nexusEndpoints':
        return this.changeEndpoints(message.request);
      case 'workerDeployments':
        return this.changeDeployments(message.request);
      case 'addName':
        return this.addName(message.name);
      case 'names':
        return this.pageOfNames(message);
    }
  }

  /** `default` comes into being when it is first looked for. */
  async find(name: string): Promise<NamespaceRecord | undefined> {
    if (!this.record && name === DEFAULT_NAMESPACE) {
      await this.store({ ok: true, value: defaultNamespace(crypto.randomUUID(), Date.now()) });
    }
    return this.record;
  }

  async store(result: Result<NamespaceRecord>): Promise<Result<NamespaceRecord>> {
    if (!result.ok) return result;
    const before = this.record;
    this.record = result.value;
    try {
      await this.persist();
    } catch (error) {
      this.record = before;
      throw error;
    }
    return result;
  }

  async changeEndpoints(request: NexusEndpointRequest) {
    const before = this.nexusEndpoints;
    const { endpoints, answer } = applyToEndpoints(before ?? [], request, Date.now());
    if (endpoints === before || (before === undefined && endpoints.length === 0)) return answer;
    this.nexusEndpoints = endpoints;
    try {
      await this.persist();
    } catch (error) {
      this.nexusEndpoints = before;
      throw error;
    }
    return answer;
  }

  async changeDeployments(request: DeploymentRequest) {
    const before = this.workerDeployments;
    const { registry, answer } = applyToDeployments(before ?? NO_DEPLOYMENTS, request, Date.now());
    if (registry === (before ?? NO_DEPLOYMENTS)) return answer;
    this.workerDeployments = registry;
    try {
      await this.persist();
    } catch (error) {
      this.workerDeployments = before;
      throw error;
    }
    return answer;
  }

  async addName(name: string): Promise<Result<null>> {
    if (this.names.includes(name)) return { ok: true, value: null };
    const before = this.names;
    this.names = [...before, name].sort();
    if (JSON.stringify(this.names).length * 2 > NAME_LIST_BYTES_MAX) {
      this.names = before;
      return refuse('RESOURCE_EXHAUSTED', `The list of ${before.length} namespaces is full.`);
    }
    try {
      await this.persist();
    } catch (error) {
      this.names = before;
      throw error;
    }
    return { ok: true, value: null };
  }

  pageOfNames({ size, from }: { size: number; from?: string }): { names: string[]; next?: string } {
    const first = from === undefined ? 0 : this.names.findIndex((name) => name >= from);
    const page = first < 0 ? [] : this.names.slice(first, first + size);
    const next = first < 0 ? undefined : this.names[first + size];
    return { names: page, ...(next === undefined ? {} : { next }) };
  }
}

/** Runs tasks one after the other. A failed one does not stop those behind it. */
class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
