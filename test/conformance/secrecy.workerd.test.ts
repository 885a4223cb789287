/** Codecs and interceptors: nothing in history can be read, everything arrives, headers are passed on. */
import {
  type ApplicationFailure,
  Client,
  type WorkflowFailedError,
  type WorkflowUpdateFailedError,
} from 'perdure/client';
import { defaultPayloadConverter } from 'perdure/common';
import { expect, test } from 'vitest';
import { failureOf, fetchWorker, history, client as plain, unique } from './support.ts';
import { HEADER, hiding } from './worker/secrecy.ts';
import * as programs from './workflows/intercepted.ts';

const tenant = defaultPayloadConverter.toPayload('acme');
const client = new Client({
  connection: plain.connection,
  dataConverter: hiding,
  interceptors: {
    workflow: [
      {
        start: (input, next) => next({ ...input, headers: { ...input.headers, [HEADER]: tenant } }),
      },
    ],
  },
});
const options = (name: string) => ({ workflowId: unique(name), taskQueue: 'secret' });

test('every value crosses in both directions, and history shows none of them', async () => {
  const at = options('crossings');
  const handle = await client.workflow.start(programs.crossings, {
    ...at,
    args: ['hidden first'],
    memo: { note: 'hidden memo' },
  });
  await handle.signal(programs.secret, 'hidden word');
  expect(await handle.query(programs.secrets, '> ')).toEqual(['> hidden word']);
  expect(await handle.executeUpdate(programs.swap, { args: ['hidden swap'] })).toBe('hidden word');
  const refused = (await failureOf(
    handle.executeUpdate(programs.swap, { args: ['bad'] }),
  )) as WorkflowUpdateFailedError;
  expect(refused.cause).toMatchObject({
    message: 'secret refusal',
    type: 'Refused',
    details: [{ word: 'bad' }],
  });
  await handle.signal(programs.secret, 'go');
  expect(await handle.result()).toEqual({
    first: 'hidden first',
    remote: { hidden: true },
    local: ['hidden', 2],
    child: 'to child 0 1: {"note":"child memo"}',
    failure: { message: 'secret failure', details: [{ code: 42 }, 'second'] },
    resumed: { attempt: 2, resumedFrom: 17 },
    memo: { note: 'hidden memo' },
    heard: ['hidden swap', 'go'],
  });
  expect((await handle.describe()).memo).toEqual({ note: 'hidden memo' });
  const text = JSON.stringify(await history(at.workflowId));
  expect(text).not.toMatch(/hidden (first|memo|word|swap)|secret failure|child memo/);
  expect(text).toContain('Encoded failure');
  const raw = await fetchWorker(`/api/v1/namespaces/default/workflows/${at.workflowId}`);
  expect(await raw.text()).not.toContain('hidden memo');
});

test('a failure is readable for those who can decode it', async () => {
  const at = options('fails');
  const error = (await failureOf(client.workflow.execute(programs.failsSecretly, at))) as WorkflowFailedError;
  const cause = error.cause?.cause as ApplicationFailure;
  expect(cause).toMatchObject({
    message: 'nobody may read this',
    type: 'Fatal',
    details: [{ code: 42 }, 'second'],
  });
  expect(cause.stack).toContain('failNonRetryable');
  expect(await failureOf(plain.workflow.result(at.workflowId))).toMatchObject({
    name: 'ValueError',
    message: 'Unknown encoding: binary/hidden',
  });
});

test('headers reach activities and the activities of children', async () => {
  expect(await client.workflow.execute(programs.propagates, options('headers'))).toEqual([
    'contextOf for acme',
    'contextOf for acme',
  ]);
});
