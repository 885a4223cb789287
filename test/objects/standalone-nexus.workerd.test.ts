/** On real Durable Objects: a Nexus operation without a workflow whose object is lost while it waits, or between its attempts. */
import { abortAllDurableObjects, evictDurableObject } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createNexusEndpoints,
  type NamespaceBinding,
} from '../../src/objects/namespace/namespace-directory.ts';
import { nexusExecutionId } from '../../src/sdk/common/standalone-nexus.ts';
import { firstValue, payloads, TestWorkflow } from './worker/client.ts';

const binding = (exports as unknown as { Namespace: NamespaceBinding }).Namespace;

beforeAll(async () => {
  const settings = { name: 'alone', namespace: 'default', taskQueue: 'default' };
  expect((await createNexusEndpoints(binding).create(settings)).ok).toBe(true);
});

const losses = {
  evicted: (operation: TestWorkflow) => evictDurableObject(operation.stub),
  aborted: () => abortAllDurableObjects(),
};

async function started(name: string, input: unknown) {
  const operation = new TestWorkflow(nexusExecutionId(name));
  const { workflowId } = operation.at;
  const [argument] = payloads(input).payloads ?? [];
  const start = {
    workflowType: name,
    taskQueue: 'alone',
    requestId: crypto.randomUUID(),
    nexusOperation: {
      operationId: workflowId,
      endpoint: 'alone',
      service: 'shop',
      operation: name,
      requestId: crypto.randomUUID(),
      ...(argument && { input: argument }),
    },
  };
  const reply = await operation.retrying(() => operation.stub.start(operation.at, start));
  if (!reply.ok) throw new Error(reply.error.message);
  return operation;
}

async function resultOf(operation: TestWorkflow): Promise<unknown> {
  const { status } = await operation.result();
  expect(status).toBe('COMPLETED');
  const completed = (await operation.history()).find(
    (event) => event.eventType === 'NexusOperationCompleted',
  );
  if (completed?.eventType !== 'NexusOperationCompleted') return undefined;
  const { result } = completed.attributes;
  return firstValue(result && { payloads: [result] });
}

describe.each(['evicted', 'aborted'] as const)(
  'a Nexus operation without a workflow whose object is %s',
  (loss) => {
    it('SNX-3 while a workflow stands for it: its end is told, and taken once', async () => {
      const backing = new TestWorkflow('stands-for');
      const operation = await started('wait', backing.at.workflowId);
      await operation.until((events) =>
        events.some(({ eventType }) => eventType === 'NexusOperationStarted'),
      );
      await losses[loss](operation);
      await backing.retrying(() => backing.signal('go'));
      expect(await resultOf(operation)).toEqual(['go']);
      expect(await operation.eventTypes()).toEqual([
        'WorkflowExecutionStarted',
        'NexusOperationScheduled',
        'NexusOperationStarted',
        'NexusOperationCompleted',
        'WorkflowExecutionCompleted',
      ]);
    });

    it('SNX-1 between its attempts: the next one is made by its alarm', async () => {
      const operation = await started('flaky', `alone-${loss}`);
      await losses[loss](operation);
      // The handler itself counts on: it succeeds at its second attempt or a later one.
      expect(await resultOf(operation)).toBeGreaterThan(1);
    });
  },
);
