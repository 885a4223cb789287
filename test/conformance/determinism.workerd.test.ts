/** What is the same on every replay; workflowInfo, patches, logs and sinks. */
import { evictDurableObject } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { defineSearchAttributeKey, SearchAttributeType } from 'perdure/common';
import { describe, expect, test } from 'vitest';
import { workflowExecutionName } from '../../src/objects/object-names.ts';
import { attributesOf, client, history, milestones, options, recorded, unique } from './support.ts';
import { logs, sinkCalls } from './worker/index.ts';
import * as programs from './workflows/determinism.ts';

const objects = exports as unknown as { WorkflowExecution: { getByName(name: string): never } };
const evict = (workflowId: string) =>
  evictDurableObject(objects.WorkflowExecution.getByName(workflowExecutionName('default', workflowId)));

describe('random numbers, IDs and time', () => {
  test('are the same after the object was lost', async () => {
    const handle = await client.workflow.start(programs.draws, options('draws'));
    await recorded(handle, 'WorkflowTaskCompleted', 2);
    const before = await handle.query(programs.drawn);
    expect(before).toHaveLength(11);
    await evict(handle.workflowId);
    expect(await handle.query(programs.drawn)).toEqual(before);
    await handle.signal(programs.proceed);
    const values = await handle.result();
    expect(values.slice(0, 11)).toEqual(before);
    await evict(handle.workflowId);
    expect(await handle.query(programs.drawn)).toEqual(values);
    const [started] = await history(handle.workflowId);
    expect(values[1]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Math.abs((values[3] as number) - Date.parse(started?.eventTime ?? ''))).toBeLessThan(1_000);
    expect(values[4]).toBe(new Date(values[3] as number).toISOString());
    expect(new Set([values[0], values[5], values[6], values[11]]).size).toBe(4);
  });

  test('and module state belong to one run', async () => {
    const runs = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        client.workflow.execute(programs.moduleStateOf, { ...options('modules'), args: [name] }),
      ),
    );
    expect(runs).toEqual(['a', 'b', 'c'].map((name) => ({ names: [name], loadedTimes: 1 })));
  });
});

describe('globals', () => {
  test('of the web that are pure are there', async () => {
    expect(await client.workflow.execute(programs.webApis, options('web'))).toEqual({
      isAborted: true,
      aborted: true,
      reason: 'why',
      text: 'grüße',
      url: 'https://example.com/a?b=1&d=2#c',
      params: 'x=y+z',
      clone: { two: 3 },
      base64: 'aGVsbG8=',
      intl: '12,345.6',
      inContext: true,
      big: '100000000000000000000',
      sorted: [1, 2, 3],
      groups: { odd: [1, 3], even: [2] },
    });
  });

  test.each(['fetch', 'setInterval', 'WeakRef', 'eval'] as const)('%s is refused by name', async (what) => {
    const answer = await client.workflow.execute(programs.forbidden, {
      ...options('forbidden'),
      args: [what],
    });
    expect(answer).toContain(what);
  });
});

describe('patches', () => {
  test('are markers, once each', async () => {
    const at = options('patched');
    expect(await client.workflow.execute(programs.patchedOnce, at)).toEqual(['new', 'new', 'new']);
    expect(await milestones(at.workflowId)).toEqual([
      'WorkflowExecutionStarted',
      'MarkerRecorded',
      'UpsertWorkflowSearchAttributes',
      'ActivityTaskScheduled',
      'ActivityTaskStarted',
      'ActivityTaskCompleted',
      'MarkerRecorded',
      'UpsertWorkflowSearchAttributes',
      'MarkerRecorded',
      'UpsertWorkflowSearchAttributes',
      'WorkflowExecutionCompleted',
    ]);
    const markers = await attributesOf(at.workflowId, 'MarkerRecorded');
    expect(markers.map(({ markerName, details }) => [markerName, details['patch-data']])).toEqual([
      ['core_patch', [{ id: 'new-way', deprecated: false }]],
      ['core_patch', [{ id: 'gone', deprecated: true }]],
      ['core_patch', [{ id: 'second', deprecated: false }]],
    ]);
    const { searchAttributes } = await client.workflow.getHandle(at.workflowId).describe();
    expect(searchAttributes.TemporalChangeVersion).toEqual(['gone', 'new-way', 'second']);
  });
});

