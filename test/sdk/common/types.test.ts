/** What the compiler infers. These assertions are checked by `tsc`; at run time they do nothing but exist. */
import { describe, expectTypeOf, it } from 'vitest';
import type {
  BaseWorkflowHandle,
  Next,
  QueryDefinition,
  SignalDefinition,
  StringValue,
  UpdateDefinition,
  WithWorkflowArgs,
  Workflow,
  WorkflowResultType,
} from '../../../src/sdk/common/index.ts';
import type { Failure, FailureSchema } from '../../../src/sdk/common/wire/messages.ts';
import type { ProtoHistoryEvent } from '../../../src/sdk/common/wire/proto-shape.ts';
import type { Infer } from '../../../src/sdk/common/wire/schema.ts';

type Order = (id: string, quantity?: number) => Promise<{ total: number }>;
type Nullary = () => Promise<void>;

describe('types of calls', () => {
  it('the result is what the workflow resolves to', () => {
    expectTypeOf<WorkflowResultType<Order>>().toEqualTypeOf<{ total: number }>();
    expectTypeOf<WorkflowResultType<Workflow>>().toBeAny();
  });

  it('arguments are mandatory when there are any', () => {
    expectTypeOf<{ args: [string] }>().toExtend<WithWorkflowArgs<Order, object>>();
    expectTypeOf<{ args: readonly [string, number] }>().toExtend<WithWorkflowArgs<Order, object>>();
    expectTypeOf<object>().not.toExtend<WithWorkflowArgs<Order, object>>();
    expectTypeOf<{ args: [number] }>().not.toExtend<WithWorkflowArgs<Order, object>>();
    expectTypeOf<object>().toExtend<WithWorkflowArgs<Nullary, object>>();
  });

  it('signals carry their arguments', () => {
    const signal = null as unknown as BaseWorkflowHandle<Order>['signal'];
    const approve = null as unknown as SignalDefinition<[boolean, string?], 'approve'>;
    const send = () => signal(approve, true, 'why');
    // @ts-expect-error: a boolean is expected
    const sendWrong = () => signal(approve, 'yes');
    expectTypeOf(send).returns.resolves.toBeVoid();
    expectTypeOf(sendWrong).returns.resolves.toBeVoid();
  });

  it('definitions of different results differ', () => {
    expectTypeOf<QueryDefinition<number>>().not.toExtend<QueryDefinition<string>>();
    expectTypeOf<UpdateDefinition<number, [string]>>().not.toExtend<UpdateDefinition<number, [number]>>();
  });

  it('durations are checked', () => {
    expectTypeOf<'3 days'>().toExtend<StringValue>();
    expectTypeOf<'1.5H'>().toExtend<StringValue>();
    expectTypeOf<'soon'>().not.toExtend<StringValue>();
  });

  it('the rest of an interceptor chain takes all arguments but the last', () => {
    interface Interceptor {
      execute?(
        input: { args: unknown[] },
        next: (input: { args: unknown[] }) => Promise<number>,
      ): Promise<number>;
    }
    expectTypeOf<Next<Interceptor, 'execute'>>().toEqualTypeOf<
      (input: { args: unknown[] }) => Promise<number>
    >();
  });
});

describe('types of messages', () => {
  it('the failure schema gives failures', () => {
    expectTypeOf<Infer<typeof FailureSchema>>().toExtend<Failure>();
    expectTypeOf<Failure>().toExtend<Infer<typeof FailureSchema>>();
  });

  it('protobuf objects know their members', () => {
    type Started = NonNullable<ProtoHistoryEvent['timerStartedEventAttributes']>;
    expectTypeOf<Started['timerId']>().toEqualTypeOf<string | null | undefined>();
    expectTypeOf<NonNullable<Started['startToFireTimeout']>['nanos']>().toBeNumber();
  });
});
