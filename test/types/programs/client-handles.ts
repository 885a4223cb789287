/** Workflow handles of the client: signal, query, describe, cancel, terminate, history, result. */
import type {
  Client,
  WorkflowExecutionDescription,
  WorkflowExecutionStatusName,
  WorkflowHandle,
} from '@temporalio/client';
import type { SearchAttributes, TypedSearchAttributes } from '@temporalio/common';
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { Equal, Expect, IsAny } from './expect';

const pay = defineSignal<[amount: number, currency?: string]>('pay');
const stop = defineSignal('stop');
const total = defineQuery<number>('total');
const at = defineQuery<string | undefined, [index: number]>('at');
declare function order(id: string): Promise<number>;

export async function program(client: Client): Promise<void> {
  const handle = client.workflow.getHandle<typeof order>('order-1', 'run', { firstExecutionRunId: 'first' });
  type _Handle = Expect<Equal<typeof handle, WorkflowHandle<typeof order>>>;
  type _Id = Expect<Equal<typeof handle.workflowId, string>>;
  type _Client = Expect<Equal<typeof handle.client, Client['workflow']>>;
  const result = await handle.result();
  type _Result = Expect<Equal<typeof result, number>>;
  await handle.signal(pay, 5);
  await handle.signal(pay, 5, 'EUR');
  await handle.signal(stop);
  await handle.signal('anything', 1, 'two');
  const sum = await handle.query(total);
  type _Sum = Expect<Equal<typeof sum, number>>;
  const item = await handle.query(at, 1);
  type _Item = Expect<Equal<typeof item, string | undefined>>;
  const named = await handle.query<string[], [number]>('named', 5);
  type _Named = Expect<Equal<typeof named, string[]>>;
  const loose = await handle.query('named');
  type _Loose = Expect<Equal<typeof loose, unknown>>;
  const description = await handle.describe();
  type _Description = Expect<Equal<typeof description.status.name, WorkflowExecutionStatusName>>;
  const narrowed: WorkflowExecutionDescription = description;
  type _Start = Expect<Equal<typeof narrowed.startTime, Date>>;
  type _Close = Expect<Equal<typeof narrowed.closeTime, Date | undefined>>;
  type _Memo = Expect<Equal<typeof narrowed.memo, Record<string, unknown> | undefined>>;
  type _Attributes = Expect<Equal<typeof narrowed.searchAttributes, SearchAttributes>>;
  type _Typed = Expect<Equal<typeof narrowed.typedSearchAttributes, TypedSearchAttributes>>;
  type _Length = Expect<Equal<typeof narrowed.historyLength, number>>;
  type _Summary = Expect<Equal<ReturnType<typeof narrowed.staticSummary>, Promise<string | undefined>>>;
  await handle.cancel();
  await handle.terminate('reason');
  await handle.terminate();
  const history = await handle.fetchHistory();
  const events: readonly object[] = history.events ?? [];
  void events;
  const untyped = client.workflow.getHandle('order-1');
  const anything = await untyped.result();
  type _Anything = Expect<IsAny<typeof anything>>;

  // @ts-expect-error TS2345: a signal's arguments are checked
  await handle.signal(pay, '5');
  // @ts-expect-error TS2554: and required
  await handle.signal(pay);
  // @ts-expect-error TS2554: and counted
  await handle.signal(stop, 'extra');
  // @ts-expect-error TS2345: a query's arguments are checked
  await handle.query(at, 'x');
  // @ts-expect-error TS2554: a signal is not a query
  await handle.query(pay);
  // @ts-expect-error TS2345: a reason is text
  await handle.terminate(5);
}
