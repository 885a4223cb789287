/** Updates: execute, start, handles. */
import { type Client, type WorkflowUpdateHandle, WorkflowUpdateStage } from '@temporalio/client';
import { defineUpdate } from '@temporalio/workflow';
import type { Equal, Expect } from './expect';

const rename = defineUpdate<string, [name: string]>('rename');
const bump = defineUpdate<number>('bump');
const optional = defineUpdate<void, [by?: number]>('optional');

export async function program(client: Client): Promise<void> {
  const handle = client.workflow.getHandle('id');
  const name = await handle.executeUpdate(rename, { args: ['x'] });
  type _Name = Expect<Equal<typeof name, string>>;
  const count = await handle.executeUpdate(bump);
  type _Count = Expect<Equal<typeof count, number>>;
  await handle.executeUpdate(bump, { updateId: 'once' });
  // @ts-expect-error TS2769: updates whose only argument may be left out are not foreseen
  await handle.executeUpdate(optional, {});
  // @ts-expect-error TS2769: nor with it
  await handle.executeUpdate(optional, { args: [5] });
  const named = await handle.executeUpdate<string, [number]>('named', { args: [5] });
  type _Named = Expect<Equal<typeof named, string>>;
  const loose = await handle.executeUpdate('named');
  type _Loose = Expect<Equal<typeof loose, unknown>>;
  const update = await handle.startUpdate(rename, {
    args: ['x'],
    waitForStage: WorkflowUpdateStage.ACCEPTED,
  });
  type _Update = Expect<Equal<typeof update, WorkflowUpdateHandle<string>>>;
  const outcome = await update.result();
  type _Outcome = Expect<Equal<typeof outcome, string>>;
  type _UpdateId = Expect<Equal<typeof update.updateId, string>>;
  type _RunId = Expect<Equal<typeof update.workflowRunId, string | undefined>>;
  await handle.startUpdate(bump, { waitForStage: 'ACCEPTED', updateId: 'u' });
  const again = handle.getUpdateHandle<number>('u', { workflowRunId: 'run' });
  type _Again = Expect<Equal<typeof again, WorkflowUpdateHandle<number>>>;

  // @ts-expect-error TS2345: arguments are required
  await handle.executeUpdate(rename);
  // @ts-expect-error TS2769: and checked
  await handle.executeUpdate(rename, { args: [5] });
  // @ts-expect-error TS2554: a stage to wait for is required
  await handle.startUpdate(bump);
  // @ts-expect-error TS2769: only this stage can be waited for
  await handle.startUpdate(bump, { waitForStage: 'COMPLETED' });
}
