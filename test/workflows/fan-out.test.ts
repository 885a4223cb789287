/** The sample `fanOut` at a small size: each activity counts once, through continued runs of parent and children. */
import { TestWorkflowEnvironment } from 'perdure/testing';
import { expect, test } from 'vitest';
import { addOne } from '../../src/activities/add-one.ts';
import { fanOut } from '../../src/workflows/fan-out.ts';
import { eventually } from '../sdk/client/visibility.ts';
import { useEnvironment } from '../sdk/testing/environment.ts';

const served = useEnvironment({
  create: () => TestWorkflowEnvironment.createLocal(),
  taskQueue: 'default',
  workflowsPath: new URL('../../src/workflows/fan-out.ts', import.meta.url).pathname,
  activities: { addOne },
});

test('all children run all of their activities, some at a time, over several runs', async () => {
  const input = { children: 5, activities: 12, childrenAtOnce: 2, activitiesAtOnce: 3, perRun: 4 };
  const handle = await served.env.client.workflow.start(fanOut, {
    taskQueue: 'default',
    workflowId: 'fan',
    args: [input],
  });
  expect(await handle.result()).toEqual({ children: 5, activities: 60, sum: 5 * ((12 * 13) / 2) });
  const count = (query: string) => served.env.client.workflow.count(query);
  const parts = await eventually(
    () => count("WorkflowType = 'fanOutPart' GROUP BY ExecutionStatus"),
    ({ count: found }) => found === 15,
  );
  expect(parts.groups).toEqual(
    expect.arrayContaining([
      { count: 5, groupValues: [['Completed']] },
      { count: 10, groupValues: [['ContinuedAsNew']] },
    ]),
  );
});
