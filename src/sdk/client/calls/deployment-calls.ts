/** The calls about worker deployments and their versions. */
import {
  CreateWorkerDeploymentRequestSchema,
  CreateWorkerDeploymentResponseSchema,
  CreateWorkerDeploymentVersionRequestSchema,
  DeleteWorkerDeploymentRequestSchema,
  DeleteWorkerDeploymentVersionRequestSchema,
  DescribeWorkerDeploymentRequestSchema,
  DescribeWorkerDeploymentResponseSchema,
  DescribeWorkerDeploymentVersionRequestSchema,
  DescribeWorkerDeploymentVersionResponseSchema,
  ListWorkerDeploymentsRequestSchema,
  ListWorkerDeploymentsResponseSchema,
  SetWorkerDeploymentCurrentVersionRequestSchema,
  SetWorkerDeploymentCurrentVersionResponseSchema,
  SetWorkerDeploymentManagerRequestSchema,
  SetWorkerDeploymentManagerResponseSchema,
  SetWorkerDeploymentRampingVersionRequestSchema,
  SetWorkerDeploymentRampingVersionResponseSchema,
  UpdateWorkerDeploymentVersionMetadataRequestSchema,
  UpdateWorkerDeploymentVersionMetadataResponseSchema,
} from '../../common/wire/deployment-requests.ts';
import { EmptyResponseSchema } from '../../common/wire/requests.ts';
import { defineCall, messageResponse } from './call.ts';

const deployments = '/namespaces/{namespace}/worker-deployments';
const deployment = `${deployments}/{deploymentName}`;
const versions = '/namespaces/{namespace}/worker-deployment-versions/{deploymentVersion.deploymentName}';
const version = `${versions}/{deploymentVersion.buildId}`;
const empty = messageResponse(EmptyResponseSchema);

export const deploymentCalls = {
  listWorkerDeployments: defineCall({
    method: 'GET',
    path: deployments,
    request: ListWorkerDeploymentsRequestSchema,
    response: messageResponse(ListWorkerDeploymentsResponseSchema),
  }),
  describeWorkerDeployment: defineCall({
    method: 'GET',
    path: deployment,
    request: DescribeWorkerDeploymentRequestSchema,
    response: messageResponse(DescribeWorkerDeploymentResponseSchema),
  }),
  createWorkerDeployment: defineCall({
    path: deployment,
    request: CreateWorkerDeploymentRequestSchema,
    response: messageResponse(CreateWorkerDeploymentResponseSchema),
  }),
  deleteWorkerDeployment: defineCall({
    method: 'DELETE',
    path: deployment,
    request: DeleteWorkerDeploymentRequestSchema,
    response: empty,
  }),
  setWorkerDeploymentCurrentVersion: defineCall({
    path: `${deployment}/set-current-version`,
    request: SetWorkerDeploymentCurrentVersionRequestSchema,
    response: messageResponse(SetWorkerDeploymentCurrentVersionResponseSchema),
  }),
  setWorkerDeploymentRampingVersion: defineCall({
    path: `${deployment}/set-ramping-version`,
    request: SetWorkerDeploymentRampingVersionRequestSchema,
    response: messageResponse(SetWorkerDeploymentRampingVersionResponseSchema),
  }),
  setWorkerDeploymentManager: defineCall({
    path: `${deployment}/set-manager`,
    request: SetWorkerDeploymentManagerRequestSchema,
    response: messageResponse(SetWorkerDeploymentManagerResponseSchema),
  }),
  createWorkerDeploymentVersion: defineCall({
    path: versions,
    request: CreateWorkerDeploymentVersionRequestSchema,
    response: empty,
  }),
  describeWorkerDeploymentVersion: defineCall({
    method: 'GET',
    path: version,
    request: DescribeWorkerDeploymentVersionRequestSchema,
    response: messageResponse(DescribeWorkerDeploymentVersionResponseSchema),
  }),
  deleteWorkerDeploymentVersion: defineCall({
    method: 'DELETE',
    path: version,
    request: DeleteWorkerDeploymentVersionRequestSchema,
    response: empty,
  }),
  updateWorkerDeploymentVersionMetadata: defineCall({
    path: `${version}/update-metadata`,
    request: UpdateWorkerDeploymentVersionMetadataRequestSchema,
    response: messageResponse(UpdateWorkerDeploymentVersionMetadataResponseSchema),
  }),
} as const;
