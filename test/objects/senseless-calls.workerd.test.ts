/**
 * What a Worker may send its own objects by mistake: calls for another workflow, without an address, of no known kind. Each is
 * refused, nothing of it is stored, and the workflow goes on.
 */
import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { TestWorkflow } from './worker/client.ts';

type AnyCall = (...parameters: unknown[]) => Promise<unknown>;

/** A value, or why there is none. */
async function answerOf(workflow: TestWorkflow, method: string, parameters: unknown[]): Promise<unknown> {
  const stub = workflow.stub as unknown as Record<string, AnyCall>; // By name: the types would refuse all of this.
  try {
    return await stub[method]?.(...parameters);
  } catch (error) {
    return { rejected: String(error) };
  }
}

const METHODS = [
  ...['start', 'signalWithStart', 'updateWithStart', 'apply', 'query', 'update', 'pollUpdate', 'describe'],
  ...['history', 'result', 'reset', 'pause', 'unpause', 'delete', 'visibility', 'childClosed'],
  ...['startTask', 'completeWorkflowTask', 'answerQuery'],
];

describe('a call that makes no sense', () => {
  it.each(METHODS)('%s without an address, or under that of another workflow, is refused', async (method) => {
    const workflow = new TestWorkflow('senseless');
    await workflow.start('waitForSignals', 1);
    const before = await workflow.history();
    const stranger = { namespace: 'default', workflowId: 'another' };
    for (const parameters of [
      [7, {}],
      [{}, {}],
      [stranger, {}],
      [{ ...stranger, namespace: 7 }, {}],
    ]) {
      const answer = await answerOf(workflow, method, parameters);
      expect(answer, JSON.stringify(parameters)).toSatisfy(isRefusal);
    }
    expect(await workflow.history()).toEqual(before);
    await workflow.signal('on');
    expect(await workflow.value()).toEqual(['on']);
  });

  it('of no known kind, or without what its kind needs, is refused and leaves no event', async () => {
    const workflow = new TestWorkflow('unkind');
    await workflow.start('waitForSignals', 1);
    const before = await workflow.history();
    const inputs: unknown[] = [
      ...[undefined, null, 7, 'Signal', [], {}, { kind: 'Nothing' }, { kind: '__proto__' }],
      ...[{ kind: 'ActivityCompleted' }, { kind: 'ActivityCompleted', activity: {} }],
      ...[
        { kind: 'ActivityHeartbeat', activity: null },
        { kind: 'ActivityPing', activity: { by: 'luck' } },
      ],
      ...[{ kind: 'ActivityFailed', activity: { by: 'id', activityId: '1' } }, { kind: 'Pause' }],
      ...[{ kind: 'ChildClosed' }, { kind: 'ExternalSignalDelivered', initiatedEventId: {} }],
    ];
    for (const input of inputs) {
      const answer = await answerOf(workflow, 'apply', [workflow.at, input]);
      expect(answer, JSON.stringify(input)).toSatisfy(isRefusalOrNothing);
    }
    await evictDurableObject(workflow.stub);
    expect(await workflow.history()).toEqual(before);
    await workflow.signal('on');
    expect(await workflow.value()).toEqual(['on']);
  });
});

function isRefusal(answer: unknown): boolean {
  const { ok, error, rejected } = (answer ?? {}) as {
    ok?: boolean;
    error?: { message: string };
    rejected?: string;
  };
  return (ok === false && Boolean(error?.message)) || Boolean(rejected);
}

/** News of what is over, or never was, are taken and dropped: whoever brings them must not bring them again. */
function isRefusalOrNothing(answer: unknown): boolean {
  const { ok, value } = (answer ?? {}) as { ok?: boolean; value?: unknown };
  return isRefusal(answer) || (ok === true && value === undefined);
}