describe('workflowInfo', () => {
  test('changes with upserts at once, and with tasks', async () => {
    const at = options('info');
    const [first, second, third] = await client.workflow.execute(programs.infoChanges, {
      ...at,
      memo: { gone: true, kept: 1 },
    });
    expect(first).toMatchObject({
      historyLength: 3,
      continueAsNewSuggested: false,
      memo: { gone: true, kept: 1 },
      searchAttributes: {},
    });
    expect(first?.historySize).toBeGreaterThan(0);
    expect(second).toMatchObject({
      historyLength: 3,
      memo: { kept: 1, stage: 1 },
      searchAttributes: { CustomKeywordField: ['a'], CustomIntField: [7] },
    });
    expect(second?.memo).not.toHaveProperty('gone');
    expect(third?.historyLength).toBeGreaterThan(8);
    expect(third).toMatchObject({
      memo: { kept: 1, more: { deep: true } },
      searchAttributes: { CustomIntField: [7] },
    });
    const description = await client.workflow.getHandle(at.workflowId).describe();
    expect(description.memo).toEqual({ kept: 1, more: { deep: true } });
    expect(description.searchAttributes).toEqual({ CustomIntField: [7] });
    expect(await attributesOf(at.workflowId, 'WorkflowPropertiesModified')).toHaveLength(2);
  });

  test('shows all of the start', async () => {
    const at = options('whole');
    const keyword = defineSearchAttributeKey('CustomKeywordField', SearchAttributeType.KEYWORD);
    const int = defineSearchAttributeKey('CustomIntField', SearchAttributeType.INT);
    const handle = await client.workflow.start(programs.wholeInfo, {
      ...at,
      memo: { note: 'hello' },
      typedSearchAttributes: [
        { key: keyword, value: 'k' },
        { key: int, value: 5 },
      ],
      retry: { initialInterval: '2s', maximumAttempts: 4 },
      workflowExecutionTimeout: '1h',
      workflowRunTimeout: '30m',
      workflowTaskTimeout: '15s',
      staticSummary: 'a summary',
      staticDetails: 'the details',
      priority: { priorityKey: 2 },
    });
    const info = await handle.result();
    expect(info).toMatchObject({
      workflowId: at.workflowId,
      runId: handle.firstExecutionRunId,
      workflowType: 'wholeInfo',
      taskQueue: 'default',
      namespace: 'default',
      firstExecutionRunId: handle.firstExecutionRunId,
      originalExecutionRunId: handle.firstExecutionRunId,
      attempt: 1,
      memo: { note: 'hello' },
      executionTimeoutMs: 3_600_000,
      runTimeoutMs: 1_800_000,
      taskTimeoutMs: 15_000,
      retryPolicy: { initialInterval: 2_000, maximumAttempts: 4, backoffCoefficient: 2 },
      priority: { priorityKey: 2 },
      historyLength: 3,
      isReplaying: false,
      searchAttributes: { CustomKeywordField: ['k'], CustomIntField: [5] },
    });
    expect(info.typed).toEqual(
      expect.arrayContaining([
        ['CustomKeywordField', 'KEYWORD', 'k'],
        ['CustomIntField', 'INT', 5],
      ]),
    );
    const description = await handle.describe();
    expect(description).toMatchObject({
      type: 'wholeInfo',
      workflowId: at.workflowId,
      runId: handle.firstExecutionRunId,
      taskQueue: 'default',
      status: { code: 2, name: 'COMPLETED' },
      memo: { note: 'hello' },
      searchAttributes: { CustomKeywordField: ['k'], CustomIntField: [5] },
    });
    expect(description.startTime).toBeInstanceOf(Date);
    expect(description.closeTime).toBeInstanceOf(Date);
    expect(description.historyLength).toBe(5);
    expect(description.typedSearchAttributes.get(int)).toBe(5);
    expect(await description.staticSummary()).toBe('a summary');
    expect(await description.staticDetails()).toBe('the details');
    expect(description.priority).toMatchObject({ priorityKey: 2 });
  });

  test('current details are in the metadata', async () => {
    const handle = await client.workflow.start(programs.details, options('details'));
    const metadata = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toBe('**waiting** for somebody');
    await handle.terminate();
  });
});

describe('logs and sinks', () => {
  test('are called once, in order, and not on replay', async () => {
    const handle = await client.workflow.start(programs.logsAndSinks, options('logs'));
    await handle.result();
    await evict(handle.workflowId);
    await handle.query('__stack_trace');
    const own = logs.filter(({ attributes }) => attributes?.workflowId === handle.workflowId);
    expect(own.filter(({ message }) => ['before', 'after', 'end'].includes(message))).toMatchObject([
      {
        level: 'INFO',
        message: 'before',
        attributes: { step: 1, workflowType: 'logsAndSinks', sdkComponent: 'workflow' },
      },
      { level: 'WARN', message: 'after', attributes: { namespace: 'default', taskQueue: 'default' } },
      {
        level: 'DEBUG',
        message: 'end',
        attributes: { workflow: 'logsAndSinks', runId: handle.firstExecutionRunId },
      },
    ]);
    expect(own.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['Workflow started', 'Workflow completed']),
    );
    const calls = sinkCalls.filter(({ workflowId }) => workflowId === handle.workflowId);
    expect(calls.filter(({ name }) => name === 'written')).toMatchObject([
      { args: ['before', { nested: [1] }] },
    ]);
    expect(calls.filter(({ name }) => name === 'everywhere').length).toBeGreaterThanOrEqual(2);
    void unique;
  });
});
