/** Slots: suppliers of one's own, and what a tuner may say. */
import { join } from 'node:path';
import { TestWorkflowEnvironment } from 'perdure/testing';
import {
  type ActivitySlotInfo,
  type CustomSlotSupplier,
  DefaultLogger,
  type LocalActivitySlotInfo,
  type LogEntry,
  ResourceBasedController,
  Runtime,
  type SlotInfo,
  Worker,
  type WorkflowSlotInfo,
} from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compileWorkerOptions } from '../../../src/sdk/worker/compile-options.ts';
import { Slots } from '../../../src/sdk/worker/slots.ts';
import { twoKindsOfActivity } from './slot-workflows.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const logs: LogEntry[] = [];
let env: TestWorkflowEnvironment;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR', (entry) => logs.push(entry)) });
  env = await TestWorkflowEnvironment.createLocal();
});

afterAll(async () => {
  await env.teardown();
  await Runtime.instance().shutdown();
});

class CountingSupplier<SI extends SlotInfo> implements CustomSlotSupplier<SI> {
  readonly type = 'custom';
  readonly seen: string[] = [];
  readonly sticky: boolean[] = [];
  reserved = 0;
  released = 0;
  context: unknown;

  async reserveSlot(ctx: unknown) {
    this.context = ctx;
    return { number: ++this.reserved };
  }
  tryReserveSlot() {
    return null;
  }
  markSlotUsed({ slotInfo, permit }: { slotInfo: SI; permit: object }) {
    expect(permit).toHaveProperty('number');
    if (slotInfo.type === 'workflow') this.sticky.push(slotInfo.isSticky);
    this.seen.push(slotInfo.type === 'workflow' ? slotInfo.workflowType : JSON.stringify(slotInfo));
  }
  releaseSlot({ permit }: { slotInfo?: SI | undefined; permit: object }) {
    expect(permit).toHaveProperty('number');
    this.released += 1;
  }
}

function holder() {
  return {
    workflowTaskSlotSupplier: new CountingSupplier<WorkflowSlotInfo>(),
    activityTaskSlotSupplier: new CountingSupplier<ActivitySlotInfo>(),
    localActivityTaskSlotSupplier: new CountingSupplier<LocalActivitySlotInfo>(),
    nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 } as const,
  };
}

async function run(taskQueue: string, tuner: ReturnType<typeof holder>) {
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowsPath: join(import.meta.dirname, 'slot-workflows.ts'),
    activities: { greet: async () => 'hi' },
    tuner,
    identity: 'me',
  });
  return await worker.runUntil(
    env.client.workflow.execute(twoKindsOfActivity, { taskQueue, workflowId: taskQueue }),
  );
}

describe('slot suppliers of the user', () => {
  it('WRK-11: are asked for every slot, told of its task, and given it back', async () => {
    const tuner = holder();
    expect(await run('own-slots', tuner)).toBe('hi hi');
    const { workflowTaskSlotSupplier, activityTaskSlotSupplier, localActivityTaskSlotSupplier } = tuner;
    expect(new Set(workflowTaskSlotSupplier.seen)).toEqual(new Set(['twoKindsOfActivity']));
    expect(workflowTaskSlotSupplier.sticky).toEqual([false, true]);
    expect(activityTaskSlotSupplier.seen).toEqual(['{"type":"activity","activityType":"greet"}']);
    expect(localActivityTaskSlotSupplier.seen).toEqual(['{"type":"local-activity","activityType":"greet"}']);
    expect(activityTaskSlotSupplier.context).toMatchObject({
      slotType: 'activity',
      taskQueue: 'own-slots',
      workerIdentity: 'me',
      workerDeploymentVersion: { deploymentName: '', buildId: expect.stringMatching(/./) },
      isSticky: false,
    });
    for (const supplier of [
      workflowTaskSlotSupplier,
      activityTaskSlotSupplier,
      localActivityTaskSlotSupplier,
    ]) {
      expect(supplier.released).toBe(supplier.reserved);
    }
  });

  it('that throw are logged, and the tasks are done', async () => {
    const tuner = holder();
    let reserves = 0;
    tuner.activityTaskSlotSupplier.reserveSlot = async () => {
      if (++reserves < 3) throw new Error('no slot today');
      return { number: 1 };
    };
    tuner.activityTaskSlotSupplier.markSlotUsed = () => {
      throw new Error('not marked');
    };
    tuner.workflowTaskSlotSupplier.releaseSlot = () => {
      throw new Error('not released');
    };
    expect(await run('throwing-slots', tuner)).toBe('hi hi');
    const messages = logs.map(({ message }) => message);
    expect(messages).toContain('Error in custom slot supplier `reserveSlot`');
    expect(messages).toContain('Error in custom slot supplier markSlotUsed');
    expect(messages).toContain('Error in custom slot supplier releaseSlot');
  });

  it('that have none to give do not hold up a shutdown', async () => {
    const tuner = holder();
    tuner.workflowTaskSlotSupplier.reserveSlot = () => new Promise(() => undefined);
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue: 'no-slots',
      workflowsPath: join(import.meta.dirname, 'slot-workflows.ts'),
      tuner,
    });
    await worker.runUntil(async () => undefined);
    expect(worker.getState()).toBe('STOPPED');
  });
});

