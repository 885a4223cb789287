/** The client against real objects, by both of its ways: over HTTP, and straight from inside the Worker. */
import {
  CancelledFailure,
  QueryNotRegisteredError,
  TerminatedFailure,
  WithStartWorkflowOperation,
  WorkflowContinuedAsNewError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from 'perdure/client';
import { describe, expect, test } from 'vitest';
import { direct, fetchWorker, options, overHttp } from './worker/clients.ts';
import {
  addLater,
  addToTally,
  closeTally,
  countdown,
  failsForGood,
  tally,
  tallyTotal,
} from './worker/workflows.ts';

const caught = (call: Promise<unknown>): Promise<Error & Record<string, unknown>> =>
  call.then(
    () => expect.fail('expected a rejection'),
    (error) => error,
  );

describe.each([
  ['over HTTP', overHttp],
  ['straight to the objects', direct],
])('%s', (_, client) => {
  test('updates are accepted, refused, awaited, picked up again and deduplicated', async () => {
    const handle = await client.workflow.start(tally, { ...options('tally'), args: [1] });
    expect(await handle.executeUpdate(addToTally, { args: [2] })).toBe(3);
    const refused = await caught(handle.executeUpdate(addToTally, { args: [-1] }));
    expect(refused).toBeInstanceOf(WorkflowUpdateFailedError);
    expect(refused.cause).toMatchObject({ message: 'negative' });
    const update = await handle.startUpdate(addLater, {
      args: [4],
      waitForStage: 'ACCEPTED',
      updateId: 'u-1',
    });
    expect(await update.result()).toBe(7);
    expect(await handle.getUpdateHandle<number>('u-1').result()).toBe(7);
    expect(await handle.executeUpdate(addLater, { args: [9], updateId: 'u-1' })).toBe(7);
    const failed = await caught(handle.executeUpdate(addLater, { args: [100] }));
    expect(failed.cause).toMatchObject({ message: 'too much', type: 'Limit' });
  });

  test('a closed workflow answers what it can, and refuses the rest', async () => {
    const handle = await client.workflow.start(tally, { ...options('tally'), args: [7] });
    await handle.signal(closeTally);
    expect(await handle.result()).toBe(7);
    expect(await handle.query(tallyTotal)).toBe(7);
    expect(await caught(handle.query('unheardOf'))).toBeInstanceOf(QueryNotRegisteredError);
    expect(await caught(handle.signal(closeTally))).toBeInstanceOf(WorkflowNotFoundError);
    expect(await caught(handle.executeUpdate(addToTally, { args: [1] }))).toBeInstanceOf(
      WorkflowNotFoundError,
    );
    expect(await caught(handle.terminate())).toBeInstanceOf(WorkflowNotFoundError);
    const description = await handle.describe();
    expect(description).toMatchObject({ type: 'tally', status: { code: 2, name: 'COMPLETED' } });
    expect(description.closeTime?.getTime()).toBeGreaterThanOrEqual(description.startTime.getTime());
    expect((await handle.fetchHistory()).events).toHaveLength(description.historyLength);
  });

  test('update-with-start starts once, then finds the workflow open', async () => {
    const start = options('tally');
    const operation = (workflowIdConflictPolicy: 'USE_EXISTING' | 'FAIL') =>
      new WithStartWorkflowOperation(tally, { ...start, args: [5], workflowIdConflictPolicy });
    const add = (startWorkflowOperation: WithStartWorkflowOperation<typeof tally>) =>
      client.workflow.executeUpdateWithStart(addToTally, { args: [1], startWorkflowOperation });
    expect(await add(operation('USE_EXISTING'))).toBe(6);
    const second = operation('USE_EXISTING');
    expect(await add(second)).toBe(7);
    expect(await caught(add(operation('FAIL')))).toBeInstanceOf(WorkflowExecutionAlreadyStartedError);
    expect(await caught(client.workflow.start(tally, start))).toBeInstanceOf(
      WorkflowExecutionAlreadyStartedError,
    );
    const handle = await second.workflowHandle();
    await handle.terminate('enough');
    const error = await caught(handle.result());
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect(error).toMatchObject({ message: 'enough', retryState: 'NON_RETRYABLE_FAILURE' });
    expect(error.cause).toBeInstanceOf(TerminatedFailure);
  });

  test('a result is followed through the chain, or not', async () => {
    expect(await client.workflow.execute(countdown, { ...options('countdown'), args: [2] })).toBe('liftoff');
    const handle = await client.workflow.start(countdown, {
      ...options('countdown'),
      args: [1],
      followRuns: false,
    });
    expect(await caught(handle.result())).toBeInstanceOf(WorkflowContinuedAsNewError);
  });

  test('a failure and a cancellation arrive as what they are', async () => {
    const failed = await caught(client.workflow.execute(failsForGood, options('fails')));
    expect(failed).toBeInstanceOf(WorkflowFailedError);
    expect(failed.cause).toMatchObject({
      message: 'for good',
      type: 'Final',
      nonRetryable: true,
      details: [{ code: 7 }],
    });
    const handle = await client.workflow.start(tally, options('tally'));
    await handle.cancel();
    const cancelled = await caught(handle.result());
    expect(cancelled.message).toBe('Workflow execution cancelled');
    expect(cancelled.cause).toBeInstanceOf(CancelledFailure);
    expect(await caught(client.workflow.getHandle('never-started').describe())).toBeInstanceOf(
      WorkflowNotFoundError,
    );
  });

  test('signalWithStart starts a workflow that finds its signal', async () => {
    const handle = await client.workflow.signalWithStart(tally, { ...options('tally'), signal: closeTally });
    expect(await handle.result()).toBe(0);
  });
});

test('pages of a history hold each event once, forwards and backwards', async () => {
  const { workflowId, ...start } = options('paged');
  const handle = await overHttp.workflow.start(tally, { workflowId, ...start });
  for (let count = 0; count < 5; count++) await handle.executeUpdate(addToTally, { args: [1] });
  const all = ((await handle.fetchHistory()).events ?? []).map(({ eventId }) => String(eventId));
  expect(all.length).toBeGreaterThan(10);
  expect(await readPages(workflowId, 'history')).toEqual(all);
  expect(await readPages(workflowId, 'history-reverse')).toEqual(all.toReversed());
});

async function readPages(workflowId: string, call: string): Promise<string[]> {
  const ids: string[] = [];
  let nextPageToken = '';
  do {
    const query = new URLSearchParams({ maximumPageSize: '3', nextPageToken });
    const response = await fetchWorker(`/api/v1/namespaces/default/workflows/${workflowId}/${call}?${query}`);
    const page: { history: { events?: { eventId: string }[] }; nextPageToken?: string } =
      await response.json();
    ids.push(...(page.history.events ?? []).map(({ eventId }) => eventId));
    nextPageToken = page.nextPageToken ?? '';
  } while (nextPageToken !== '');
  return ids;
}
