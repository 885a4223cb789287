/** Every attribute that runs can be asked for by, and what becomes of the index of a namespace that is deleted. */
import { describe, expect, it } from 'vitest';
import { OVERDUE_MS } from '../../../src/objects/visibility/visibility-core.ts';
import { IndexWorld, payloadOf, updateOf } from './support.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 5, 10);

describe('system attributes', () => {
  const closed = updateOf({
    workflowId: 'order-1',
    runId: 'run-1',
    type: 'order',
    taskQueue: 'orders',
    startTime: START,
    closeTime: START + HOUR,
    historyLength: 12,
    parent: { workflowId: 'cart-1', runId: 'cart-run' },
    attributes: {
      TemporalScheduledById: payloadOf('nightly', 'Keyword'),
      TemporalScheduledStartTime: payloadOf('2026-01-05T10:00:00Z', 'Datetime'),
      TemporalChangeVersion: payloadOf(['fee-2'], 'KeywordList'),
      BuildIds: payloadOf(['v7'], 'KeywordList'),
      TemporalWorkerDeployment: payloadOf('shop', 'Keyword'),
      TemporalExternalPayloadCount: payloadOf(3, 'Int'),
    },
  });

  it.each([
    "WorkflowId = 'order-1'",
    "RunId = 'run-1'",
    "WorkflowType = 'order'",
    "TaskQueue = 'orders'",
    "ExecutionStatus = 'Completed'",
    "ParentWorkflowId = 'cart-1'",
    "ParentRunId = 'cart-run'",
    "RootWorkflowId = 'order-1'",
    "RootRunId = 'run-1'",
    "StartTime = '2026-01-05T10:00:00Z'",
    "ExecutionTime >= '2026-01-05T10:00:00Z'",
    "CloseTime BETWEEN '2026-01-05T10:59:00Z' AND '2026-01-05T11:01:00Z'",
    'HistoryLength = 12',
    "ExecutionDuration = '1h'",
    "TemporalScheduledById = 'nightly'",
    "TemporalScheduledStartTime < '2026-01-06T00:00:00Z'",
    "TemporalChangeVersion = 'fee-2'",
    "BuildIds IN ('v6', 'v7')",
    "TemporalWorkerDeployment STARTS_WITH 'sh'",
    'TemporalExternalPayloadCount > 2',
  ])('VIS-4: %s', async (query) => {
    const world = await IndexWorld.open({ shards: 3 });
    await world.tell(
      closed,
      updateOf({ workflowId: 'other', runId: 'run-2', type: 'other', startTime: START + 5 * HOUR }),
    );
    const isOfBoth = query.startsWith('ExecutionTime');
    expect(await world.list(query)).toEqual(isOfBoth ? ['run-2', 'run-1'] : ['run-1']);
  });

  it.each(['HistorySizeBytes IS NULL', 'StateTransitionCount IS NULL'])('VIS-4: %s', async (query) => {
    const world = await IndexWorld.open({ shards: 3 });
    await world.tell(updateOf({ workflowId: 'w', runId: 'r' }));
    expect(await world.list(query)).toEqual(['r']);
  });
});

describe('a namespace that is deleted', () => {
  it('X5: has all objects erased that its shards know, over many alarms', async () => {
    const world = await IndexWorld.open({ shards: 3 });
    const updates = Array.from({ length: 450 }, (_, index) =>
      updateOf({ workflowId: `w-${index}`, runId: `r-${index}` }),
    );
    await world.tell(...updates);
    for (const update of updates) world.objects.set(update.info.execution.workflowId ?? '', [update]);
    await world.index.leave('default');
    await world.runTo(world.now + HOUR);
    expect(world.objects.size).toBe(0);
    expect(await world.count()).toBe(0);
  });

  it('X5: tries again what cannot be reached, and erases what it hears of later', async () => {
    const world = await IndexWorld.open({ shards: 3 });
    const [first, late] = [
      updateOf({ workflowId: 'first', runId: 'r-1' }),
      updateOf({ workflowId: 'late', runId: 'r-2' }),
    ];
    await world.tell(first);
    await world.index.leave('default');
    await world.runTo(world.now + HOUR);
    expect(await world.count()).toBe(1);
    world.objects.set('first', [first]);
    await world.runTo(world.now + HOUR);
    expect(world.purged).toEqual(['first']);
    world.objects.set('late', [late]);
    await world.tell(late);
    await world.runTo(world.now + OVERDUE_MS);
    expect(world.purged).toEqual(['first', 'late']);
    expect(await world.count()).toBe(0);
  });
});
