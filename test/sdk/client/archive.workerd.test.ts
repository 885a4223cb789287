/** The archive over a real bucket: what R2 takes, gives and lists, and the history call that reads from it. */
import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import type { ArchiveBucket } from '../../../src/objects/archive/archive-bucket.ts';
import { createHistoryArchive } from '../../../src/objects/archive/history-archive.ts';
import type { HistoryEvent } from '../../../src/sdk/common/wire/events.ts';
import { direct, fetchWorker, overHttp } from './worker/clients.ts';

// The types do not know the bindings of this test.
const { ARCHIVE } = env as unknown as { ARCHIVE: ArchiveBucket };
const archive = createHistoryArchive(ARCHIVE);

const EVENTS = 16;
const BYTES = 450_000;

async function* pages(): AsyncGenerator<HistoryEvent[]> {
  for (let eventId = 1; eventId <= EVENTS; eventId++) {
    const input = { payloads: [{ data: new Uint8Array(BYTES).fill(eventId) }] };
    const attributes = { signalName: 's', input };
    yield [
      {
        eventId,
        eventTime: eventId * 1000,
        eventType: 'WorkflowExecutionSignaled',
        attributes,
      } as HistoryEvent,
    ];
  }
}

describe('the archive in R2', () => {
  test('a history of several parts is stored, found as the last one, read by pages, exported and erased', async () => {
    const workflow = { namespace: 'default', workflowId: 'gone/ü' };
    await archive.store(
      { ...workflow, runId: 'earlier', closeTime: 1, runSeq: 1 },
      (async function* () {})(),
    );
    await archive.store({ ...workflow, runId: 'later', closeTime: 1, runSeq: 2 }, pages());
    expect(await archive.count(workflow)).toBe(2);
    for (const client of [overHttp, direct]) {
      const execution = { workflowId: workflow.workflowId, runId: 'later' };
      const seen: number[] = [];
      let nextPageToken: unknown;
      do {
        const page = await client.workflowService.getWorkflowExecutionHistory({
          namespace: 'default',
          execution,
          maximumPageSize: 13,
          nextPageToken,
        });
        const { events } = page.history as { events: { eventId: unknown }[] };
        seen.push(...events.map(({ eventId }) => Number(eventId)));
        nextPageToken = (page.nextPageToken as Uint8Array | undefined)?.length
          ? page.nextPageToken
          : undefined;
      } while (nextPageToken !== undefined);
      expect(seen).toEqual(Array.from({ length: EVENTS }, (_, index) => index + 1));
    }
    const path = `/api/v1/namespaces/default/workflows/${encodeURIComponent(workflow.workflowId)}/history/export`;
    const lines = (await (await fetchWorker(`${path}?runId=later`)).text()).trim().split('\n');
    expect(lines).toHaveLength(EVENTS + (lines[0]?.includes('"format"') ? 1 : 0));
    const workflowExecution = { workflowId: workflow.workflowId };
    await direct.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
    expect(await archive.count(workflow)).toBe(0);
    expect((await fetchWorker(path)).status).toBe(404);
  });
});
