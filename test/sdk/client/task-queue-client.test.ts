/** Sets of build IDs: code that uses them compiles, and is told what there is in their place. */
import {
  BuildIdNotFoundError,
  Client,
  decodeTaskReachability,
  encodeTaskReachability,
  isGrpcServiceError,
  reachabilityResponseFromProto,
  ServiceError,
  TaskQueueClient,
  UnversionedBuildId,
} from 'perdure/client';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RpcError } from '../../../src/sdk/client/rpc-error.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await TestWorkflowEnvironment.createLocal();
});
afterAll(() => env.teardown());

describe('a client of task queues', () => {
  it('is refused as by a server without sets of build IDs, with a word on worker deployments', async () => {
    const { taskQueue } = env.client;
    expect(taskQueue).toBeInstanceOf(TaskQueueClient);
    expect(taskQueue.options.namespace).toBe('default');
    const calls = [
      taskQueue.updateBuildIdCompatibility('orders', { operation: 'addNewIdInNewDefaultSet', buildId: '1' }),
      taskQueue.getBuildIdCompatability('orders'),
      taskQueue.getReachability({ buildIds: [UnversionedBuildId, '1'], reachability: 'NEW_WORKFLOWS' }),
    ];
    for (const call of calls) {
      const error: unknown = await call.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ServiceError);
      const { cause } = error as ServiceError;
      expect(isGrpcServiceError(cause) && [cause.code, cause.details]).toEqual([
        7,
        expect.stringContaining('Use worker deployments'),
      ]);
    }
  });

  it('reads the answers of a server that has them', async () => {
    const answers = (call: () => Promise<unknown>) => {
      const workflowService = { getWorkerBuildIdCompatibility: call };
      return new TaskQueueClient({ connection: { ...env.connection, workflowService } as never });
    };
    const majorVersionSets = [{ buildIds: ['1', '2'] }, { buildIds: ['3'] }];
    expect(await answers(async () => ({ majorVersionSets })).getBuildIdCompatability('q')).toEqual({
      versionSets: [
        { buildIds: ['1', '2'], default: '2' },
        { buildIds: ['3'], default: '3' },
      ],
      defaultSet: { buildIds: ['3'], default: '3' },
      defaultBuildId: '3',
    });
    expect(await answers(async () => ({})).getBuildIdCompatability('q')).toBeUndefined();
    const unknown = answers(async () => Promise.reject(new RpcError('NOT_FOUND', 'no such build')));
    await expect(unknown.getBuildIdCompatability('q')).rejects.toThrow(BuildIdNotFoundError);
  });

  it('decodes reachability', () => {
    expect(encodeTaskReachability('OPEN_WORKFLOWS')).toBe(3);
    expect(decodeTaskReachability(4)).toBe('CLOSED_WORKFLOWS');
    const taskQueueReachability = [{ taskQueue: 'orders', reachability: [1, 0] }, { taskQueue: 'idle' }];
    const response = reachabilityResponseFromProto({
      buildIdReachability: [{ buildId: '1', taskQueueReachability }, { buildId: '' }],
    });
    expect(response.buildIdReachability['1']).toEqual({
      taskQueueReachability: { orders: ['NEW_WORKFLOWS', 'NOT_FETCHED'], idle: [] },
    });
    expect(response.buildIdReachability[UnversionedBuildId]).toEqual({ taskQueueReachability: {} });
  });

  it('of a client of its own has its connection', () => {
    const client = new Client({ connection: env.connection, namespace: 'other' });
    expect(client.taskQueue.connection).toBe(client.connection);
    expect(client.taskQueue.options.namespace).toBe('other');
  });
});
