/** Namespaces over real objects. */
import { Client } from 'perdure/client';
import { describe, expect, test } from 'vitest';
import { showsDeletion, showsLimits } from './namespaces.ts';
import { eventually } from './visibility.ts';
import { fetchWorker, overHttp } from './worker/clients.ts';
import { runtime } from './worker/index.ts';
import { tally } from './worker/workflows.ts';

const httpOf = (namespace: string) => new Client({ connection: overHttp.connection, namespace });

describe.each([
  ['over HTTP', httpOf, 'http'],
  ['straight to the objects', (namespace: string) => runtime.client(namespace), 'direct'],
] as const)('namespaces, %s', (_way, clientOf, name) => {
  test('LIM-3: limits of a namespace hold for its workflows and for all of them together', () =>
    showsLimits(clientOf, `limits-${name}`));

  test('NS-5: one that is deleted is gone with all that was in it, and its name is free then', () =>
    showsDeletion(clientOf, `gone-${name}`));
});

describe('the place of a namespace', () => {
  test('is said when it is registered and shown ever after; its workflows run', async () => {
    const place = (namespace: string, more: object) =>
      fetchWorker('/api/v1/namespaces', {
        method: 'POST',
        body: JSON.stringify({ namespace, workflowExecutionRetentionPeriod: '86400s', ...more }),
      });
    expect((await place('union', { jurisdiction: 'eu' })).status).toBe(200);
    expect((await place('near', { locationHint: 'weur' })).status).toBe(200);
    expect((await place('nowhere', { jurisdiction: 'moon' })).status).toBe(400);
    const described = await (await fetchWorker('/api/v1/namespaces/union')).json();
    expect(described).toMatchObject({ config: { jurisdiction: 'eu' } });
    for (const namespace of ['union', 'near']) {
      const handle = await httpOf(namespace).workflow.start(tally, { workflowId: 'w', taskQueue: 'default' });
      await eventually(
        () => httpOf(namespace).workflow.count(),
        ({ count }) => count === 1,
      );
      await handle.terminate();
    }
  });
});
