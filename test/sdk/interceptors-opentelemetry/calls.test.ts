/** The spans of each kind of call, with their names, attributes and outcomes. */
import { SpanStatusCode } from '@opentelemetry/api';
import * as nexus from 'nexus-rpc';
import { WithStartWorkflowOperation } from 'perdure/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { tokens } from './activities.ts';
import { service } from './service.ts';
import { exported, spanNamed, tree } from './spans.ts';
import { TracedEnvironment } from './support.ts';
import * as workflows from './workflows.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const { add, proceed, sum } = workflows;

let traced: TracedEnvironment;
beforeAll(async () => {
  traced = await TracedEnvironment.create();
});
afterAll(() => traced.teardown());
beforeEach(() => {
  exported.reset();
  traced.logged.length = 0;
});

/** What the span says of how its call ended. */
function outcomeOf(name: string) {
  const { status, events } = spanNamed(name);
  const exceptions = events.map(({ attributes }) => attributes?.['exception.message']);
  return [SpanStatusCode[status.code], status.message, ...exceptions];
}

describe('spans of messages', () => {
  it('LOG-7 LOG-8 are those of the sender, with the handlers below them, also when each task is a replay', async () => {
    const at = { taskQueue: 'messages', workflowId: 'messages' };
    const worker = await traced.worker('messages', { maxCachedWorkflows: 0 });
    await worker.runUntil(async () => {
      const handle = await traced.client.workflow.signalWithStart(workflows.counter, {
        ...at,
        signal: 'unknown',
      });
      expect(await handle.executeUpdate(add, { args: [2], updateId: 'two' })).toBe(2);
      await expect(handle.executeUpdate(add, { args: [-1], updateId: 'less' })).rejects.toThrow();
      expect([await handle.query(sum), await handle.query(sum)]).toEqual([2, 2]);
      await handle.describe();
      await handle.signal(proceed);
      await handle.result();
    });
    expect(tree()).toEqual([
      'SignalWithStartWorkflow:counter',
      '  RunWorkflow:counter',
      'StartWorkflowUpdate:add',
      '  ValidateUpdate:add',
      '  HandleUpdate:add',
      'StartWorkflowUpdate:add',
      '  ValidateUpdate:add',
      'QueryWorkflow:sum',
      '  HandleQuery:sum',
      'QueryWorkflow:sum',
      '  HandleQuery:sum',
      'DescribeWorkflow',
      'SignalWorkflow:proceed',
      '  HandleSignal:proceed',
    ]);
    expect(spanNamed('HandleUpdate:add').attributes.temporalUpdateId).toBe('two');
    const ids = exported.getFinishedSpans().map((span) => span.spanContext().spanId);
    expect(new Set(ids).size).toBe(ids.length);
    const rejected = exported.getFinishedSpans().filter(({ status }) => status.message === 'only more');
    expect(rejected.map(({ name }) => name)).toEqual(['ValidateUpdate:add']);
  });

  it('an update that starts its workflow carries its context to both', async () => {
    const worker = await traced.worker('with-start');
    const startWorkflowOperation = new WithStartWorkflowOperation(workflows.counter, {
      taskQueue: 'with-start',
      workflowId: 'with-start',
      workflowIdConflictPolicy: 'FAIL',
    });
    await worker.runUntil(async () => {
      const client = traced.client.workflow;
      await client.executeUpdateWithStart(add, { startWorkflowOperation, args: [1] });
      const handle = await startWorkflowOperation.workflowHandle();
      await handle.signal(proceed);
      await handle.result();
    });
    expect(tree().slice(0, 4).sort()).toEqual([
      '  HandleUpdate:add',
      '  RunWorkflow:counter',
      '  ValidateUpdate:add',
      'UpdateWithStartWorkflow:add',
    ]);
  });

  it('cancel and terminate are calls of the client alone', async () => {
    const { client } = traced;
    const at = { taskQueue: 'ends', workflowId: 'ends' };
    const worker = await traced.worker('ends');
    await worker.runUntil(async () => {
      const first = await client.workflow.start(workflows.waiting, at);
      await first.cancel();
      await expect(first.result()).rejects.toThrow();
      const second = await client.workflow.start(workflows.waiting, at);
      await second.terminate('enough');
    });
    expect(tree()).toEqual(
      expect.arrayContaining(['StartWorkflow:waiting', '  RunWorkflow:waiting', 'CancelWorkflow']),
    );
    expect(spanNamed('TerminateWorkflow').attributes).toMatchObject({
      temporalWorkflowId: 'ends',
      temporalTerminateReason: 'enough',
    });
  });

  it('LOG-9 that only read leave the random numbers of the workflow as they are', async () => {
    const live = await traced.worker('drawing');
    const handle = await traced.client.workflow.start(workflows.drawing, {
      taskQueue: 'drawing',
      workflowId: 'drawing',
    });
    const drawn = await live.runUntil(async () => {
      await handle.query(sum);
      await expect(handle.executeUpdate(add, { args: [1] })).resolves.toBe(1);
      await handle.query(sum);
      await handle.signal(proceed);
      return await handle.result();
    });
    const replaying = await traced.worker('drawing');
    expect(await replaying.runUntil(handle.query(sum))).toBe(drawn);
  });
});

