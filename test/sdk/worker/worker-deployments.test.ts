/** VER-1 to VER-9 from end to end: versions of workers on one task queue, and which of them gets what. */
import { join } from 'node:path';
import type { WorkflowHandle } from 'perdure/client';
import type { VersioningBehavior } from 'perdure/common';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { autoUpgrades, begets, finish, seen, stays, step } from './deployment-workflows.ts';

const workflowsPath = join(import.meta.dirname, 'deployment-workflows.ts');
const namespace = 'default';
let env: TestWorkflowEnvironment;
let workflowBundle: { code: string };

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  workflowBundle = await bundleWorkflowCode({ workflowsPath });
  env = await TestWorkflowEnvironment.createLocal();
});

afterAll(async () => {
  await env.teardown();
  await Runtime.instance().shutdown();
});

/** On a busy machine things take what they take. */
const eventually = <T>(look: () => Promise<T> | T) => vi.waitFor(look, { timeout: 20_000 });

/** A deployment with a task queue of the same name. */
class Shop {
  readonly #running: { worker: Worker; ran: Promise<void> }[] = [];
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  async worker(buildId: string | undefined, defaultVersioningBehavior: VersioningBehavior = 'PINNED') {
    const version = { deploymentName: this.name, buildId: buildId ?? '' };
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue: this.name,
      identity: `worker-${buildId ?? 'unversioned'}`,
      workflowBundle,
      activities: { act: async () => buildId ?? '' },
      buildId: buildId ?? 'plain',
      ...(buildId && {
        workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior },
      }),
    });
    this.#running.push({ worker, ran: worker.run() });
    if (buildId !== undefined) await this.registered(buildId);
    return worker;
  }

  async describe() {
    const { workflowService } = env.client;
    const request = { namespace, deploymentName: this.name };
    const { conflictToken, workerDeploymentInfo } = await workflowService.describeWorkerDeployment(request);
    return { conflictToken, info: workerDeploymentInfo };
  }

  /** Polls from all of the version's queues have arrived. */
  async registered(buildId: string): Promise<void> {
    await eventually(async () => {
      const { workerDeploymentVersionInfo: info } = await this.version(buildId);
      expect(info.taskQueueInfos.map(({ type }: { type: number }) => type).sort()).toEqual([1, 2]);
    });
  }

  version(buildId: string) {
    const deploymentVersion = { deploymentName: this.name, buildId };
    return env.client.workflowService.describeWorkerDeploymentVersion({ namespace, deploymentVersion });
  }

  setCurrent(buildId: string, more: object = {}) {
    const request = { namespace, deploymentName: this.name, buildId, identity: 'operator', ...more };
    return env.client.workflowService.setWorkerDeploymentCurrentVersion(request);
  }

  setRamping(buildId: string, percentage: number, more: object = {}) {
    const request = {
      namespace,
      deploymentName: this.name,
      buildId,
      percentage,
      identity: 'operator',
      ...more,
    };
    return env.client.workflowService.setWorkerDeploymentRampingVersion(request);
  }

  start(workflow: typeof autoUpgrades, workflowId: string, more: object = {}) {
    return env.client.workflow.start(workflow, { taskQueue: this.name, workflowId, ...more });
  }

  async close(): Promise<void> {
    for (const { worker } of this.#running) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.all(this.#running.map(({ ran }) => ran));
  }
}

async function inShop(name: string, test: (shop: Shop) => Promise<void>): Promise<void> {
  const shop = new Shop(name);
  try {
    await test(shop);
  } finally {
    await shop.close();
  }
}

async function builds(handle: WorkflowHandle<typeof autoUpgrades>, count: number): Promise<string[]> {
  return eventually(async () => {
    const answer = await handle.query(seen);
    expect(answer).toHaveLength(count);
    return answer;
  });
}

