/** Local activities: results, markers, retries. */
import { evictDurableObject } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { workflowExecutionName } from '../../src/objects/object-names.ts';
import { attributesOf, client, milestones, options } from './support.ts';
import * as programs from './workflows/local-activities.ts';

const objects = exports as unknown as { WorkflowExecution: { getByName(name: string): never } };

test('a local activity is a marker with its result', async () => {
  const at = options('local');
  expect(await client.workflow.execute(programs.localGreeting, { ...at, args: ['Ada'] })).toBe('Hello, Ada!');
  expect(await milestones(at.workflowId)).toEqual([
    'WorkflowExecutionStarted',
    'MarkerRecorded',
    'WorkflowExecutionCompleted',
  ]);
  const [marker] = await attributesOf(at.workflowId, 'MarkerRecorded');
  expect(marker.markerName).toBe('core_local_activity');
  expect(marker.details.result).toEqual(['Hello, Ada!']);
  expect(marker.details.data[0]).toMatchObject({
    seq: 1,
    attempt: 1,
    activity_id: '1',
    activity_type: 'greet',
  });
});

test('mixed with others, and again after the object was lost', async () => {
  const at = options('mix');
  const words = ['local 1', 'remote', 'local 2', 'local 3', 'remote 2'].map((name) => `Hello, ${name}!`);
  expect(await client.workflow.execute(programs.localMix, at)).toEqual(words);
  await evictDurableObject(
    objects.WorkflowExecution.getByName(workflowExecutionName('default', at.workflowId)),
  );
  expect(await client.workflow.getHandle(at.workflowId).query('__stack_trace')).toBe('');
});

test('is retried in its task, and knows that it is local', async () => {
  const at = options('retry');
  expect(await client.workflow.execute(programs.localRetry, { ...at, args: [3] })).toBe('ok after 3');
  expect(await milestones(at.workflowId)).toHaveLength(3);
  const info = await client.workflow.execute(programs.localInfo, options('info'));
  expect(info).toMatchObject({ isLocal: true, attempt: 1, activityType: 'info', workflowType: 'localInfo' });
});

test('its failure is bare, its timeout and cancellation are wrapped', async () => {
  expect(await client.workflow.execute(programs.localFailure, options('failure'))).toEqual([
    'ApplicationFailure',
    'local trouble',
    'false',
    'true',
  ]);
  const timeout = await client.workflow.execute(programs.localTimeout, options('timeout'));
  expect(timeout[0]).toBe('ActivityFailure');
  expect(timeout[1]).toContain('TimeoutFailure');
  const cancelled = await client.workflow.execute(programs.localCancelled, options('cancelled'));
  expect(cancelled[0]).toBe('ActivityFailure');
  expect(cancelled[1]).toContain('CancelledFailure');
});

test('a long wait between attempts is a timer', async () => {
  const at = options('backoff');
  expect(await client.workflow.execute(programs.localBackoff, at)).toBe('ok after 2');
  expect(await milestones(at.workflowId)).toEqual([
    'WorkflowExecutionStarted',
    'MarkerRecorded',
    'TimerStarted',
    'TimerFired',
    'MarkerRecorded',
    'TimerStarted',
    'TimerFired',
    'MarkerRecorded',
    'WorkflowExecutionCompleted',
  ]);
});

test('many in one task, and one that outlasts it', async () => {
  const at = options('many');
  expect(await client.workflow.execute(programs.manyLocals, { ...at, args: [50] })).toBe(1_275);
  expect(await attributesOf(at.workflowId, 'MarkerRecorded')).toHaveLength(50);
  const slow = { ...options('slow'), workflowTaskTimeout: '1s' as const };
  expect(await client.workflow.execute(programs.slowLocal, slow)).toBe('rested');
});

test('of a type that is not there is served by the default one', async () => {
  expect(await client.workflow.execute(programs.localByDefault, options('default'))).toBe(
    'nobodyWroteThis(1)',
  );
});
