/** Workflows as a batch job meets them: a service in memory that counts what is done to each. */
import { vi } from 'vitest';
import type { Gateway } from '../../../src/sdk/client/calls/index.ts';
import type { Client } from '../../../src/sdk/client/index.ts';
import { RpcError } from '../../../src/sdk/client/rpc-error.ts';
import { type BatchInput, NO_PROGRESS } from '../../../src/sdk/common/batch.ts';
import {
  type StartBatchOperationRequest,
  StartBatchOperationRequestSchema,
} from '../../../src/sdk/common/wire/batch-requests.ts';
import { toJson } from '../../../src/sdk/common/wire/json.ts';

export const jobInput = (request: Partial<StartBatchOperationRequest>): BatchInput => ({
  request: toJson(StartBatchOperationRequestSchema, {
    namespace: 'default',
    jobId: 'job',
    reason: 'test',
    terminationOperation: {},
    ...request,
  }),
  progress: NO_PROGRESS,
});

/** Open workflows, listed in order, each gone from the listing when it is terminated. */
export class FakeService {
  readonly open: string[];
  readonly terminated: { workflowId: string; namespace: string; at: number }[] = [];
  /** What the next terminations of a workflow answer. */
  readonly problems = new Map<string, (RpcError | Error)[]>();
  calls = 0;
  onTerminate: (workflowId: string) => void = () => {};

  constructor(count: number) {
    this.open = Array.from({ length: count }, (_, index) => `w-${String(index).padStart(4, '0')}`);
  }

  get client(): Client {
    return { connection: { gateway: this.gateway } } as unknown as Client;
  }

  /** Of the calls that jobs make here. */
  readonly gateway = {
    countWorkflowExecutions: async () => ({ count: this.open.length }),
    listWorkflowExecutions: async ({
      pageSize = 1,
      nextPageToken,
    }: {
      pageSize?: number;
      nextPageToken?: Uint8Array;
    }) => {
      const after = nextPageToken ? new TextDecoder().decode(nextPageToken) : '';
      const found = this.open.filter((workflowId) => workflowId > after);
      const page = found.slice(0, pageSize);
      const last = found.length > pageSize ? page.at(-1) : undefined;
      return {
        executions: page.map((workflowId) => ({ execution: { workflowId, runId: `run-${workflowId}` } })),
        ...(last !== undefined && { nextPageToken: new TextEncoder().encode(last) }),
      };
    },
    terminateWorkflowExecution: vi.fn(async ({ namespace, workflowExecution }) => {
      const { workflowId = '' } = workflowExecution ?? {};
      this.calls += 1;
      this.onTerminate(workflowId);
      const problem = this.problems.get(workflowId)?.shift();
      if (problem !== undefined) throw problem;
      const at = this.open.indexOf(workflowId);
      if (at < 0) throw new RpcError('NOT_FOUND', 'workflow execution already completed');
      this.open.splice(at, 1);
      this.terminated.push({ workflowId, namespace, at: Date.now() });
      return {};
    }),
  } as unknown as Gateway;
}
