/** Protobuf messages through client, workflow and activity. */
import { join } from 'node:path';
import { Client } from 'perdure/client';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime, Worker } from 'perdure/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Order, OrderMessage } from './root.ts';
import { shipOrder } from './workflows.ts';

let env: TestWorkflowEnvironment;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  env = await TestWorkflowEnvironment.createLocal();
});

afterAll(async () => {
  await env.teardown();
  await Runtime.instance().shutdown();
});

it('a converter with protobufs serves workflow code, where no code is generated', async () => {
  const dataConverter = { payloadConverterPath: join(import.meta.dirname, 'payload-converter.ts') };
  const client = new Client({ connection: env.connection, dataConverter });
  const seen: unknown[] = [];
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: 'protobufs',
    workflowsPath: join(import.meta.dirname, 'workflows.ts'),
    activities: {
      async ship(order: Order) {
        seen.push(order.items[0]?.sku, order.tags.colour);
        return OrderMessage.create({ ...order, state: 2 });
      },
    },
    dataConverter,
  });
  const order = OrderMessage.create({
    id: 'o-1',
    items: [{ sku: 'lamp', quantity: 2 }],
    tags: { colour: 'red' },
    signature: new Uint8Array([1, 2, 250]),
  });
  const result = await worker.runUntil(
    client.workflow.execute(shipOrder, { taskQueue: 'protobufs', workflowId: 'protobufs-1', args: [order] }),
  );
  expect(seen).toEqual(['lamp', 'red']);
  expect(result).toMatchObject({
    id: 'after o-1',
    signature: new Uint8Array([1, 2, 250]),
    parent: { id: 'o-1', state: 2, items: [{ sku: 'lamp', quantity: 2 }], tags: { colour: 'red' } },
  });
  const { events } = await client.workflow.getHandle('protobufs-1').fetchHistory();
  const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  const text = (bytes?: Uint8Array | null) => new TextDecoder().decode(bytes ?? new Uint8Array());
  expect(text(payload?.metadata?.encoding)).toBe('json/protobuf');
  expect(text(payload?.metadata?.messageType)).toBe('acme.orders.Order');
}, 30_000);
