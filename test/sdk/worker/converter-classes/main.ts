/** A program whose activities know the class that the converter of their worker makes, which they import as it does. */
import { join } from 'node:path';
import { Client } from 'perdure/client';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime, Worker } from 'perdure/worker';
import { Point } from './converter.ts';
import type { moved } from './workflows.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });
const dataConverter = { payloadConverterPath: join(import.meta.dirname, 'converter.ts') };
const env = await TestWorkflowEnvironment.createLocal();
const worker = await Worker.create({
  connection: env.nativeConnection,
  taskQueue: 'points',
  workflowsPath: join(import.meta.dirname, 'workflows.ts'),
  dataConverter,
  activities: {
    async next(point: unknown): Promise<Point> {
      if (!(point instanceof Point)) throw new Error('not the class that the activity imports');
      return new Point(point.x + 1);
    },
  },
});
const client = new Client({ connection: env.connection, dataConverter });
const options = { taskQueue: 'points', workflowId: 'points', args: [new Point(3)] as [Point] };
console.log(await worker.runUntil(client.workflow.execute<typeof moved>('moved', options)));
await env.teardown();
