import { exports } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { workflowExecutionName } from '../../src/objects/object-names.ts';
import type { WorkflowExecutionApi } from '../../src/objects/workflow-execution-api.ts';

it('runs', async () => {
  const ns = (exports as unknown as { WorkflowExecution: { getByName(n: string): WorkflowExecutionApi } })
    .WorkflowExecution;
  const at = { namespace: 'default', workflowId: 'w1' };
  const stub = ns.getByName(workflowExecutionName(at.namespace, at.workflowId));
  const input = {
    payloads: [
      { metadata: { encoding: new TextEncoder().encode('json/plain') }, data: new TextEncoder().encode('3') },
    ],
  };
  const started = performance.now();
  const reply = await stub.start(at, { workflowType: 'steps', taskQueue: 'default', input }, 5000);
  console.log(JSON.stringify(reply), performance.now() - started);
  const h = await stub.history(at, { pageSize: 100 });
  console.log(JSON.stringify(h.ok && h.value.events.map((e) => e.eventType)));
  expect(reply.ok).toBe(true);
});
