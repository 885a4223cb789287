/** The calls about Nexus: endpoints, and the tasks of workers that serve operations. */
import {
  CreateNexusEndpointRequestSchema,
  DeleteNexusEndpointRequestSchema,
  GetNexusEndpointRequestSchema,
  ListNexusEndpointsRequestSchema,
  ListNexusEndpointsResponseSchema,
  NexusEndpointResponseSchema,
  PollNexusTaskQueueRequestSchema,
  PollNexusTaskQueueResponseSchema,
  RespondNexusTaskCompletedRequestSchema,
  RespondNexusTaskFailedRequestSchema,
  UpdateNexusEndpointRequestSchema,
} from '../../common/wire/nexus-requests.ts';
import { EmptyResponseSchema } from '../../common/wire/requests.ts';
import { defineCall, messageResponse } from './call.ts';

const endpoints = { path: '/cluster/nexus/endpoints', prefixedPath: '/nexus/endpoints' };
const endpoint = { path: `${endpoints.path}/{id}`, prefixedPath: `${endpoints.prefixedPath}/{id}` };

/** Endpoints belong to no namespace: whoever reads or changes them needs a key for all. */
export const nexusCalls = {
  createNexusEndpoint: defineCall({
    scope: 'every-namespace',
    ...endpoints,
    access: 'admin',
    request: CreateNexusEndpointRequestSchema,
    response: messageResponse(NexusEndpointResponseSchema),
  }),
  listNexusEndpoints: defineCall({
    scope: 'every-namespace',
    method: 'GET',
    ...endpoints,
    request: ListNexusEndpointsRequestSchema,
    response: messageResponse(ListNexusEndpointsResponseSchema),
  }),
  getNexusEndpoint: defineCall({
    scope: 'every-namespace',
    method: 'GET',
    ...endpoint,
    request: GetNexusEndpointRequestSchema,
    response: messageResponse(NexusEndpointResponseSchema),
  }),
  updateNexusEndpoint: defineCall({
    scope: 'every-namespace',
    path: `${endpoint.path}/update`,
    prefixedPath: `${endpoint.prefixedPath}/update`,
    access: 'admin',
    request: UpdateNexusEndpointRequestSchema,
    response: messageResponse(NexusEndpointResponseSchema),
  }),
  deleteNexusEndpoint: defineCall({
    scope: 'every-namespace',
    method: 'DELETE',
    ...endpoint,
    access: 'admin',
    request: DeleteNexusEndpointRequestSchema,
    response: messageResponse(EmptyResponseSchema),
  }),
  pollNexusTaskQueue: defineCall({
    path: '/namespaces/{namespace}/task-queues/{taskQueue.name}/poll-nexus-task',
    request: PollNexusTaskQueueRequestSchema,
    response: messageResponse(PollNexusTaskQueueResponseSchema),
  }),
  respondNexusTaskCompleted: defineCall({
    path: '/namespaces/{namespace}/nexus-task-complete',
    request: RespondNexusTaskCompletedRequestSchema,
    response: messageResponse(EmptyResponseSchema),
  }),
  respondNexusTaskFailed: defineCall({
    path: '/namespaces/{namespace}/nexus-task-fail',
    request: RespondNexusTaskFailedRequestSchema,
    response: messageResponse(EmptyResponseSchema),
  }),
} as const;
