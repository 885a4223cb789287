/** Namespaces as clients see them, on whatever server a client leads to. */
import type { Client } from 'perdure/client';
import { expect } from 'vitest';
import { eventually, listed } from './visibility.ts';
import { tally } from './worker/workflows.ts';

/** A client bound to another namespace of the same server. */
type ClientOf = (namespace: string) => Client;

const DAY = { seconds: 86_400 };

async function register(
  client: Client,
  namespace: string,
  more: Record<string, unknown> = {},
): Promise<void> {
  await client.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: DAY,
    ...more,
  });
}

const started = (client: Client, workflowId: string, more: object = {}) =>
  client.workflow.start(tally, { workflowId, taskQueue: 'default', ...more });

/** Limits that one workflow meets, and those of all together. */
export async function showsLimits(clientOf: ClientOf, namespace: string): Promise<void> {
  const admin = clientOf('default');
  await register(admin, namespace, {
    limits: { payloadBytes: 2000, memoBytes: 1500, signals: 2 },
  });
  const client = clientOf(namespace);
  const handle = await started(client, `${namespace}-w`);
  await expect(started(client, `${namespace}-large`, { args: ['x'.repeat(2100)] })).rejects.toMatchObject({
    cause: { code: 3, details: expect.stringMatching(/at most 2000 are taken/) as unknown },
  });
  await expect(
    started(client, `${namespace}-memo`, { memo: { note: 'x'.repeat(1600) } }),
  ).rejects.toMatchObject({
    cause: { code: 3, details: expect.stringMatching(/Memo size exceeds limit.*1500/) as unknown },
  });
  await handle.signal('one');
  await handle.signal('two');
  await expect(handle.signal('three')).rejects.toMatchObject({
    cause: { details: expect.stringContaining('limit for signal events: 2') as unknown },
  });
  const config = { limits: { signals: 2, openWorkflows: 3 } };
  await admin.workflowService.updateNamespace({ namespace, config });
  await started(client, `${namespace}-b`);
  await started(client, `${namespace}-c`);
  await eventually(
    () => listed(client, 'ExecutionStatus = "Running"'),
    (found) => found.length === 3,
  );
  const fourth = () =>
    client.connection.withDeadline(Date.now() + 300, () => started(client, `${namespace}-d`));
  await eventually(
    () =>
      fourth().then(
        () => 'started',
        (error: { cause?: Error }) => String(error.cause?.message),
      ),
    (said) => said.includes('limit of 3 open workflows'),
  );
  const described = await admin.workflowService.describeNamespace({ namespace });
  expect(described).toMatchObject({ namespaceInfo: { name: namespace } });
  expect(Number((described.config as { limits: { signals: unknown } }).limits.signals)).toBe(2);
  await admin.workflowService.updateNamespace({
    namespace,
    config: { limits: { openWorkflows: 10 } },
  });
  await handle.signal('three');
  await admin.workflowService.updateNamespace({ namespace, config: { limits: { startsPerSecond: 1 } } });
  let starts = 0;
  const next = () =>
    client.connection.withDeadline(Date.now() + 300, () => started(client, `${namespace}-${++starts}`));
  await eventually(
    () =>
      next().then(
        () => 'started',
        (error: { cause?: Error }) => String(error.cause?.message),
      ),
    (said) => said.includes('limit of 1 starts per second'),
  );
}

/** NS-5. */
export async function showsDeletion(
  clientOf: ClientOf,
  namespace: string,
  hasSchedules = true,
): Promise<void> {
  const admin = clientOf('default');
  await register(admin, namespace);
  const client = clientOf(namespace);
  const ids = ['a', 'b', 'c'].map((letter) => `${namespace}-${letter}`);
  for (const workflowId of ids) await started(client, workflowId);
  if (hasSchedules)
    await client.schedule.create({
      scheduleId: `${namespace}-schedule`,
      spec: { intervals: [{ every: '1 hour' }] },
      action: { type: 'startWorkflow', workflowType: tally, taskQueue: 'default' },
    });
  await eventually(
    () => listed(client, ''),
    (found) => found.length === ids.length,
  );
  await expect(admin.workflowService.deleteNamespace({ namespace: 'default' })).rejects.toMatchObject({
    code: 3,
  });
  await expect(
    admin.workflowService.deleteNamespace({ namespace: `${namespace}-other` }),
  ).rejects.toMatchObject({
    code: 5,
  });
  await admin.workflowService.deleteNamespace({ namespace });
  await expect(client.workflow.getHandle(ids[0] as string).describe()).rejects.toMatchObject({
    name: 'NamespaceNotFoundError',
  });
  await expect(started(client, `${namespace}-late`)).rejects.toMatchObject({
    name: 'NamespaceNotFoundError',
  });
  // The name is free when nothing is left, and then finds nothing of what was there.
  await eventually(
    () =>
      register(admin, namespace).then(
        () => 'registered',
        (error: { code?: number }) => error.code,
      ),
    (state) => state === 'registered',
  );
  expect(await listed(client, '')).toEqual([]);
  await expect(client.workflow.getHandle(ids[0] as string).describe()).rejects.toMatchObject({
    name: 'WorkflowNotFoundError',
  });
  if (hasSchedules)
    await expect(client.schedule.getHandle(`${namespace}-schedule`).describe()).rejects.toMatchObject({
      name: 'ScheduleNotFoundError',
    });
  const again = await started(client, ids[0] as string);
  await again.terminate();
}
