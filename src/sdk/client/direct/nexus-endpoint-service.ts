/** The registry of Nexus endpoints, over the calls of Temporal's operator service. */
import type { Result } from '../../../engine/api.ts';
import type { NexusEndpoint, NexusEndpointSettings } from '../../../objects/nexus/nexus-endpoint-record.ts';
import type { NexusEndpoints } from '../../../objects/nexus/nexus-endpoints.ts';
import { fromJson, toJson } from '../../common/wire/json.ts';
import {
  type NexusEndpointSpec,
  NexusEndpointSpecSchema,
  type WireNexusEndpoint,
} from '../../common/wire/nexus-requests.ts';
import type { Gateway } from '../calls/index.ts';
import { invalidArgument, RpcError } from '../rpc-error.ts';
import { errorOfStatus } from './executions.ts';
import { type DirectServiceOptions, requireNamespace } from './service.ts';
import { requireText } from './validate.ts';

type EndpointCalls = Pick<
  Gateway,
  | 'createNexusEndpoint'
  | 'listNexusEndpoints'
  | 'getNexusEndpoint'
  | 'updateNexusEndpoint'
  | 'deleteNexusEndpoint'
>;

const PAGE_SIZE_DEFAULT = 100;
const PAGE_SIZE_MAX = 1000;

export function nexusEndpointService(options: DirectServiceOptions): EndpointCalls {
  return {
    async createNexusEndpoint({ spec }) {
      const settings = await settingsOf(options, spec);
      return { endpoint: toWire(answerOf(await requireEndpoints(options).create(settings))) };
    },
    async updateNexusEndpoint({ id, version, spec }) {
      requireText(id, 'id');
      const settings = await settingsOf(options, spec);
      return { endpoint: toWire(answerOf(await requireEndpoints(options).update(id, version, settings))) };
    },
    async deleteNexusEndpoint({ id, version }) {
      answerOf(await requireEndpoints(options).remove(requireText(id, 'id'), version));
      return {};
    },
    async getNexusEndpoint({ id }) {
      return { endpoint: toWire(answerOf(await requireEndpoints(options).get(requireText(id, 'id')))) };
    },
    async listNexusEndpoints({ pageSize = 0, nextPageToken, name }) {
      const size = pageSize > 0 ? Math.min(pageSize, PAGE_SIZE_MAX) : PAGE_SIZE_DEFAULT;
      const from = nextPageToken?.length ? decodeName(nextPageToken) : undefined;
      const page = await requireEndpoints(options).list({
        size,
        ...(from !== undefined && { from }),
        ...(name && { name }),
      });
      return {
        endpoints: page.endpoints.map(toWire),
        ...(page.next !== undefined && { nextPageToken: new TextEncoder().encode(page.next) }),
      };
    },
  };
}

function requireEndpoints({ nexusEndpoints }: DirectServiceOptions): NexusEndpoints {
  if (nexusEndpoints === undefined)
    throw new RpcError('UNIMPLEMENTED', 'This server keeps no Nexus endpoints.');
  return nexusEndpoints;
}

async function settingsOf(
  options: DirectServiceOptions,
  spec: NexusEndpointSpec,
): Promise<NexusEndpointSettings> {
  const { name = '', target, description } = spec;
  if (target?.external !== undefined)
    throw invalidArgument('spec.target.external: endpoints lead to workers only; set spec.target.worker');
  const { namespace, taskQueue = '' } = target?.worker ?? {};
  if (!namespace) throw invalidArgument('spec.target.worker.namespace: required, but not set');
  await requireNamespace(options, namespace);
  const json = description && (toJson(NexusEndpointSpecSchema, { description }) as { description: unknown });
  return { name, namespace, taskQueue, ...(json && { description: json.description }) };
}

function toWire(endpoint: NexusEndpoint): WireNexusEndpoint {
  const { id, version, name, namespace, taskQueue, description, createdTime, lastModifiedTime } = endpoint;
  return {
    id,
    version,
    spec: {
      ...(description !== undefined && fromJson(NexusEndpointSpecSchema, { description })),
      name,
      target: { worker: { namespace, taskQueue } },
    },
    createdTime,
    ...(lastModifiedTime !== undefined && { lastModifiedTime }),
  };
}

function answerOf<T>(result: Result<T>): T {
  if (!result.ok) throw errorOfStatus(result.error);
  return result.value;
}

function decodeName(token: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(token);
  } catch {
    throw invalidArgument('nextPageToken: expected a token from an earlier page');
  }
}
