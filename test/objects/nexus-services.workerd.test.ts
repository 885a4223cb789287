/** Nexus services that the Worker serves itself, on real objects that are lost. */
import { abortAllDurableObjects } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createNexusEndpoints,
  type NamespaceBinding,
} from '../../src/objects/namespace/namespace-directory.ts';
import { released } from './worker/activities.ts';
import { TestWorkflow } from './worker/client.ts';

const binding = (exports as unknown as { Namespace: NamespaceBinding }).Namespace;

beforeAll(async () => {
  const made = await createNexusEndpoints(binding).create({
    name: 'own-shop',
    namespace: 'default',
    taskQueue: 'default',
  });
  expect(made.ok).toBe(true);
});

const types = async (workflow: TestWorkflow) =>
  (await workflow.history()).map(({ eventType }) => eventType).filter((type) => type.startsWith('Nexus'));

describe('an operation of a service of the Worker itself', () => {
  it('is answered without a worker elsewhere', async () => {
    const workflow = new TestWorkflow('own-nexus');
    await workflow.start('callsNexus', 'own-shop', 'hello', 'you');
    expect(await workflow.value()).toBe('Hello, you!');
    expect(await types(workflow)).toEqual(['NexusOperationScheduled', 'NexusOperationCompleted']);
  });

  it('is tried again after an error, and not after one that is final', async () => {
    const flaky = new TestWorkflow('own-nexus');
    await flaky.start('callsNexus', 'own-shop', 'flaky', flaky.at.workflowId);
    expect(await flaky.value()).toBe(3);
    const refused = new TestWorkflow('own-nexus');
    await refused.start('callsNexus', 'own-shop', 'refuse', '');
    expect(await refused.value()).toBe('NexusOperationFailure: never');
  });

  const untilStarted = (workflow: TestWorkflow) =>
    workflow.until((events) => events.some(({ eventType }) => eventType === 'NexusOperationStarted'));
  const STARTED_AND_COMPLETED = [
    'NexusOperationScheduled',
    'NexusOperationStarted',
    'NexusOperationCompleted',
  ];

  it('NXS-22: can be an update, whose outcome is told through the loss of every object', async () => {
    const workflow = new TestWorkflow('own-nexus');
    const backing = new TestWorkflow('approvals');
    await backing.start('approvals');
    await workflow.start('callsNexus', 'own-shop', 'approve', backing.at.workflowId);
    await untilStarted(workflow);
    await abortAllDurableObjects();
    await backing.retrying(() => backing.signal('yes'));
    expect(await workflow.value()).toBe('the shop: yes');
    expect(await types(workflow)).toEqual(STARTED_AND_COMPLETED);
    await backing.retrying(() => backing.signal('end'));
    expect(await backing.value()).toBe('closed');
  });

  it('NXS-22: fails with an update whose run has ended, through the loss of every object', async () => {
    const workflow = new TestWorkflow('own-nexus');
    const backing = new TestWorkflow('approvals');
    await backing.start('approvals');
    await workflow.start('callsNexus', 'own-shop', 'approve', backing.at.workflowId);
    await untilStarted(workflow);
    await abortAllDurableObjects();
    const terminate = () => backing.stub.apply(backing.at, { kind: 'Terminate', reason: 'enough' });
    expect(await backing.retrying(terminate)).toMatchObject({ ok: true });
    expect(await workflow.value()).toContain('Workflow completed before the Update completed');
  });

  it('NXS-24: can be an activity, whose result is told through the loss of every object', async () => {
    const workflow = new TestWorkflow('own-nexus');
    const name = `held by ${workflow.at.workflowId}`;
    await workflow.start('callsNexus', 'own-shop', 'charge', name);
    await untilStarted(workflow);
    await abortAllDurableObjects();
    released.add(name);
    // Nobody asks for the activity: its own alarm, and that of what it waits for, bring it back.
    expect(await workflow.value()).toBe(`${name} was let go`);
    expect(await types(workflow)).toEqual(STARTED_AND_COMPLETED);
  });

  it('can be a workflow, whose end is told through the loss of every object', async () => {
    const workflow = new TestWorkflow('own-nexus');
    const backing = new TestWorkflow('backing');
    await workflow.start('callsNexus', 'own-shop', 'wait', backing.at.workflowId);
    await workflow.until((events) => events.some(({ eventType }) => eventType === 'NexusOperationStarted'));
    await abortAllDurableObjects();
    await backing.retrying(() => backing.signal('go'));
    expect(await workflow.value()).toEqual(['go']);
    expect(await types(workflow)).toEqual([
      'NexusOperationScheduled',
      'NexusOperationStarted',
      'NexusOperationCompleted',
    ]);
  });
});
