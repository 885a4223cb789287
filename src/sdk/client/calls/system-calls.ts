/** The calls on namespaces, and on the system itself. */
import {
  AddSearchAttributesRequestSchema,
  DeleteNamespaceRequestSchema,
  DeleteNamespaceResponseSchema,
  DescribeNamespaceRequestSchema,
  DescribeNamespaceResponseSchema,
  EmptyResponseSchema,
  GetClusterInfoResponseSchema,
  GetSystemInfoResponseSchema,
  ListNamespacesRequestSchema,
  ListNamespacesResponseSchema,
  ListSearchAttributesResponseSchema,
  RegisterNamespaceRequestSchema,
  RemoveSearchAttributesRequestSchema,
  UpdateNamespaceRequestSchema,
} from '../../common/wire/requests.ts';
import { message } from '../../common/wire/schema.ts';
import { defineCall, messageResponse } from './call.ts';

const nothing = message('EmptyRequest', {});

export const systemCalls = {
  listNamespaces: defineCall({
    method: 'GET',
    path: '/cluster/namespaces',
    prefixedPath: '/namespaces',
    scope: 'server',
    request: ListNamespacesRequestSchema,
    response: messageResponse(ListNamespacesResponseSchema),
  }),
  registerNamespace: defineCall({
    path: '/cluster/namespaces',
    prefixedPath: '/namespaces',
    access: 'admin',
    request: RegisterNamespaceRequestSchema,
    response: messageResponse(EmptyResponseSchema),
  }),
  describeNamespace: defineCall({
    method: 'GET',
    path: '/cluster/namespaces/{namespace}',
    prefixedPath: '/namespaces/{namespace}',
    request: DescribeNamespaceRequestSchema,
    response: messageResponse(DescribeNamespaceResponseSchema),
  }),
  updateNamespace: defineCall({
    path: '/cluster/namespaces/{namespace}/update',
    prefixedPath: '/namespaces/{namespace}/update',
    access: 'admin',
    request: UpdateNamespaceRequestSchema,
    response: messageResponse(DescribeNamespaceResponseSchema),
  }),
  /** Temporal has it in gRPC alone. */
  deleteNamespace: defineCall({
    method: 'DELETE',
    path: '/cluster/namespaces/{namespace}',
    prefixedPath: '/namespaces/{namespace}',
    access: 'admin',
    request: DeleteNamespaceRequestSchema,
    response: messageResponse(DeleteNamespaceResponseSchema),
  }),
  listSearchAttributes: defineCall({
    method: 'GET',
    path: '/cluster/namespaces/{namespace}/search-attributes',
    prefixedPath: '/namespaces/{namespace}/search-attributes',
    request: DescribeNamespaceRequestSchema,
    response: messageResponse(ListSearchAttributesResponseSchema),
  }),
  /** Temporal has these two in gRPC alone. */
  addSearchAttributes: defineCall({
    path: '/cluster/namespaces/{namespace}/search-attributes',
    prefixedPath: '/namespaces/{namespace}/search-attributes',
    access: 'admin',
    request: AddSearchAttributesRequestSchema,
    response: messageResponse(EmptyResponseSchema),
  }),
  removeSearchAttributes: defineCall({
    method: 'DELETE',
    path: '/cluster/namespaces/{namespace}/search-attributes',
    prefixedPath: '/namespaces/{namespace}/search-attributes',
    access: 'admin',
    request: RemoveSearchAttributesRequestSchema,
    response: messageResponse(EmptyResponseSchema),
  }),
  getSystemInfo: defineCall({
    method: 'GET',
    path: '/system-info',
    scope: 'server',
    request: nothing,
    response: messageResponse(GetSystemInfoResponseSchema),
  }),
  getClusterInfo: defineCall({
    method: 'GET',
    path: '/cluster',
    prefixedPath: '/cluster-info',
    scope: 'server',
    request: nothing,
    response: messageResponse(GetClusterInfoResponseSchema),
  }),
} as const;
