/** What the compiler makes of calls, as users write them. Nothing runs. */
import { describe, expectTypeOf, test } from 'vitest';
import type {
  Client,
  QueryDefinition,
  SignalDefinition,
  UpdateDefinition,
  WorkflowHandle,
  WorkflowHandleWithFirstExecutionRunId,
  WorkflowHandleWithSignaledRunId,
  WorkflowSignalWithStartOptions,
  WorkflowUpdateHandle,
} from '../../../src/sdk/client/index.ts';

interface Order {
  sku: string;
}
declare function order(input: Order, priority?: number): Promise<{ paid: boolean }>;
declare function noArguments(): Promise<void>;
declare const add: SignalDefinition<[sku: string, quantity: number]>;
declare const ping: SignalDefinition;
declare const total: QueryDefinition<number, [currency: string]>;
declare const setName: UpdateDefinition<string, [name: string]>;
declare const touch: UpdateDefinition<void>;
declare const client: Client;
declare const handle: WorkflowHandle<typeof order>;

const options = { taskQueue: 'q', workflowId: 'w' };

describe('starting', () => {
  test('takes the arguments of the workflow, and gives what it returns', () => {
    const start = () => client.workflow.start(order, { ...options, args: [{ sku: 'a' }] });
    expectTypeOf(start).returns.resolves.toExtend<WorkflowHandleWithFirstExecutionRunId<typeof order>>();
    const execute = () => client.workflow.execute(order, { ...options, args: [{ sku: 'a' }, 1] as const });
    expectTypeOf(execute).returns.resolves.toEqualTypeOf<{ paid: boolean }>();
    // @ts-expect-error the first argument has another type
    () => client.workflow.start(order, { ...options, args: ['a'] });
    // @ts-expect-error there must be arguments
    () => client.workflow.start(order, options);
    () => client.workflow.start(noArguments, options);
    () => client.workflow.start('byName', { ...options, args: [1, 'two'] });
    // @ts-expect-error a task queue is needed
    () => client.workflow.start(noArguments, { workflowId: 'w' });
  });

  test('with a signal takes the arguments of that too', () => {
    const start = () =>
      client.workflow.signalWithStart(order, {
        ...options,
        args: [{ sku: 'a' }],
        signal: add,
        signalArgs: ['a', 1],
      });
    expectTypeOf(start).returns.resolves.toEqualTypeOf<WorkflowHandleWithSignaledRunId<typeof order>>();
    type SignalArgs = WorkflowSignalWithStartOptions<[string, number]>['signalArgs'];
    expectTypeOf<[string]>().not.toExtend<SignalArgs>();
    expectTypeOf<[string, number]>().toExtend<SignalArgs>();
    () => client.workflow.signalWithStart(noArguments, { ...options, signal: ping });
  });

  test('a handle from elsewhere has the type it is given', () => {
    const result = () => client.workflow.getHandle<typeof order>('w').result();
    expectTypeOf(result).returns.resolves.toEqualTypeOf<{ paid: boolean }>();
  });
});

describe('a handle', () => {
  test('types signals, queries and updates by their definitions', () => {
    () => handle.signal(add, 'a', 1);
    // @ts-expect-error a number is missing
    () => handle.signal(add, 'a');
    () => handle.signal(ping);
    () => handle.signal('byName', 1);
    expectTypeOf(() => handle.query(total, 'EUR')).returns.resolves.toEqualTypeOf<number>();
    expectTypeOf(() => handle.query<string>('byName')).returns.resolves.toEqualTypeOf<string>();
    // @ts-expect-error the currency is missing
    () => handle.query(total);
    expectTypeOf(() =>
      handle.executeUpdate(setName, { args: ['x'] }),
    ).returns.resolves.toEqualTypeOf<string>();
    // @ts-expect-error the name is missing
    () => handle.executeUpdate(setName);
    () => handle.executeUpdate(touch);
    const started = () => handle.startUpdate(setName, { args: ['x'], waitForStage: 'ACCEPTED' });
    expectTypeOf(started).returns.resolves.toEqualTypeOf<WorkflowUpdateHandle<string>>();
    // @ts-expect-error other stages cannot be waited for
    () => handle.startUpdate(setName, { args: ['x'], waitForStage: 'COMPLETED' });
  });

  test('describes with dates and names', async () => {
    type Description = Awaited<ReturnType<typeof handle.describe>>;
    expectTypeOf<Description['startTime']>().toEqualTypeOf<Date>();
    expectTypeOf<Description['status']['name']>().toExtend<string>();
    expectTypeOf<Description['staticSummary']>().returns.resolves.toEqualTypeOf<string | undefined>();
  });

  test('shows what a workflow waits for, lists of messages included', () => {
    type Raw = Awaited<ReturnType<typeof handle.describe>>['raw'];
    type Pending<K extends 'pendingActivities' | 'pendingChildren'> = NonNullable<Raw[K]>[number];
    expectTypeOf<NonNullable<Pending<'pendingActivities'>['state']>>().toEqualTypeOf<number>();
    expectTypeOf<NonNullable<Pending<'pendingChildren'>['runId']>>().toEqualTypeOf<string>();
  });
});
