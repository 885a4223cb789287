import { join } from 'node:path';
import * as nexus from 'nexus-rpc';
import { activityInfo } from 'perdure/activity';
import { Client } from 'perdure/client';
import type { PayloadCodec } from 'perdure/common';
import { SimplePlugin } from 'perdure/plugin';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { twoKindsOfActivity } from '../worker/slot-workflows.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const workflowsPath = join(import.meta.dirname, '../worker/slot-workflows.ts');
const codec: PayloadCodec = { encode: async (all) => all, decode: async (all) => all };

describe('a simple plugin', () => {
  let env: TestWorkflowEnvironment;

  beforeAll(async () => {
    env = await TestWorkflowEnvironment.createLocal();
  });
  afterAll(() => env.teardown());

  it('gives a worker its workflows, activities and interceptors, and a client its own', async () => {
    const seen: string[] = [];
    const plugin = new SimplePlugin({
      name: 'all',
      workflowsPath,
      activities: { greet: async () => `hi from ${activityInfo().activityType}` },
      workerInterceptors: {
        activity: [
          () => ({
            inbound: {
              async execute(input, next) {
                seen.push('activity');
                return await next(input);
              },
            },
          }),
        ],
      },
      clientInterceptors: {
        workflow: [
          {
            async startWithDetails(input, next) {
              seen.push(input.workflowType);
              return await next(input);
            },
          },
        ],
      },
      async runContext(next) {
        seen.push('run');
        await next();
        seen.push('ran');
      },
    });
    const client = new Client({ connection: env.connection, plugins: [plugin] });
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue: 'plugin',
      plugins: [plugin],
    });
    const result = await worker.runUntil(
      client.workflow.execute(twoKindsOfActivity, { taskQueue: 'plugin', workflowId: 'plugin' }),
    );
    expect(result).toBe('hi from greet hi from greet');
    expect(seen.toSorted()).toEqual(['activity', 'activity', 'ran', 'run', 'twoKindsOfActivity']);
  });

  it('adds to what is there, replaces, or is asked', () => {
    const plugin = new SimplePlugin({
      name: 'some',
      apiKey: 'own',
      tls: (existing) => existing ?? true,
      dataConverter: { payloadCodecs: [codec] },
      activities: { b: () => 2 },
      workerInterceptors: { workflowModules: ['own'], activity: [] },
    });
    expect(plugin.configureConnection({ apiKey: 'given' })).toEqual({ apiKey: 'own', tls: true });
    const readKey = () => 'read';
    expect(plugin.configureConnection({ apiKey: readKey, tls: null }).apiKey).toBe(readKey);
    expect(plugin.configureNativeConnection({})).toEqual({ apiKey: 'own', tls: true });
    const worker = plugin.configureWorker({
      taskQueue: 'q',
      workflowsPath: 'w',
      activities: { a: () => 1 },
      dataConverter: { payloadConverterPath: 'p' },
      interceptors: { workflowModules: ['given'] },
    });
    expect(Object.keys(worker.activities ?? {})).toEqual(['a', 'b']);
    expect(worker.dataConverter).toEqual({ payloadConverterPath: 'p', payloadCodecs: [codec] });
    expect(worker.interceptors).toEqual({ workflowModules: ['given', 'own'], activity: [] });
    expect(plugin.configureBundler({ workflowsPath: 'w', workflowInterceptorModules: ['given'] })).toEqual({
      workflowsPath: 'w',
      workflowInterceptorModules: ['given', 'own'],
    });
  });

  it('leaves its modules out where no bundle is made, and replays like it runs', () => {
    const plugin = new SimplePlugin({ name: 'modules', workerInterceptors: { workflowModules: ['own'] } });
    expect(plugin.configureWorker({ taskQueue: 'q' }).interceptors).toEqual({});
    expect(plugin.configureReplayWorker({ workflowsPath: 'w' }).interceptors).toEqual({
      workflowModules: ['own'],
    });
  });

  it('refuses client interceptors of the old form', () => {
    const plugin = new SimplePlugin({ name: 'old', clientInterceptors: { workflow: [] } });
    expect(() => plugin.configureClient({ interceptors: { workflow: { calls: [] } } })).toThrow(
      'old style workflow client interceptors',
    );
  });

  it('adds Nexus services and interceptors to those that are there', () => {
    const service = (name: string) =>
      nexus.serviceHandler(nexus.service(name, { run: nexus.operation<string, string>() }), {
        run: async (_, input) => input,
      });
    const [mine, yours] = [service('mine'), service('yours')];
    const before = () => ({});
    const after = () => ({});
    const plugin = new SimplePlugin({
      name: 'nexus',
      nexusServices: [yours],
      workerInterceptors: { nexus: [after] },
    });
    const configured = plugin.configureWorker({
      taskQueue: 'q',
      nexusServices: [mine],
      interceptors: { nexus: [before] },
    });
    expect(configured.nexusServices).toEqual([mine, yours]);
    expect(configured.interceptors?.nexus).toEqual([before, after]);
  });
});