describe('fixed slots', () => {
  it('go to whoever waits longest, and not to who has gone', async () => {
    const slots = new Slots(1);
    const first = await slots.take(new AbortController().signal);
    const gone = new AbortController();
    const second = slots.take(gone.signal);
    const third = slots.take(new AbortController().signal);
    gone.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    first.release();
    (await third).release();
    expect(slots.taken).toBe(0);
  });
});

describe('the options of a worker, compiled', () => {
  it('have the defaults in place', () => {
    expect(compileWorkerOptions({ taskQueue: 'q', activities: { a: () => 1 } })).toMatchObject({
      namespace: 'default',
      useVersioning: false,
      enableNonLocalActivities: true,
      stickyQueueScheduleToStartTimeout: '10s',
      shutdownGraceTime: 0,
      workflowTaskPollerBehavior: { type: 'simple-maximum' },
      tuner: {
        workflowTaskSlotSupplier: { type: 'fixed-size', numSlots: 40 },
        activityTaskSlotSupplier: { type: 'fixed-size', numSlots: 100 },
      },
      interceptors: { client: { workflow: [], schedule: [] }, activity: [], workflowModules: [] },
    });
    expect(compileWorkerOptions({ taskQueue: 'q' }).enableNonLocalActivities).toBe(false);
  });

  it('what is put right is logged', () => {
    const logger = new DefaultLogger('WARN', (entry) => logs.push(entry));
    const compiled = compileWorkerOptions(
      { taskQueue: 'q', maxCachedWorkflows: 1, maxConcurrentWorkflowTaskExecutions: 7 },
      logger,
    );
    expect(compiled.maxCachedWorkflows).toBe(2);
    expect(compiled.tuner.workflowTaskSlotSupplier).toEqual({ type: 'fixed-size', numSlots: 7 });
    expect(logs.filter(({ level }) => level === 'WARN')).toHaveLength(1);
  });

  it('refuse tuners that contradict themselves', () => {
    const tunerOptions = { targetMemoryUsage: 0.5, targetCpuUsage: 0.5 };
    const controller = ResourceBasedController.create(tunerOptions);
    const compile = (tuner: object) => () => compileWorkerOptions({ taskQueue: 'q', tuner: tuner as never });
    expect(compile({})).toThrow('Invalid worker tuner configuration');
    expect(compile({ controller, tunerOptions })).toThrow('exactly one of controller or tunerOptions');
    expect(compile({ controller: {} })).toThrow('must be a ResourceBasedController');
    expect(compile({ controller })).not.toThrow();
    const supplier = (cpu: number) => ({
      type: 'resource-based',
      tunerOptions: { targetMemoryUsage: 0.5, targetCpuUsage: cpu },
    });
    expect(
      compile({
        workflowTaskSlotSupplier: supplier(0.5),
        activityTaskSlotSupplier: supplier(0.6),
        localActivityTaskSlotSupplier: supplier(0.5),
      }),
    ).toThrow('multiple different resource-based tuner configurations');
    expect(() =>
      compileWorkerOptions({ taskQueue: 'q', tuner: holder(), maxConcurrentActivityTaskExecutions: 1 }),
    ).toThrow('Cannot set both tuner and maxConcurrentActivityTaskExecutions');
  });
});