describe('spans of what fails', () => {
  it('name the error, from the activity up to the workflow', async () => {
    const at = { taskQueue: 'failing', workflowId: 'failing' };
    const worker = await traced.worker('failing');
    const run = traced.client.workflow.execute(workflows.failing, { ...at, args: ['activity'] });
    await worker.runUntil(expect(run).rejects.toThrow());
    expect(outcomeOf('RunActivity:fail')).toEqual(['ERROR', 'no activity', 'no activity']);
    expect(outcomeOf('StartActivity:fail').slice(0, 2)).toEqual(['ERROR', 'Activity task failed']);
    expect(outcomeOf('RunWorkflow:failing').slice(0, 2)).toEqual(['ERROR', 'Activity task failed']);
    expect(outcomeOf('StartWorkflow:failing')).toEqual(['OK', undefined]);
  });

  it('a benign failure is recorded and no error', async () => {
    const at = { taskQueue: 'benign', workflowId: 'benign' };
    const worker = await traced.worker('benign');
    const run = traced.client.workflow.execute(workflows.failing, { ...at, args: ['benign'] });
    await worker.runUntil(expect(run).rejects.toThrow());
    expect(outcomeOf('RunActivity:fail')).toEqual(['UNSET', 'no benign', 'no benign']);
    expect(outcomeOf('RunWorkflow:failing')[0]).toBe('ERROR');
  });

  it('a call of the client that is refused', async () => {
    const missing = traced.client.workflow.getHandle('missing').describe();
    await expect(missing).rejects.toThrow();
    expect(outcomeOf('DescribeWorkflow')[0]).toBe('ERROR');
  });
});

describe('what ends in an exception and is no error', () => {
  it('continue-as-new: the next run is below the call', async () => {
    const at = { taskQueue: 'runs', workflowId: 'runs' };
    const worker = await traced.worker('runs', { maxCachedWorkflows: 0 });
    await worker.runUntil(traced.client.workflow.execute(workflows.twoRuns, at));
    expect(tree()).toEqual([
      'StartWorkflow:twoRuns',
      '  RunWorkflow:twoRuns',
      '    ContinueAsNew:twoRuns',
      '      RunWorkflow:twoRuns',
    ]);
    for (const { status, events } of exported.getFinishedSpans()) {
      expect([SpanStatusCode[status.code], events]).toEqual(['OK', []]);
    }
  });

  it('an activity that is completed from outside', async () => {
    const at = { taskQueue: 'later', workflowId: 'later' };
    const worker = await traced.worker('later');
    const { client } = traced;
    await worker.runUntil(async () => {
      const handle = await client.workflow.start(workflows.later, at);
      await vi.waitUntil(() => tokens.length > 0);
      await client.activity.complete(tokens[0] ?? new Uint8Array(), 'done');
      expect(await handle.result()).toBe('done');
    });
    expect(outcomeOf('RunActivity:completeLater')).toEqual(['OK', undefined]);
    const { runId } = await client.workflow.getHandle('later').describe();
    expect(spanNamed('RunActivity:completeLater').attributes).toEqual({
      temporalActivityId: '1',
      temporalWorkflowId: 'later',
      run_id: runId,
    });
  });
});

describe('spans of the workflow itself', () => {
  it('stand between the run and what it calls, and log lines name them', async () => {
    const at = { taskQueue: 'own', workflowId: 'own' };
    const worker = await traced.worker('own', { maxCachedWorkflows: 0 });
    await worker.runUntil(traced.client.workflow.execute(workflows.ownSpan, at));
    expect(tree()).toEqual([
      'StartWorkflow:ownSpan',
      '  RunWorkflow:ownSpan',
      '    packing',
      '      StartActivity:greet',
      '        RunActivity:greet',
    ]);
    const packing = spanNamed('packing');
    expect(packing.attributes).toMatchObject({ greeting: 'hi inner', workflowId: 'own' });
    expect(packing.links).toEqual([
      { context: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 } },
    ]);
    const traceOf = (text: string) => {
      const { trace_id, span_id, trace_flags } =
        traced.logged.find(({ message }) => message === text)?.meta ?? {};
      return { trace_id, span_id, trace_flags };
    };
    const identityOf = (name: string) => {
      const { traceId, spanId } = spanNamed(name).spanContext();
      return { trace_id: traceId, span_id: spanId, trace_flags: '01' };
    };
    expect(traceOf('in the span')).toEqual(identityOf('packing'));
    expect(traceOf('greeting inner')).toEqual(identityOf('RunActivity:greet'));
  });
});

describe('Nexus', () => {
  it('an operation is traced through its handler', async () => {
    const { env, client } = traced;
    const endpoint = (await env.createNexusEndpoint('traced', 'nexus')).raw.spec?.name ?? '';
    const handler = nexus.serviceHandler(service, { greeting: async (_, whom) => `hi ${whom}` });
    const at = { taskQueue: 'nexus', workflowId: 'nexus', args: [endpoint] as [string] };
    const worker = await traced.worker('nexus', { nexusServices: [handler] });
    const result = await worker.runUntil(client.workflow.execute(workflows.callsService, at));
    expect(result).toBe('hi you');
    expect(tree()).toEqual([
      'StartWorkflow:callsService',
      '  RunWorkflow:callsService',
      '    StartNexusOperation:greeter/greeting',
      '      RunStartNexusOperation:greeter/greeting',
    ]);
    const named = { temporalNexusService: 'greeter', temporalNexusOperation: 'greeting' };
    expect(spanNamed('RunStartNexusOperation:greeter/greeting').attributes).toEqual(named);
    expect(spanNamed('StartNexusOperation:greeter/greeting').attributes).toMatchObject({
      ...named,
      temporalNexusEndpoint: endpoint,
    });
  });
});
