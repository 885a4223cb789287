/** VER-5, VER-8: what the calls about worker deployments look up before they change anything. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PollerInfo, TaskQueueApi } from '../../../src/objects/task-queue/task-queue-api.ts';
import type { TaskQueueRouting } from '../../../src/objects/task-queue/task-routing.ts';
import { localWorkerDeployments } from '../../../src/objects/worker-deployment/deployments.ts';
import { deploymentService } from '../../../src/sdk/client/direct/deployment-service.ts';

const namespace = 'default';
const version = (buildId: string) => ({ namespace, deploymentVersion: { deploymentName: 'shop', buildId } });
const shop = { namespace, deploymentName: 'shop' };

class Server {
  readonly workerDeployments = localWorkerDeployments();
  readonly queries: string[] = [];
  readonly routings = new Map<string, TaskQueueRouting>();
  pinned = 0;
  backlogCount = 0;
  pollers: PollerInfo[] = [];
  readonly calls = deploymentService({
    executions: () => {
      throw new Error('No workflow is asked.');
    },
    namespaces: { find: async (name: string) => ({ name, state: 'REGISTERED' }) } as never,
    workerDeployments: this.workerDeployments,
    taskQueues: { partitions: 2, partition: (_, name, index) => this.#partition(`${name}/${index}`) },
    visibility: {
      count: async (_: string, query: string) => {
        this.queries.push(query);
        return { ok: true, value: { count: this.pinned, groups: [] } };
      },
    } as never,
  });

  #partition(name: string): TaskQueueApi {
    const describe = async () => ({
      pollers: this.pollers,
      backlogCount: this.backlogCount,
      addRate: 0,
      byVersion: [],
      routing: this.routings.get(name) ?? { revision: 0, versions: [] },
    });
    const route = async (_: string, routing: TaskQueueRouting) => void this.routings.set(name, routing);
    return { describe, route } as never;
  }

  poll(buildId: string, name = 'orders') {
    const queue = { name, kind: 'workflow' } as const;
    return this.workerDeployments.polled(namespace, { deploymentName: 'shop', buildId, queue });
  }

  setCurrent(buildId: string, more: object = {}) {
    return this.calls.setWorkerDeploymentCurrentVersion({ ...shop, buildId, ...more });
  }

  async status(buildId: string) {
    const { workerDeploymentVersionInfo } = await this.calls.describeWorkerDeploymentVersion(
      version(buildId),
    );
    return workerDeploymentVersionInfo?.status;
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('worker deployments: a version that was left', () => {
  it('VER-8: is drained when no open run is pinned to it, looked up once a minute at most', async () => {
    const server = new Server();
    for (const buildId of ['1', '2']) await server.poll(buildId);
    await server.setCurrent('1');
    await server.setCurrent('2');
    server.pinned = 1;
    expect(await server.status('1')).toBe('DRAINING');
    expect(server.queries).toEqual([]);
    vi.setSystemTime(Date.now() + 61_000);
    expect(await server.status('1')).toBe('DRAINING');
    expect(server.queries).toEqual([
      "TemporalWorkerDeploymentVersion = 'shop:1' AND TemporalWorkflowVersioningBehavior = 'Pinned' AND (ExecutionStatus = 'Running' OR ExecutionStatus = 'Paused')",
    ]);
    server.pinned = 0;
    expect(await server.status('1')).toBe('DRAINING');
    vi.setSystemTime(Date.now() + 61_000);
    expect(await server.status('1')).toBe('DRAINED');
    const { workerDeploymentInfo } = await server.calls.describeWorkerDeployment(shop);
    expect(workerDeploymentInfo?.versionSummaries?.map(({ drainageStatus }) => drainageStatus)).toEqual([
      'DRAINED',
      undefined,
    ]);
    expect(server.queries).toHaveLength(2);
  });

  it('VER-8: is not deleted while one of its workers polls, or polled a moment ago', async () => {
    const server = new Server();
    await server.poll('1');
    const poller = { identity: 'w', deployment: { ...version('1').deploymentVersion, isVersioned: true } };
    server.pollers = [{ ...poller, lastAccessTime: Date.now() }];
    const remove = () => server.calls.deleteWorkerDeploymentVersion(version('1'));
    await expect(remove()).rejects.toThrow(/worker 'w' polls task queue 'orders'/);
    vi.setSystemTime(Date.now() + 61_000);
    await remove();
    await expect(server.status('1')).rejects.toThrow(/has no version '1'/);
  });
});

describe('worker deployments: another current version', () => {
  it('VER-5: is refused when it misses a queue that is in use', async () => {
    const server = new Server();
    await server.poll('1');
    await server.poll('1', 'billing');
    await server.poll('2');
    await server.setCurrent('1');
    server.backlogCount = 1;
    await expect(server.setCurrent('2')).rejects.toThrow(/misses task queue 'billing'/);
    server.backlogCount = 0;
    await server.setCurrent('2');
    await server.setCurrent('1');
    server.backlogCount = 1;
    await server.setCurrent('2', { ignoreMissingTaskQueues: true });
  });

  it('VER-2: is known to all partitions of all its queues when the call returns', async () => {
    const server = new Server();
    await server.poll('1');
    await server.poll('1', 'billing');
    await server.setCurrent('1');
    const current = version('1').deploymentVersion;
    expect([...server.routings.keys()].sort()).toEqual(['billing/0', 'billing/1', 'orders/0', 'orders/1']);
    for (const routing of server.routings.values()) expect(routing.current).toEqual(current);
    await server.setCurrent('');
    for (const routing of server.routings.values()) expect(routing.current).toBeUndefined();
  });

  it('takes the names of callers that know no build IDs, and refuses another deployment’s', async () => {
    const server = new Server();
    await server.poll('1');
    await server.setCurrent('', { version: 'shop.1' });
    expect(await server.status('1')).toBe('CURRENT');
    await expect(server.setCurrent('', { version: 'store.1' })).rejects.toThrow(/version: expected 'shop\./);
    await server.setCurrent('', { version: '__unversioned__' });
    expect(await server.status('1')).toBe('DRAINING');
    const conflictToken = new TextEncoder().encode('nonsense');
    await expect(server.setCurrent('1', { conflictToken })).rejects.toThrow(/conflictToken: expected/);
  });
});
