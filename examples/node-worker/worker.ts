/**
 * A worker in Node for the sample workflows and their activities, on a task queue of its own:
 *
 *   npm start
 *   node -C perdure-source examples/node-worker/worker.ts --address localhost:8787 --task-queue orders
 *   curl localhost:8787/api/v1/namespaces/default/workflows/order-1 -H 'Content-Type: application/json' \
 *     -d '{"workflowType": {"name": "order"}, "taskQueue": {"name": "orders"},
 *          "input": [{"orderId": "order-1", "items": [{"sku": "lamp", "quantity": 1}], "amount": 20}]}'
 *
 * In a project of its own the condition is not needed, and the files below are the project's.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { NativeConnection, Worker } from 'perdure/worker';
import { createActivities } from '../../src/activities/index.ts';

const { values } = parseArgs({
  options: {
    address: { type: 'string', default: 'localhost:8787' },
    namespace: { type: 'string', default: 'default' },
    'task-queue': { type: 'string', default: 'orders' },
    /** The demo service that the activities call. */
    demo: { type: 'string', default: 'http://localhost:8787/demo' },
  },
});
const { address, namespace, 'task-queue': taskQueue, demo: baseUrl } = values;
const apiKey = process.env.PERDURE_API_KEY;

const connection = await NativeConnection.connect({ address, ...(apiKey !== undefined && { apiKey }) });
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue,
  workflowsPath: join(import.meta.dirname, '../../src/workflows/index.ts'),
  activities: createActivities({ fetch: (request) => fetch(request), baseUrl }),
  // A worker that is asked to stop (SIGINT, SIGTERM) lets its activities end, for so long.
  shutdownGraceTime: '10s',
});
console.log(`polling ${address} for tasks of ${taskQueue}`);
await worker.run();
await connection.close();
