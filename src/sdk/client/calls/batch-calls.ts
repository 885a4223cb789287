/** The calls on batch jobs. */
import {
  BatchJobRequestSchema,
  DescribeBatchOperationResponseSchema,
  ListBatchOperationsRequestSchema,
  ListBatchOperationsResponseSchema,
  StartBatchOperationRequestSchema,
  StopBatchOperationRequestSchema,
} from '../../common/wire/batch-requests.ts';
import { EmptyResponseSchema } from '../../common/wire/requests.ts';
import { defineCall, messageResponse } from './call.ts';

const jobs = '/namespaces/{namespace}/batch-operations';

export const batchCalls = {
  startBatchOperation: defineCall({
    path: `${jobs}/{jobId}`,
    request: StartBatchOperationRequestSchema,
    response: messageResponse(EmptyResponseSchema),
  }),
  describeBatchOperation: defineCall({
    method: 'GET',
    path: `${jobs}/{jobId}`,
    request: BatchJobRequestSchema,
    response: messageResponse(DescribeBatchOperationResponseSchema),
  }),
  listBatchOperations: defineCall({
    method: 'GET',
    path: jobs,
    request: ListBatchOperationsRequestSchema,
    response: messageResponse(ListBatchOperationsResponseSchema),
  }),
  stopBatchOperation: defineCall({
    path: `${jobs}/{jobId}/stop`,
    request: StopBatchOperationRequestSchema,
    response: messageResponse(EmptyResponseSchema),
  }),
} as const;
