import { describe, expect, test } from 'vitest';
import { useCommands } from './commands.ts';

const { text, json, refused, until } = useCommands();

interface Described {
  pendingActivities?: { state: string; attempt?: number; paused?: boolean; activityOptions: object }[];
}

/** A workflow whose activity `1` waits to be completed. */
async function waiting(id: string): Promise<void> {
  await text('workflow', 'start', '--type', 'waits', '-t', 'q', '-w', id, '-i', '"x"');
  await startedAgain(id);
}

const startedAgain = (id: string): Promise<Described> =>
  until<Described>(
    ({ pendingActivities }) => pendingActivities?.[0]?.state === 'PENDING_ACTIVITY_STATE_STARTED',
    ...['workflow', 'describe', '-w', id],
  );

const pending = async (id: string) =>
  (await json<Described>('workflow', 'describe', '-w', id)).pendingActivities?.[0];

describe('perdure activity: of a workflow', () => {
  test('complete and fail end it from elsewhere', async () => {
    await waiting('completed');
    expect(await text('workflow', 'describe', '-w', 'completed')).toMatch(
      /Pending Activities: 1 of 1:\n {2}ActivityId +1\n/,
    );
    await text('activity', 'complete', '-a', '1', '-w', 'completed', '--result', '"done"');
    expect(await json('workflow', 'result', '-w', 'completed')).toMatchObject({ result: 'done' });
    await waiting('failed');
    await text(
      'activity',
      'fail',
      '-a',
      '1',
      '-w',
      'failed',
      '--reason',
      'no stock',
      '--detail',
      '{"sku":1}',
    );
    expect(await refused('workflow', 'result', '-w', 'failed')).toContain('ended as Failed');
    expect(await text('workflow', 'describe', '-w', 'failed')).toContain('caused by: no stock: {"sku":1}');
    expect(await refused('activity', 'complete', '-a', '9', '-w', 'failed', '--result', '1')).toContain(
      "workflow 'failed', activity '9'",
    );
    expect(await refused('activity', 'complete', '-a', '1', '-w', 'failed', '--result', 'x')).toContain(
      'expected JSON',
    );
  });

  test('pause, unpause, reset and update-options: by ID, by type, all', async () => {
    await waiting('paused');
    const ofIt = ['-w', 'paused', '-a', '1'];
    await text('activity', 'pause', ...ofIt, '--reason', 'look');
    expect(await pending('paused')).toMatchObject({ paused: true });
    await text('activity', 'unpause', '-w', 'paused', '--activity-type', 'slow', '--reset-attempts');
    expect((await pending('paused'))?.paused).toBeUndefined();
    await text('activity', 'reset', '-w', 'paused', '--match-all', '--reset-heartbeats');
    const options = ['--start-to-close-timeout', '2h', '--retry-maximum-attempts', '7'];
    expect(await text('activity', 'update-options', ...ofIt, ...options)).toMatch(
      /StartToCloseTimeout +7200s\n/,
    );
    expect(await pending('paused')).toMatchObject({
      activityOptions: {
        startToCloseTimeout: '7200s',
        retryPolicy: { maximumAttempts: 7, initialInterval: '1s' },
      },
    });
    await text('activity', 'update-options', ...ofIt, '--restore-original-options');
    expect(await pending('paused')).toMatchObject({ activityOptions: { startToCloseTimeout: '3600s' } });
    expect(await refused('activity', 'update-options', ...ofIt)).toContain('--restore-original-options');
    expect(await refused('activity', 'reset', '-w', 'paused')).toContain('--match-all');
    expect(await refused('activity', 'pause', '--activity-type', 'slow')).toContain('expected --workflow-id');
  });

  test('a query changes those of all workflows that match, by a batch job', async () => {
    await waiting('batch');
    const query = "WorkflowId = 'batch'";
    await until<{ count?: string }>(({ count }) => count === '1', 'workflow', 'count', '-q', query);
    const reset = ['activity', 'update-options', '-q', query, '--activity-type', 'slow', '-y'];
    const { batchJobId } = await json(...reset, '--heartbeat-timeout', '5m');
    await until<{ state: string }>(
      ({ state }) => state === 'BATCH_OPERATION_STATE_COMPLETED',
      ...['batch', 'describe', '--job-id', String(batchJobId)],
    );
    expect(await pending('batch')).toMatchObject({ activityOptions: { heartbeatTimeout: '300s' } });
  });
});

describe('perdure activity: without a workflow', () => {
  const options = ['-t', 'q', '--start-to-close-timeout', '1m'];

  test('execute, start, result, describe', async () => {
    const execute = ['activity', 'execute', '--type', 'quick', ...options, '-i', '"hi"', '-a', 'quick'];
    expect(await text(...execute)).toMatch(/\n\nResults:\n {2}Status {2}COMPLETED\n {2}Result {2}"hi!"\n$/);
    const started = await json('activity', 'start', '--type', 'slow', ...options, '-i', '"x"', '-a', 'slow');
    expect(started).toMatchObject({ activityId: 'slow', type: 'slow', taskQueue: 'q' });
    expect(await text('activity', 'describe', '-a', 'slow')).toMatch(/Status +Running\n[\s\S]*Input +"x"\n/);
    await until<{ info?: { runState: string } }>(
      ({ info }) => info?.runState === 'PENDING_ACTIVITY_STATE_STARTED',
      ...['activity', 'describe', '-a', 'slow'],
    );
    const waitingFor = json('activity', 'result', '-a', 'slow');
    await text('activity', 'complete', '-a', 'slow', '--result', '[1,2]');
    expect(await waitingFor).toMatchObject({ status: 'COMPLETED', result: [[1, 2]] });
    expect(await refused('activity', 'start', '--type', 'slow', '-t', 'q', '-a', 'slow')).toContain(
      "activity 'slow'",
    );
  });

  test('cancel, terminate, fail and delete', async () => {
    for (const id of ['ended', 'failing'])
      await text('activity', 'start', '--type', 'slow', ...options, '-a', id);
    await text('activity', 'cancel', '-a', 'ended', '--reason', 'r');
    await text('activity', 'terminate', '-a', 'ended', '--reason', 'r');
    expect(await text('activity', 'describe', '-a', 'ended')).toMatch(/Status +Terminated\n/);
    await text('activity', 'delete', '-a', 'ended');
    expect(await refused('activity', 'describe', '-a', 'ended')).toContain(
      'See what there is: perdure activity list',
    );
    await until<{ info?: { runState: string } }>(
      ({ info }) => info?.runState === 'PENDING_ACTIVITY_STATE_STARTED',
      ...['activity', 'describe', '-a', 'failing'],
    );
    await text('activity', 'fail', '-a', 'failing', '--reason', 'bad');
    expect(await refused('activity', 'result', '-a', 'failing')).toMatch(
      /activity 'failing', run '[-\w]+' failed: bad\n$/,
    );
  });

  test('list and count', async () => {
    await text('activity', 'start', '--type', 'slow', ...options, '-a', 'listed');
    const query = "ActivityId = 'listed'";
    await until<object[]>((found) => found.length === 1, 'activity', 'list', '-q', query);
    expect(await text('activity', 'list', '-q', query)).toMatch(
      /^ {2}Status +ActivityId +Type +StartTime\n {2}Running +listed +slow/,
    );
    expect(await text('activity', 'count', '-q', query)).toBe('Total: 1\n');
  });
});
