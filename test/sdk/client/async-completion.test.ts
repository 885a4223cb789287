import { describe, expect, test } from 'vitest';
import {
  ActivityCancelledError,
  ActivityCompletionError,
  ActivityNotFoundError,
  ActivityPausedError,
  ActivityResetError,
  ApplicationFailure,
  NamespaceNotFoundError,
} from '../../../src/sdk/client/index.ts';
import { encodeTaskToken } from '../../../src/sdk/common/task-token.ts';
import { jsonPayload, RUN_ID, refused } from '../../routes/fake-execution.ts';
import { clientOverHttp } from './over-http.ts';

const token = encodeTaskToken({
  namespace: 'default',
  workflowId: 'o-1',
  runId: RUN_ID,
  scheduledEventId: 5,
  stamp: 1,
});
const byToken = { by: 'token', runId: RUN_ID, scheduledEventId: 5, stamp: 1 };
const ids = { workflowId: 'o-1', runId: RUN_ID, activityId: 'a-1' };
const byId = { by: 'id', runId: RUN_ID, activityId: 'a-1' };

describe('an activity that completes from elsewhere', () => {
  test('is completed, by token and by ID', async () => {
    const { client, execution } = clientOverHttp();
    await client.activity.complete(token, { ok: true });
    await client.activity.complete(ids, undefined);
    expect(execution.asked.map(({ args }) => args[1])).toMatchObject([
      {
        kind: 'ActivityCompleted',
        activity: byToken,
        result: { payloads: [jsonPayload({ ok: true })] },
        identity: 'tester',
      },
      { kind: 'ActivityCompleted', activity: byId },
    ]);
  });

  test('is failed with any error', async () => {
    const { client, execution } = clientOverHttp();
    await client.activity.fail(token, ApplicationFailure.nonRetryable('no', 'Refused'));
    await client.activity.fail(ids, new TypeError('oops'));
    expect(execution.asked.map(({ args }) => args[1])).toMatchObject([
      {
        kind: 'ActivityFailed',
        activity: byToken,
        failure: { message: 'no', applicationFailureInfo: { type: 'Refused', nonRetryable: true } },
      },
      {
        kind: 'ActivityFailed',
        activity: byId,
        failure: { message: 'oops', applicationFailureInfo: { type: 'TypeError' } },
      },
    ]);
  });

  test('reports its cancellation', async () => {
    const { client, execution } = clientOverHttp();
    await client.activity.reportCancellation(token, 'why');
    expect(execution.asked[0]?.args[1]).toMatchObject({
      kind: 'ActivityCanceled',
      activity: byToken,
      details: { payloads: [jsonPayload('why')] },
    });
  });

  test.each([
    [
      'cancelled',
      { cancelRequested: true, activityPaused: true, activityReset: true },
      ActivityCancelledError,
    ],
    ['reset', { cancelRequested: false, activityPaused: true, activityReset: true }, ActivityResetError],
    ['paused', { cancelRequested: false, activityPaused: true, activityReset: false }, ActivityPausedError],
  ])('hears in the answer to a heartbeat that it is %s', async (message, value, errorClass) => {
    const { client } = clientOverHttp({ apply: () => ({ ok: true, value }) });
    for (const target of [token, ids]) {
      const error = await (target instanceof Uint8Array
        ? client.activity.heartbeat(target, 1)
        : client.activity.heartbeat(target, 1)
      ).catch((err: unknown) => err);
      expect(error).toBeInstanceOf(errorClass);
      expect((error as Error).message).toBe(message);
    }
  });

  test('that nobody wants to cancel just goes on', async () => {
    const { client, execution } = clientOverHttp();
    await client.activity.heartbeat(token, { percent: 50 });
    expect(execution.asked[0]?.args[1]).toMatchObject({
      kind: 'ActivityHeartbeat',
      details: { payloads: [jsonPayload({ percent: 50 })] },
    });
  });

  test('that is over is ActivityNotFoundError, another refusal ActivityCompletionError', async () => {
    const gone = clientOverHttp({ apply: () => refused({ code: 'NOT_FOUND', message: 'gone' }) });
    await expect(gone.client.activity.complete(token, 1)).rejects.toEqual(
      new ActivityNotFoundError('Not found'),
    );
    const wrong = clientOverHttp({
      apply: () => refused({ code: 'INVALID_ARGUMENT', message: 'not asked to cancel' }),
    });
    await expect(wrong.client.activity.reportCancellation(ids)).rejects.toEqual(
      new ActivityCompletionError('not asked to cancel'),
    );
  });

  test('in an unknown namespace is NamespaceNotFoundError', async () => {
    const { client } = clientOverHttp({}, { namespace: 'nowhere' });
    await expect(client.activity.complete(ids, 1)).rejects.toBeInstanceOf(NamespaceNotFoundError);
  });
});
