/** Requests and responses about Nexus: the registry of endpoints, and the tasks of those who serve operations. */
import { PayloadSchema } from './messages.ts';
import { bytes, type Infer, i32, i64, list, message, required, str, time } from './schema.ts';

export const NexusEndpointSpecSchema = message('EndpointSpec', {
  name: str,
  description: PayloadSchema,
  target: message('EndpointTarget', {
    worker: message('EndpointTargetWorker', { namespace: str, taskQueue: str }),
    external: message('EndpointTargetExternal', { url: str }),
  }),
});
export type NexusEndpointSpec = Infer<typeof NexusEndpointSpecSchema>;

export const NexusEndpointSchema = message('Endpoint', {
  version: i64,
  id: str,
  spec: NexusEndpointSpecSchema,
  createdTime: time,
  lastModifiedTime: time,
  urlPrefix: str,
});
export type WireNexusEndpoint = Infer<typeof NexusEndpointSchema>;

export const CreateNexusEndpointRequestSchema = message('CreateNexusEndpointRequest', {
  spec: required(NexusEndpointSpecSchema),
});
export const NexusEndpointResponseSchema = message('NexusEndpointResponse', {
  endpoint: NexusEndpointSchema,
});
export const GetNexusEndpointRequestSchema = message('GetNexusEndpointRequest', { id: required(str) });
export const UpdateNexusEndpointRequestSchema = message('UpdateNexusEndpointRequest', {
  id: required(str),
  version: required(i64),
  spec: required(NexusEndpointSpecSchema),
});
export const DeleteNexusEndpointRequestSchema = message('DeleteNexusEndpointRequest', {
  id: required(str),
  version: required(i64),
});
export const ListNexusEndpointsRequestSchema = message('ListNexusEndpointsRequest', {
  pageSize: i32,
  nextPageToken: bytes,
  name: str,
});
export const ListNexusEndpointsResponseSchema = message('ListNexusEndpointsResponse', {
  nextPageToken: bytes,
  endpoints: list(NexusEndpointSchema),
});
