/** Context in headers, end to end: client, workflow, continue-as-new, activity, local activity, child, signals. */
import { describe, expect, test } from 'vitest';
import { options, overHttp } from './worker/clients.ts';
import { clientTracing } from './worker/tracing.ts';
import { listens, ping, tracedParent } from './workflows/tracing.ts';

const client = overHttp({ interceptors: { workflow: [clientTracing('t-1')] } });
const plain = overHttp();

describe('context in headers', () => {
  test('goes from the client through a workflow to its activities, its child and whom it signals', async () => {
    const listener = await plain.workflow.start(listens, { ...options('listens'), args: [3] });
    const parts = await client.workflow.execute(tracedParent, {
      ...options('traced'),
      args: [listener.workflowId],
    });
    expect(parts).toEqual(['workflow t-1', 'activity t-1', 'local t-1', 'child t-1, its activity t-1']);
    await plain.workflow.getHandle(listener.workflowId).signal(ping, 'plain');
    await client.workflow.getHandle(listener.workflowId).signal(ping, 'client');
    expect(await listener.result()).toEqual(['parent t-1', 'plain undefined', 'client t-1']);
  });

  test('comes with a signal that starts its workflow', async () => {
    const handle = await client.workflow.signalWithStart(listens, {
      ...options('with-start'),
      args: [1],
      signal: ping,
      signalArgs: ['starter'],
    });
    expect(await handle.result()).toEqual(['starter t-1']);
  });

  test('of one run is not that of another', async () => {
    const listener = await plain.workflow.start(listens, { ...options('listens'), args: [2] });
    const runs = [plain, client].map((each) =>
      each.workflow.execute(tracedParent, { ...options('apart'), args: [listener.workflowId] }),
    );
    const [without, withTrace] = await Promise.all(runs);
    expect(without).toEqual([
      'workflow undefined',
      'activity none',
      'local none',
      'child undefined, its activity none',
    ]);
    expect(withTrace).toEqual(['workflow t-1', 'activity t-1', 'local t-1', 'child t-1, its activity t-1']);
  });
});