describe('versions of a worker deployment', () => {
  it('VER-2, VER-3: runs that upgrade go to the current version, pinned ones stay with theirs', () =>
    inShop('upgrades', async (shop) => {
      await shop.worker('1');
      await shop.worker('2');
      const { conflictToken } = await shop.describe();
      const first = await shop.setCurrent('1', { conflictToken });
      expect(first.previousVersion).toBe('__unversioned__');
      const upgrading = await shop.start(autoUpgrades, 'upgrading');
      const staying = await shop.start(stays, 'staying');
      expect(await builds(upgrading, 1)).toEqual(['1']);
      expect(await builds(staying, 1)).toEqual(['1']);
      await expect(shop.setCurrent('2', { conflictToken })).rejects.toThrow(/conflict token mismatch/);
      const second = await shop.setCurrent('2', { conflictToken: first.conflictToken });
      expect(second.previousDeploymentVersion).toMatchObject({ deploymentName: 'upgrades', buildId: '1' });
      for (const handle of [upgrading, staying]) await handle.signal(step);
      expect(await builds(upgrading, 2)).toEqual(['1', '2']);
      expect(await builds(staying, 2)).toEqual(['1', '1']);
      const { info } = await shop.describe();
      expect(info.routingConfig.currentDeploymentVersion.buildId).toBe('2');
      expect(info.versionSummaries.map(({ status }: { status: number }) => status)).toEqual([4, 2]);
      const { raw } = await staying.describe();
      expect(raw.workflowExecutionInfo?.versioningInfo).toMatchObject({ version: 'upgrades.1' });
      await eventually(async () => {
        // VER-7.
        const query = "TemporalWorkerDeploymentVersion = 'upgrades:1' AND ExecutionStatus = 'Running'";
        const found: string[] = [];
        for await (const { workflowId } of env.client.workflow.list({ query })) found.push(workflowId);
        expect(found).toEqual(['staying']);
      });
      for (const handle of [upgrading, staying]) await handle.signal(finish);
      expect(await upgrading.result()).toEqual(['1', '2']);
      expect(await staying.result()).toEqual(['1', '1']);
    }));

  it('VER-4: what the start says, or options say later, comes before what the workflow says', () =>
    inShop('overrides', async (shop) => {
      await shop.worker('1');
      await shop.worker('2');
      await shop.setCurrent('2');
      const to = (buildId: string) => ({ pinnedTo: { deploymentName: 'overrides', buildId } });
      const handle = await shop.start(autoUpgrades, 'overridden', { versioningOverride: to('1') });
      expect(await builds(handle, 1)).toEqual(['1']);
      const update = (workflowExecutionOptions: object) =>
        env.client.workflowService.updateWorkflowExecutionOptions({
          namespace,
          workflowExecution: { workflowId: 'overridden' },
          workflowExecutionOptions,
          updateMask: { paths: ['versioning_override'] },
        });
      await update({ versioningOverride: { autoUpgrade: true } });
      await handle.signal(step);
      expect(await builds(handle, 2)).toEqual(['1', '2']);
      const version = { deploymentName: 'overrides', buildId: '1' };
      await update({ versioningOverride: { pinned: { version, behavior: 1 } } });
      await handle.signal(step);
      expect(await builds(handle, 3)).toEqual(['1', '2', '1']);
      await update({});
      await handle.signal(finish);
      expect(await handle.result()).toEqual(['1', '2', '1']);
    }));

  it('VER-2: before there is a current version, and when it is taken back, workers without one have the tasks', () =>
    inShop('unversioned', async (shop) => {
      await shop.worker('1');
      await shop.worker(undefined);
      const first = await shop.start(autoUpgrades, 'without');
      expect(await builds(first, 1)).toEqual(['plain']);
      await shop.setCurrent('1');
      await first.signal(step);
      expect(await builds(first, 2)).toEqual(['plain', '1']);
      await shop.setCurrent('', { identity: 'operator' });
      await first.signal(step);
      expect(await builds(first, 3)).toEqual(['plain', '1', 'plain']);
      await first.signal(finish);
      await first.result();
    }));

  it('VER-4: a ramping version has its share of new and of upgrading runs', () =>
    inShop('ramps', async (shop) => {
      await shop.worker('1');
      await shop.worker('2');
      await shop.setCurrent('1');
      await shop.setRamping('2', 100);
      const all = await shop.start(stays, 'all');
      expect(await builds(all, 1)).toEqual(['2']);
      await shop.setRamping('2', 0);
      const none = await shop.start(stays, 'none');
      expect(await builds(none, 1)).toEqual(['1']);
      expect((await shop.describe()).info.routingConfig.rampingVersion).toBe('ramps.2');
      await expect(shop.setRamping('1', 5)).rejects.toThrow(/already current/);
      await shop.setRamping('', 0);
      expect((await shop.describe()).info.routingConfig.rampingVersion ?? '').toBe('');
      for (const handle of [all, none]) await handle.signal(finish);
      expect([await all.result(), await none.result()]).toEqual([['2'], ['1']]);
    }));

  it('VER-6: the next run, children and activities of a pinned run keep its version', () =>
    inShop('inherits', async (shop) => {
      await shop.worker('1');
      await shop.setCurrent('1');
      const options = { taskQueue: shop.name, workflowId: 'begetter' };
      const handle = await env.client.workflow.start(begets, options);
      await eventually(async () => expect(await handle.query(seen)).toEqual(['1']));
      await shop.worker('2');
      await shop.setCurrent('2');
      await handle.signal(step);
      expect(await handle.result()).toEqual(['1', '1', '1']);
    }));

  it('VER-5: a version that nobody polls with does not become current, unless that is asked for', () =>
    inShop('checks', async (shop) => {
      await shop.worker('1');
      await expect(shop.setCurrent('9')).rejects.toThrow(/'9' not found in deployment 'checks'/);
      await shop.setCurrent('9', { allowNoPollers: true });
      const { workerDeploymentVersionInfo } = await shop.version('9');
      expect(workerDeploymentVersionInfo.status).toBe(2);
      expect(workerDeploymentVersionInfo.taskQueueInfos).toEqual([]);
    }));

  it('VER-8: versions are described, kept from deletion while they are used, and deleted', () =>
    inShop('versions', async (shop) => {
      const { workflowService } = env.client;
      const worker = await shop.worker('1');
      await shop.worker('2');
      await shop.setCurrent('2');
      const deploymentVersion = { deploymentName: 'versions', buildId: '1' };
      const payload = { metadata: { encoding: new Uint8Array([106]) }, data: new Uint8Array([34, 34]) };
      const { metadata } = await workflowService.updateWorkerDeploymentVersionMetadata({
        namespace,
        deploymentVersion,
        upsertEntries: { owner: payload },
      });
      expect(Object.keys(metadata.entries)).toEqual(['owner']);
      const queue = await workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: 'versions' },
        taskQueueType: 1,
      });
      expect(queue.versioningInfo.currentDeploymentVersion.buildId).toBe('2');
      const options = queue.pollers.map(
        ({ deploymentOptions }: { deploymentOptions: object }) => deploymentOptions,
      );
      expect(options).toContainEqual(
        expect.objectContaining({ deploymentName: 'versions', buildId: '1', workerVersioningMode: 2 }),
      );
      const remove = () => workflowService.deleteWorkerDeploymentVersion({ namespace, deploymentVersion });
      await expect(remove()).rejects.toThrow(/worker 'worker-1' polls/);
      await expect(
        workflowService.deleteWorkerDeployment({ namespace, deploymentName: 'versions' }),
      ).rejects.toThrow(/has 2 versions/);
      worker.shutdown();
      await eventually(() => expect(worker.getState()).toBe('STOPPED'));
      await remove();
      await expect(shop.version('1')).rejects.toThrow(/has no version '1'/);
      const list = await workflowService.listWorkerDeployments({ namespace });
      expect(list.workerDeployments.map(({ name }: { name: string }) => name)).toContain('versions');
    }));
});
