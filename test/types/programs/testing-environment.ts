/** The test environment. */

import type { Client, Connection, WorkflowClient } from '@temporalio/client';
import {
  TestWorkflowEnvironment,
  type TimeSkippingWorkflowClient,
  workflowInterceptorModules,
} from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { Equal, Expect, Extends } from './expect';

async function sleeper(days: number): Promise<string> {
  return `${days}`;
}

export async function program(): Promise<void> {
  const environment = await TestWorkflowEnvironment.createTimeSkipping();
  type _Environment = Expect<Equal<typeof environment, TestWorkflowEnvironment>>;
  const { client, nativeConnection, namespace } = environment;
  type _Client = Expect<Extends<typeof client, Client>>;
  type _Connection = Expect<Extends<typeof environment.connection, Connection>>;
  type _Namespace = Expect<Extends<typeof namespace, string | undefined>>;
  const worker = await Worker.create({
    connection: nativeConnection,
    taskQueue: 'test',
    workflowsPath: '/path',
    interceptors: { workflowModules: workflowInterceptorModules },
  });
  const result = await worker.runUntil(
    client.workflow.execute(sleeper, { workflowId: 'w', taskQueue: 'test', args: [5] }),
  );
  type _Result = Expect<Equal<typeof result, string>>;
  await environment.sleep('1 day');
  await environment.sleep(5);
  const now = await environment.currentTimeMs();
  type _Now = Expect<Equal<typeof now, number>>;
  const supports = environment.supportsTimeSkipping;
  type _Supports = Expect<Equal<typeof supports, boolean>>;
  await environment.teardown();
  const local = await TestWorkflowEnvironment.createLocal({
    server: { ip: '127.0.0.1', log: { format: 'pretty', level: 'error' }, dbFilename: 'x.db' },
    client: { dataConverter: {}, identity: 'me' },
  });
  await local.teardown();
  await TestWorkflowEnvironment.createFromExistingServer({
    address: 'localhost:7233',
    namespace: 'default',
    client: { interceptors: {} },
  });
  // @ts-expect-error TS2339: there is no such time
  environment.now();
  // @ts-expect-error TS2345: a duration has a unit
  await environment.sleep('long');
  // @ts-expect-error TS2353: the environment makes the connection
  await TestWorkflowEnvironment.createLocal({ client: { connection: environment.connection } });
}
type _Skipping = Expect<Extends<TimeSkippingWorkflowClient, WorkflowClient>>;
declare const skipping: TimeSkippingWorkflowClient;
export const executed: Promise<string> = skipping.execute(sleeper, {
  workflowId: 'w',
  taskQueue: 'q',
  args: [1],
});
// @ts-expect-error TS2322: arguments are checked
skipping.execute(sleeper, { workflowId: 'w', taskQueue: 'q', args: ['x'] });
